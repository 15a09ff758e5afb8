"""Each condition of the grammar as a FHIRPath expression over what is on record; `{}` is *unknown* there as it is here.

What the variables hold is said in VARIABLES; the export writes it into the Library resource.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import assert_never

from kairn.fhir.canonical import canonical
from kairn.fhir.fhirpath import Amount, Call, Join, Member, Name, Nothing, Number, Text, This, Tree, Truth, Variable
from kairn.pathway.weigh_record import REVIEWS
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
from kairn.protocol.rule import Severity
from kairn.terms.problem import unreadable
from kairn.terms.quantity import Quantity
from kairn.terms.times import Duration

SEVERITIES = tuple(one.value for one in Severity)
TRUE, FALSE = Truth(True), Truth(False)
Comparison = AtMost | AtLeast | Between

VARIABLES: dict[str, tuple[str, str]] = {
    "readings": ("BackboneElement", "Readings of facts up to now, oldest first. "
                 "Parts: fact; value, absent where it cannot be used; age; visit, true at this visit."),
    "baselines": ("BackboneElement", "The reading a change is counted from. Parts: fact; since, which is infusion or series; value."),
    "runs": ("BackboneElement", "For every n, the latest n sets of readings taken together in which one of the facts was taken; "
             "a set that lacks one of the facts may be left out, so that there are rows with it and rows without. "
             "Parts: facts; visit, true when of this visit; count; span, from first to latest; sets, each with readings."),
    "stretches": ("BackboneElement", "The same for every row of sets without a gap, not only the latest ones; each reading with its age."),
    "answerings": ("BackboneElement", "Complete answerings of instruments, oldest first. Parts: instrument; band; age; visit."),
    "entries": ("BackboneElement", "Active entries of the chart's lists. Parts: list; code; recognised, true when the medicine is one the books know."),
    "age": ("Age", "Completed years of age."),
    "moments": ("BackboneElement", "Named moments that have been. Parts: name; age."),
    "uses": ("BackboneElement", "One for each substance of each class. Parts: class; age, since its latest use; asked, since the person last told of it."),
    "doses": ("BackboneElement", "Medicines given or told of. Parts: drug; age; visit."),
    "visit": ("BackboneElement", "The visit the rule is weighed for, absent for a rule of the course."),
    "happenings": ("BackboneElement", "One for each named thing. Parts: what; answer, absent when unknown; age; visit."),
    "counted": ("BackboneElement", "Things that are counted. Parts: what; age."),
    "flags": ("BackboneElement", "The flags of this protocol. Parts: topic; severity; answer, absent when unknown."),
    "stage": ("code", "The stage of the course."),
    "phase": ("code", "The phase of the visit."),
    "answers": ("BackboneElement", "Answers to the teach-back questions of the consent, oldest first. Parts: question; value."),
    "dose": ("Quantity", "The dose ordered."),
    "duration": ("Duration", "The length of the infusion ordered."),
}  # fmt: skip
"""Variable -> its FHIR type and what it holds."""


def tree_of(condition: Condition) -> Tree:
    """The expression of a condition. Raises Unreadable for what the grammar cannot say (an empty list, both or neither of two bounds)."""
    match condition:
        case AtMost() | AtLeast() | Between():
            return compared(Member(latest(condition), "value"), condition)
        case Is(_, values):
            return Join("in", (Member(latest(condition), "value"), one_of(values)))
        case Known():
            return iif(call(Member(latest(condition), "value"), "exists"), TRUE, Nothing())
        case Band(instrument, bands, within, visit):
            return Join("in", (Member(call(where("answerings", visit, within, instrument=instrument), "last"), "band"), one_of(bands)))
        case Change():
            return _change(condition)
        case Repeated():
            return _repeated(condition)
        case Listed(what, code_set, within):
            member = call(Name("code"), "memberOf", Text(canonical("ValueSet", code_set)))
            return _on_list(what, call(Variable("entries"), "where", every(_equal("list", what), member)), within)
        case Unrecognised(within):
            strange = call(Name("recognised"), "not")
            return _on_list("medicines", call(Variable("entries"), "where", every(_equal("list", "medicines"), strange)), within)
        case Age(low, high):
            return between(Variable("age"), low, high)
        case Since(moment, at_least, at_most):
            op, length = _bound(at_least, at_most)
            return Join(op, (Member(where("moments", name=moment), "age"), amount(length)))
        case SinceUse():
            return _since_use(condition)
        case Given(drug, cap, None):
            return iif(call(Variable("visit"), "exists"), _few(where("doses", True, drug=drug), cap), Nothing())
        case Given(drug, cap, window):
            return _few(where("doses", False, window, drug=drug), cap)
        case Happened():
            return _happened(condition)
        case Count():
            return _count(condition)
        case Flagged(topic, severity):
            return _flagged(topic, severity)
        case EveryOf(of):
            return _chain("and", TRUE, of)
        case AnyOf(of):
            return _chain("or", FALSE, of)
        case SomeOf(wanted, of):
            return _some(wanted, of)
        case Not(of):
            return call(tree_of(of), "not")
        case _:
            assert_never(condition)


def call(of: Tree | None, name: str, *args: Tree) -> Call:
    """A function on something."""
    return Call(of, name, args)


def iif(asked: Tree, then: Tree, otherwise: Tree) -> Tree:
    """One or the other."""
    return Call(None, "iif", (asked, then, otherwise))


def every(*parts: Tree) -> Tree:
    """All of the parts; one part alone is itself."""
    return parts[0] if len(parts) == 1 else Join("and", parts)


def one_of(values: Iterable[str]) -> Tree:
    """A collection of texts. Raises Unreadable for none."""
    texts = tuple(map(Text, values))
    if not texts:
        raise unreadable("an empty list of values", "at least one", "Name a value.")
    return texts[0] if len(texts) == 1 else Join("|", texts)


def amount(of: Quantity | Duration) -> Amount:
    """A quantity or a length of time as a literal, exact."""
    return Amount(of.value, of.unit) if isinstance(of, Quantity) else Amount(of.amount, of.unit)


def where(variable: str, visit: bool = False, within: Duration | None = None, /, **keys: str) -> Call:
    """Those items of a variable that have these names, are of this visit, and are younger than a length of time."""
    return call(Variable(variable), "where", every(*_criteria(visit, within, keys)))


def _criteria(visit: bool, within: Duration | None, keys: dict[str, str]) -> list[Tree]:
    fresh: list[Tree] = [Join("<", (Name("age"), amount(within)))] if within else []
    return [*(_equal(name, value) for name, value in keys.items()), *([Name("visit")] if visit else []), *fresh]


def _equal(name: str, value: str) -> Tree:
    return Join("=", (Name(name), Text(value)))


def latest(condition: Comparison | Is | Known) -> Tree:
    """The latest reading a condition on a fact looks at."""
    return call(where("readings", condition.this_visit, condition.within, fact=condition.fact), "last")


def compared(value: Tree, condition: Comparison) -> Tree:
    """A value against the limits of a comparison."""
    match condition:
        case AtMost(_, limit):
            return Join("<=", (value, amount(limit)))
        case AtLeast(_, limit):
            return Join(">=", (value, amount(limit)))
        case Between(_, low, high):
            return between(value, low, high)
        case _:
            assert_never(condition)


def between(value: Tree, low: Quantity, high: Quantity) -> Tree:
    """A value between two limits, both included."""
    return call(value, "select", Join("and", (Join(">=", (This(), amount(low))), Join("<=", (This(), amount(high))))))


def _change(condition: Change) -> Tree:
    if condition.direction not in ("rise", "fall"):
        raise unreadable(f"a change that is a {condition.direction!r}", "rise or fall", "Choose one.")
    of_visit = condition.since == "infusion"
    value: Tree = Member(call(where("readings", of_visit, condition.within, fact=condition.fact), "last"), "value")
    baseline = Member(where("baselines", fact=condition.fact, since=condition.since), "value")
    change: Tree = Join("-", (value, baseline) if condition.direction == "rise" else (baseline, value))
    share = Join("/", (change, baseline)) if condition.relative else change
    return Join(">=" if condition.at_least else "<=", (share, amount(condition.amount)))


def parts_of(condition: Repeated) -> tuple[Comparison, ...]:
    """The comparisons of which one must hold on each set of readings. Raises Unreadable for any other condition among them."""
    parts = condition.of.of if isinstance(condition.of, AnyOf) else (condition.of,)
    if not all(isinstance(part, AtMost | AtLeast | Between) for part in parts):
        raise unreadable("a repeated condition that is not a comparison", "at_most, at_least, between, or any_of those", "Repeat comparisons.")
    return tuple(part for part in parts if isinstance(part, AtMost | AtLeast | Between))


def _repeated(condition: Repeated) -> Tree:
    """The latest readings meet it, and so did a run of sets that is long enough and has enough of them."""
    parts = parts_of(condition)
    visit = [Name("visit")] if all(part.this_visit for part in parts) else []
    enough = Join(">=", (Name("count"), Number(Decimal(condition.times))))
    long = Join(">=", (Name("span"), Join("*", (amount(condition.apart), Number(Decimal(condition.times - 1))))))
    met = [compared(Member(call(Name("readings"), "where", *_standing(part, condition)), "value"), part) for part in parts]
    held = call(Name("sets"), "all", met[0] if len(met) == 1 else Join("or", tuple(met)))
    facts = Join("=", (Name("facts"), one_of(dict.fromkeys(part.fact for part in parts))))
    asked = Join("and", (facts, *visit, enough, long, held))
    if condition.ever:
        return iif(call(call(Variable("stretches"), "where", asked), "exists"), TRUE, call(tree_of(condition.of), "select", FALSE))
    return call(tree_of(condition.of), "select", Join("and", (This(), call(call(Variable("runs"), "where", asked), "exists"))))


def _standing(part: Comparison, condition: Repeated) -> list[Tree]:
    """Which readings of a set a comparison looks at: where any run counts, those that still stand."""
    return [every(*_criteria(False, part.within if condition.ever else None, {"fact": part.fact}))]


def _on_list(what: str, entries: Tree, within: Duration | None) -> Tree:
    """An entry is yes; none is no only where the list was reviewed."""
    if what not in REVIEWS:
        raise unreadable(f"the list {what!r}", f"one of {', '.join(REVIEWS)}", "Correct it.")
    reviewed = Join("=", (Member(call(where("readings", False, within, fact=REVIEWS[what]), "last"), "value"), Text("yes")))
    return iif(call(entries, "exists"), TRUE, iif(reviewed, FALSE, Nothing()))


def _bound(at_least: Duration | None, at_most: Duration | None) -> tuple[str, Duration]:
    if at_least and not at_most:
        return ">=", at_least
    if at_most and not at_least:
        return "<", at_most
    raise unreadable("both or neither of at_least and at_most", "exactly one", "Choose one.")


def _since_use(condition: SinceUse) -> Tree:
    """Used too lately is sure; not used is sure only where the person was asked about each substance of the class."""
    op, length = _bound(condition.at_least, condition.at_most)
    name = condition.substance_class
    lately, clear = (FALSE, TRUE) if op == ">=" else (TRUE, FALSE)
    told: Tree = Join("<", (Name("asked"), amount(condition.within))) if condition.within else call(Name("asked"), "exists")
    asked = call(where("uses", **{"class": name}), "all", told)
    return iif(call(where("uses", False, length, **{"class": name}), "exists"), lately, iif(asked, clear, Nothing()))


def _few(items: Tree, cap: int) -> Tree:
    return Join("<=", (call(items, "count"), Number(Decimal(cap))))


def _happened(condition: Happened) -> Tree:
    """On record; what is on record but too old is unknown."""
    found = where("happenings", condition.this_visit, what=condition.what)
    if condition.within is None:
        return Member(found, "answer")
    fresh = Join("or", (Join("<", (Name("age"), amount(condition.within))), Nothing()))
    return call(found, "select", Join("and", (Name("answer"), fresh)))


def _count(condition: Count) -> Tree:
    if condition.since and condition.window:
        raise unreadable("a count with both a window and a fact to count from", "one of them, or neither", "Choose one.")
    if not condition.since:
        return _few(where("counted", False, condition.window, what=condition.what), condition.at_most)
    mark = call(where("readings", fact=condition.since), "last")
    later = Join("or", (call(mark, "empty"), Join("<", (Name("age"), Member(mark, "age")))))
    return _few(call(Variable("counted"), "where", Join("and", (_equal("what", condition.what), later))), condition.at_most)


def _flagged(topic: str, severity: str) -> Tree:
    if severity not in SEVERITIES:
        raise unreadable(f"the severity {severity!r}", f"one of {', '.join(SEVERITIES)}", "Choose one.")
    asked = (_equal("topic", topic), Join("in", (Name("severity"), one_of(SEVERITIES[SEVERITIES.index(severity) :]))))
    speaking = call(Variable("flags"), "where", Join("and", (*asked, Name("answer"))))
    unknown = call(Variable("flags"), "where", Join("and", (*asked, call(Name("answer"), "empty"))))
    return iif(call(speaking, "exists"), TRUE, iif(call(unknown, "exists"), Nothing(), FALSE))


def _chain(op: str, alone: Tree, of: tuple[Condition, ...]) -> Tree:
    if not of:
        raise unreadable("an empty list of conditions", "at least one", "Add a condition or remove the list.")
    parts = tuple(map(tree_of, of))
    return Join(op, parts if len(parts) > 1 else (alone, *parts))


def _some(wanted: int, of: tuple[Condition, ...]) -> Tree:
    """Yes when so many are; no when too few could still be; otherwise unknown."""
    if not of:
        raise unreadable("an empty list of conditions", "at least one", "Add a condition or remove the list.")
    first, *others = map(tree_of, of)
    answers = first
    for other in others:
        answers = call(answers, "combine", other)
    yes, no = call(answers, "where", This()), call(answers, "where", call(This(), "not"))
    enough = Join(">=", (call(yes, "count"), Number(Decimal(wanted))))
    too_few = Join(">", (call(no, "count"), Number(Decimal(len(of) - wanted))))
    return iif(enough, TRUE, iif(too_few, FALSE, Nothing()))
