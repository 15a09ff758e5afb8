"""The person's page, its timeline and corrections, the reasons of a rule, overrides, and who may see what."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.screens.desk_walk import FINDINGS, INPUT, REFUSED, SEE_OTHER, STALE, Desk, done, new_id, reasons

from kairn.clinic.people.models import AccessLog, CareTeam
from kairn.record.payloads import DeathRecorded, EnteredInError, NoteWritten, Observed, OverrideSigned, StageEntered


@pytest.fixture
def desk(clinic_id: UUID) -> Desk:
    return Desk(clinic_id)


def test_the_page_says_what_stands_what_is_next_and_why(desk: Desk) -> None:
    done(desk.enter("assessment"))
    page = desk.get(desk.url("patient"))
    assert 'aria-current="step"' in page and "What is next" in page and "Enter consent" in page
    assert "Opioid use disorder is diagnosed by a clinician" in page and "Does not consider" in page and "Grade:" in page
    assert "Luis" not in page.partition("</title>")[0], "no name in a page title"
    assert "style=" not in page and "onclick" not in page


def test_a_page_counts_as_a_reading_of_the_chart(desk: Desk) -> None:
    before = AccessLog.objects.filter(patients__contains=[desk.patient]).count()
    for view in ("patient", "patient_timeline", "assessment", "plan", "book_visit", "aftercare", "care_team"):
        desk.get(desk.url(view))
    assert AccessLog.objects.filter(patients__contains=[desk.patient]).count() >= before + 7


def test_a_coordinator_sees_the_course_and_no_findings(desk: Desk) -> None:
    done(desk.enter("assessment"))
    done(desk.send(desk.url("assessment"), desk.url("assessment_facts"), FINDINGS | {"fact-weight": "91.7"}))
    page = desk.get(desk.url("patient"), "coordinator")
    assert "Enter consent" in page and "91.7" not in page and "Facts used" not in page
    assert desk.browser("coordinator").get(desk.url("assessment")).status_code == REFUSED


def test_a_coordinator_reads_how_many_answers_a_step_waits_for_and_not_which(desk: Desk) -> None:
    """Titles of rules are reasons: one that names pregnancy, a psychosis or a pressure says what was found."""
    done(desk.enter("assessment"))
    titles = {verdict.rule.title for move in desk.walk.standing.moves for verdict in move.blocking}
    assert titles and "Opioid use disorder is diagnosed by a clinician" in titles
    for url in (desk.url("patient"), reverse("today"), reverse("today") + "?stage=assessment"):
        page, theirs = unescape(desk.get(url, "coordinator")), unescape(desk.get(url, "nurse"))
        assert [title for title in titles if title in page] == [], url
        assert re.search(r"[Ww]aits for \d+ clinical answers", page), url
        assert any(title in theirs for title in titles), "those to whom reasons are shown read them"


def test_a_stranger_of_the_clinic_is_sent_to_break_the_glass(desk: Desk) -> None:
    stranger = Client()
    stranger.force_login(desk.walk.make("nurse", joins=False))
    answer = stranger.get(desk.url("patient"))
    assert answer.status_code == REFUSED and reverse("break_glass", args=[desk.patient]) in answer.content.decode()


def test_the_timeline_shows_both_times_and_struck_out_entries(desk: Desk) -> None:
    taken = timezone.now() - timedelta(days=3)
    fields = {"fact-weight": "310", "occurred_at": f"{taken:%Y-%m-%dT%H:%M}"}
    done(desk.send(desk.url("assessment"), desk.url("assessment_facts"), fields))
    entry = desk.history.events[-1]
    assert entry.late
    strike = desk.url("strike_out", entry.id)
    unsaid = desk.send(strike, strike, {"reason": " "})
    assert unsaid.status_code == INPUT and "why the entry is wrong" in reasons(unsaid)
    done(desk.send(strike, strike, {"reason": "typed 310, meant 130"}))
    page = desk.get(desk.url("patient_timeline"))
    assert "rec. " in page and "moment--struck" in page and "typed 310, meant 130" in page and "310 kg" in page
    assert "310 kg" not in desk.get(desk.url("patient_timeline") + "?show=course")
    again = desk.send(strike, strike, {"reason": "twice"})
    assert again.status_code == INPUT and "struck out already" in reasons(again)
    assert desk.latest(Observed).readings[0].value != "310"


def test_as_known_then_is_the_chart_and_the_advice_of_that_moment(desk: Desk) -> None:
    done(desk.enter("assessment"))
    seq = desk.history.seq
    done(desk.send(desk.url("assessment"), desk.url("assessment_facts"), FINDINGS))
    now, then = desk.get(desk.url("patient")), desk.get(desk.url("patient_known_then", seq))
    assert "As known then." in then and " answers are yes" in then
    assert re.search(r"\d+ of \d+ answers", then)[0] != re.search(r"\d+ of \d+ answers", now)[0], "the advice of then is not the advice of now"  # type: ignore[index]
    assert "<form" not in then.partition('id="main"')[2].partition("</main>")[0], "nothing of the past can be entered"
    assert desk.browser("prescriber").get(desk.url("patient_known_then", 0)).status_code == 404


def test_why_is_one_click_and_a_page_of_its_own(desk: Desk) -> None:
    done(desk.enter("assessment"))
    done(desk.send(desk.url("assessment"), desk.url("assessment_facts"), {"fact-systolic": "171", "fact-diastolic": "104"}, role="nurse"))
    page = desk.get(desk.url("rule_why", "pressure-known"))
    assert "171 mmHg" in page and "A nurse" in page and "Grade: low" in page and "White-coat effect" in page
    assert "Set this rule aside" in page and "Set this rule aside" not in desk.get(desk.url("rule_why", "pressure-known"), "nurse")
    firm = desk.get(desk.url("rule_why", "no-psychosis"))
    assert "cannot be overridden" in firm and "words, not in the source itself)" in firm, "how a source is known stands beside it"
    assert desk.browser("prescriber").get(desk.url("rule_why", "no-such-rule")).status_code == 404


def test_an_override_has_a_name_a_reason_and_an_end(desk: Desk) -> None:
    done(desk.enter("assessment"))
    page, until = desk.url("override", "pressure-known"), timezone.now() + timedelta(days=3)
    body = {"reason": "Treated since this morning, rechecked twice.", "expires_at": f"{until:%Y-%m-%dT%H:%M}"}
    endless = desk.send(page, page, {**body, "expires_at": ""})
    assert endless.status_code == INPUT and "no end" in reasons(endless)
    far = desk.send(page, page, {**body, "expires_at": "2099-01-01T00:00"})
    assert far.status_code == INPUT and desk.latest(OverrideSigned) is None
    never = desk.get(desk.url("override", "no-psychosis"))
    assert "cannot be set aside" in never and "expires_at" not in never
    done(desk.send(page, page, body))
    assert desk.latest(OverrideSigned).rule == "pressure-known"
    assert "Override by" in desk.get(desk.url("patient"))


def test_a_way_out_is_always_open_and_a_stale_one_keeps_the_reason(desk: Desk) -> None:
    page = desk.get(desk.url("patient"))
    seen = desk.hidden(page, desk.url("course_exit"))
    done(desk.enter("assessment"))
    late = desk.browser("prescriber").post(desk.url("course_exit"), {**seen, "stage": "declined", "reason": "Wants methadone only."})
    assert late.status_code == STALE and "Wants methadone only." in late.content.decode()
    done(desk.send(desk.url("patient"), desk.url("course_exit"), {"stage": "declined", "reason": "Wants methadone only."}, role="coordinator"))
    assert desk.latest(StageEntered).stage == "declined"
    assert "Declined" in desk.get(desk.url("patient"))


def test_a_note_is_kept_and_an_empty_one_is_not(desk: Desk) -> None:
    page = desk.url("note")
    assert desk.send(page, page, {"text": "  "}).status_code == INPUT
    done(desk.send(page, page, {"text": "Asked for a quiet room."}, role="therapist"))
    assert desk.latest(NoteWritten).text == "Asked for a quiet room."
    unclear = desk.send(page, page, {"text": "x", "occurred_at": "yesterday"})
    assert unclear.status_code == INPUT and "'yesterday'" in reasons(unclear)


def test_a_death_ends_everything_due(desk: Desk) -> None:
    assert "See that the person has naloxone" in desk.get(desk.url("patient"))
    page = desk.url("record_death")
    future = desk.send(page, page, {"occurred_at": "2099-01-01T00:00"})
    assert future.status_code == INPUT and desk.latest(DeathRecorded) is None
    done(desk.send(page, page, {"cause": "not known"}))
    after = desk.get(desk.url("patient"))
    assert "Nothing is due" in after and "Died" in after


def test_the_care_team_is_kept_by_coordinators(desk: Desk) -> None:
    other = desk.walk.make("nurse", joins=False)
    page = desk.url("care_team")
    assert desk.browser("nurse").post(page, {"user": str(other.id), "do": "join"}).status_code == REFUSED
    assert desk.browser("coordinator").post(page, {"user": str(uuid4()), "do": "join"}).status_code == INPUT
    assert desk.browser("coordinator").post(page, {"user": str(other.id), "do": "join"}).status_code == SEE_OTHER
    assert CareTeam.objects.filter(user=other, patient=desk.patient, until=None).exists()


def test_a_strike_is_refused_to_somebody_who_is_no_author_and_not_on_the_team(desk: Desk) -> None:
    done(desk.enter("assessment"))
    entry = desk.history.events[-1]
    body = {"event_id": new_id(), "reason": "not mine"}
    assert desk.browser("coordinator").post(desk.url("strike_out", entry.id), body).status_code == REFUSED
    assert desk.latest(EnteredInError) is None
