"""From nodes of a file to conditions of the grammar, each shape read in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kairn.instruments.definition import instrument
from kairn.library.code_sets import CODE_SETS
from kairn.library.facts import Fact, fact_of
from kairn.library.reader import Node
from kairn.library.substances import CLASSES
from kairn.protocol.conditions import (
    Age,
    AnyOf,
    AtLeast,
    AtMost,
    Band,
    Between,
    Change,
    Condition,
    Count,
    EveryOf,
    Flagged,
    Given,
    Happened,
    Is,
    Known,
    Listed,
    Not,
    Repeated,
    Since,
    SinceUse,
    SomeOf,
    Unrecognised,
)  # fmt: skip
from kairn.protocol.rule import TOPICS, Severity
from kairn.protocol.words import BASELINES, COUNTED, HAPPENINGS, MOMENTS
from kairn.terms.quantity import Quantity, parse_quantity, unit_of
from kairn.terms.times import Duration, parse_duration


def read_condition(node: Node) -> Condition:
    """The condition a node says. Raises Unreadable with its line."""
    name, body = node.one()
    if name not in READERS:
        raise body.fault(f"the condition {name!r}", f"one of {', '.join(sorted(READERS))}", "Choose one; there are no expressions.")
    return READERS[name](body)


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
    fact, values = _weighable(fields["fact"]), fields["value"].texts()
    for value in values:
        if value not in fact.choices:
            raise fields["value"].fault(f"{value!r} for {fact.name}", f"one of {', '.join(fact.choices) or 'no choices: it is measured'}", "Correct it.")
    return Is(fact.name, values, _within(fields), _visit(fields))


def _known(node: Node) -> Known:
    fields = node.fields(("fact",), ("within", "visit"))
    return Known(_weighable(fields["fact"]).name, _within(fields), _visit(fields))


def _band(node: Node) -> Band:
    fields = node.fields(("instrument", "is"), ("within", "visit"))
    found = instrument(fields["instrument"].text())
    known = [*(band.name for band in found.bands), *(level.name for level in found.levels)]
    for band in fields["is"].texts():
        if band not in known:
            raise fields["is"].fault(f"the band {band!r}", f"one of {', '.join(known) or 'no bands: it has none'}", "Correct it.")
    return Band(found.name, fields["is"].texts(), _within(fields), _visit(fields))


_AMOUNTS = ("rise_at_most", "rise_at_least", "fall_at_most", "fall_at_least")


def _change(node: Node) -> Change:
    fields = node.fields(("fact", "since"), (*_AMOUNTS, "of", "within"))
    fact = _measure(fields["fact"])
    said = [name for name in _AMOUNTS if name in fields]
    if len(said) != 1:
        raise node.fault(f"{len(said)} amounts", f"exactly one of {', '.join(_AMOUNTS)}", "Say one change.")
    direction, _, bound = said[0].partition("_at_")
    relative = "of" in fields
    if relative and fields["of"].text() != "baseline":
        raise fields["of"].fault(f"{fields['of'].text()!r}", "`baseline`", "Write `of: baseline` for a share of the baseline, or leave it out.")
    amount = _share(fields[said[0]]) if relative else _limit(fields[said[0]], fact)
    if amount.value < 0:
        raise fields[said[0]].fault(f"{amount}", "an amount of 0 or more", "Say rise or fall instead of a minus.")
    return Change(fact.name, _word(fields["since"], BASELINES), direction, bound == "least", amount, relative, _within(fields))


def _share(node: Node) -> Quantity:
    share = parse_quantity(node.text(), node.where)
    if share.unit != "%":
        raise node.fault(f"a share in {share.unit}", "a share in %", "Write it in %, or leave `of: baseline` out.")
    return share


def _repeated(node: Node) -> Repeated:
    fields = node.fields(("of", "times", "apart"), ("ever",))
    inner = read_condition(fields["of"])
    single = inner.of if isinstance(inner, AnyOf) else (inner,)
    if not all(isinstance(one, AtMost | AtLeast | Between) for one in single):
        raise fields["of"].fault("a condition that is not a comparison", "at_most, at_least, between, or any_of those", "Repeat comparisons.")
    assert isinstance(inner, AtMost | AtLeast | Between | AnyOf)
    return Repeated(inner, _whole(fields["times"]), _duration(fields["apart"]), _ever(fields, single))


def _ever(fields: dict[str, Node], of: tuple[Condition, ...]) -> bool:
    """Readings that stand although a better one came stand only for a while: each comparison says how long."""
    if "ever" not in fields:
        return False
    if not all(isinstance(one, AtMost | AtLeast | Between) and one.within for one in of):
        raise fields["ever"].fault("a comparison without `within`", "how long each reading stands", "Give each comparison a `within`.")
    if fields["ever"].text() != "yes":
        raise fields["ever"].fault(f"{fields['ever'].text()!r}", "`yes`", 'Write `ever: "yes"` or leave it out.')
    return True


def _listed(node: Node) -> Listed:
    fields = node.fields(("code_set",), ("within",))
    name = fields["code_set"].text()
    if name not in CODE_SETS:
        raise fields["code_set"].fault(f"the code set {name!r}", "a set of library/code_sets.yaml", "Add it there or correct it.")
    return Listed(CODE_SETS[name].what, name, _within(fields))


def _unrecognised(node: Node) -> Unrecognised:
    return Unrecognised(_within(node.fields((), ("within",))))


def _age(node: Node) -> Age:
    fields = node.fields(("low", "high"))
    return Age(parse_quantity(fields["low"].text(), fields["low"].where), parse_quantity(fields["high"].text(), fields["high"].where))


def _since(node: Node) -> Since:
    fields = node.fields(("moment",), ("at_least", "at_most"))
    return Since(_word(fields["moment"], MOMENTS), *_one_bound(node, fields))


def _since_use(node: Node) -> SinceUse:
    fields = node.fields(("class",), ("at_least", "at_most", "within"))
    return SinceUse(_word(fields["class"], CLASSES), *_one_bound(node, fields), _within(fields))


def _one_bound(node: Node, fields: dict[str, Node]) -> tuple[Duration | None, Duration | None]:
    if ("at_least" in fields) == ("at_most" in fields):
        raise node.fault("both or neither of at_least and at_most", "exactly one", "Choose one.")
    return _optional(fields, "at_least"), _optional(fields, "at_most")


def _given(node: Node) -> Given:
    fields = node.fields(("drug", "at_most"), ("window",))
    return Given(fields["drug"].text(), _whole(fields["at_most"]), _optional(fields, "window"))


def _happened(node: Node) -> Happened:
    fields = node.fields(("what",), ("within", "visit"))
    return Happened(_word(fields["what"], HAPPENINGS), _within(fields), _visit(fields))


def _count(node: Node) -> Count:
    fields = node.fields(("what", "at_most"), ("window", "since"))
    if "window" in fields and "since" in fields:
        raise node.fault("both `window` and `since`", "one of them, or neither", "Choose one.")
    since = fact_of(fields["since"].text(), fields["since"].where).name if "since" in fields else ""
    return Count(_word(fields["what"], COUNTED), _whole(fields["at_most"]), _optional(fields, "window"), since)


def _flagged(node: Node) -> Flagged:
    fields = node.fields(("topic", "severity"))
    return Flagged(_word(fields["topic"], TOPICS), _word(fields["severity"], {one.value: "" for one in Severity}))


def _every(node: Node) -> EveryOf:
    return EveryOf(tuple(read_condition(item) for item in _some(node)))


def _any_of(node: Node) -> AnyOf:
    return AnyOf(tuple(read_condition(item) for item in _some(node)))


def _some_of(node: Node) -> SomeOf:
    fields = node.fields(("at_least", "of"))
    inner = tuple(read_condition(item) for item in _some(fields["of"]))
    wanted = _whole(fields["at_least"])
    if not 0 < wanted <= len(inner):
        raise fields["at_least"].fault(f"{wanted} of {len(inner)}", f"at least one, at most {len(inner)}", "Correct the number.")
    return SomeOf(wanted, inner)


def _not(node: Node) -> Not:
    return Not(read_condition(node))


READERS: dict[str, Callable[[Node], Condition]] = {
    "at_most": _at_most, "at_least": _at_least, "between": _between, "is": _is, "band": _band, "known": _known, "change": _change, "repeated": _repeated,
    "listed": _listed, "unrecognised": _unrecognised, "age": _age, "since": _since, "since_use": _since_use, "given": _given, "happened": _happened,
    "count": _count, "flagged": _flagged, "every": _every, "any_of": _any_of, "some": _some_of, "not": _not,
}  # fmt: skip


def _some(node: Node) -> list[Node]:
    items = node.items()
    if not items:
        raise node.fault("an empty list of conditions", "at least one", "Add a condition or remove the list.")
    return items


def _measure(node: Node) -> Fact:
    fact = _weighable(node)
    if fact.kind != "measure":
        raise node.fault(f"{fact.name}, which is not measured", "a measured fact", "Compare it with `is`.")
    return fact


def _weighable(node: Node) -> Fact:
    fact = fact_of(node.text(), node.where)
    if fact.kind == "prediction":
        raise node.fault(f"a rule that reads {fact.name}, which is predicted", "a fact that somebody measured or said", "Predictions are drawn, never weighed.")
    return fact


def _limit(node: Node, fact: Fact) -> Quantity:
    limit = parse_quantity(node.text(), node.where)
    if unit_of(limit.unit)[0] != unit_of(fact.unit)[0]:
        raise node.fault(f"a limit in {limit.unit}", f"a limit in {fact.unit} or a unit of its kind", "Correct the unit.")
    return limit


def _word(node: Node, words: Mapping[str, str]) -> str:
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
