"""Read a protocol folder strictly: an unknown field, a wrong unit or a missing source is refused with its line."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.library.sources import SOURCES
from kairn.protocol.read_condition import read_condition
from kairn.protocol.rule import (
    OPTIONS,
    TOPICS,
    Citation,
    Claim,
    DoseLimits,
    FlagSays,
    Level,
    OverrideBy,
    Protocol,
    Rule,
    RuleKind,
    Schedule,
    Severity,
    Use,
    While,
)  # fmt: skip
from kairn.terms.problem import unreadable
from kairn.terms.quantity import parse_quantity
from kairn.terms.times import Duration, parse_duration

GRAMMAR = "2"
PROTOCOLS = LIBRARY / "protocols"
SHARED = (
    "facts.yaml", "code_sets.yaml", "sources.yaml", "products.yaml", "urgent_tasks.yaml", "weight_basis.yaml", "weight_check.yaml", "substances.yaml",
    "medicines.yaml", "predictions.yaml",
)  # fmt: skip
SHARED_FOLDERS = ("instruments", "models", "responses")
"""Folders of the library every protocol reaches, each file of which is hashed: what a score means, and what is drawn beside a rule, is part of it."""
LIBRARY_FILE = "library/"
PHASES = ("booked", "pre-flight", "infusion", "recovery", "closed")

HEAD_NEEDS = ("protocol", "version", "title", "summary", "stages", "exits", "moves", "consent", "infusion", "rules")
HEAD_MAY = ("use", "route", "borrows")
_RULE_NEEDS = ("rule", "title", "kind", "while", "source", "grade", "rationale", "not_considered")
_RULE_MAY = ("applies", "condition", "guards", "level", "schedule", "override", "says")


def load_protocol(protocol_id: str, version: str, root: Path = PROTOCOLS) -> Protocol:
    """The protocol with that id and version under `root`. Raises Unreadable with file and line of the first fault."""
    folder = root / protocol_id / version
    head, fields = _head(folder)
    rules = tuple(_rule(entry) for path in _rule_files(folder, fields) for entry in read_yaml(path).items())
    by_id = {rule.id: rule for rule in rules}
    if len(by_id) != len(rules):
        twice = sorted(rule.id for rule in rules if by_id[rule.id] is not rule)
        raise head.fault(f"the rule id {twice[0]!r} twice", "each rule id once", "Rename one of them.")
    document, consent_version, teach_back = _consent(fields["consent"])
    return Protocol(
        id=fields["protocol"].text(),
        version=fields["version"].text(),
        title=fields["title"].text(),
        summary=tuple(map(_claim, fields["summary"].items())),
        stages=fields["stages"].texts(),
        exits=fields["exits"].texts(),
        moves=tuple(_move(move, fields["stages"].texts()) for move in fields["moves"].items()),
        rules=rules,
        infusion=_infusion(fields["infusion"]),
        consent=(document, consent_version),
        content_hash=content_hash(reached(protocol_id, version, root)),
        teach_back=teach_back,
        use=_choice(fields["use"], Use) if "use" in fields else Use.CLINIC,
        route=fields["route"].text() if "route" in fields else "IV",
        by_id=by_id,
    )


def reached(protocol_id: str, version: str, root: Path = PROTOCOLS) -> dict[str, bytes]:
    """Every file the content hash is made of, by name: the protocol's own, those it borrows, its consent document, and what all protocols share.

    Names that begin with `library/` belong to the library, the others to the protocol's own folder. Raises Unreadable.
    """
    folder = root / protocol_id / version
    _, fields = _head(folder)
    own = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    shared = [*(LIBRARY / name for name in SHARED), *(path for name in SHARED_FOLDERS for path in (LIBRARY / name).rglob("*.yaml"))]
    document, consent_version, _ = _consent(fields["consent"])
    shared += [LIBRARY / "consent" / f"{document}-{consent_version}.md", *(path for path in _rule_files(folder, fields) if not path.is_relative_to(folder))]
    named = own | {f"{LIBRARY_FILE}{path.relative_to(LIBRARY)}": path for path in shared}
    return {name: path.read_bytes() for name, path in sorted(named.items())}


def content_hash(files: Mapping[str, bytes]) -> str:
    """SHA-256 (hex) of the sorted manifest of those files and of the grammar's version."""
    lines = [f"{name} {hashlib.sha256(body).hexdigest()}" for name, body in sorted(files.items())]
    return hashlib.sha256("\n".join([f"grammar {GRAMMAR}", *lines]).encode()).hexdigest()


