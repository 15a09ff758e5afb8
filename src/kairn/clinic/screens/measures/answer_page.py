"""The answering form of one instrument as plain values, and the total of what stands in it before it is saved."""

from __future__ import annotations

from uuid import UUID

from kairn.clinic.acts.answering import Sheet, answered
from kairn.clinic.acts.questions import begun
from kairn.clinic.acts.urgent import alarm_of, suicide_task_open
from kairn.clinic.acts.wordings import Shown, shown_words, words_of
from kairn.clinic.screens.forms.answers import Again
from kairn.clinic.screens.forms.desk import Desk, address, who
from kairn.clinic.screens.measures.compose import form_url
from kairn.clinic.screens.measures.form import Filled, Question, questions
from kairn.clinic.screens.measures.measured import hints
from kairn.clinic.screens.measures.page import FormPage
from kairn.clinic.screens.measures.told import chip, total_words
from kairn.instruments.definition import INSTRUMENTS
from kairn.instruments.score import score
from kairn.instruments.shapes import Instrument
from kairn.instruments.skips import alarm
from kairn.record.payloads_care import InstrumentAnswered
from kairn.terms.problem import Unreadable

BACK = {"booked": "preflight", "pre-flight": "preflight", "infusion": "chair", "recovery": "discharge", "closed": "discharge"}


def form_page(desk: Desk, name: str, response: UUID, visit: UUID | None, shown: Again, filled: Filled, pack: str | None) -> FormPage:
    """The page of one answering; `pack` is the wording of a form that is shown again, None for what was saved or is shown now."""
    found = INSTRUMENTS[name]
    said = answered(desk.chart.history, response)
    words = words_of(found, said.pack) if said else shown_words(found) if pack is None else words_of(found, pack)
    asked = _asked(desk, found, words, filled, visit)
    other = begun(desk.chart.history, desk.clock.now).get(f"{name} person")
    resume = other if other and other[1].response != response else None
    wording = words.wording
    return FormPage(
        who=who(desk), title=words.name or found.title, recall=found.recall, intro=wording.intro if wording and wording.kind == "official" else "",
        chip=chip(found, wording.kind) if wording else "", caution=found.caution, notice=wording.notice if wording else "",
        note=words.fault if wording else "", why_not="" if wording else words.fault, questions=asked, of=" ".join(one.key for one in asked),
        response=str(response), pack=words.pack, visit=str(visit or ""),
        url=address("instrument_answer", desk.patient, name) if desk.may("instrument_answer") else "", back=back_url(desk, visit), again=shown,
        total=preview(found, Sheet(filled.answers)), missing=_missing(found, filled), alarm=alarm_words(desk, said, alarmed(found, filled)),
        begun=desk.clock.when(resume[0].occurred_at) if resume else "", begun_url=form_url(desk, name, resume[1].response, resume[1].visit) if resume else "",
    )  # fmt: skip


def alarm_words(desk: Desk, said: InstrumentAnswered | None, typed: bool = False) -> str:
    """Where suicide is spoken of: whether its urgent task is open, was closed, or is not opened yet because nothing is saved. Empty where it is not."""
    if said and alarm_of(said).flags:
        return "open" if suicide_task_open(desk.chart.history) else "closed"
    return "not-saved" if typed else ""


def alarmed(found: Instrument, filled: Filled) -> bool:
    """Whether suicide is spoken of in what stands typed."""
    try:
        return bool(alarm(found, filled.answers, filled.skipped, finished=False).flags)
    except Unreadable:
        return False


def _asked(desk: Desk, found: Instrument, words: Shown, filled: Filled, visit: UUID | None) -> tuple[Question, ...]:
    if words.wording is None:
        return ()
    measured = hints(found, words.wording, desk.chart.history, visit, desk.clock)
    try:
        return questions(found, words.wording, filled, measured)
    except Unreadable:
        return questions(found, words.wording, Filled({}, (), filled.errors), measured)


def back_url(desk: Desk, visit: UUID | None) -> str:
    """Where one came from: the page of the visit, else the measures."""
    found = desk.chart.standing.visit(visit) if visit else None
    return address(BACK.get(found.phase, "chair"), desk.patient, found.id) if found else address("measures", desk.patient)


def preview(found: Instrument, sheet: Sheet) -> str:
    """The total of what stands in the form, only once every answer is there."""
    try:
        made = score(found, sheet.answers)
    except Unreadable:
        return ""
    return total_words(found, made.total, made.band) if made.complete else ""


def _missing(found: Instrument, filled: Filled) -> int:
    try:
        return len(score(found, filled.answers).missing)
    except Unreadable:
        return len(found.required)
