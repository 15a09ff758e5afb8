"""Score an answering: total, band, subscales, flags, and what is missing; a blank is never a zero."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from kairn.instruments.answers import State, read_answers
from kairn.instruments.definition import instrument as named
from kairn.instruments.hold import Ground, Measured, holds
from kairn.instruments.methods import reach, scale_value, turned
from kairn.instruments.shapes import Instrument, Item, Method, Scale
from kairn.terms.answer import Answer
from kairn.terms.numbers import plain_text
from kairn.terms.problem import unreadable

INDETERMINATE = "indeterminate"


@dataclass(frozen=True)
class Score:
    """What an answering comes to. `total` is None where it cannot be made; `band` is empty where there is none.

    `flags` are those raised; `raised` holds the answer of every flag, unknown included. `missing` are keys of items asked, needed and blank.
    `complete`: every item that is asked was answered. A prorated total is not complete.
    """

    instrument: str
    version: str
    total: Decimal | None
    band: str
    subscales: dict[str, Decimal | None]
    complete: bool
    missing: tuple[str, ...]
    flags: tuple[str, ...]
    notes: tuple[str, ...]
    raised: dict[str, Answer] = field(default_factory=dict)
    conventions: dict[str, str] = field(default_factory=dict)


def score(instrument: str | Instrument, answers: Mapping[str, str], conventions: Mapping[str, str] | None = None, finished: bool = True) -> Score:
    """The score of these answers (item key or `q1`.. -> value). Raises Unreadable for a wrong name, key, value or convention.

    conventions: convention -> choice, the others keep their default; not with an Instrument, which has taken its choices.
    finished: False while the form is still being filled in: a blank may then not be reached yet, and raises nothing.
    """
    if isinstance(instrument, Instrument):
        return _score(instrument, answers, finished)
    return _kept(instrument, tuple(answers.items()), tuple((conventions or {}).items()), finished)


Pairs = tuple[tuple[str, str], ...]


@lru_cache
def _kept(name: str, answers: Pairs, conventions: Pairs, finished: bool) -> Score:
    """The same answers are scored again and again while a history is assessed."""
    return _score(named(name, dict(conventions)), dict(answers), finished)


def _score(found: Instrument, answers: Mapping[str, str], finished: bool) -> Score:
    states = _states(found, read_answers(found, answers))
    scales = {scale.name: _measured(found, scale, states) for scale in found.scales.values()}
    ground = Ground(states, scales, finished)
    raised = {flag.name: holds(flag.where, ground) for flag in found.flags.values()}
    missing = tuple(key for key, state in states.items() if state.blank)
    total = scales[found.total].value if found.total else None
    band, at_least = _band(found, total, ground)
    return Score(
        instrument=found.name,
        version=found.version,
        total=total,
        band=band,
        subscales={name: measured.value for name, measured in scales.items() if name != found.total},
        complete=not missing,
        missing=missing,
        flags=tuple(name for name, answer in raised.items() if answer is Answer.YES),
        notes=tuple(_notes(found, states, scales, missing, at_least)),
        raised=raised,
        conventions=found.chosen,
    )


def part_of(score: Score, part: str) -> str | None:
    """A part of a score as the value of a fact: the total or a subscale as a number, a flag as yes or no, the band. None: not known.

    Raises Unreadable for a part that the instrument does not have.
    """
    if part in score.raised:
        answer = score.raised[part]
        return None if answer is Answer.UNKNOWN else answer.value
    if part == "band":
        return score.band if score.band not in ("", INDETERMINATE) else None
    if part != "total" and part not in score.subscales:
        known = ", ".join(("total", "band", *score.subscales, *score.raised))
        raise unreadable(f"the part {part!r}", f"one of {known}", "Correct the part's name.", score.instrument)
    value = score.total if part == "total" else score.subscales[part]
    return None if value is None else plain_text(value)


def asked(instrument: Instrument, answers: Mapping[str, str]) -> tuple[Item, ...]:
    """The items to be put to the person, given the answers so far, in order; those that may turn out not to apply wait. Raises Unreadable."""
    states = _states(instrument, read_answers(instrument, answers))
    return tuple(state.item for state in states.values() if state.item.shown and (state.value or state.asked is Answer.YES))


def may_answer(instrument: Instrument, wording: str, part: str, value: str) -> bool:
    """Whether a reading from an answering in this wording (own or official) may answer a rule.

    The official words may. Of suicide any words may raise, and our own never clear; they do not stand in for an instrument that only a pack can show.
    """
    if wording == "official":
        return True
    flag = instrument.flags.get(part)
    if flag and (flag.safety or instrument.screens):
        return value == Answer.YES.value
    if instrument.wording != "own" or not instrument.screens:
        return instrument.wording == "own"
    return part == "band" and any(level.raises for level in instrument.levels if level.name == value)


def _states(found: Instrument, answers: Mapping[str, str]) -> dict[str, State]:
    states: dict[str, State] = {}
    for item in found.items:
        value = answers.get(item.key, item.fixed)
        applies = holds(item.asked_when, Ground(states, {})) if item.asked_when else Answer.YES
        states[item.key] = State(item, value, item.option(value).number if value else None, applies)
    return states


def _measured(found: Instrument, scale: Scale, states: Mapping[str, State]) -> Measured:
    if scale.method is Method.UNKNOWNS:
        return _unknowns(scale, states)
    inside = holds(scale.only_when, Ground(states, {})) if scale.only_when else Answer.YES
    if scale.otherwise is None or inside is Answer.YES:
        return _within(found, scale, states)
    if inside is Answer.NO:
        return Measured(scale.otherwise, scale.otherwise, scale.otherwise)
    open_ = _within(found, scale, states)
    return Measured(None, min(open_.low, scale.otherwise), max(open_.high, scale.otherwise))


def _within(found: Instrument, scale: Scale, states: Mapping[str, State]) -> Measured:
    of = {key: states[key] for key in scale.items if not _left_out(scale, states[key])}
    known = {key: turned(scale, state.item, number) for key, state in of.items() if (number := _number(scale, state)) is not None}
    if len(known) == len(scale.items):
        value = scale_value(scale, known)
        return Measured(value, value, value)
    low, high = reach(scale, {key: state.item for key, state in states.items()}, known)
    return Measured(_value(found, scale, of, known), low, high)


def _left_out(scale: Scale, state: State) -> bool:
    return scale.unknown == "left-out" and state.value != "" and state.number is None


def _number(scale: Scale, state: State) -> Decimal | None:
    """What the item counts as: its answer, its lowest where it does not apply, its highest where `unknown` is to count as that."""
    if state.number is not None:
        return state.number
    if not state.value:
        return state.item.lowest if state.asked is Answer.NO else None
    return state.item.highest if scale.unknown == "highest" else None


def _value(found: Instrument, scale: Scale, of: Mapping[str, State], known: Mapping[str, Decimal]) -> Decimal | None:
    blank = [key for key in of if key not in known]
    if not known:
        return None
    if not blank:
        return scale_value(scale, known)
    if scale.name not in found.missing.scales or len(blank) > found.missing.at_most or any(of[key].value for key in blank):
        return None
    mean = sum(known.values(), Decimal(0)) / len(known)
    return scale_value(scale, {key: known.get(key, mean) for key in of})


def _unknowns(scale: Scale, states: Mapping[str, State]) -> Measured:
    of = [states[key] for key in scale.items]
    count = Decimal(sum(bool(state.value) and state.number is None for state in of))
    most = count + sum(not state.value for state in of)
    return Measured(count if most == count else None, count, most)


def _band(found: Instrument, total: Decimal | None, ground: Ground) -> tuple[str, str]:
    """The band, and where a blank leaves it open the level that is reached at least."""
    if not found.levels:
        return next((band.name for band in found.bands if total is not None and band.low <= total <= band.high), ""), ""
    answers = [(level, holds(level.where, ground) if level.where else Answer.YES) for level in found.levels]
    reached = next(place for place, (_, answer) in enumerate(answers) if answer is Answer.YES)
    if any(answer is Answer.UNKNOWN for _, answer in answers[:reached]):
        return INDETERMINATE, answers[reached][0].name if answers[reached][0].where else ""
    return answers[reached][0].name, ""


def _notes(found: Instrument, states: Mapping[str, State], scales: Mapping[str, Measured], missing: tuple[str, ...], at_least: str) -> Iterator[str]:
    total = scales.get(found.total)
    if missing and total and total.value is not None and total.low != total.high:
        yield f"The total is filled in for {len(missing)} blank: {found.missing.label}"
    elif missing and total and total.value is None:
        yield f"No total: {found.missing.label}"
    if at_least:
        yield f"At least {at_least}; a blank leaves open whether it is graver."
    for state in states.values():
        if state.value and state.asked is Answer.NO:
            yield f"The item {state.item.key} was answered although it is not asked here."
        if state.item.fixed and state.value == state.item.fixed:
            yield f"The item {state.item.key} is taken as {state.item.fixed} unless it is answered."