def _head(folder: Path) -> tuple[Node, dict[str, Node]]:
    name = f"{folder.parent.name} {folder.name}"
    if not (folder / "protocol.yaml").is_file():
        raise unreadable(f"no protocol {name}", f"a folder {folder.parent.name}/{folder.name} with a protocol.yaml", "Check the name and the version.")
    head = read_yaml(folder / "protocol.yaml")
    return head, head.fields(HEAD_NEEDS, HEAD_MAY)


def _rule_files(folder: Path, fields: dict[str, Node]) -> list[Path]:
    """Own files, files of the library (`library/interactions/x.yaml`), and files borrowed from another shipped protocol, in the order named."""
    found = [_rule_file(folder, name, fields["rules"]) for name in fields["rules"].texts()]
    for entry in fields["borrows"].items() if "borrows" in fields else []:
        lent = entry.fields(("protocol", "version", "files"))
        found += [_rule_file(PROTOCOLS / lent["protocol"].text() / lent["version"].text(), name, entry) for name in lent["files"].texts()]
    return found


def _rule_file(folder: Path, name: str, node: Node) -> Path:
    within = LIBRARY if name.startswith(LIBRARY_FILE) else folder
    path = within / name.removeprefix(LIBRARY_FILE)
    if not path.resolve().is_relative_to(within.resolve()) or path.suffix != ".yaml" or not path.is_file():
        raise node.fault(f"the rule file {name!r}", "a file in its own folder, or library/...", "Add the file or remove its name.")
    return path


def _rule(entry: Node) -> Rule:
    fields = entry.fields(_RULE_NEEDS, _RULE_MAY)
    kind = _choice(fields["kind"], RuleKind)
    _fit(entry, fields, kind)
    return Rule(
        id=fields["rule"].text(),
        title=fields["title"].text(),
        kind=kind,
        while_=_while(fields["while"]),
        applies=read_condition(fields["applies"]) if "applies" in fields else None,
        condition=read_condition(fields["condition"]) if "condition" in fields else None,
        guards=fields["guards"].text() if "guards" in fields else "",
        level=_choice(fields["level"], Level) if "level" in fields else None,
        schedule=_schedule(fields["schedule"]) if "schedule" in fields else None,
        override=_override(fields["override"]) if "override" in fields else None,
        citations=_citations(fields["source"]),
        grade=_grade(fields["grade"]),
        rationale=fields["rationale"].text(),
        not_considered=fields["not_considered"].text(),
        file=entry.file,
        line=entry.line,
        says=_says(fields["says"]) if "says" in fields else None,
    )


KIND_NEEDS = {
    RuleKind.GATE: ("condition", "guards", "override"),
    RuleKind.HOLD: ("condition", "level"),
    RuleKind.DUTY: ("schedule",),
    RuleKind.FLAG: ("condition", "says"),
}
_KIND_MAY = {RuleKind.GATE: ("applies",), RuleKind.HOLD: ("applies", "override"), RuleKind.DUTY: ("applies", "condition"), RuleKind.FLAG: ("applies",)}


def _fit(entry: Node, fields: dict[str, Node], kind: RuleKind) -> None:
    """Each kind has its own fields: one too few cannot be weighed, one too many would be read by nobody."""
    for name in KIND_NEEDS[kind]:
        if name not in fields:
            raise entry.fault(f"a {kind} without {name!r}", f"a {kind} with {', '.join(KIND_NEEDS[kind])}", f"Add {name}.")
    for name in _RULE_MAY:
        if name in fields and name not in KIND_NEEDS[kind] + _KIND_MAY[kind]:
            raise fields[name].fault(f"a {kind} with {name!r}", f"a {kind} with {', '.join(KIND_NEEDS[kind])}", f"Remove {name} or correct the kind.")


def _says(node: Node) -> FlagSays:
    fields = node.fields(("topic", "severity", "effect", "consider"), ("option",))
    topic, option = fields["topic"].text(), fields["option"].text() if "option" in fields else ""
    if topic not in TOPICS:
        raise fields["topic"].fault(f"the topic {topic!r}", f"one of {', '.join(TOPICS)}", "Choose one.")
    if option and (option not in OPTIONS or topic != "adaptation"):
        raise fields["option"].fault(f"the option {option!r} for the topic {topic}", f"one of {', '.join(OPTIONS)}, for adaptation only", "Correct it.")
    return FlagSays(topic, _choice(fields["severity"], Severity), fields["effect"].text(), fields["consider"].text(), option)


E = TypeVar("E", RuleKind, Level, Severity, Use)


def _choice(node: Node, kind: type[E]) -> E:
    try:
        return kind(node.text())
    except ValueError:
        raise node.fault(f"{node.text()!r}", f"one of {', '.join(kind)}", "Choose one.") from None


