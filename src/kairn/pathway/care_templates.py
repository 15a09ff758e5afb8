"""What a plan of care is drawn from, read strictly: problems, goals and steps in plain words, each with its condition and its source."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import get_args

from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.library.sources import GRADES, SOURCES
from kairn.protocol.conditions import Condition
from kairn.protocol.read_condition import read_condition
from kairn.protocol.rule import Citation
from kairn.record.payloads import Role

TITLE = "title"


@dataclass(frozen=True)
class Grounds:
    """On what a text rests: its source with the place in it, and how far that carries."""

    citation: Citation
    grade: str


@dataclass(frozen=True)
class StepText:
    """One step. With `rule` its time, owner and source are the rule's own (`when` is then "title" or empty); else they stand here."""

    what: str
    rule: str
    who: str
    when: str
    only_if: Condition | None
    grounds: Grounds | None


@dataclass(frozen=True)
class ProblemText:
    """One problem with its goals and steps. `beside`: what it puts beside ketamine. `rest`: it takes every duty that no other problem names."""

    key: str
    says: str
    beside: str
    rest: bool
    only_if: Condition | None
    goals: tuple[str, ...]
    grounds: Grounds
    steps: tuple[StepText, ...]


@dataclass(frozen=True)
class BesideText:
    """Something that stands beside ketamine, and when it does."""

    kind: str
    label: str
    stands: Condition


@dataclass(frozen=True)
class FlagText:
    """What flags of the protocol become in a plan."""

    says: str
    goals: tuple[str, ...]
    who: str
    when: str
    grounds: Grounds


@dataclass(frozen=True)
class Templates:
    """The whole file. `ketamine`: when ketamine is part of this person's care."""

    beside: tuple[BesideText, ...]
    ketamine: Condition
    problems: tuple[ProblemText, ...]
    flags: FlagText


def read_templates(root: Node) -> Templates:
    """The file as values. Raises Unreadable with the line of the fault."""
    parts = root.fields(("source", "beside", "ketamine", "problems", "flags"))
    beside = tuple(map(_beside, parts["beside"].items()))
    problems = tuple(_problem(entry, {one.kind for one in beside}) for entry in parts["problems"].items())
    missing = {one.kind for one in beside} - {one.beside for one in problems}
    if missing:
        raise parts["problems"].fault(f"no problem for {', '.join(sorted(missing))}", "one for each kind named under beside", "Add it.")
    if sum(one.rest for one in problems) != 1:
        raise parts["problems"].fault("no problem, or several, that take the rest", "exactly one with rest: yes", "Correct it.")
    return Templates(beside, read_condition(parts["ketamine"]), problems, _flags(parts["flags"]))


def _beside(entry: Node) -> BesideText:
    fields = entry.fields(("kind", "label", "stands"))
    return BesideText(fields["kind"].text(), fields["label"].text(), read_condition(fields["stands"]))


def _problem(entry: Node, kinds: set[str]) -> ProblemText:
    fields = entry.fields(("problem", "says", "goals", "source", "grade", "steps"), ("beside", "rest", "if"))
    beside = fields["beside"].text() if "beside" in fields else ""
    if beside and beside not in kinds:
        raise fields["beside"].fault(f"{beside!r}", f"one of {', '.join(sorted(kinds))}", "Correct it.")
    if beside and "if" in fields:
        raise fields["if"].fault("a condition on what stands in every plan", "none", "Put it on a step.")
    steps = tuple(map(_step, fields["steps"].items()))
    return ProblemText(
        fields["problem"].text(), fields["says"].text(), beside, "rest" in fields, _condition(fields), fields["goals"].texts(), _grounds(fields), steps
    )


def _step(entry: Node) -> StepText:
    if "rule" in entry.mapping():
        fields = entry.fields(("rule", "what"), ("when", "if"))
        when = fields["when"].text() if "when" in fields else ""
        if when not in ("", TITLE):
            raise fields["when"].fault(f"the time {when!r} of a rule", "none, or title", "The rule says when.")
        return StepText(fields["what"].text(), fields["rule"].text(), "", when, _condition(fields), None)
    fields = entry.fields(("what", "who", "when", "source", "grade"), ("if",))
    return StepText(fields["what"].text(), "", _who(fields["who"]), fields["when"].text(), _condition(fields), _grounds(fields))


def _flags(node: Node) -> FlagText:
    fields = node.fields(("says", "goals", "who", "when", "source", "grade"))
    return FlagText(fields["says"].text(), fields["goals"].texts(), _who(fields["who"]), fields["when"].text(), _grounds(fields))


def _condition(fields: dict[str, Node]) -> Condition | None:
    return read_condition(fields["if"]) if "if" in fields else None


def _who(node: Node) -> str:
    if node.text() not in get_args(Role):
        raise node.fault(f"the role {node.text()!r}", f"one of {', '.join(get_args(Role))}", "Correct it.")
    return node.text()


def _grounds(fields: dict[str, Node]) -> Grounds:
    key, locator = fields["source"].texts()
    if key not in SOURCES:
        raise fields["source"].fault(f"the source {key!r}", "a key of library/sources.yaml", "Add the source there or correct the key.")
    grade = fields["grade"].text()
    if grade not in GRADES or GRADES.index(grade) < GRADES.index(SOURCES[key].grade):
        raise fields["grade"].fault(f"the grade {grade!r}", f"one of {', '.join(GRADES)}, none above its source's ({SOURCES[key].grade})", "Correct it.")
    return Grounds(Citation(key, locator), grade)


@cache
def templates() -> Templates:
    """The shipped file, read once."""
    return read_templates(read_yaml(LIBRARY / "care_plan.yaml"))
