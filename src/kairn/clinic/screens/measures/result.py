"""One answering as a page: its score, what it rests on, what is missing, what it raises, and what it does not say."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from kairn.clinic.acts.answering import label
from kairn.clinic.acts.wordings import words_of
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.desk import Desk, address, who
from kairn.clinic.screens.measures.answer_page import alarm_words, back_url
from kairn.clinic.screens.measures.book import Entry, entries, moved, of_response
from kairn.clinic.screens.measures.compose import form_url
from kairn.clinic.screens.measures.page import AnswerLine, ResultPage
from kairn.clinic.screens.measures.told import change_words, chip, limits_words, name_of, raised_words, rules_words, score_words
from kairn.instruments.shapes import Item
from kairn.instruments.wording import Wording
from kairn.library.sources import SOURCES
from kairn.terms.numbers import plain_text

BY_PERSON = "the person themselves"


def result_page(desk: Desk, response: UUID) -> ResultPage | None:
    """The page of one answering; None where this person has none such."""
    entry = of_response(desk.chart.history, response)
    if entry is None:
        return None
    found, said = entry.found, entry.said
    change = moved(entries(desk.chart.history), entry) if said.complete else None
    shown = words_of(found, said.pack).wording
    cited = found.bands_cited or found.cited
    return ResultPage(
        who=who(desk), title=name_of(found, said.wording), chip=chip(found, said.wording), said=score_words(entry) if said.complete else "Not finished",
        at=desk.clock.when(entry.at), recorded=desk.clock.when(entry.event.recorded_at) if entry.event.late else "", by=_by(entry),
        subscales=tuple((found.scales[name].label, plain_text(value)) for name, value in entry.score.subscales.items() if value is not None),
        missing=tuple(_missing(entry)), raised=raised_words(entry), alarm=alarm_words(desk, said),
        change=words.capital(change_words(*change, desk.clock)) if change else "", rules=rules_words(found, change[1]) if change else (),
        limits=limits_words(entry), answers=tuple(_answers(entry, shown)), notice=shown.notice if shown else found.licence.notice,
        source=f"{SOURCES[cited.source].citation}: {cited.locator}", back=back_url(desk, said.visit),
        strike=address("strike_out", desk.patient, entry.event.id) if desk.may("strike_out") else "",
        resume=form_url(desk, found.name, response, said.visit) if not said.complete and said.method == "person" and desk.may("instrument_answer") else "",
    )  # fmt: skip


def _by(entry: Entry) -> str:
    by = entry.event.by
    return BY_PERSON if entry.said.method == "patient" else f"{by.name}, {words.plain(by.role)}"


def _missing(entry: Entry) -> Iterable[str]:
    for key in entry.score.missing:
        yield f"{label(entry.found, key)}{', left out on purpose' if key in entry.said.skipped else ''}"


def _answers(entry: Entry, shown: Wording | None) -> Iterable[AnswerLine]:
    for item in entry.found.items:
        if item.key in entry.answers or item.key in entry.said.skipped or item.key in entry.score.missing:
            question = (shown.items.get(item.key) if shown else "") or item.label or item.key
            yield AnswerLine(item.number, question, _answer(entry, item, shown))


def _answer(entry: Entry, item: Item, shown: Wording | None) -> str:
    value = entry.answers.get(item.key, "")
    if not value:
        return "left out" if item.key in entry.said.skipped else "not answered"
    spoken = shown.options.get(item.key, {}).get(value, "") if shown else ""
    return f"{value}, {spoken}" if spoken and spoken != value else value
