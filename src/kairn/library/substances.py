"""Substances a person is asked about, their classes, how withdrawal from a class usually runs, and what sources say of starting buprenorphine."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.library.sources import GRADES, SOURCES
from kairn.terms.numbers import parameter
from kairn.terms.times import Duration, parse_duration

PARTS = ("onset", "peak", "lasts")


@dataclass(frozen=True)
class Cited:
    """Where a number comes from: a key of library/sources.yaml, where in it, and how far it carries."""

    source: str
    locator: str
    grade: str


@dataclass(frozen=True)
class Span:
    """A span of time after the latest use. `low` None: no source says from when; `more`: it may be longer than `high`."""

    low: Duration | None
    high: Duration
    more: bool
    cited: Cited


@dataclass(frozen=True)
class Start:
    """What one source says of starting buprenorphine after a class: a score of at least `score`, usually so long `after`; or only a `note`."""

    of_class: str
    score: str
    after: tuple[Duration, ...]
    note: str
    cited: Cited


@dataclass(frozen=True)
class SubstanceClass:
    """One class. `course` holds onset, peak and lasts where a source gives them; what none gives is absent."""

    name: str
    label: str
    opioid: bool
    course: dict[str, Span]
    note: str


@dataclass(frozen=True)
class Substance:
    """One substance as people name it, and its class."""

    name: str
    label: str
    of_class: str


@dataclass(frozen=True)
class Substances:
    """The whole book. `again_after`: so long after an infusion a score of withdrawal also shows the infusion."""

    classes: dict[str, SubstanceClass]
    substances: dict[str, Substance]
    starts: tuple[Start, ...]
    again_after: Duration
    again_cited: Cited
    comfort: tuple[str, ...]


def read_substances(root: Node) -> Substances:
    """The book as values. Raises Unreadable with the line of the fault."""
    parts = root.fields(("source", "classes", "substances", "starts", "score_again_after", "comfort"))
    classes = {found.name: found for found in map(_class, parts["classes"].items())}
    substances = {found.name: found for found in (_substance(entry, classes) for entry in parts["substances"].items())}
    again = parts["score_again_after"].fields(("time", "source", "grade"))
    comfort = parts["comfort"].fields(("names", "source", "grade"))
    _cited(comfort)
    starts = tuple(_start(entry, classes) for entry in parts["starts"].items())
    return Substances(classes, substances, starts, _duration(again["time"]), _cited(again), comfort["names"].texts())


def _class(entry: Node) -> SubstanceClass:
    fields = entry.fields(("class", "label"), ("opioid", "course", "note"))
    course = fields["course"].fields((), PARTS) if "course" in fields else {}
    return SubstanceClass(
        fields["class"].text(), fields["label"].text(), "opioid" in fields and _yes(fields["opioid"]),
        {part: _span(node) for part, node in course.items()}, fields["note"].text() if "note" in fields else "",
    )  # fmt: skip


def _span(node: Node) -> Span:
    fields = node.fields(("to", "source", "grade"), ("from", "more"))
    low, high = _duration(fields["from"]) if "from" in fields else None, _duration(fields["to"])
    if low is not None and low.delta > high.delta:
        raise node.fault(f"a span from {low} to {high}", "the shorter time first", "Exchange the two.")
    return Span(low, high, "more" in fields and _yes(fields["more"]), _cited(fields))


def _start(entry: Node, classes: dict[str, SubstanceClass]) -> Start:
    fields = entry.fields(("class", "source", "grade"), ("score", "after", "note"))
    if "note" not in fields and not {"score", "after"} <= set(fields):
        raise entry.fault("a start without score and time", "score and after, or a note", "Add what the source says.")
    after = tuple(_duration(node) for node in fields["after"].items()) if "after" in fields else ()
    score = str(parameter(fields["score"].text(), fields["score"].where)) if "score" in fields else ""
    return Start(_known(fields["class"], classes), score, after, fields["note"].text() if "note" in fields else "", _cited(fields))


def _substance(entry: Node, classes: dict[str, SubstanceClass]) -> Substance:
    fields = entry.fields(("substance", "label", "class"))
    return Substance(fields["substance"].text(), fields["label"].text(), _known(fields["class"], classes))


def _known(node: Node, classes: dict[str, SubstanceClass]) -> str:
    if node.text() not in classes:
        raise node.fault(f"the class {node.text()!r}", f"one of {', '.join(classes)}", "Correct it or add it above.")
    return node.text()


def _cited(fields: dict[str, Node]) -> Cited:
    """The source of a number. What was only recalled cannot carry far: a local judgement graded higher than its source is refused."""
    key, locator = fields["source"].texts()
    if key not in SOURCES:
        raise fields["source"].fault(f"the source {key!r}", "a key of library/sources.yaml", "Add the source there or correct the key.")
    grade = fields["grade"].text()
    if grade not in GRADES:
        raise fields["grade"].fault(f"the grade {grade!r}", f"one of {', '.join(GRADES)}", "Choose one.")
    if GRADES.index(grade) < GRADES.index(SOURCES[key].grade):
        raise fields["grade"].fault(f"the grade {grade}", f"none above its source's, {SOURCES[key].grade}", "Lower it.")
    return Cited(key, locator, grade)


def _duration(node: Node) -> Duration:
    return parse_duration(node.text(), node.where)


def _yes(node: Node) -> bool:
    if node.text() not in ("yes", "no"):
        raise node.fault(repr(node.text()), "yes or no", "Write one of them.")
    return node.text() == "yes"


BOOK: Substances = read_substances(read_yaml(LIBRARY / "substances.yaml"))
SUBSTANCES: dict[str, Substance] = BOOK.substances
CLASSES: dict[str, str] = {name: found.label for name, found in BOOK.classes.items()}
