"""From nodes of a file to conditions of the grammar, each shape read in one place."""

from __future__ import annotations

from collections.abc import Callable

from kairn.library.code_sets import CODE_SETS
from kairn.library.facts import Fact, fact_of
from kairn.library.reader import Node
from kairn.protocol.conditions import (
    Age,
    AnyOf,
    AtLeast,
    AtMost,
    Between,
    ChangeFromBaseline,
    Condition,
    Count,
    EveryOf,
    Happened,
    Is,
    Known,
    Listed,
    Not,
    Repeated,
    Since,
)  # fmt: skip
from kairn.protocol.words import COUNTED, HAPPENINGS, MOMENTS
from kairn.terms.quantity import Quantity, parse_quantity, unit_of
from kairn.terms.times import Duration, parse_duration


def read_condition(node: Node) -> Condition:
    """The condition a node says. Raises Unreadable with its line."""
    name, body = node.one()
    if name not in _READERS:
        raise body.fault(f"the condition {name!r}", f"one of {', '.join(sorted(_READERS))}", "Choose one; there are no expressions.")
    return _READERS[name](body)


def _at_most(node: Node) -> AtMost:
    fields = node.fields(("fact", "limit"), ("within", "visit"))
    fact = _measure(fields["fact"])
    return AtMost(fact.name, _limit(fields["limit"], fact), _within(fields), _visit(fields))


def _at_least(node: Node) -> AtLeast:
    fields = node.fields(("fact", "limit"), ("within", "visit"))
    fact = _measure(fields["fact"])
    return AtLeast(fact.name, _limit(fields["limit"], fact), _within(fields), _visit(fields))


def _between(node: Node) -> Between:
    fields = node.fields(("fact", "low", "high"), ("within", "visit"))
    fact = _measure(fields["fact"])
    low, high = _limit(fields["low"], fact), _limit(fields["high"], fact)
    if low.to(fact.unit) > high.to(fact.unit):
        raise node.fault(f"{low} up to {high}", "the lower limit first", "Swap them.")
    return Between(fact.name, low, high, _within(fields), _visit(fields))


def _is(node: Node) -> Is:
    fields = node.fields(("fact", "value"), ("within", "visit"))
    fact, values = fact_of(fields["fact"].text(), fields["fact"].where), fields["value"].texts()
    for value in values:
        if value not in fact.choices:
            raise fields["value"].fault(f"{value!r} for {fact.name}", f"one of {', '.join(fact.choices) or 'no choices: it is measured'}", "Correct it.")
    return Is(fact.name, values, _within(fields), _visit(fields))


def _known(node: Node) -> Known:
    fields = node.fields(("fact",), ("within", "visit"))
    return Known(fact_of(fields["fact"].text(), fields["fact"].where).name, _within(fields), _visit(fields))


def _change(node: Node) -> ChangeFromBaseline:
    fields = node.fields(("fact", "rise_at_most"), ("within",))
    fact = _measure(fields["fact"])
    return ChangeFromBaseline(fact.name, _limit(fields["rise_at_most"], fact), _within(fields))


def _repeated(node: Node) -> Repeated:
    fields = node.fields(("of", "times", "apart"))
    inner = read_condition(fields["of"])
    if not isinstance(inner, AtMost | AtLeast):
        raise fields["of"].fault("a condition that is not one comparison", "at_most or at_least", "Repeat a comparison.")
    return Repeated(inner, _whole(fields["times"]), _duration(fields["apart"]))


def _listed(node: Node) -> Listed:
    fields = node.fields(("code_set",), ("within",))
    name = fields["code_set"].text()
    if name not in CODE_SETS:
        raise fields["code_set"].fault(f"the code set {name!r}", "a set of library/code_sets.yaml", "Add it there or correct it.")
    return Listed(CODE_SETS[name].what, name, _within(fields))


def _age(node: Node) -> Age:
    fields = node.fields(("low", "high"))
    return Age(parse_quantity(fields["low"].text(), fields["low"].where), parse_quantity(fields["high"].text(), fields["high"].where))


def _since(node: Node) -> Since:
    fields = node.fields(("moment",), ("at_least", "at_most"))
    if ("at_least" in fields) == ("at_most" in fields):
        raise node.fault("both or neither of at_least and at_most", "exactly one", "Choose one.")
    return Since(_word(fields["moment"], MOMENTS), _optional(fields, "at_least"), _optional(fields, "at_most"))


def _happened(node: Node) -> Happened:
    fields = node.fields(("what",), ("within", "visit"))
    return Happened(_word(fields["what"], HAPPENINGS), _within(fields), _visit(fields))


def _count(node: Node) -> Count:
    fields = node.fields(("what", "at_most"), ("window",))
    return Count(_word(fields["what"], COUNTED), _whole(fields["at_most"]), _optional(fields, "window"))


def _every(node: Node) -> EveryOf:
    return EveryOf(tuple(read_condition(item) for item in _some(node)))


def _any_of(node: Node) -> AnyOf:
    return AnyOf(tuple(read_condition(item) for item in _some(node)))


def _not(node: Node) -> Not:
    return Not(read_condition(node))


_READERS: dict[str, Callable[[Node], Condition]] = {
    "at_most": _at_most, "at_least": _at_least, "between": _between, "is": _is, "known": _known, "change_from_baseline": _change, "repeated": _repeated,
    "listed": _listed, "age": _age, "since": _since, "happened": _happened, "count": _count, "every": _every, "any_of": _any_of, "not": _not,
}  # fmt: skip


def _some(node: Node) -> list[Node]:
    items = node.items()
    if not items:
        raise node.fault("an empty list of conditions", "at least one", "Add a condition or remove the list.")
    return items


def _measure(node: Node) -> Fact:
    fact = fact_of(node.text(), node.where)
    if fact.kind != "measure":
        raise node.fault(f"{fact.name}, which is not measured", "a measured fact", "Compare it with `is`.")
    return fact


def _limit(node: Node, fact: Fact) -> Quantity:
    limit = parse_quantity(node.text(), node.where)
    if unit_of(limit.unit)[0] != unit_of(fact.unit)[0]:
        raise node.fault(f"a limit in {limit.unit}", f"a limit in {fact.unit} or a unit of its kind", "Correct the unit.")
    return limit


def _word(node: Node, words: dict[str, str]) -> str:
    if node.text() not in words:
        raise node.fault(f"{node.text()!r}", f"one of {', '.join(words)}", "Choose one.")
    return node.text()


def _whole(node: Node) -> int:
    if not node.text().isascii() or not node.text().isdigit():
        raise node.fault(f"{node.text()!r}", "a whole number", "Write digits only.")
    return int(node.text())


def _visit(fields: dict[str, Node]) -> bool:
    if "visit" in fields and fields["visit"].text() != "this":
        raise fields["visit"].fault(f"{fields['visit'].text()!r}", "`this`", "Write `visit: this` or leave it out.")
    return "visit" in fields


def _within(fields: dict[str, Node]) -> Duration | None:
    return _optional(fields, "within")


def _optional(fields: dict[str, Node], name: str) -> Duration | None:
    return _duration(fields[name]) if name in fields else None


def _duration(node: Node) -> Duration:
    return parse_duration(node.text(), node.where)
