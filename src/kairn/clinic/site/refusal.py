"""One way to say why something cannot be done here: a sentence and an exit code, never a traceback."""

from __future__ import annotations

import click

from kairn.terms.problem import Problem


class CannotStart(click.ClickException):
    """Something on this machine has to be mended first; carries the problem in four parts."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def cannot_start(seen: str, expected: str, mend: str, where: str = "") -> CannotStart:
    """An exception to raise, from the four parts of its sentence."""
    return CannotStart(Problem(seen, expected, mend, where))
