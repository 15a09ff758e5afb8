"""The events of a scenario as written: entries, blocks told more than once, times relative to the story's now, readings as a map."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from kairn.library.facts import FACTS, check_reading
from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.protocol.rule import Protocol
from kairn.record.event import Author, Draft
from kairn.record.kinds import KINDS
from kairn.record.payloads import Payload
from kairn.terms.times import instant, parse_duration

SCENARIOS = LIBRARY / "scenarios"
DEMO_CLINIC = uuid5(NAMESPACE_URL, "urn:kairn:scenario-clinic")
STARTS = ("protocol", "version", "content_hash", "kairn", "seq_seen")


class Reader:
    """Reads the given events of one scenario, in order, giving every visit and event a stable id."""

    def __init__(self, name: str, protocol: Protocol, now: datetime) -> None:
        self.name, self.protocol, self.now = name, protocol, now
        self.patient = uuid5(DEMO_CLINIC, name)
        self.drafts: list[Draft] = []
        self.recorded: list[datetime] = []
        self.visits: dict[str, UUID] = {}
        self.told = 0

    def read(self, entry: Node, base: datetime) -> None:
        """One given entry: an event, or a named block of events told from its own time."""
        found = entry.mapping()
        if "block" in found:
            fields = entry.fields(("block", "at"), ("visit",))
            at = moment(fields["at"], base)
            for inner in _block(fields["block"]):
                self.read(_for_visit(inner, fields.get("visit")), at)
            return
        self._event(entry, dict(found), base)

    def _event(self, entry: Node, found: dict[str, Node], base: datetime) -> None:
        for name in ("event", "at", "by"):
            if name not in found:
                raise entry.fault(f"no {name!r}", "event, at and by in every entry", f"Add {name}.")
        kind = found.pop("event")
        if kind.text() not in KINDS:
            raise kind.fault(f"the event {kind.text()!r}", f"one of {', '.join(sorted(KINDS))}", "Choose one.")
        at = moment(found.pop("at"), base)
        recorded = moment(found.pop("recorded"), base) if "recorded" in found else at
        role, _, name = found.pop("by").text().partition(" ")
        author = Author(str(uuid5(DEMO_CLINIC, name)), name, role)
        event_id = uuid5(self.patient, found.pop("id").text() if "id" in found else str(self.told))
        self.told += 1
        payload = self._payload(KINDS[kind.text()], entry, found, base)
        self.drafts.append(Draft(event_id, self.patient, at, author, payload))
        self.recorded.append(recorded)

    def _payload(self, kind: type[Payload], entry: Node, found: dict[str, Node], base: datetime) -> Payload:
        body: dict[str, Any] = {name: self._value(name, node, base) for name, node in found.items()}
        if "strikes" in body:
            body["event"] = body.pop("strikes")
        if "signature" in kind.__struct_fields__ and "signature" not in body:
            body["signature"] = self._signature()
        try:
            return msgspec.convert(body, kind, strict=False)
        except msgspec.ValidationError as fault:
            raise entry.fault(f"a {kind.KIND} that does not fit ({fault})", f"the fields {', '.join(kind.__struct_fields__)}", "Correct the entry.") from None

    def _signature(self) -> dict[str, Any]:
        own = (self.protocol.id, self.protocol.version, self.protocol.content_hash, "scenario", len(self.drafts))
        return dict(zip(STARTS, own, strict=True))

    def _value(self, name: str, node: Node, base: datetime) -> Any:
        if name in ("visit", "task") and isinstance(node.value, str):
            return (
                self.visits.setdefault(node.value, uuid5(self.patient, f"visit {node.value}")) if name == "visit" else uuid5(self.patient, f"task {node.value}")
            )
        if name in ("strikes", "follows"):
            return uuid5(self.patient, node.text())
        if name == "answers":
            return [{"item": item, "value": value.text()} for item, value in node.mapping().items()]
        if name == "response":
            return uuid5(self.patient, f"response {node.text()}")
        if name in ("readings", "teach_back"):
            return [_reading(key, value, checked=name == "readings") for key, value in node.mapping().items()]
        if name.endswith("_at") or name in ("onset", "abated", "started", "ended"):
            return moment(node, base)
        return _plain(node)


def _reading(fact: str, node: Node, *, checked: bool) -> dict[str, str]:
    text = node.text()
    if not checked:
        return {"fact": fact, "value": text}
    measured = fact in FACTS and FACTS[fact].kind == "measure"
    value, _, unit = text.partition(" ") if measured else (text, "", "")
    check_reading(fact, value, unit, node.where)
    return {"fact": fact, "value": value, "unit": unit or (FACTS[fact].unit if measured else "")}


def _plain(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {key: _plain(value) for key, value in node.value.items()}
    return [_plain(item) for item in node.value] if isinstance(node.value, list) else node.value


def moment(node: Node, base: datetime) -> datetime:
    """A time as a scenario writes it: `now`, `-2 d`, `+30 min`, or an instant. Raises Unreadable."""
    text = node.text()
    if text == "now":
        return base
    if text[:1] in "+-":
        length = parse_duration(text[1:], node.where).delta
        return base + (length if text[0] == "+" else timedelta() - length)
    return instant(text, node.where).astimezone(UTC)


@cache
def _blocks() -> dict[str, Node]:
    return read_yaml(SCENARIOS / "blocks.yaml").mapping()


def _block(node: Node) -> list[Node]:
    blocks = _blocks()
    if node.text() not in blocks:
        raise node.fault(f"the block {node.text()!r}", f"one of {', '.join(blocks)}", "Correct it or add it to blocks.yaml.")
    return blocks[node.text()].items()


def _for_visit(entry: Node, visit: Node | None) -> Node:
    """The entry with its visit named, where the block is told of one."""
    if visit is None or not isinstance(entry.value, dict) or "visit" not in entry.value:
        return entry
    return Node({**entry.value, "visit": visit}, entry.file, entry.line)
