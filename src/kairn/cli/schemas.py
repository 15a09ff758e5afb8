"""JSON Schema of every kind of file a clinic writes: protocols and rules from their room, scenarios and instruments from theirs."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from kairn.instruments import definition, read_items, read_rules, read_scales
from kairn.library.facts import FACTS
from kairn.pathway.casebook import BOOK
from kairn.protocol.schema import protocol_schema, rules_schema
from kairn.protocol.schema_shape import PLAIN, Schema, choice, document, listed, mapping, one_or_more, shape_of
from kairn.record.kinds import KINDS

ENTRY = ("event", "at", "by")
ENTRY_MAY = ("recorded", "id")
MADE = ("signature",)
"""Fields of an event that a scenario may leave out: the reader makes them."""
ANSWERS = choice("yes", "no", "unknown", "does not apply", "not weighed")
THEN = ("stage", "phases", "moves", "rules", "holds", "due", "flags", "as_needed", "overrides")
ANYTHING: Schema = {}


def scenario_schema() -> Schema:
    """The schema of a scenario, and of a case book."""
    person = mapping(("given_name", "family_name", "birth_date", "sex"), ("phone", "care_team"), {"care_team": one_or_more({"type": "string"})})
    given, words = listed({"$ref": "#/$defs/given"}), {"$ref": "#/$defs/then"}
    case = mapping(("case", "then"), ("given", "set", "without", "at"), {"then": words, "given": given, "set": _readings(), "without": one_or_more(PLAIN)})
    told = mapping(("scenario", "story", "person", "now", "given", "then"), ("wrong",), {"person": person, "given": given, "then": words})
    book = mapping(BOOK, ("visit",), {"person": person, "given": given, "cases": listed(case)})
    defs = {"given": _given(), "then": _then()}
    return document("scenario", "A scenario, or a book of cases", {"if": {"required": ["casebook"]}, "then": book, "else": told}, defs)


def _then() -> Schema:
    words: Schema = {"type": "object", "additionalProperties": PLAIN}
    answers: Schema = {"type": "object", "additionalProperties": ANSWERS}
    names = one_or_more({"type": "string"})
    return mapping((), THEN, {**dict.fromkeys(THEN, words), "stage": PLAIN, "rules": answers, "holds": names})


def _given() -> Schema:
    block = mapping(("block", "at"), ("visit",), {})
    event = {"type": "object", "required": list(ENTRY), "properties": {"event": choice(*sorted(KINDS))}, "allOf": [_event(name) for name in sorted(KINDS)]}
    return {"if": {"required": ["block"]}, "then": block, "else": event}


def _event(name: str) -> Schema:
    """One kind of event with its own fields; `strikes` is how a story names the event that is struck out."""
    fields = {("strikes" if field.name == "event" else field.name): field for field in msgspec.structs.fields(KINDS[name])}
    needs = tuple(each for each, field in fields.items() if field.required and each not in MADE)
    own = dict.fromkeys(fields, ANYTHING) | ({"readings": _readings()} if "readings" in fields else {})
    may = tuple(each for each in (*fields, *ENTRY_MAY) if each not in needs)
    when = {"properties": {"event": {"const": name}}, "required": ["event"]}
    return {"if": when, "then": mapping((*ENTRY, *needs), may, own)}


def _readings() -> Schema:
    own = {fact.name: choice(*fact.choices) if fact.kind == "choice" else PLAIN for fact in FACTS.values()}
    return {"type": "object", "additionalProperties": False, "properties": own}


def instrument_schema() -> Schema:
    """The schema of an instrument's file: its parts with their fields, and what they hold left to the reader."""
    fields: dict[str, Schema] = dict.fromkeys((*definition.NEEDS, *definition.MAY), ANYTHING)
    fields |= {name: PLAIN for name in ("instrument", "version", "title", "check_list", "purpose", "recall", "caution")}
    fields |= {"rater": choice(*definition.RATERS), "wording": choice(*definition.WORDINGS), "licence": _part(definition._licence)}
    fields["conventions"] = listed(_part(definition._convention))
    fields["bands"] = mapping(("source", "of"), ("if",), {"source": ANYTHING, "of": listed(_part(read_rules._band))})
    fields["items"] = {"anyOf": [_part(read_items._numbered, {}), listed(_part(read_items._item, "", {}, {}))]}
    fields["scales"] = listed(_part(read_scales.read_scale, {}, {}, ()))
    fields |= {"flags": listed(_part(read_rules._flag, {}, {})), "change": listed(_part(read_rules._change, {}))}
    return document("instrument", "An instrument", mapping(definition.NEEDS, definition.MAY, fields))


def _part(read: Callable[..., object], *rest: object) -> Schema:
    """One entry, which a convention may take or leave (`if`)."""
    shape = shape_of(read, *rest)
    return mapping(shape.needs, (*shape.may, "if"), dict.fromkeys((*shape.needs, *shape.may, "if"), ANYTHING))


SCHEMAS: dict[str, Callable[[], Schema]] = {
    "protocol": protocol_schema,
    "rules": rules_schema,
    "scenario": scenario_schema,
    "instrument": instrument_schema,
}
"""Each schema by the name of its file under docs/schemas."""