def _while(node: Node) -> While:
    if node.value == "always":
        return While()
    fields = node.fields((), ("stages", "phases"))
    phases = fields["phases"].texts() if "phases" in fields else ()
    for phase in phases:
        if phase not in PHASES:
            raise fields["phases"].fault(f"the phase {phase!r}", f"one of {', '.join(PHASES)}", "Correct it.")
    return While(fields["stages"].texts() if "stages" in fields else (), phases)


def _override(node: Node) -> OverrideBy | None:
    if node.value == "never":
        return None
    fields = node.fields(("by", "lasts"))
    return OverrideBy(fields["by"].texts(), _duration(fields["lasts"]))


def _schedule(node: Node) -> Schedule:
    fields = node.fields(("do", "owner"), ("every", "after", "opens", "within", "facts", "grace"))
    if ("every" in fields) == ("after" in fields):
        raise node.fault("a schedule with both or neither of `every` and `after`", "exactly one of them", "Say how often, or after which moment.")
    return Schedule(
        do=fields["do"].text(),
        owner=fields["owner"].text(),
        every=_maybe(fields, "every"),
        after=fields["after"].text() if "after" in fields else "",
        opens=_maybe(fields, "opens"),
        within=_maybe(fields, "within"),
        facts=fields["facts"].texts() if "facts" in fields else (),
        grace=_maybe(fields, "grace"),
    )


def _claim(node: Node) -> Claim:
    fields = node.fields(("says", "source"))
    return Claim(fields["says"].text(), _citations(fields["source"]))


def _citations(node: Node) -> tuple[Citation, ...]:
    entries = node.items()
    found = tuple(Citation(*_pair(entry)) for entry in (entries if isinstance(entries[0].value, list) else [node]))
    for citation in found:
        if citation.source not in SOURCES:
            raise node.fault(f"the source {citation.source!r}", "a key of library/sources.yaml", "Add the source there or correct the key.")
    return found


def _pair(node: Node) -> tuple[str, str]:
    parts = node.texts()
    if len(parts) != 2:
        raise node.fault(f"{len(parts)} parts", "[source key, where in it]", "Name the source and the place in it.")
    return parts[0], parts[1]


def _grade(node: Node) -> str:
    if node.text() not in ("high", "moderate", "low", "very-low"):
        raise node.fault(f"the grade {node.text()!r}", "high, moderate, low or very-low", "Choose one.")
    return node.text()


def _move(node: Node, stages: tuple[str, ...]) -> tuple[str, str]:
    origin, target = _pair(node)
    for name in (origin, target):
        if name not in stages:
            raise node.fault(f"the stage {name!r}", f"one of {', '.join(stages)}", "Correct it.")
    return origin, target


def _consent(node: Node) -> tuple[str, str, tuple[tuple[str, str, str], ...]]:
    fields = node.fields(("document", "version", "teach_back"))
    questions = tuple(
        (q["ask"].text(), q["right"].text(), q["key"].text()) for q in (item.fields(("ask", "right", "key")) for item in fields["teach_back"].items())
    )
    document, version = fields["document"].text(), fields["version"].text()
    if not (LIBRARY / "consent" / f"{document}-{version}.md").is_file():
        raise fields["document"].fault(f"no document {document} version {version}", "a file in library/consent", "Write it, or correct its name.")
    return document, version, questions


def _infusion(node: Node) -> DoseLimits:
    names = ("drug", "dose", "soft", "hard", "duration", "duration_hard", "weight_basis", "infusions", "spacing_days", "weight_within", "source")
    fields = node.fields(names)
    low, high = (int(text) for text in fields["spacing_days"].texts())
    pairs = {name: [parse_quantity(text, fields[name].where) for text in fields[name].texts()] for name in ("soft", "hard", "duration_hard")}
    return DoseLimits(
        drug=fields["drug"].text(),
        dose=parse_quantity(fields["dose"].text(), fields["dose"].where),
        soft=(pairs["soft"][0], pairs["soft"][1]),
        hard=(pairs["hard"][0], pairs["hard"][1]),
        duration=parse_quantity(fields["duration"].text(), fields["duration"].where),
        duration_hard=(pairs["duration_hard"][0], pairs["duration_hard"][1]),
        weight_basis=fields["weight_basis"].text(),
        infusions=int(fields["infusions"].text()),
        spacing_days=(low, high),
        weight_within=_duration(fields["weight_within"]),
        citations=_citations(fields["source"]),
    )


def _duration(node: Node) -> Duration:
    return parse_duration(node.text(), node.where)


def _maybe(fields: dict[str, Node], name: str) -> Duration | None:
    return _duration(fields[name]) if name in fields else None
