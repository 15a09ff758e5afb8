"""JSON Schema (2020-12) of protocol files and rule files, made from what the strict reader asks for."""

from __future__ import annotations

from typing import Any

from kairn.library.code_sets import CODE_SETS
from kairn.library.facts import FACTS
from kairn.library.sources import GRADES, SOURCES
from kairn.library.substances import CLASSES
from kairn.protocol import load
from kairn.protocol.read_condition import READERS
from kairn.protocol.rule import OPTIONS, TOPICS, Level, RuleKind, Severity, Use
from kairn.protocol.schema_shape import PLAIN, Schema, choice, document, listed, mapping, one_or_more, shape_of, written
from kairn.protocol.words import BASELINES, COUNTED, HAPPENINGS, MOMENTS

DURATION = written(r"^[0-9]+(\.[0-9]+)? (s|min|h|d|wk)$", "30 min")
QUANTITY = written(r"^[+-]?[0-9]+(\.[0-9]+)? \S+$", "0.5 mg/kg")
SHARE = written(r"^[0-9]+(\.[0-9]+)? \S+$", "25 %")
WHOLE: Schema = {"type": ["string", "integer"], "pattern": "^[0-9]+$", "minimum": 0}
CONDITION: Schema = {"$ref": "#/$defs/condition"}
WEIGHABLE = tuple(fact.name for fact in FACTS.values() if fact.kind != "prediction")
MEASURED = tuple(fact.name for fact in FACTS.values() if fact.kind == "measure")
CHOSEN = {fact.name: fact.choices for fact in FACTS.values() if fact.kind == "choice"}

FIELDS: dict[str, Schema] = {
    "fact": choice(*MEASURED), "limit": QUANTITY, "low": QUANTITY, "high": QUANTITY, "within": DURATION, "window": DURATION, "apart": DURATION,
    "at_least": DURATION, "at_most": DURATION, "visit": choice("this"), "value": one_or_more(PLAIN), "code_set": choice(*CODE_SETS), "moment": choice(*MOMENTS),
    "times": WHOLE, "ever": choice("yes"), "class": choice(*CLASSES), "topic": choice(*TOPICS), "severity": choice(*Severity), "drug": {"type": "string"},
    "instrument": {"type": "string"}, "is": one_or_more({"type": "string"}), "of": CONDITION, "what": choice(*HAPPENINGS), "since": choice(*BASELINES),
    **dict.fromkeys(("rise_at_most", "rise_at_least", "fall_at_most", "fall_at_least"), QUANTITY),
}  # fmt: skip
"""What each field of a condition holds, where its name alone says it."""

OWN: dict[str, dict[str, Schema]] = {
    "is": {"fact": choice(*WEIGHABLE)},
    "known": {"fact": choice(*WEIGHABLE)},
    "change": {"of": choice("baseline")},
    "given": {"at_most": WHOLE},
    "count": {"at_most": WHOLE, "what": choice(*COUNTED), "since": choice(*FACTS)},
    "some": {"at_least": WHOLE, "of": listed(CONDITION, 1)},
}
"""What a field holds in one condition, where it differs."""

ONE_OF = {
    "since": ("at_least", "at_most"), "since_use": ("at_least", "at_most"), "change": ("rise_at_most", "rise_at_least", "fall_at_most", "fall_at_least"),
}  # fmt: skip
"""Fields of which a condition has exactly one."""


def rules_schema() -> Schema:
    """The schema of a file of rules."""
    return document("rules", "Rules of a Kairn protocol", listed({"$ref": "#/$defs/rule"}), {"rule": _rule(), "condition": _condition()})


def protocol_schema() -> Schema:
    """The schema of a protocol.yaml."""
    pair = {**listed({"type": "string"}, 2), "maxItems": 2}
    consent = mapping(*_needs(load._consent), {"teach_back": listed(mapping(("ask", "right", "key"), (), {}))})
    borrowed = mapping(("protocol", "version", "files"), (), {"files": one_or_more({"type": "string"})})
    names = one_or_more({"type": "string"})
    claim = mapping(*_needs(load._claim), {"says": {"type": "string"}, "source": _source()})
    fields = {
        "stages": listed({"type": "string"}, 1), "exits": names, "moves": listed(pair), "consent": consent, "infusion": _infusion(), "rules": names,
        "use": choice(*Use), "borrows": listed(borrowed), "summary": listed(claim, 1),
    }  # fmt: skip
    return document("protocol", "The head of a Kairn protocol", mapping(load.HEAD_NEEDS, load.HEAD_MAY, fields))


