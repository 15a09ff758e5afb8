"""The page for the hospital: everything of the visit with its times, open to whoever reads the chart and to nobody else, and in the log of reads."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

from django.test import Client
from tests.screens.chairside import CALM_AGAIN, Chairside
from tests.screens.desk_walk import REFUSED, SEE_OTHER
from tests.screens.test_locked import ADDED, addendum

from kairn.clinic.acts import facts, visits
from kairn.clinic.acts.outcome import Done
from kairn.clinic.acts.ride import say_ride
from kairn.clinic.acts.withdrawal import record_medicine
from kairn.clinic.people.care import make_escort_link
from kairn.clinic.people.models import AccessLog
from kairn.clinic.people.relations import escort_of
from kairn.clinic.screens.handover.rows import NONE_BEFORE
from kairn.record.payloads import Coding
from kairn.record.payloads_harm import AdverseEventNoted


def words_of(page: str) -> str:
    """What a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.split("<main")[1].split("</main>")[0])).split())


def sent(seat: Chairside) -> Chairside:
    """Twelve minutes into an infusion, then to hospital."""
    seat.walk.to_infusion()
    listed = {"code": Coding("own", "morphine", "Morphine")}
    seat.walk.do(facts.note_allergy, "nurse", **listed, state="active", reaction="rash")
    seat.walk.do(facts.note_medication, "nurse", code=Coding("own", "methadone", "Methadone"), state="active", dose="80 mg daily")
    seat.walk.do(facts.note_medication, "nurse", code=Coding("own", "zopiclone", "Zopiclone"), state="active", dose="7.5 mg")
    seat.walk.do(facts.note_medication, "nurse", code=Coding("own", "zopiclone", "Zopiclone"), state="stopped")
    seat.walk.later(minutes=10)
    seat.post("chair_act", "vitals", **{**CALM_AGAIN, "systolic": "2010", "diastolic": "81", "read": "systolic=2010"})
    seat.post("chair_act", "drug", drug="Labetalol", dose="10 mg", occurred_at=f"{seat.walk.now:%Y-%m-%dT%H:%M}+00:00")
    seat.post("chair_act", "adverse", kind="chest-pain", what="under the breastbone", severity="moderate", action="Pump stopped", serious_hospital="1")
    noted = str(seat.walk.history.latest(AdverseEventNoted)[0].id)
    seat.post("chair_act", "adverse-follow", follows=noted, severity="severe", action="Ambulance called", related="possibly")
    seat.post("chair_act", "adverse-follow", follows=noted, severity="moderate", outcome="unknown")
    seat.post("chair_act", "pump-stopped", volume="10.3")
    at = f"{seat.walk.now:%Y-%m-%dT%H:%M}+00:00"
    assert seat.post("visit_end", ending="hospital", called_at=at, handed_to="Dr Imai, ambulance 4").status_code == SEE_OTHER
    return seat


def test_the_hospital_reads_who_what_was_given_what_was_measured_and_what_went_wrong(seat: Chairside) -> None:
    page = words_of(sent(seat).get("handover"))
    for said in (
        "Escort Ana-Maria", "Sent to hospital", "Called at", "Handed to Dr Imai, ambulance 4", "Recorded by A nurse", "Morphine rash", "Methadone 80 mg daily",
        "82 kg", "takes it", "Pump started", "61.5 mL/h", "Pump stopped", "pump showed 10.3 mL", "Labetalol 10 mg", "severe, now moderate",
        "Chest pain: under the breastbone, serious: hospital, or a longer stay there, possibly from the treatment", "Pump stopped; Ambulance called",
        "of 41 mg in 41 mL ordered",
        "2010 (not usable)", "122", "distress: calm", "not known",
    ):  # fmt: skip
        assert said in page, (said, page)
    assert "Zopiclone" not in page


def test_a_late_entry_shows_both_its_times(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=30)
    early = seat.walk.now.replace(second=0, microsecond=0) - timedelta(minutes=20)
    seat.walk.record(visit=seat.walk.visit, at=early, systolic="131", diastolic="82")
    row = next(part for part in seat.get("handover").split("<tr>") if ">131<" in part)
    assert f"{early:%H:%M}" in row and row.count(":") >= 2 and 'data-th="Recorded"></td>' not in row


def test_the_way_there_is_on_the_ending_and_stays_at_the_visit(seat: Chairside) -> None:
    seat.walk.to_infusion()
    link = seat.url("handover")
    assert link in seat.get("chair") and link in seat.get("discharge")
    seat.post("visit_end", ending="hospital")
    assert link in seat.get("discharge") and "Print for the hospital" in seat.get("discharge")
    seat.get("handover")


