"""Conditions of the grammar rebuilt from FHIRPath expressions, each from its own shape of the tree; any other shape is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest

from kairn.fhir.canonical import BASE
from kairn.fhir.fhirpath import Amount, Call, Join, Member, Name, Nothing, Number, Text, This, Tree, Truth, Variable, read, write
from kairn.fhir.plan_definition_logic import tree_of
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
from kairn.terms.problem import Unreadable, unreadable
from kairn.terms.quantity import Quantity, parse_quantity
from kairn.terms.times import Duration, parse_duration

AROUND = 30
_VALUE_SETS = f"{BASE}/ValueSet/"


def read_condition(text: str, where: str) -> Condition:
    """The condition an expression says. Raises Unreadable for an expression that no condition is written as."""
    return read_as(text, where, condition_of)


def read_as(text: str, where: str, shape: Callable[[Tree], Condition]) -> Condition:
    """The condition an expression says by one shape; it must be written exactly as that condition is."""
    tree = read(text, where)
    try:
        found = shape(tree)
        written = write(tree_of(found))
    except Unreadable as fault:
        raise unreadable(fault.problem.seen, fault.problem.expected, fault.problem.mend, where) from None
    if written != text:
        at = next(place for place, pair in enumerate(zip_longest(text, written)) if pair[0] != pair[1])
        seen, expected = (f"`{one[max(at - AROUND, 0) : at + AROUND]}`" for one in (text, written))
        raise unreadable(seen, f"{expected}, as that condition is written", "Export the protocol again.", f"{where}, column {at + 1}")
    return found


def condition_of(tree: Tree) -> Condition:
    """The condition of a tree. Raises Unreadable."""
    match tree:
        case Join("and", parts):
            return EveryOf(_parts(parts, Truth(True)))
        case Join("or", parts):
            return AnyOf(_parts(parts, Truth(False)))
        case Join("in", (Member(chosen, "band"), values)):
            return _band(chosen, values)
        case Join("in", (Member(chosen, "value"), values)):
            look = _look(chosen)
            return Is(look.key("fact"), _texts(values), look.within, look.visit)
        case Join("<=" | ">=" as op, (left, Amount() as limit)):
            return _bounded(op, left, limit)
        case Join("<", (Member(found, "age"), Amount() as limit)):
            return Since(_look(found).key("name"), None, _duration(limit))
        case Join("<=", (Call(items, "count", ()), Number(cap))) if items:
            return _capped(items, cap)
        case Member(found, "answer"):
            look = _look(found)
            return Happened(look.key("what"), None, look.visit)
        case Call(None, "iif", (asked, then, otherwise)):
            return _either(asked, then, otherwise)
        case Call(of, "not", ()) if of:
            return Not(condition_of(of))
        case Call(of, "select", (Join() as inner,)) if of:
            return _selected(of, inner)
        case _:
            raise _foreign(tree)


def _foreign(tree: Tree) -> Unreadable:
    return unreadable(
        f"the expression `{write(tree)}`", "one that Kairn writes for a condition", "Export the protocol again, or write it in the grammar's own way."
    )


@dataclass(frozen=True)
class Look:
    """Which items of a variable are looked at: by what names, of this visit or any, how young."""

    variable: str
    keys: dict[str, str]
    visit: bool
    within: Duration | None

    def key(self, name: str) -> str:
        """One of the names. Raises Unreadable where it is not asked for."""
        if name not in self.keys:
            raise unreadable(f"%{self.variable} without {name}", f"%{self.variable} where {name} is given", "Export the protocol again.")
        return self.keys[name]


def _look(tree: Tree) -> Look:
    match tree:
        case Call(Call(_, "where") as found, "last", ()):
            return _look(found)
        case Call(Variable(variable), "where", (asked,)):
            parts = asked.parts if isinstance(asked, Join) and asked.op == "and" else (asked,)
            ages = [part.parts[1] for part in parts if isinstance(part, Join) and part.op == "<" and part.parts[0] == Name("age")]
            return Look(variable, dict(_keys(parts)), Name("visit") in parts, _duration(ages[0]) if ages else None)
        case _:
            raise _foreign(tree)


def _keys(parts: tuple[Tree, ...]) -> Iterator[tuple[str, str]]:
    for part in parts:
        match part:
            case Join("=", (Name(name), Text(value))):
                yield name, value
            case _:
                continue


def _texts(tree: Tree) -> tuple[str, ...]:
    parts = tree.parts if isinstance(tree, Join) else (tree,)
    return tuple(part.value for part in parts if isinstance(part, Text))


def _quantity(tree: Tree) -> Quantity:
    if not isinstance(tree, Amount):
        raise _foreign(tree)
    return parse_quantity(write(tree).replace("'", ""))


def _duration(tree: Tree) -> Duration:
    if not isinstance(tree, Amount):
        raise _foreign(tree)
    return parse_duration(write(tree).replace("'", ""))


def _whole(value: Decimal) -> int:
    if value != int(value):
        raise unreadable(f"{value}", "a whole number", "Export the protocol again.")
    return int(value)


def _parts(parts: tuple[Tree, ...], alone: Truth) -> tuple[Condition, ...]:
    return tuple(map(condition_of, parts[1:] if parts[0] == alone else parts))


def _band(chosen: Tree, values: Tree) -> Band:
    look = _look(chosen)
    return Band(look.key("instrument"), _texts(values), look.within, look.visit)


def _bounded(op: str, left: Tree, limit: Amount) -> Condition:
    match left:
        case Member(Call(_, "last") as chosen, "value"):
            look = _look(chosen)
            kind = AtMost if op == "<=" else AtLeast
            return kind(look.key("fact"), _quantity(limit), look.within, look.visit)
        case Member(found, "age"):
            return Since(_look(found).key("name"), _duration(limit), None)
        case Join("/", (Join("-", change), _)):
            return _change(op, change, limit, relative=True)
        case Join("-", change):
            return _change(op, change, limit, relative=False)
        case _:
            raise _foreign(left)


def _change(op: str, change: tuple[Tree, ...], limit: Amount, *, relative: bool) -> Change:
    looks = [_look(part.of) for part in change if isinstance(part, Member)]
    if len(looks) != 2 or {look.variable for look in looks} != {"readings", "baselines"}:
        raise _foreign(Join("-", change))
    rises = looks[0].variable == "readings"
    taken, baseline = looks if rises else reversed(looks)
    return Change(taken.key("fact"), baseline.key("since"), "rise" if rises else "fall", op == ">=", _quantity(limit), relative, taken.within)


def _capped(items: Tree, cap: Decimal) -> Condition:
    look = _look(items)
    if look.variable == "doses":
        return Given(look.key("drug"), _whole(cap), look.within)
    return Count(look.key("what"), _whole(cap), look.within, _mark(items))


def _mark(items: Tree) -> str:
    """The fact whose latest reading a count begins at, or none."""
    match items:
        case Call(_, "where", (Join("and", (_, Join("or", (Call(Call() as mark, "empty", ()), _)))),)):
            return _look(mark).key("fact")
        case _:
            return ""


def _either(asked: Tree, then: Tree, otherwise: Tree) -> Condition:
    match asked:
        case Call(Member(chosen, "value"), "exists", ()):
            look = _look(chosen)
            return Known(look.key("fact"), look.within, look.visit)
        case Call(Variable("visit"), "exists", ()):
            return _here(then)
        case Call(Call(Variable(variable), "where") as found, "exists", ()):
            return _known_apart(variable, found, then, otherwise)
        case Join(">=", (Call(Call(answers, "where", (This(),)), "count", ()), Number(wanted))) if answers:
            return SomeOf(_whole(wanted), tuple(map(condition_of, _combined(answers))))
        case _:
            raise _foreign(asked)


def _here(then: Tree) -> Given:
    match then:
        case Join("<=", (Call(items, "count", ()), Number(cap))) if items:
            return Given(_look(items).key("drug"), _whole(cap), None)
        case _:
            raise _foreign(then)


def _known_apart(variable: str, found: Call, then: Tree, otherwise: Tree) -> Condition:
    """Conditions that are sure on one side and on the other only where somebody asked or looked."""
    match variable, otherwise:
        case "entries", Call(None, "iif", (Join("=", (Member(reviewed, "value"), _)), _, _)):
            return _listed(found, _look(reviewed).within)
        case "uses", Call(None, "iif", (Call(_, "all", (told,)), _, _)):
            return _since_use(_look(found), told, then == Truth(True))
        case "stretches", Call(of, "select", (Truth(False),)) if of:
            return _repeated(condition_of(of), _asked(found), ever=True)
        case "flags", _:
            return Flagged(_look(found).key("topic"), _mildest(found))
        case _:
            raise _foreign(found)


def _listed(found: Call, within: Duration | None) -> Condition:
    match found.args:
        case (Join("and", (Join("=", (_, Text(what))), Call(_, "memberOf", (Text(address),)))),):
            return Listed(what, address.removeprefix(_VALUE_SETS), within)
        case _:
            return Unrecognised(within)


def _since_use(look: Look, told: Tree, at_most: bool) -> SinceUse:
    within = _duration(told.parts[1]) if isinstance(told, Join) else None
    return SinceUse(look.key("class"), None if at_most else look.within, look.within if at_most else None, within)


def _mildest(found: Call) -> str:
    match found.args:
        case (Join("and", (_, Join("in", (_, severities)), _)),):
            return _texts(severities)[0]
        case _:
            raise _foreign(found)


def _combined(answers: Tree) -> tuple[Tree, ...]:
    match answers:
        case Call(of, "combine", (last,)) if of:
            return (*_combined(of), last)
        case _:
            return (answers,)


def _selected(of: Tree, inner: Join) -> Condition:
    match of, inner.parts:
        case Variable("age"), (Join(">=", (This(), low)), Join("<=", (This(), high))):
            return Age(_quantity(low), _quantity(high))
        case Member(Call(_, "last") as chosen, "value"), (Join(">=", (This(), low)), Join("<=", (This(), high))):
            look = _look(chosen)
            return Between(look.key("fact"), _quantity(low), _quantity(high), look.within, look.visit)
        case Call(Variable("happenings")) as found, (Name("answer"), Join("or", (Join("<", (_, fresh)), Nothing()))):
            look = _look(found)
            return Happened(look.key("what"), _duration(fresh), look.visit)
        case _, (This(), Call(Call(Variable("runs"), "where", (Join("and", asked),)), "exists", ())):
            return _repeated(condition_of(of), asked)
        case _:
            raise _foreign(of)


def _asked(found: Call) -> tuple[Tree, ...]:
    match found.args:
        case (Join("and", parts),):
            return parts
        case _:
            raise _foreign(found)


def _repeated(inner: Condition, asked: tuple[Tree, ...], *, ever: bool = False) -> Repeated:
    if not isinstance(inner, AtMost | AtLeast | Between | AnyOf):
        raise unreadable("a run of readings of another condition", "a comparison, or any of several", "Export the protocol again.")
    times = [part.parts[1] for part in asked if isinstance(part, Join) and part.parts[0] == Name("count")]
    spans = [part.parts[1] for part in asked if isinstance(part, Join) and part.parts[0] == Name("span")]
    match times, spans:
        case [Number(count)], [Join("*", (apart, _))]:
            return Repeated(inner, _whole(count), _duration(apart), ever)
        case _:
            raise _foreign(Join("and", asked))