def _infusion() -> Schema:
    pair = {**listed(QUANTITY, 2), "maxItems": 2}
    days = {**listed(WHOLE, 2), "maxItems": 2}
    fields = {
        "dose": QUANTITY, "soft": pair, "hard": pair, "duration": QUANTITY, "duration_hard": pair, "infusions": WHOLE, "spacing_days": days,
        "weight_within": DURATION, "source": _source(),
    }  # fmt: skip
    return mapping(*_needs(load._infusion), fields)


def _rule() -> Schema:
    shape = shape_of(load._rule)
    roles = mapping(*_needs(load._override), {"by": one_or_more({"type": "string"}), "lasts": DURATION})
    said = mapping(*_needs(load._says), {"topic": choice(*TOPICS), "severity": choice(*Severity), "option": choice(*OPTIONS)})
    held = mapping(*_needs(load._while), {"stages": one_or_more({"type": "string"}), "phases": one_or_more(choice(*load.PHASES))})
    fields = {
        "kind": choice(*RuleKind), "while": {"anyOf": [choice("always"), held]}, "applies": CONDITION, "condition": CONDITION, "level": choice(*Level),
        "schedule": _schedule(), "override": {"anyOf": [choice("never"), roles]}, "source": _source(), "grade": choice(*GRADES), "says": said,
        **{name: {"type": "string"} for name in ("rule", "title", "guards", "rationale", "not_considered")},
    }  # fmt: skip
    return {**mapping(shape.needs, shape.may, fields), "allOf": [_kind(kind, shape.may) for kind in RuleKind]}


def _kind(kind: RuleKind, every: tuple[str, ...]) -> Schema:
    """Each kind has its own fields."""
    needs, may = load.KIND_NEEDS[kind], load._KIND_MAY[kind]
    others = {name: False for name in every if name not in needs + may}
    return {"if": {"properties": {"kind": {"const": kind.value}}, "required": ["kind"]}, "then": {"required": list(needs), "properties": others}}


def _schedule() -> Schema:
    times = dict.fromkeys(("every", "opens", "within", "grace"), DURATION)
    fields = {**times, "after": choice(*MOMENTS), "facts": one_or_more(choice(*WEIGHABLE))}
    return {**mapping(*_needs(load._schedule), fields), "oneOf": [{"required": ["every"]}, {"required": ["after"]}]}


def _source() -> Schema:
    one = {"type": "array", "prefixItems": [choice(*SOURCES), {"type": "string"}], "items": False, "minItems": 2}
    return {"anyOf": [one, listed(one, 1)]}


def _condition() -> Schema:
    """Exactly one of the closed list of conditions."""
    return {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": False, "properties": {name: _one(name) for name in READERS}}


def _one(name: str) -> Schema:
    shape = shape_of(READERS[name])
    if shape.form != "mapping":
        return CONDITION if shape.form == "condition" else listed(CONDITION, 1)
    fields = FIELDS | OWN.get(name, {})
    schema = mapping(shape.needs, shape.may, {field: fields[field] for field in (*shape.needs, *shape.may)})
    if name in ONE_OF:
        schema["oneOf"] = [{"required": [field]} for field in ONE_OF[name]]
    return schema | ({"allOf": [_choices(fact, choices) for fact, choices in CHOSEN.items()]} if name == "is" else {})


def _choices(fact: str, choices: tuple[str, ...]) -> Schema:
    """The values of one chosen fact."""
    when = {"properties": {"fact": {"const": fact}}, "required": ["fact"]}
    return {"if": when, "then": {"properties": {"value": one_or_more(choice(*choices))}}}


def _needs(read: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    shape = shape_of(read)
    return shape.needs, shape.may
