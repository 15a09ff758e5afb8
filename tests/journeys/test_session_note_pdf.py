"""The note of a visit as a PDF: what the page says and nothing else, row by row; who, from which entry and which page on every sheet; read as the note is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from test_session_note import reader, stories
from tests.pdf import bare, sheets
from tests.screens.desk_walk import REFUSED, SEE_OTHER

from kairn.clinic.people.demo_people import DOMAIN, staff
from kairn.clinic.people.models import AccessLog, User
from kairn.clinic.screens.session_note import pdf
from kairn.clinic.screens.session_note.page import NotePage
from kairn.clinic.screens.session_note.parts import Part
from kairn.pathway.scenario import Scenario

__all__ = ["stories"]
PEOPLE = ("Ben", "Kim", "Jonas", "Carla", "Grace", "Ana")


@pytest.fixture(autouse=True)
def one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Page and paper are asked for in the same moment: of a pump that runs, a second later tells another figure."""
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)


def asked(clinic: UUID, story: Scenario, view: str, who: str = "nurse") -> Any:
    """The answer to one reader, about the story's latest visit."""
    return reader(staff(clinic)[who]).get(reverse(view, args=[story.patient, next(reversed(story.visits.values()))]))


def told(parts: Iterable[Part]) -> Iterable[str]:
    """Every text of the page in reading order: titles, facts, heads, then cell by cell, then sentences."""
    for part in parts:
        yield from (part.title, part.meta, *(text for fact in part.facts for text in fact))
        yield from part.heads if part.rows else ()
        yield from (text for row in part.rows for _, text in row.named)
        yield from part.lines


def body(sheet: str, page: NotePage, parts: Iterable[Part]) -> str:
    """A sheet without its head, its foot and the heads of a table that goes on from the sheet before."""
    text = bare(sheet).removeprefix(bare(page.band.who.name + page.band.who.born)).partition(bare(page.made))[0]
    again = (bare("".join(part.heads)) for part in parts if part.heads)
    return next((text.removeprefix(heads) for heads in again if text.startswith(heads)), text)


def shown(answer: HttpResponse) -> str:
    """The words of a page a reader sees."""
    main = answer.content.decode().split('<main id="main"', 1)[1].split("</main>", 1)[0]
    return unescape(re.sub(r"<[^>]+>", " ", main))


def numbers(text: str) -> set[str]:
    """Every number in a text."""
    return set(re.findall(r"\d+(?:[.:]\d+)*", text))


@pytest.mark.parametrize("person", PEOPLE)
def test_every_row_and_number_of_the_page_is_on_the_paper_in_its_place(stories: Mapping[str, Scenario], demo_clinic: UUID, person: str) -> None:
    page = asked(demo_clinic, stories[person], "session_note")
    parts = page.context["parts"]
    paper = "".join(body(sheet, page.context["page"], parts) for sheet in sheets(asked(demo_clinic, stories[person], "session_note_pdf")))
    seen, at = bare(shown(page)), 0
    for text in told(parts):
        assert bare(text) in seen, f"{text!r} is not on the page"
        found = paper.find(bare(text), at)
        assert found >= 0, f"{text!r} is not on the paper after {paper[max(0, at - 60) : at]!r}"
        at = found + len(bare(text))
    for label, value in page.context["page"].band.facts:
        assert bare(f"{label}{value or 'not recorded'}") in paper


@pytest.mark.parametrize("person", PEOPLE)
def test_the_paper_has_no_number_that_the_page_has_not(stories: Mapping[str, Scenario], demo_clinic: UUID, person: str) -> None:
    page = asked(demo_clinic, stories[person], "session_note")
    band = " ".join(f"{label} {value}" for label, value in page.context["page"].band.facts)
    known = numbers(f"{shown(page)} {page.context['page'].band.who.born} {band} {page.context['page'].band.chair}")
    paper = [re.sub(r"page \d+ of \d+", "", sheet) for sheet in sheets(asked(demo_clinic, stories[person], "session_note_pdf"))]
    assert numbers(" ".join(paper)) <= known


def test_every_sheet_says_who_from_which_entry_when_and_which_of_how_many(stories: Mapping[str, Scenario], demo_clinic: UUID) -> None:
    page = asked(demo_clinic, stories["Kim"], "session_note").context["page"]
    paper = sheets(asked(demo_clinic, stories["Kim"], "session_note_pdf"))
    assert len(paper) > 1
    for place, sheet in enumerate(paper, start=1):
        assert bare(sheet).startswith(bare(page.band.who.name + page.band.who.born))
        assert f"From the chart at entry {page.seq}," in sheet and page.by in sheet and f"page {place} of {len(paper)}" in " ".join(sheet.split())


def test_it_says_whether_the_visit_is_closed_and_in_what_kind_of_clinic(stories: Mapping[str, Scenario], demo_clinic: UUID) -> None:
    closed, running = (bare(sheets(asked(demo_clinic, stories[one], "session_note_pdf"))[0]) for one in ("Kim", "Ben"))
    assert bare("Closed: the visit is over.") in closed and bare("Not closed: the visit goes on.") in running
    assert bare("Demonstration clinic.") in closed and "Closed: the visit is over." in asked(demo_clinic, stories["Kim"], "session_note").content.decode()


def test_it_is_read_as_the_note_is_and_each_read_is_one_row(stories: Mapping[str, Scenario], demo_clinic: UUID) -> None:
    ben, grace = stories["Ben"], stories["Grace"]
    before = AccessLog.objects.filter(patients__contains=[ben.patient]).count()
    asked(demo_clinic, ben, "session_note_pdf")
    assert AccessLog.objects.filter(patients__contains=[ben.patient]).count() == before + 1
    address = reverse("session_note_pdf", args=[ben.patient, next(reversed(ben.visits.values()))])
    for who in (staff(demo_clinic)["coordinator"], User.objects.get(email=f"prescriber2@{DOMAIN}")):
        answer = reader(who).get(address)
        assert answer.status_code == REFUSED and "pdf" not in answer["Content-Type"]
    elsewhere = reverse("session_note_pdf", args=[ben.patient, next(reversed(grace.visits.values()))])
    assert reader(staff(demo_clinic)["nurse"]).get(elsewhere).status_code == REFUSED, "a visit of another person opens nothing"


def test_its_name_is_made_of_numbers_and_no_browser_keeps_it(stories: Mapping[str, Scenario], demo_clinic: UUID) -> None:
    answer = asked(demo_clinic, stories["Ben"], "session_note_pdf")
    assert answer["Content-Type"] == "application/pdf" and "no-store" in answer["Cache-Control"]
    assert re.fullmatch(r'attachment; filename="visit-[0-9a-f]{8}-\d+\.pdf"', answer["Content-Disposition"])
    assert answer.request["PATH_INFO"] in asked(demo_clinic, stories["Ben"], "session_note").content.decode()


def test_who_waits_too_long_is_led_back_to_the_page_and_told(stories: Mapping[str, Scenario], demo_clinic: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "PATIENCE", 0.01)
    with pdf.TURN:
        answer = asked(demo_clinic, stories["Ben"], "session_note_pdf")
    assert answer.status_code == SEE_OTHER and answer.url.endswith("/note")
    for _ in range(2):
        assert asked(demo_clinic, stories["Ben"], "session_note_pdf").content.startswith(b"%PDF-"), "the turn was given back"
