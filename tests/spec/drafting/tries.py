"""What to try on a condition: values at and beside each limit, readings at the edge of each window, things missing, said otherwise, or done too often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from kairn.instruments.definition import INSTRUMENTS
from kairn.instruments.score import score
from kairn.instruments.shapes import Instrument
from kairn.library.code_sets import CODE_SETS
from kairn.library.facts import DERIVED, FACTS, Fact
from kairn.library.substances import SUBSTANCES
from kairn.pathway.weigh_record import REVIEWS
from kairn.protocol.check import parts_of
from kairn.protocol.conditions import (
    Age,
    AtLeast,
    AtMost,
    Band,
    Between,
    Change,
    Condition,
    Count,
    Given,
    Happened,
    Is,
    Known,
    Listed,
    Repeated,
    Since,
    SinceUse,
    Unrecognised,
)  # fmt: skip
from kairn.protocol.rule import Rule
from kairn.protocol.words import READINGS
from kairn.terms.numbers import plain_text
from kairn.terms.quantity import Quantity
from tests.spec.drafting.events import AGAINST, KIND, NURSE, SECOND, SHOWN, ago, counted, span
from tests.spec.drafting.ground import Here

EARLIER = timedelta(hours=9)


@dataclass(frozen=True)
class Try:
    """One difference from the beginning, in words and as a case file holds it."""

    words: str
    set: dict[str, str] = field(default_factory=dict)
    given: tuple[dict[str, Any], ...] = ()
    without: tuple[str, ...] = ()
    at: timedelta = timedelta()

    def __add__(self, other: Try) -> Try:
        words = "; ".join(word for word in (self.words, other.words) if word)
        return Try(words, self.set | other.set, self.given + other.given, tuple(dict.fromkeys(self.without + other.without)), self.at + other.at)


def tries_of(condition: Condition, here: Here) -> Iterator[Try]:
    """Tries for every part of a condition."""
    for part in dict.fromkeys(parts_of(condition)):
        yield from _of_part(part, here)


def _of_part(part: Condition, here: Here) -> Iterator[Try]:
    match part:
        case AtMost(fact, limit) | AtLeast(fact, limit):
            yield from _measured(part, FACTS[fact], [limit], here)
        case Between(fact, low, high):
            yield from _measured(part, FACTS[fact], [low, high], here)
        case Is(fact) | Known(fact):
            yield from _chosen(FACTS[fact])
            yield from _aged(part, FACTS[fact], here)
        case Change():
            yield from _changed(part, here)
        case Repeated():
            yield from _repeated(part, here)
        case Listed() | Unrecognised():
            yield from _listed(part, here)
        case Age(low, high):
            yield from _aged_person(low, high, here)
        case Since(moment, at_least, at_most):
            yield from _since(moment, (at_least or at_most), here)
        case SinceUse():
            yield from _used(part)
        case Given(drug, cap, window):
            yield from _given(drug, cap, window.delta if window else None)
        case Count(what, _, window) if what.endswith(READINGS):
            yield from _silent(FACTS[what.removesuffix(READINGS)], window.delta if window else SECOND, here)
        case Count():
            yield from _counted(part)
        case Happened():
            yield from _happened(part)
        case Band():
            yield from _banded(part)
        case _:
            return


def observed(fact: Fact, value: str, length: timedelta, here: Here, *, more: dict[str, str] | None = None) -> dict[str, Any]:
    """A reading so long ago, at the visit where there is one."""
    entry: dict[str, Any] = {"event": "observed", "at": ago(length), "by": NURSE}
    return entry | ({"visit": here.visit} if here.visit else {}) | {"readings": {fact.name: value} | (more or {})}


def text_of(fact: Fact, value: Decimal) -> str:
    """A value as a case writes it."""
    return f"{plain_text(value)} {fact.unit}"


def said(fact: Fact, value: Decimal) -> str:
    """A value as people say it."""
    return f"{fact.label} {Quantity(value, fact.unit)}".strip()


def _exact(limit: Quantity, fact: Fact) -> Decimal:
    exact = limit.to(fact.unit)
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def _beside(value: Decimal, fact: Fact) -> list[Decimal]:
    low, high = fact.plausible
    return [one for one in (value, value - fact.step, value + fact.step) if low <= one <= high]


def _measured(part: AtMost | AtLeast | Between, fact: Fact, limits: list[Quantity], here: Here) -> Iterator[Try]:
    for limit in limits:
        for value in _beside(_exact(limit, fact), fact):
            yield Try(said(fact, value), set={fact.name: text_of(fact, value)})
    yield from _aged(part, fact, here)


def _missing(fact: Fact) -> Try:
    return Try(f"{fact.label} not known", without=_sources(fact))


def _sources(fact: Fact) -> tuple[str, ...]:
    """All that brings readings of a fact: itself, an instrument, or what it is derived from."""
    return (fact.name, *(["instrument.answered"] if fact.of else []), *(DERIVED[fact.derived][:1] if fact.derived else ()))


def _aged(part: Condition, fact: Fact, here: Here) -> Iterator[Try]:
    yield _missing(fact)
    within = getattr(part, "within", None)
    if within is None or fact.kind == "date":
        return
    values = here.values(part, fact)
    for length in (within.delta, within.delta - SECOND, within.delta + SECOND):
        for value in values:
            plain = value if fact.kind == "choice" else f"{value} {fact.unit}"
            yield Try(f"{fact.label} {plain_unit(value, fact)}, {span(length)} ago", given=(observed(fact, plain, length, here),), without=_sources(fact))


def plain_unit(value: str, fact: Fact) -> str:
    """A value with its unit as people read it."""
    return value if fact.kind == "choice" else str(Quantity(Decimal(value), fact.unit))


def _chosen(fact: Fact) -> Iterator[Try]:
    for choice in fact.choices:
        yield Try(f"{fact.label}: {choice}", set={fact.name: choice})


def _changed(part: Change, here: Here) -> Iterator[Try]:
    fact, baseline = FACTS[part.fact], here.baseline(part)
    if baseline is None:
        yield from _aged(part, fact, here)
        return
    amount = part.amount.value * baseline / 100 if part.relative else _exact(part.amount, fact)
    edge = baseline + (amount if part.direction == "rise" else -amount)
    for value in _beside(edge.quantize(fact.step), fact):
        yield Try(f"{said(fact, value)}, from {Quantity(baseline, fact.unit)}", set={fact.name: text_of(fact, value)})
        for length in (part.within.delta, part.within.delta - SECOND) if part.within else ():
            told = observed(fact, text_of(fact, value), length, here)
            yield Try(f"{said(fact, value)} {span(length)} ago, from {Quantity(baseline, fact.unit)}", given=(told,))
        if part.within:
            for length in (part.within.delta, part.within.delta - SECOND):
                yield Try(f"{fact.label} {span(length)} ago", at=here.latest(fact) + length - here.now)
    yield _missing(fact)


def _repeated(part: Repeated, here: Here) -> Iterator[Try]:
    singles = [one for one in parts_of(part.of) if isinstance(one, AtMost | AtLeast | Between)]
    together = tuple(one.fact for one in singles)
    for single in singles:
        fact = FACTS[single.fact]
        limit = _exact(single.high if isinstance(single, Between) else single.limit, fact)
        gap = part.apart.delta
        for value in _beside(limit, fact):
            for lengths in ([gap], [gap - SECOND], [gap + SECOND], []):
                earlier = [SECOND + length * (part.times - 1 - n) for length in lengths for n in range(part.times - 1)]
                told = tuple(observed(fact, text_of(fact, value), length, here) for length in [*earlier, SECOND])
                words = f"{said(fact, value)}, {len(told)} readings" + (f" {span(lengths[0])} apart" if lengths else "")
                yield Try(words, given=told, without=together)
        if single.within:
            for length in (single.within.delta, single.within.delta - SECOND):
                told = tuple(observed(fact, text_of(fact, limit), length + gap * n, here) for n in range(part.times - 1, -1, -1))
                yield Try(f"{said(fact, limit)} in a row, the latest {span(length)} ago", given=told, without=together)
    yield from (_missing(FACTS[single.fact]) for single in singles)
    yield Try("none of them measured", without=together)


_EVENTS = {"conditions": "condition.noted", "medicines": "medication.noted", "allergies": "allergy.noted"}


def _listed(part: Listed | Unrecognised, here: Here) -> Iterator[Try]:
    what = part.what if isinstance(part, Listed) else "medicines"
    code = _a_code(part.code_set) if isinstance(part, Listed) else {"system": "", "code": "", "display": "Quuxolol"}
    entry = {"event": _EVENTS[what], "at": "-1 s", "by": NURSE, "code": code, "state": "active"}
    yield Try(f"{code['display'] or code['code']} on the list", given=(entry,))
    review = FACTS[REVIEWS[what]]
    yield _missing(review)
    if part.within:
        for length in (part.within.delta, part.within.delta - SECOND):
            told = {"event": "observed", "at": ago(length), "by": NURSE, "readings": {review.name: "yes"}}
            yield Try(f"{review.label} {span(length)} ago", given=(told,), without=(review.name,))


def _a_code(name: str) -> dict[str, str]:
    """An entry of a code set: by one of its words, or by one of its codes."""
    found = CODE_SETS[name]
    system, code = ("", "") if found.words else sorted(found.codes)[0]
    return {"system": system, "code": code, "display": sorted(found.words)[0] if found.words else ""}


def _aged_person(low: Quantity, high: Quantity, here: Here) -> Iterator[Try]:
    for years in sorted({int(low.value), int(low.value) - 1, int(high.value), int(high.value) + 1, int(low.value) + 1, int(high.value) - 1}):
        if years >= 0:
            born = here.now.replace(year=here.now.year - years)
            yield Try(f"{years} years old today", set={"birth_date": f"{born:%Y-%m-%d}"})
    yield _missing(FACTS["birth_date"])


def _since(moment: str, length: Any, here: Here) -> Iterator[Try]:
    begun = here.moment(moment)
    if moment == "earlier-infusion-ended":
        for passed in (length.delta, length.delta - SECOND, length.delta + SECOND):
            yield Try(f"the infusion before ended {span(passed)} ago", given=tuple(counted("infusions", 0, passed + SECOND)))
    if begun is None:
        return
    for passed in (length.delta, length.delta - SECOND, length.delta + SECOND):
        yield Try(f"{span(passed)} later", at=begun + passed - here.now)
    if moment in _ANCHORS:
        yield Try(f"no {_ANCHORS[moment].replace('.', ' ')} on record", without=(_ANCHORS[moment],))


_ANCHORS = {"infusion-started": "pump.started", "infusion-ended": "pump.stopped", "visit-ended": "visit.ended", "earlier-infusion-ended": "pump.stopped"}


def _used(part: SinceUse) -> Iterator[Try]:
    length = part.at_least or part.at_most
    assert length is not None
    names = [substance.name for substance in SUBSTANCES.values() if substance.of_class == part.substance_class]

    def report(name: str, asked: timedelta, used: timedelta | None) -> dict[str, Any]:
        entry = {"event": "use.reported", "at": ago(asked), "by": NURSE, "substance": name}
        return entry | ({"latest_at": ago(used)} if used is not None else {"never": "true"})

    others = tuple(report(name, SECOND, None) for name in names[1:])
    for used in (length.delta, length.delta - SECOND, length.delta + SECOND):
        yield Try(f"{names[0]} {span(used)} ago", given=(report(names[0], SECOND, used), *others), without=("use.reported",))
    yield Try("never used", given=tuple(report(name, SECOND, None) for name in names), without=("use.reported",))
    yield Try("use not asked about", without=("use.reported",))
    if part.within:
        for asked in (part.within.delta, part.within.delta - SECOND):
            yield Try(f"use asked about {span(asked)} ago: never", given=tuple(report(name, asked, None) for name in names), without=("use.reported",))


def _given(drug: str, cap: int, window: timedelta | None) -> Iterator[Try]:
    lengths = [SECOND, EARLIER] if window is None else [window, window - SECOND]
    for length in lengths:
        for n in (cap, cap + 1):
            if n:
                entry = {"event": "drug.given", "at": ago(length), "by": NURSE, "visit": "this", "drug": drug, "dose": "one dose"}
                words = f"{drug} given {n} times" + (f", {span(length)} ago" if window else "")
                yield Try(words, given=(entry,) * n)


def _counted(part: Count) -> Iterator[Try]:
    window = part.window.delta if part.window else None
    for length in [2 * SECOND] if window is None else [window, window - SECOND, window + SECOND]:
        for n in (part.at_most, part.at_most + 1):
            told = tuple(e for i in range(n) for e in counted(part.what, i, length))
            words = f"{n} {part.what}" + (f", {span(length)} ago" if window else "")
            yield Try(words, given=told)
            if part.what == "infusions":
                yield Try(f"{words} and no other", given=told, without=("pump.started",))
    if part.since:
        yield Try(f"{FACTS[part.since].label} never taken", without=(part.since,))


def _silent(fact: Fact, window: timedelta, here: Here) -> Iterator[Try]:
    yield Try(f"{fact.label} never told", without=_sources(fact))
    for length in (window, window - SECOND):
        yield Try(f"{fact.label} measured {span(length)} ago", given=(observed(fact, here.any_value(fact), length, here),), without=(fact.name,))
        for value in here.limits(fact):
            yield Try(f"{said(fact, value)} {span(length)} ago", given=(observed(fact, text_of(fact, value), length, here),), without=(fact.name,))


def _happened(part: Happened) -> Iterator[Try]:
    kind, shown = KIND.get(part.what), SHOWN.get(part.what)
    words = part.what.replace("-", " ")
    if kind:
        yield Try(f"no {kind.replace('.', ' ')} on record", without=(kind,))
    for against in AGAINST.get(part.what, []):
        told = against.get("state") or against.get("stage") or against["event"].replace(".", " ")
        yield Try(f"{words}: {told}, and nothing else", given=({**against, "at": "-1 s"},), without=(kind,) if kind else ())
        yield Try(f"{words}: {told}", given=({**against, "at": "-1 s"},))
    if shown:
        yield Try(words, given=({**shown, "at": "-1 s"},))
    if part.what in ("first-infusion", "other-infusion-running"):
        started = counted("infusions", 0, timedelta(days=9))
        yield Try("an infusion before", given=tuple(started))
        yield Try("another infusion not stopped", given=tuple(started[:2]))
    if part.within and shown and kind:
        for length in (part.within.delta, part.within.delta - SECOND):
            yield Try(f"{words} {span(length)} ago", given=({**shown, "at": ago(length)},), without=(kind,))


def _banded(part: Band) -> Iterator[Try]:
    found = INSTRUMENTS[part.instrument]
    yield Try(f"{found.name} not answered", without=("instrument.answered",))
    for band, answers in _one_of_each(found).items():
        for length in (SECOND, *([part.within.delta, part.within.delta - SECOND] if part.within else [])):
            entry = {"event": "instrument.answered", "at": ago(length), "by": NURSE, "instrument": found.name, "version": found.version, "response": "drafted",
                     "answers": answers, "complete": "true", "wording": "official", "pack": "drafted"}  # fmt: skip
            yield Try(f"{found.name} {band}, {span(length)} ago", given=(entry,), without=("instrument.answered",))


def _one_of_each(found: Instrument) -> dict[str, dict[str, str]]:
    """Answers that lead to each band, raising one item after the other."""
    answers = {item.key: item.options[0].value for item in found.items if item.shown}
    bands = {score(found, answers).band: dict(answers)}
    for item in found.items:
        for option in item.options if item.shown else ():
            answers[item.key] = option.value
            bands.setdefault(score(found, answers).band, dict(answers))
    return {band: told for band, told in bands.items() if band}


def tries_of_schedule(rule: Rule, here: Here, values: dict[str, str]) -> Iterator[Try]:
    """Tries for when a duty is ahead, due, late or done."""
    schedule = rule.schedule
    assert schedule is not None
    yield from _rhythm(rule, here, values) if schedule.every else _once(rule, here)


def _rhythm(rule: Rule, here: Here, values: dict[str, str]) -> Iterator[Try]:
    schedule = rule.schedule
    assert schedule is not None and schedule.every is not None
    edges = [schedule.every.delta, *([schedule.every.delta + schedule.grace.delta] if schedule.grace else [])]
    for edge in edges:
        for length in (edge, edge - SECOND, edge + SECOND):
            readings = {fact: values.get(fact) or here.any_value(FACTS[fact]) for fact in schedule.facts}
            entry = {"event": "observed", "at": ago(length), "by": NURSE} | ({"visit": here.visit} if here.visit else {}) | {"readings": readings}
            yield Try(f"taken {span(length)} ago", given=(entry,), without=schedule.facts)
    yield Try("never taken", without=schedule.facts)
    begun = here.moment("stage-entered")
    for edge in edges if begun else []:
        for length in (edge, edge - SECOND):
            assert begun is not None
            yield Try(f"never taken, {span(length)} after the beginning", without=schedule.facts, at=begun + length - here.now)


def _once(rule: Rule, here: Here) -> Iterator[Try]:
    schedule = rule.schedule
    assert schedule is not None
    begun = here.moment(schedule.after)
    edges = [length.delta for length in (schedule.opens, schedule.within) if length] or [timedelta()]
    for edge in edges if begun else []:
        for length in (edge, edge - SECOND, edge + SECOND):
            assert begun is not None
            yield Try(f"{span(length)} later", at=begun + length - here.now, without=("contact.made",))
    contact = {"event": "contact.made", "at": "-1 s", "by": NURSE, "duty": rule.id, "how": "phone"} | ({"visit": here.visit} if here.visit else {})
    yield Try("done", given=(contact,))
    yield Try("tried without an answer", given=({**contact, "how": "no-answer"},))


def tries_of_override(rule: Rule, here: Here) -> Iterator[Try]:
    """Tries for how long an override lasts."""
    if rule.override is None:
        return
    for length in (rule.override.lasts.delta, rule.override.lasts.delta - SECOND):
        entry = {"event": "override.signed", "at": ago(length), "by": f"{rule.override.roles[0]} Marta Lind", "rule": rule.id, "reason": "Looked at together.",
                 "expires_at": "+999 d"}  # fmt: skip
        yield Try(f"set aside {span(length)} ago", given=(entry | ({"visit": here.visit} if here.visit and rule.while_.phases else {}),))
