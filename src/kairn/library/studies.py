"""Published studies as records that a machine can read: what was given to whom, what was found, and how each number is known."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.library.sources import SOURCES
from kairn.terms.quantity import Quantity, parse_quantity

FOLDER = LIBRARY / "studies"
STATEMENTS_FILE = "statements.yaml"
NOT_ESTABLISHED = "null"
ROUTES = ("IV", "IM", "SL", "PO")
BOUNDS = ("above", "below", "at most", "about")
CONFIDENCES = ("read", "read in another's words", "recalled")
KNOWN = (*CONFIDENCES, "not established")
_NEEDS = (
    "study", "source", "design", "setting", "population", "arms", "inclusion", "exclusion", "drug", "route", "doses", "duration", "sessions", "spacing_days",
    "adjunct", "monitoring", "outcomes", "bearing", "executable", "because", "confidence",
)  # fmt: skip


@dataclass(frozen=True)
class Number:
    """One number of an outcome with its unit; `low` and `high` are its interval; `bound` says that the value itself is only a bound."""

    name: str
    value: Quantity
    confidence: str
    low: Quantity | None = None
    high: Quantity | None = None
    bound: str = ""


@dataclass(frozen=True)
class Outcome:
    """What was measured and found, in our words. No numbers: none are established here."""

    measure: str
    found: str
    numbers: tuple[Number, ...]
    confidence: str


@dataclass(frozen=True)
class Study:
    """One study. None means not established here: never nothing, never zero. `executable` says whether a reference protocol may run it."""

    name: str
    source: str
    locator: str
    design: str
    setting: str
    population: str
    people: tuple[tuple[str, int], ...]
    inclusion: str | None
    exclusion: str | None
    drug: str
    route: str
    doses: tuple[tuple[str, Quantity], ...] | None
    duration: str | None
    sessions: tuple[tuple[str, int], ...] | None
    spacing_days: tuple[int, int] | None
    adjunct: str | None
    monitoring: str | None
    outcomes: tuple[Outcome, ...]
    bearing: str
    executable: bool
    because: str
    confidence: str


@dataclass(frozen=True)
class Statement:
    """What other documents say that no rule carries: sources with the place in each."""

    name: str
    says: str
    sources: tuple[tuple[str, str], ...]
    confidence: str


def read_studies(root: Node) -> dict[str, Study]:
    """The studies of one file by name. Raises Unreadable with the line of the fault."""
    found: dict[str, Study] = {}
    for entry in root.items():
        study = _study(entry)
        if study.name in found:
            raise entry.fault(f"the study {study.name!r} twice", "each study once", "Keep one.")
        found[study.name] = study
    return found


def read_statements(root: Node) -> dict[str, Statement]:
    """All statements by name. Raises Unreadable with the line of the fault."""
    return {found.name: found for found in map(_statement, root.items())}


def _study(entry: Node) -> Study:
    fields = entry.fields(_NEEDS)
    ((source, locator),) = _cited(fields["source"])
    return Study(
        name=fields["study"].text(), source=source, locator=locator, design=fields["design"].text(), setting=fields["setting"].text(),
        population=fields["population"].text(), people=_counts(fields["arms"], "people"), inclusion=_said(fields["inclusion"]),
        exclusion=_said(fields["exclusion"]), drug=fields["drug"].text(), route=_one_of(fields["route"], ROUTES), doses=_doses(fields["doses"]),
        duration=_said(fields["duration"]), sessions=None if _unknown(fields["sessions"]) else _counts(fields["sessions"], "count"),
        spacing_days=_days(fields["spacing_days"]), adjunct=_said(fields["adjunct"]), monitoring=_said(fields["monitoring"]),
        outcomes=tuple(map(_outcome, fields["outcomes"].items())), bearing=fields["bearing"].text(),
        executable=_one_of(fields["executable"], ("yes", "no")) == "yes", because=fields["because"].text(),
        confidence=_one_of(fields["confidence"], KNOWN),
    )  # fmt: skip


def _statement(entry: Node) -> Statement:
    fields = entry.fields(("statement", "says", "source", "confidence"))
    return Statement(fields["statement"].text(), fields["says"].text(), _cited(fields["source"]), _one_of(fields["confidence"], KNOWN))


def _outcome(entry: Node) -> Outcome:
    fields = entry.fields(("measure", "found", "confidence"), ("numbers",))
    given = "numbers" in fields and not _unknown(fields["numbers"])
    numbers = tuple(map(_number, fields["numbers"].items())) if given else ()
    return Outcome(fields["measure"].text(), fields["found"].text(), numbers, _one_of(fields["confidence"], KNOWN))


def _number(entry: Node) -> Number:
    fields = entry.fields(("name", "value", "confidence"), ("low", "high", "bound"))
    if ("low" in fields) != ("high" in fields):
        raise entry.fault("one end of an interval", "both ends or none", "Add the other end.")
    value, low, high = (parse_quantity(fields[name].text(), fields[name].where) if name in fields else None for name in ("value", "low", "high"))
    assert value is not None
    if low and high and not low.value <= value.value <= high.value:
        raise entry.fault(f"{value} outside {low} to {high}", "a value inside its interval", "Correct one of the three.")
    bound = _one_of(fields["bound"], BOUNDS) if "bound" in fields else ""
    return Number(fields["name"].text(), value, _one_of(fields["confidence"], CONFIDENCES), low, high, bound)


def _unknown(node: Node) -> bool:
    return node.value == NOT_ESTABLISHED


def _said(node: Node) -> str | None:
    return None if _unknown(node) else node.text()


def _counts(node: Node, what: str) -> tuple[tuple[str, int], ...]:
    parts = [entry.fields(("arm", what)) for entry in node.items()]
    return tuple((part["arm"].text(), _whole(part[what])) for part in parts)


def _doses(node: Node) -> tuple[tuple[str, Quantity], ...] | None:
    if _unknown(node):
        return None
    parts = [entry.fields(("arm", "dose")) for entry in node.items()]
    return tuple((part["arm"].text(), parse_quantity(part["dose"].text(), part["dose"].where)) for part in parts)


def _days(node: Node) -> tuple[int, int] | None:
    if _unknown(node):
        return None
    low, high = (_whole(item) for item in node.items())
    if low > high:
        raise node.fault(f"{low} to {high} days", "the shorter first", "Swap them.")
    return low, high


def _whole(node: Node) -> int:
    text = node.text()
    if not (text.isascii() and text.isdigit()):
        raise node.fault(f"{text!r}", "a whole number", "Write digits only.")
    return int(text)


def _one_of(node: Node, words: tuple[str, ...]) -> str:
    if node.text() not in words:
        raise node.fault(f"{node.text()!r}", f"one of {', '.join(words)}", "Choose one.")
    return node.text()


def _cited(node: Node) -> tuple[tuple[str, str], ...]:
    entries = node.items()
    pairs = entries if entries and isinstance(entries[0].value, list) else [node]
    found = []
    for pair in pairs:
        texts = pair.texts()
        if len(texts) != 2 or texts[0] not in SOURCES:
            raise pair.fault(f"{', '.join(texts)}", "[a key of library/sources.yaml, where in it]", "Name the source and the place in it.")
        found.append((texts[0], texts[1]))
    return tuple(found)


STUDIES: dict[str, Study] = {
    name: study for path in sorted(FOLDER.glob("*.yaml")) if path.name != STATEMENTS_FILE for name, study in read_studies(read_yaml(path)).items()
}
STATEMENTS: dict[str, Statement] = read_statements(read_yaml(FOLDER / STATEMENTS_FILE))
