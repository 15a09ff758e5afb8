"""From an open chart to the measures page: what is wanted, the latest of each, the trend, and what can be begun."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from kairn.clinic.acts.questions import asked_of, begun, due_now, in_the_way
from kairn.clinic.acts.wordings import shown_words
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again
from kairn.clinic.screens.forms.desk import Desk, address, who
from kairn.clinic.screens.lanes import Band, Point, Row, lanes
from kairn.clinic.screens.measures.book import Entry, Total, entries, finished, moved, totals
from kairn.clinic.screens.measures.page import LatestLine, MeasuresPage, StartLine, WantedLine
from kairn.clinic.screens.measures.told import change_words, chip, name_of, raised_words, score_words
from kairn.instruments.definition import INSTRUMENTS
from kairn.pathway.standing import DueState

BY = {"patient": "answered by the person", "clinician": "rated by a clinician", "observer": "seen by staff"}
WORDINGS = ("official", "own")


def measures_page(desk: Desk, ask: Again) -> MeasuresPage:
    """Everything the page shows; `ask` carries a refusal to ask the person."""
    known = entries(desk.chart.history)
    starts = [_start(desk, name) for name in INSTRUMENTS]
    may = desk.may("instrument_answer")
    return MeasuresPage(
        who=who(desk), wanted=tuple(_wanted(desk)), latest=tuple(_latest(desk, known)), trend=trend(desk, known),
        starts=tuple(one for one in starts if not one.why_not), closed=tuple(one for one in starts if one.why_not), may_record=may,
        ask=ask, ask_url=address("instrument_ask", desk.patient), askable=tuple(_askable(desk)),
    )  # fmt: skip


def form_url(desk: Desk, name: str, response: UUID | None = None, visit: UUID | None = None) -> str:
    """The address of an answering: a new one, or one to go on with."""
    query = "&".join(f"{key}={value}" for key, value in (("response", response), ("visit", visit)) if value)
    return address("instrument_answer", desk.patient, name) + (f"?{query}" if query else "")


def _wanted(desk: Desk) -> Iterable[WantedLine]:
    """What was begun first, then what is due, what stands in the way of a step, and what the person was asked for; each instrument once."""
    standing, history = desk.chart.standing, desk.chart.history
    open_, due, way, asked = begun(history, desk.clock.now), due_now(standing), in_the_way(standing), asked_of(history)
    for event, said in open_.values():
        name, own = name_of(INSTRUMENTS[said.instrument], said.wording), said.method == "patient"
        told = f"Begun {desk.clock.when(event.occurred_at)} by {event.by.name}, {len(said.answers)} answered, not finished"
        url = address("instrument_result", desk.patient, said.response) if own else form_url(desk, said.instrument, said.response, said.visit)
        yield WantedLine(name, told, "due", words.plain(event.by.role), "", url, "Look" if own else "Go on", said.instrument in asked)
    begun_ = {said.instrument for _, said in open_.values()}
    for key in dict.fromkeys([*due, *way, *asked]):
        if key in begun_:
            continue
        one = due.get(key)
        why = words.capital(one.what) if one else (f"Asked by a rule: {way[key]}" if key in way else "The person was asked for it")
        state = "late" if one and one.state is DueState.LATE else "due"
        visit = one.visit if one else None
        yield WantedLine(_title(key), why, state, one.owner.replace("-", " ") if one else "", one.due_at.isoformat() if one else "",
                         form_url(desk, key, visit=visit), "Begin", key in asked)  # fmt: skip


def _title(name: str) -> str:
    shown = shown_words(INSTRUMENTS[name])
    return shown.name or INSTRUMENTS[name].title


def _latest(desk: Desk, known: tuple[Entry, ...]) -> Iterable[LatestLine]:
    """The latest finished answering of each instrument in each wording, newest first; a typed total where there is nothing newer."""
    for name in INSTRUMENTS:
        for wording in WORDINGS:
            line = totals(desk.chart.history, known, name, wording)
            done = finished(known, name, wording)
            typed = line[-1] if line and line[-1].entry is None else None
            if typed and (not done or done[-1].at < typed.at):
                yield _typed(desk, name, typed)
            elif done:
                yield _answered(desk, known, done[-1])


def _typed(desk: Desk, name: str, typed: Total) -> LatestLine:
    found = INSTRUMENTS[name]
    band = next((band.name for band in found.bands if band.low <= typed.value <= band.high), "")
    score = ", ".join(part for part in (f"{typed.value:f}", band) if part)
    return LatestLine(found.title, score, "only the total was entered", desk.clock.when(typed.at), "", (), "")


def _answered(desk: Desk, known: tuple[Entry, ...], entry: Entry) -> LatestLine:
    change = moved(known, entry)
    return LatestLine(
        name_of(entry.found, entry.said.wording), score_words(entry), chip(entry.found, entry.said.wording), desk.clock.when(entry.at),
        change_words(*change, desk.clock) if change else "the first one", raised_words(entry), address("instrument_result", desk.patient, entry.said.response),
    )  # fmt: skip


def trend(desk: Desk, known: tuple[Entry, ...]) -> dict[str, Any] | None:
    """Every instrument with two totals or more in one wording on one axis of time; like is drawn with like only."""
    lines = [(name, wording, line) for name in INSTRUMENTS for wording in WORDINGS if len(line := totals(desk.chart.history, known, name, wording)) > 1]
    if not lines:
        return None
    begins, now = min(line[0].at for _, _, line in lines), desk.clock.now
    room = (now - begins) / len("around")
    return lanes([_row(*one) for one in lines], start=begins - room, end=now + room, now=now, zone=desk.clock.zone)


def _row(name: str, wording: str, line: list[Total]) -> Row:
    found = INSTRUMENTS[name]
    scale, latest = found.scales[found.total], line[-1]
    return Row(
        name_of(found, wording), "scores", [Point(one.at, one.value, recorded=_late(one), words=_words(one)) for one in line], "", scale.low, scale.high,
        value=f"{latest.value:f}", age=latest.at, note=_note(name, wording), bands=tuple(Band(band.low, band.name) for band in found.bands),
    )  # fmt: skip


def _late(one: Total) -> datetime | None:
    return one.recorded if one.recorded.replace(second=0, microsecond=0) != one.at.replace(second=0, microsecond=0) else None


def _words(one: Total) -> str:
    return one.entry.score.band if one.entry else "only the total"


def _note(name: str, wording: str) -> str:
    found = INSTRUMENTS[name]
    way = {"worse": "Higher is worse.", "better": "Higher is better."}.get(found.scales[found.total].higher, "")
    return " ".join(part for part in (way, words.capital(chip(found, wording)) + "." if chip(found, wording) else "") if part)


def _start(desk: Desk, name: str) -> StartLine:
    found, shown = INSTRUMENTS[name], shown_words(INSTRUMENTS[name])
    return StartLine(name, shown.name or found.title, found.purpose, BY[found.rater], form_url(desk, name), "" if shown.wording else shown.fault)


def _askable(desk: Desk) -> Iterable[tuple[str, str]]:
    asked = asked_of(desk.chart.history)
    for name, found in INSTRUMENTS.items():
        if found.rater == "patient" and name not in asked and shown_words(found).wording:
            yield name, _title(name)
