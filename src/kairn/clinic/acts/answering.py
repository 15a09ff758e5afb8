"""Answering an instrument, by the person or for them: saved as often as wanted, finished once, and never complete while something is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.facts import row_of
from kairn.clinic.acts.outcome import Outcome, Reason, Refused, refused
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.clinic.acts.questions import asked_by_task
from kairn.clinic.acts.urgent import for_answering
from kairn.clinic.acts.wordings import Shown, words_of
from kairn.instruments.answers import read_answers
from kairn.instruments.definition import INSTRUMENTS
from kairn.instruments.shapes import Instrument
from kairn.instruments.skips import may_skip, unmet, watched
from kairn.pathway.scored import BROUGHT
from kairn.record.history import History
from kairn.record.payloads import Payload, TaskClosed
from kairn.record.payloads_care import Answered, InstrumentAnswered
from kairn.terms.problem import Unreadable

Method = Literal["person", "patient"]


@dataclass(frozen=True)
class Sheet:
    """What one form brings: answers by item, what was left out on purpose, and which items it asked (None: all of them).

    Of the items it asked, those neither answered nor left out are blank from now on; the others stay as they were saved. `pack` names the words shown.
    """

    answers: Mapping[str, str]
    skipped: tuple[str, ...] = ()
    of: tuple[str, ...] | None = None
    pack: str = ""


def save_answers(  # noqa: PLR0913
    context: Context, patient: UUID, *, event_id: UUID, instrument: str, response: UUID, sheet: Sheet, finish: bool = False, method: Method = "person",
    visit: UUID | None = None, occurred_at: datetime | None = None,
) -> Outcome:  # fmt: skip
    """Save an answering so far, or finish it. Each save is an event that takes the place of the former of the same `response`.

    Finishing is refused with what is missing, unless it was left out where the instrument allows that. An answer about suicide that is not none, or that
    was left out, opens an urgent task in the same transaction, finished or not. With method "patient" they are the person's own answers.
    """
    found = INSTRUMENTS.get(instrument)
    if found is None:
        return refused("input", f"Saw the instrument {instrument!r}; expected one that Kairn knows. Choose it from the list.")
    if wrong := _wrong(found, sheet) or _not_theirs(found, method):
        return wrong

    def build(case: Case) -> list[Payload] | Refused:
        if visit is not None:
            case.visit(visit)
        shown, before = words_of(found, sheet.pack), answered(case.history, response)
        if stop := _unshown(shown) or _not_this(found, shown, before, method, visit):
            return stop
        given, skipped = _merged(found, before, sheet)
        said = _said(found, response, shown, given, skipped, finish, method, visit)
        if stop := _empty(said, before) or (_unfinished(found, given, skipped) if finish else None):
            return stop
        return [said, *for_answering(case, said, before), *(_done(case, found) if finish else ())]

    action = "own.record" if method == "patient" else _row_of(context, patient, visit, found)
    return perform(context, Act(action, patient, event_id, build, visit=visit, occurred_at=occurred_at, always=True))


def answered(history: History, response: UUID) -> InstrumentAnswered | None:
    """The latest save of an answering that counts, None where there is none."""
    return next((said for _, said in reversed(history.all(InstrumentAnswered)) if said.response == response), None)


def _row_of(context: Context, patient: UUID, visit: UUID | None, found: Instrument) -> str:
    """The row of the access table; whoever hears of suicide at a visit may record it, whatever else the answers establish."""
    if visit is None:
        return "measures.record"
    return row_of(context, patient, visit, () if watched(found) else [fact.name for fact in BROUGHT.get(found.name, ())])


def _wrong(found: Instrument, sheet: Sheet) -> Refused | None:
    """A reason for each key and value that the instrument does not have."""
    faults = [fault for key, value in sheet.answers.items() if (fault := _fault(found, key, value))]
    for key in sheet.skipped:
        if fault := _no_skip(found, key):
            faults.append(fault)
        elif key in sheet.answers:
            faults.append(Reason(f"Saw an answer to {label(found, key)} and that it was left out; expected one of the two.", field=key))
    return Refused("input", tuple(faults)) if faults else None


def _fault(found: Instrument, key: str, value: str) -> Reason | None:
    try:
        return None if key in read_answers(found, {key: value}) else Reason(f"Saw the item {key!r}; expected its own name. Correct it.", field=key)
    except Unreadable as fault:
        return Reason(f"{label(found, key)}: {fault}", field=key)


def _no_skip(found: Instrument, key: str) -> Reason | None:
    if key in may_skip(found):
        return None
    return Reason(f"{label(found, key)}: this one cannot be left out. {words_of_missing(found)} Answer it, or save and come back.", field=key)


def label(found: Instrument, key: str) -> str:
    """An item as a refusal names it."""
    item = next((item for item in found.items if item.key == key), None)
    return (f"{item.number}. {item.label}" if item.label else f"Question {item.number}") if item else repr(key)


def words_of_missing(found: Instrument) -> str:
    """What the instrument says of blanks, as a sentence."""
    return f"{found.missing.label[:1].upper()}{found.missing.label[1:]}"


def _not_theirs(found: Instrument, method: Method) -> Refused | None:
    if method == "patient" and found.rater != "patient":
        return refused("policy", "This form is filled in by staff, not by the person themselves.")
    return None


def _unshown(shown: Shown) -> Refused | None:
    return refused("policy", shown.fault) if shown.wording is None else None


def _not_this(found: Instrument, shown: Shown, before: InstrumentAnswered | None, method: Method, visit: UUID | None) -> Refused | None:
    """An answering stays what it was begun as, and is over once it is finished."""
    if before is None:
        return None
    if before.complete:
        return refused("policy", "These answers were finished already. Begin a new one; to correct this one, strike it out.")
    if (before.instrument, before.version, before.pack, before.method, before.visit) != (found.name, found.version, shown.pack, method, visit):
        return refused("policy", "These answers were begun with another form, in other words, at another visit or by somebody else. Begin a new one.")
    return None


def _merged(found: Instrument, before: InstrumentAnswered | None, sheet: Sheet) -> tuple[dict[str, str], tuple[str, ...]]:
    """All answers and all that is left out, with this form in place of what it asked; a blank takes an answer away and never becomes one."""
    asked = {item.key for item in found.items} if sheet.of is None else {*sheet.of, *sheet.answers, *sheet.skipped}
    kept = {one.item: one.value for one in before.answers if one.item not in asked} if before else {}
    left = {*sheet.skipped, *(key for key in (before.skipped if before else ()) if key not in asked)}
    return read_answers(found, kept | dict(sheet.answers)), tuple(item.key for item in found.items if item.key in left)


def _said(
    found: Instrument, response: UUID, shown: Shown, given: Mapping[str, str], skipped: tuple[str, ...], complete: bool, method: Method, visit: UUID | None
) -> InstrumentAnswered:
    wording: Literal["own", "official"] = "official" if shown.pack else "own"
    answers = tuple(Answered(item, value) for item, value in given.items())
    return InstrumentAnswered(found.name, found.version, response, answers, complete, wording, shown.pack, skipped, method, visit)


def _empty(said: InstrumentAnswered, before: InstrumentAnswered | None) -> Refused | None:
    if before is None and not said.answers and not said.skipped:
        return refused("input", "Nothing was answered yet, so nothing was saved.")
    return None


def _unfinished(found: Instrument, given: Mapping[str, str], skipped: Collection[str]) -> Refused | None:
    """Incomplete cannot be complete: each missing answer by name."""
    missing = unmet(found, given, skipped)
    if not missing:
        return None
    return Refused("input", tuple(Reason(f"Not answered: {label(found, key)}.", field=key) for key in missing))


def _done(case: Case, found: Instrument) -> Iterable[TaskClosed]:
    """Whoever asked the person for these answers has them now."""
    return [TaskClosed(task, "Answered.") for task in asked_by_task(case.history, found.name)]
