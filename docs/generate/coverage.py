"""The handbook's page of rule coverage: what the stories and case books ask of each rule, and which numbers could move unseen."""

from __future__ import annotations

from pathlib import Path

from generate.tables import SHIPPED, grid, loaded
from kairn.cli.coverage import Covered, Excuses, coverage_of, excusing, read_excuses, stories_with

SPEC = Path(__file__).resolve().parents[2] / "tests" / "spec"
HEADS = ("rule", "cases", "moves", "unseen", "not asked", "asked")


def coverage() -> str:
    """Totals, one row for each rule, then what is excused and why."""
    shipped = loaded(*SHIPPED)
    stories = stories_with(shipped, SPEC / "cases")
    excused = read_excuses(SPEC / "equivalent.toml")
    found = excusing(coverage_of(shipped, stories), excused)
    return "\n".join([_totals(found, len(stories), excused), grid(HEADS, map(_rule, found)), _excuses(excused)])


def _totals(found: tuple[Covered, ...], stories: int, excused: Excuses) -> str:
    can, left = sum(len(one.can) for one in found), sum(len(one.left) for one in found)
    moves, unseen = sum(one.moves for one in found), sum(len(one.unseen) for one in found)
    numbers = sum(map(len, excused.get("numbers", {}).values()))
    return (
        f"{len(found)} rules, {stories} stories and cases. Of {can} answers that the rules can give, {can - left} are asked for. "
        f"Of {moves} moves of a number, {unseen} would pass unseen; {numbers} are excused below, since they change no answer at all.\n"
    )


def _rule(one: Covered) -> tuple[object, ...]:
    return f"`{one.rule}`", one.cases, one.moves, len(one.unseen), ", ".join(sorted(one.left)), ", ".join(sorted(one.can - one.left)) or "none"


def _excuses(excused: Excuses) -> str:
    rows = [(f"`{rule}`", what, why) for part in excused.values() for rule, each in part.items() for what, why in each.items()]
    return f"## Excused\n\n{grid(('rule', 'number moved, or answer', 'why it cannot be seen'), rows)}" if rows else ""
