"""Protocols that the grammar can say, for Hypothesis: every shape of condition, every field of every part."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

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
from kairn.terms.quantity import Quantity
from kairn.terms.times import Duration

UNITS = ("mm[Hg]", "mg/kg", "%", "{beats}/min", "{score}", "mg/dL", "a", "1", "Cel", "U/L", "min")

names = st.from_regex(r"[a-z][a-z0-9-]{0,18}[a-z0-9]", fullmatch=True)
fact_names = st.from_regex(r"[a-z][a-z0-9_]{0,14}", fullmatch=True) | st.sampled_from(("systolic", "distress", "spo2", "birth_date"))
texts = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" "), min_size=1, max_size=25).map(str.strip).filter(
    bool
) | st.sampled_from(("it's", 'a "b" \\ c', "line\nline", "{}", "%x or 1 'mg'", "180 mm[Hg]", "- key: [a, b]"))
numbers = st.builds(lambda digits, places: Decimal(digits).scaleb(-places), st.integers(0, 10**9), st.integers(0, 6))
quantities = st.builds(Quantity, numbers | numbers.map(lambda value: -value), st.sampled_from(UNITS))
durations = st.builds(Duration, numbers, st.sampled_from(("s", "min", "h", "d", "wk")))
maybe = st.none() | durations


def some(of: st.SearchStrategy, least: int = 1, most: int = 3) -> st.SearchStrategy:  # type: ignore[type-arg]
    """Tuples of one to three."""
    return st.lists(of, min_size=least, max_size=most).map(tuple)


comparisons = (
    st.builds(AtMost, fact_names, quantities, maybe, st.booleans())
    | st.builds(AtLeast, fact_names, quantities, maybe, st.booleans())
    | st.builds(Between, fact_names, quantities, quantities, maybe, st.booleans())
)
one_bound = st.one_of(st.tuples(durations, st.none()), st.tuples(st.none(), durations))
leaves: st.SearchStrategy[Condition] = st.one_of(
    comparisons,
    st.builds(Is, fact_names, some(texts), maybe, st.booleans()),
    st.builds(Band, names, some(texts), maybe, st.booleans()),
    st.builds(Known, fact_names, maybe, st.booleans()),
    st.builds(Change, fact_names, names, st.sampled_from(("rise", "fall")), st.booleans(), quantities, st.booleans(), maybe),
    st.builds(Repeated, comparisons | some(comparisons).map(AnyOf), st.integers(1, 9), durations, st.booleans()),
    st.builds(Listed, st.sampled_from(("conditions", "medicines", "allergies")), names, maybe),
    st.builds(Unrecognised, maybe),
    st.builds(Age, quantities, quantities),
    st.builds(lambda moment, bound: Since(moment, *bound), names, one_bound),
    st.builds(lambda of, bound, within: SinceUse(of, *bound, within), names, one_bound, maybe),
    st.builds(Given, texts, st.integers(0, 99), maybe),
    st.builds(Happened, names, maybe, st.booleans()),
    st.builds(Count, names, st.integers(0, 99), maybe),
    st.builds(Count, names, st.integers(0, 99), st.none(), fact_names),
    st.builds(Flagged, st.sampled_from(tuple(TOPICS)), st.sampled_from([one.value for one in Severity])),
)
_conditions: st.SearchStrategy[Condition] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(EveryOf, some(inner)), st.builds(AnyOf, some(inner)), st.builds(Not, inner), st.builds(SomeOf, st.integers(1, 4), some(inner)),
    ),
    max_leaves=6,
)  # fmt: skip


@st.composite
def a_condition(draw: st.DrawFn) -> Condition:
    """Any condition; a composite, since its strategy would be long to print."""
    return draw(_conditions)


conditions = a_condition()

citations = some(st.builds(Citation, names | st.sampled_from(("dakwar2019", "local-rules")), texts))
says = st.builds(FlagSays, st.sampled_from(tuple(TOPICS)), st.sampled_from(Severity), texts, texts) | st.builds(
    FlagSays, st.just("adaptation"), st.sampled_from(Severity), texts, texts, st.sampled_from(tuple(OPTIONS))
)
timings = st.fixed_dictionaries({"every": durations}) | st.fixed_dictionaries({"after": names})
schedules = st.builds(
    lambda timing, **rest: Schedule(**timing, **rest),
    timing=timings, do=texts, owner=st.sampled_from(("nurse", "patient", "escort")) | names, opens=maybe, within=maybe, grace=maybe,
    facts=some(fact_names, 0),
)  # fmt: skip
guards = st.sampled_from(("ready", "phase:infusion", "stage:assessment", "stage:elsewhere", "prn:clonidine"))
of_kind = {
    RuleKind.GATE: {"condition": conditions, "guards": guards, "override": st.none() | st.builds(OverrideBy, some(names, 0), durations)},
    RuleKind.HOLD: {"condition": conditions, "level": st.sampled_from(Level), "override": st.none() | st.builds(OverrideBy, some(names, 0), durations)},
    RuleKind.DUTY: {"condition": st.none() | conditions, "schedule": schedules},
    RuleKind.FLAG: {"condition": conditions, "says": says},
}
nothing_yet = {"condition": None, "guards": "", "level": None, "schedule": None, "override": None, "says": None}


def rules_of(kind: RuleKind) -> st.SearchStrategy[Rule]:
    """Rules of one kind, with exactly the fields that kind may have."""
    said = of_kind[kind]
    return st.builds(
        lambda **fields: Rule(**(nothing_yet | fields)), id=names, title=texts, kind=st.just(kind),
        while_=st.builds(While, some(names, 0), some(names, 0)), applies=st.none() | conditions, citations=citations,
        grade=st.sampled_from(("high", "moderate", "low", "very-low")), rationale=texts, not_considered=texts,
        file=st.sampled_from(("protocols/x/1.0/course.yaml", "protocols/x/1.0/infusion.yaml", "interactions/a.yaml")), line=st.integers(1, 9999), **said,
    )  # fmt: skip


@st.composite
def a_rule(draw: st.DrawFn) -> Rule:
    """A rule of any kind."""
    return draw(rules_of(draw(st.sampled_from(RuleKind))))


rules = a_rule()
pairs = st.tuples(quantities, quantities)
doses = st.builds(
    DoseLimits, drug=names, dose=quantities, soft=pairs, hard=pairs, duration=st.builds(Quantity, numbers, st.sampled_from(("min", "h"))), duration_hard=pairs,
    weight_basis=names, infusions=st.integers(1, 99), spacing_days=st.tuples(st.integers(0, 99), st.integers(0, 99)), weight_within=durations,
    citations=citations | st.just(()),
)  # fmt: skip
protocols = st.builds(
    Protocol, id=names, version=st.from_regex(r"[0-9]\.[0-9]{1,2}", fullmatch=True), title=texts, summary=some(st.builds(Claim, texts, citations), 0),
    stages=st.just(("referral", "assessment", "treatment")), exits=some(names, 0).map(lambda found: tuple(dict.fromkeys(found))),
    moves=some(st.tuples(st.sampled_from(("referral", "assessment")), st.sampled_from(("assessment", "treatment"))), 0),
    rules=st.lists(rules, max_size=4, unique_by=lambda rule: rule.id).map(tuple), infusion=doses, consent=st.tuples(names, texts),
    content_hash=st.from_regex(r"[0-9a-f]{64}", fullmatch=True) | st.just(""), teach_back=some(st.tuples(texts, texts, names), 0),
    use=st.sampled_from(Use), route=st.sampled_from(("IV", "IM")) | texts,
)  # fmt: skip