def test_it_is_read_as_the_chart_is_and_the_read_is_in_the_log(seat: Chairside) -> None:
    seat.walk.to_infusion()
    before = AccessLog.objects.filter(patients__contains=[seat.walk.patient]).count()
    seat.get("handover")
    assert AccessLog.objects.filter(patients__contains=[seat.walk.patient]).count() == before + 1
    stranger = Client()
    stranger.force_login(seat.walk.make("nurse", joins=False))
    assert stranger.get(seat.url("handover")).status_code == REFUSED
    assert seat.browser("coordinator").get(seat.url("handover")).status_code == REFUSED


def after_the_lock(seat: Chairside) -> None:
    """Sent to hospital; what was given, measured and called while the ambulance was waited for is in the addenda."""
    seat.walk.within_a_day(hours=3).to_infusion().later(minutes=10)
    seat.post("chair_act", "pump-stopped")
    seat.post("visit_end", ending="hospital")
    seat.walk.later(minutes=3)
    for act, typed in (
        ("drug", {"medicine": "naloxone", "dose": "0.4 mg"}), ("vitals", {**CALM_AGAIN, "spo2": "83"}), ("called", {"who": "Dr Imai", "answered": "yes"}),
    ):  # fmt: skip
        refused = seat.post("chair_act", act, **typed)
        assert seat.post("chair_act", "note", text=addendum(unescape(refused.content.decode()))).status_code == SEE_OTHER


def test_what_was_added_after_the_lock_goes_with_the_person_and_nothing_else_denies_it(seat: Chairside) -> None:
    after_the_lock(seat)
    page, note = words_of(seat.get("handover")), words_of(seat.get("session_note"))
    part = page.split("Added after the record was locked", 1)[1].split("Allergies, weight, treatment")[0]
    for said in ("medicine: naloxone; dose: 0.4 mg", "oxygen saturation 83 %", "who: Dr Imai; answered: yes", "A nurse, nurse", f", {ADDED}"):
        assert said in part and said in note.split("Added after the record was locked", 1)[1], (said, part)
    assert page.index("0.4 mg") < page.index("Ketamine and what else was given")
    for told in (page, note):
        assert f"Prescriber called {NONE_BEFORE}" in told
        assert "recorded at this visit" not in told and "No call" not in told and "recorded as given" not in told


def test_where_nothing_was_added_the_page_says_what_was_not_recorded(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=5)
    seat.post("visit_end", ending="hospital")
    page = words_of(seat.get("handover"))
    assert "No call to a prescriber was recorded." in page and "Added after" not in page and NONE_BEFORE not in page


def test_the_latest_dose_is_the_one_taken_latest_whenever_it_was_entered(seat: Chairside) -> None:
    seat.walk.to_preflight()
    now = seat.walk.now
    for dose, ago in (("80 mg", timedelta(hours=3)), ("40 mg", timedelta(days=3))):
        seat.walk.do(record_medicine, "nurse", drug="methadone", dose=dose, purpose="moud", occurred_at=now - ago)
    assert "Its latest recorded dose methadone 80 mg" in words_of(seat.get("handover"))
    seat.walk.do(record_medicine, "nurse", drug="methadone", dose="90 mg", purpose="moud", occurred_at=now - timedelta(hours=3))
    assert "Its latest recorded dose methadone 90 mg" in words_of(seat.get("handover")), "of two at one time the one entered later"


def test_the_escort_is_the_one_of_the_visit_with_the_telephone_that_was_said(seat: Chairside) -> None:
    seat.walk.to_booked()
    assert "Escort not recorded" in words_of(seat.get("handover"))
    seat.walk.do(visits.name_escort, "coordinator", name="Ana-Maria", phone="555-0102")
    escort = escort_of(make_escort_link(seat.walk.visit, seat.walk.patient, seat.walk.now + timedelta(days=1)))
    assert escort is not None and isinstance(say_ride(escort, event_id=uuid4(), state="confirmed", now=seat.walk.now), Done)
    assert "Escort Ana-Maria, 555-0102, confirmed" in words_of(seat.get("handover"))
    seat.walk.do(visits.name_escort, "coordinator", name="Ana-Maria", state="confirmed")
    assert "Escort Ana-Maria, 555-0102, confirmed" in words_of(seat.get("handover")), "a number that was not said again stays"
    seat.walk.do(visits.name_escort, "coordinator", name="Jo", occurred_at=seat.walk.now - timedelta(hours=1))
    seen = seat.walk.standing.visit(seat.walk.visit)
    assert seen is not None and seen.escort == "Jo" and "Escort Jo, no telephone, asked" in words_of(seat.get("handover"))
