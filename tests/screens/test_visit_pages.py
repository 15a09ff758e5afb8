"""The pages of one visit: before the start, at the chair, going home; each with what it refuses and what it always takes."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from tests.clinic.acts_walk import CALM, READY
from tests.screens.chairside import CALM_AGAIN, Chairside
from tests.screens.desk_walk import INPUT, REFUSED, SEE_OTHER, STALE

from kairn.clinic.acts import visits
from kairn.clinic.acts.orders import sign_order
from kairn.clinic.acts.striking import strike_out
from kairn.record.payloads import (
    DrugGiven,
    EnteredInError,
    NoteWritten,
    Observed,
    OrderSigned,
    PumpPaused,
    PumpStarted,
    PumpStopped,
    TaskOpened,
    VisitEnded,
)  # fmt: skip

HIGH = {**CALM, "systolic": "186", "diastolic": "112"}


def test_the_start_waits_with_its_reasons_then_opens(seat: Chairside) -> None:
    seat.walk.to_preflight()
    page = seat.get("preflight")
    assert "May the infusion start?" in page and "waits for" in page and "An order for this infusion is signed" in page
    assert seat.post("infusion_start").status_code == INPUT
    assert seat.post("preflight", **seat.checked()).status_code == SEE_OTHER
    assert seat.post("visit_order", role="prescriber", product="ketamine-1").status_code == SEE_OTHER
    assert seat.post("preflight", **seat.pump_read()).status_code == SEE_OTHER
    seat.walk.do(visits.name_escort, "coordinator", name="Jo", state="confirmed")
    assert "Yes, it may start" in seat.get("preflight")
    assert seat.post("infusion_start").status_code == SEE_OTHER
    assert seat.count(PumpStarted) == 1 and seat.walk.standing.visit(seat.walk.visit).phase == "infusion"


def test_what_is_answered_folds_and_what_stands_in_the_way_is_asked_again(seat: Chairside) -> None:
    seat.walk.to_preflight()
    asked = seat.get("preflight").split("see or correct")[0]
    assert 'name="fasting_kept"' in asked
    assert seat.post("preflight", **{**seat.checked(), "fasting_kept": "no"}).status_code == SEE_OTHER
    left, _, folded = seat.get("preflight").partition("see or correct")
    assert 'name="fasting_kept"' in left and 'name="fasting_kept"' not in folded
    assert 'name="capacity"' in folded and 'name="capacity"' not in left
    gates = folded.split('id="gates"')[1]
    assert gates.index("No solid food") < gates.index("settled") < gates.index("Identity is checked")


def test_a_urine_test_that_is_called_for_asks_for_the_assay_for_fentanyl(seat: Chairside) -> None:
    seat.walk.to_preflight()
    assert seat.post("preflight", **seat.checked() | {"tox_indicated": "yes", "urine_toxicology": "as-told"}).status_code == SEE_OTHER

    def looked_at() -> str:
        return next(each.answer.value for each in seat.walk.standing.verdicts if each.rule.id == "tox-looked-at")

    left = seat.get("preflight").partition("see or correct")[0]
    assert 'name="fentanyl_assay"' in left and "Also asked by the protocol" not in left and looked_at() == "unknown"
    assert seat.post("preflight", fentanyl_assay="positive").status_code == SEE_OTHER
    assert looked_at() == "yes"


def test_an_order_shows_its_amounts_before_it_is_signed_and_a_nurse_cannot_sign_it(seat: Chairside) -> None:
    seat.walk.to_preflight().record(visit=seat.walk.visit, weight="82")
    assert "41 mg in 41 mL" in seat.get("preflight", "prescriber")
    assert seat.post("visit_order", product="ketamine-1").status_code == REFUSED
    assert seat.post("visit_order", role="prescriber", product="ketamine-1", dose="5", reason="typed ten times too much").status_code == INPUT
    assert seat.count(OrderSigned) == 0


@pytest.mark.parametrize("typed", ["NaN", "1e2", "12O", "１２０", "120/80"])
def test_garbage_in_a_vital_sign_stores_nothing_and_keeps_what_was_typed(seat: Chairside, typed: str) -> None:
    seat.walk.to_infusion()
    before = seat.walk.history.seq
    answer = seat.post("chair_act", "vitals", systolic=typed, heart_rate="71")
    assert answer.status_code == INPUT and seat.walk.history.seq == before
    assert 'value="71"' in answer.content.decode()


def test_an_empty_form_records_nothing_and_says_so(seat: Chairside) -> None:
    seat.walk.to_infusion()
    before = seat.walk.history.seq
    assert "Nothing was filled in" in seat.post("chair_act", "vitals").content.decode()
    assert seat.walk.history.seq == before


def test_high_twice_asks_for_a_pause_and_resume_waits_until_it_is_calm(seat: Chairside) -> None:
    seat.walk.to_infusion()
    for _ in range(2):
        seat.walk.later(minutes=5)
        assert seat.post("chair_act", "vitals", **HIGH).status_code == SEE_OTHER
    page = seat.get("chair")
    assert "Pause" in page and "Pressure of 180 over 110 or more, twice" in page
    assert seat.post("chair_act", "pump-paused").status_code == SEE_OTHER
    assert seat.post("pump_resume").status_code == INPUT
    seat.walk.later(minutes=5)
    seat.post("chair_act", "vitals", **CALM_AGAIN)
    assert seat.post("pump_resume").status_code == SEE_OTHER
    assert seat.count(PumpPaused) == 1 and seat.count(PumpStarted) == 2


def test_unknown_answers_keep_the_pump_paused(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=5)
    seat.post("chair_act", "pump-paused")
    seat.post("chair_act", "vitals", **CALM)
    answer = seat.post("pump_resume")
    assert answer.status_code == INPUT and "No breath for 15 seconds" in answer.content.decode()


def test_a_form_sent_twice_is_one_entry(seat: Chairside) -> None:
    seat.walk.to_infusion()
    same = {"event_id": str(uuid4()), "drug": "oxygen", "dose": "2 L/min"}
    for _ in range(2):
        assert seat.post("chair_act", "drug", **same).status_code == SEE_OTHER
    assert seat.count(DrugGiven) == 1


def test_stopping_the_pump_is_always_taken_also_from_a_stale_page(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=7)
    assert seat.post("chair_act", "pump-stopped", expected_seq="1", volume="7.2 mL").status_code == SEE_OTHER
    assert seat.count(PumpStopped) == 1 and seat.walk.standing.visit(seat.walk.visit).phase == "recovery"


def test_a_start_from_a_stale_page_is_refused_and_shows_the_newer_chart(seat: Chairside) -> None:
    seat.walk.to_preflight()
    assert seat.post("infusion_start", expected_seq="3").status_code == STALE


def test_the_live_part_says_its_seq_and_holds_no_form_that_could_be_lost(seat: Chairside) -> None:
    seat.walk.to_infusion()
    part = seat.get("chair_fragment")
    assert f'data-seq="{seat.walk.history.seq}"' in part and "<html" not in part and 'name="systolic"' not in part


def test_the_lanes_hold_every_reading_with_both_its_times(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=10)
    seat.walk.record(visit=seat.walk.visit, at=seat.walk.now, systolic="131", diastolic="82", spo2="96")
    page = seat.get("chair")
    lanes = json.loads(page.split('<script id="lanes" type="application/json">')[1].split("</script>")[0])
    pressure = next(row for row in lanes["rows"] if row["kind"] == "pressure")
    assert [(point["v"], point["w"]) for point in pressure["points"]] == [(122, 76), (131, 82)]
    assert {row["label"] for row in lanes["rows"]} >= {"Oxygen saturation", "Heart rate", "Distress", "Pump rate"}
    assert {limit["words"] for limit in pressure["limits"]} == {"alert 89", "pause 79", "alert 165", "pause 180", "stop 200"}


def test_ready_is_refused_without_escort_then_signed(seat: Chairside) -> None:
    seat.walk.to_recovery().later(minutes=121)
    assert seat.post("recovery_record", **READY).status_code == SEE_OTHER
    answer = seat.post("discharge")
    assert answer.status_code == INPUT and "The escort is here" in answer.content.decode()
    seat.walk.do(visits.name_escort, "nurse", name="Jo", state="present")
    assert "Ready" in seat.get("discharge")
    assert seat.post("discharge", escort="Jo").status_code == SEE_OTHER
    assert seat.walk.history.latest(VisitEnded)[1].ending == "ready"
    assert seat.count(TaskOpened) == 0


@pytest.mark.parametrize("ending", ["left-before-ready", "left-unseen", "hospital", "died"])
def test_nobody_is_held_and_somebody_is_asked_to_call(seat: Chairside, ending: str) -> None:
    seat.walk.to_infusion().later(minutes=3)
    assert seat.post("visit_end", ending=ending, naloxone="given", note="As it happened").status_code == SEE_OTHER
    tasks = [task for _, task in seat.walk.history.all(TaskOpened)]
    assert seat.walk.history.latest(VisitEnded)[1].ending == ending
    assert [task.urgent and bool(task.owner) for task in tasks] == ([] if ending == "died" else [True])
    assert "How this visit ended" in seat.get("discharge")


def test_who_goes_at_risk_is_said_where_it_was_recorded_and_to_a_prescriber_today(seat: Chairside) -> None:
    seat.walk.to_recovery().record(visit=seat.walk.visit, suicide_intent="present")
    nurse, form = seat.browser("nurse"), {"event_id": str(uuid4()), "ending": "left-before-ready"}
    after = nurse.post(seat.url("visit_end"), form, follow=True).content.decode()
    assert "a prescriber is asked at once to reach them" in after
    assert "Gone while a task about suicide was open" in seat.browser("prescriber").get(reverse("today")).content.decode()


def test_danger_in_recovery_is_said_where_the_nurse_looks(seat: Chairside) -> None:
    seat.walk.to_recovery().later(minutes=10)
    assert seat.post("recovery_record", **{**CALM, "spo2": "88"}).status_code == SEE_OTHER
    for view in ("discharge", "chair"):
        page = seat.get(view)
        assert "Act now" in page and "In danger after the infusion" in page


def test_an_ending_must_be_one_of_the_four(seat: Chairside) -> None:
    seat.walk.to_recovery()
    assert seat.post("visit_end", ending="ready").status_code == INPUT
    assert seat.count(VisitEnded) == 0


def ending_form(seat: Chairside, page: str) -> str:
    """The form that says how the visit ended."""
    return page.split(f'action="{seat.url("visit_end")}"')[1].split("</form>")[0]


def filled(form: str) -> dict[str, str]:
    """What is chosen and what stands in the fields of a form."""
    chosen = re.findall(r'name="(\w+)" value="([\w-]+)" checked', form)
    boxes = re.findall(r'<input id="f-\w+" name="(\w+)" type="[\w-]+" value="([^"]+)"', form)
    return dict([*chosen, *boxes, *re.findall(r'<textarea id="f-\w+" name="(\w+)"[^>]*>([^<]+)<', form)])


@pytest.mark.parametrize("fault", [{"ending": ""}, {"called_at": "ten past"}, {"last_seen_at": "ten past"}])
def test_a_refused_ending_brings_back_all_that_was_typed(seat: Chairside, fault: dict[str, str]) -> None:
    seat.walk.to_infusion().later(minutes=5)
    at = f"{seat.walk.now - timedelta(minutes=1):%Y-%m-%dT%H:%M}"
    typed = {
        "ending": "hospital", "risks_explained_by": "Dr Imai", "capacity": "no", "naloxone": "given", "cannula": "no", "escort": "Jo", "last_seen_at": at,
        "called_at": at, "handed_to": "Ambulance 4", "note": "Fainted twice", **fault,
    }  # fmt: skip
    answer = seat.post("visit_end", **typed)
    assert answer.status_code == INPUT and seat.count(VisitEnded) == 0
    assert filled(ending_form(seat, answer.content.decode())) == {name: said for name, said in typed.items() if said}


def test_what_another_form_typed_stands_in_no_field_of_the_ending(seat: Chairside) -> None:
    seat.walk.to_recovery()
    answer = seat.post("discharge", escort="Somebody else", note="Signed in haste")
    form = ending_form(seat, answer.content.decode())
    assert answer.status_code == INPUT and "Somebody else" not in form and "Signed in haste" not in form


@pytest.mark.parametrize("field", ["last_seen_at", "called_at"])
def test_nobody_was_seen_or_called_at_a_time_still_to_come(seat: Chairside, field: str) -> None:
    seat.walk.to_infusion()
    before, ahead = seat.walk.history.seq, seat.walk.now + timedelta(minutes=5)
    answer = seat.post("visit_end", ending="left-unseen", **{field: f"{ahead:%Y-%m-%dT%H:%M}"})
    said = answer.content.decode().split(f'id="f-{field}-error"')[1].split("</div>")[0]
    assert answer.status_code == INPUT and seat.walk.history.seq == before and f"Saw {ahead:%Y-%m-%d %H:%M}, which is still to come" in said
    assert seat.post("visit_end", ending="left-unseen", **{field: f"{seat.walk.now:%Y-%m-%dT%H:%M}"}).status_code == SEE_OTHER


def test_an_entry_in_error_is_struck_out_and_stays_readable(seat: Chairside) -> None:
    seat.walk.to_infusion()
    seat.post("chair_act", "vitals", systolic="222")
    wrong = seat.walk.history.latest(Observed)[0]
    where = reverse("strike_out", args=[seat.walk.patient, wrong.id])
    answer = seat.browser("nurse").post(where, {"event_id": str(uuid4()), "reason": "typed into the wrong chair"})
    assert answer.status_code == SEE_OTHER and seat.count(EnteredInError) == 0
    assert wrong.id in seat.walk.history.struck
    assert "typed into the wrong chair" in seat.get("chair")


def test_somebody_of_no_care_team_does_not_see_the_chair(seat: Chairside, clinic_id: UUID) -> None:
    seat.walk.to_infusion()
    stranger = seat.walk.make("nurse", joins=False)
    client = Client()
    client.force_login(stranger)
    assert client.get(seat.url("chair")).status_code == REFUSED
    assert client.get(seat.url("chair_fragment")).status_code == REFUSED


def test_a_time_that_cannot_be_read_records_nothing(seat: Chairside) -> None:
    seat.walk.to_infusion()
    before = seat.walk.history.seq
    for typed in ("07:30", "30 minutes ago", "22.11.2026 07:10"):
        assert seat.post("chair_act", "vitals", systolic="120", occurred_at=typed).status_code == INPUT
        assert seat.post("chair_act", "pump-stopped", occurred_at=typed).status_code == INPUT
        assert seat.post("visit_end", ending="left-unseen", last_seen_at=typed).status_code == INPUT
        assert seat.post("visit_end", ending="hospital", called_at=typed).status_code == INPUT
    assert seat.walk.history.seq == before


def test_what_runs_beyond_the_order_is_shown_as_it_is(seat: Chairside) -> None:
    seat.walk.to_infusion()
    assert "more than ordered" not in seat.get("chair")
    seat.walk.later(minutes=50)
    shown = seat.get("chair")
    assert "more than ordered by the recorded times" in shown and "51.25 mL" in shown


def test_recovery_takes_its_own_checks_and_only_in_recovery(seat: Chairside) -> None:
    seat.walk.to_infusion()
    assert seat.post("recovery_record", walks_steadily="yes").status_code == INPUT
    seat.post("chair_act", "pump-stopped")
    before = seat.walk.history.seq
    assert seat.post("recovery_record", staff_ready="yes").status_code == INPUT
    assert seat.walk.history.seq == before
    assert seat.post("recovery_record", walks_steadily="yes", systolic="120").status_code == SEE_OTHER


def test_a_weight_far_from_the_one_before_is_asked_about_on_the_order(seat: Chairside) -> None:
    seat.walk.to_treatment().record(weight="82")
    seat.walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=seat.walk.now, minutes=180, chair="Chair 1")
    seat.walk.do(visits.enter_phase, "nurse")
    seat.walk.record(visit=seat.walk.visit, weight="180.8")
    assert "Pounds may have been typed as kilograms" in seat.get("preflight", "prescriber")
    order = {"product": "ketamine-1", "expected_seq": str(seat.walk.history.seq)}
    assert seat.post("visit_order", role="prescriber", **order).status_code == INPUT
    assert seat.post("visit_order", role="prescriber", **order, weight_reason="Gained").status_code == INPUT
    assert seat.post("visit_order", role="prescriber", **order, weight_reason="Gained", second_reader="Bo").status_code == SEE_OTHER
    assert any("Read a second time by Bo" in note.text for _, note in seat.walk.history.all(NoteWritten))


def test_a_struck_order_is_gone_and_a_new_one_can_be_signed(seat: Chairside) -> None:
    seat.walk.to_preflight().record(visit=seat.walk.visit, weight="82")
    orders = [seat.walk.do(sign_order, product="ketamine-1", dose_per_kg=dose, reason="r").events[0] for dose in ("0.4 mg/kg", "0.3 mg/kg")]
    assert "24.6 mg over" in seat.get("preflight")
    seat.walk.do(strike_out, event=orders[1], reason="none today")
    page = seat.get("preflight", "prescriber")
    assert "32.8 mg over" not in page and "The latest order was struck out" in page and "Sign the order" in page


def test_the_chair_says_which_medicine_is_open_and_takes_what_was_given_either_way(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=10)
    seat.walk.record(visit=seat.walk.visit, at=seat.walk.now, **CALM_AGAIN)
    card = seat.get("chair").split('id="as-needed"')[1].split("</section>")[0]
    shown = {
        name: "nothing in the protocol is in its way" in card.split(f"<b>{name}</b>")[1].split("</div>")[0]
        for name in ("Ondansetron", "Midazolam", "Labetalol")
    }
    assert shown == {"Ondansetron": True, "Midazolam": False, "Labetalol": False}
    before = seat.count(DrugGiven)
    for _ in range(2):
        assert seat.post("chair_act", "drug", drug="Ondansetron", dose="4 mg").status_code == SEE_OTHER
    assert seat.count(DrugGiven) == before + 2
    for view in ("chair", "chair_fragment"):
        again = seat.get(view).split('id="as-needed"')[1].split("</section>")[0].split("<b>Ondansetron</b>")[1].split("</div>")[0]
        assert "nothing in the protocol is in its way" not in again and "four hours apart" in again


def test_pre_flight_says_what_to_consider_and_what_nobody_knows(seat: Chairside) -> None:
    seat.walk.to_preflight()
    quiet = seat.get("preflight")
    assert "medical review today" not in quiet and "Not known for" in quiet
    seat.walk.record(visit=seat.walk.visit, **(CALM | {"systolic": "184"}))
    page = seat.get("preflight").split('id="advice"')[1].split("</section>")[0]
    assert "Pressure of 180 over 110 or more before the start" in page and "medical review today" in page


def test_a_form_asks_for_urinary_signs_and_never_for_what_a_screen_showed(seat: Chairside) -> None:
    seat.walk.to_preflight()
    page = seat.get("preflight")
    assert 'name="urinary_symptoms"' in page
    assert not any(f'name="{fact}"' in page for fact in ("asq_positive", "c_ssrs_positive", "phq9_safety"))
