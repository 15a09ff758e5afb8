"""The pump at the chair: an earlier time for every entry, the volume asked for once, and a difference that is told."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client
from tests.screens.chairside import Chairside
from tests.screens.desk_walk import INPUT, SEE_OTHER

from kairn.clinic.people import device, idle
from kairn.clinic.screens.chair.volume import FACT
from kairn.record.payloads import DrugGiven, Observed, PumpPaused, PumpStopped, TaskOpened
from kairn.record.payloads_harm import AdverseEventNoted

ASKED = "What volume does the pump show?"
DIFFERS = "Volumes differ"


def then(seat: Chairside, minutes: int) -> str:
    """So many minutes ago, as a browser's field of a date and a time holds it."""
    return f"{seat.walk.now - timedelta(minutes=minutes):%Y-%m-%dT%H:%M}+00:00"


def on_a_locked_tablet(seat: Chairside) -> Client:
    """A browser whose session is locked, on a tablet that is known by its cookie."""
    tablet = seat.browser("nurse")
    tablet.cookies[device.COOKIE] = "one of the tablets"
    session = tablet.session
    idle.lock(session)
    session.save()
    return tablet


def test_a_stop_on_a_locked_tablet_names_the_tablet_and_opens_one_claim(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=5)
    tablet, same = on_a_locked_tablet(seat), {"event_id": str(uuid4())}
    for _ in range(2):
        assert tablet.post(seat.url("chair_act", "pump-stopped"), same).status_code == SEE_OTHER
        seat.walk.later(minutes=1)
    stop, _ = seat.walk.history.latest(PumpStopped)
    claims = [(event, task) for event, task in seat.walk.history.all(TaskOpened) if task.what.startswith("Claim the stop")]
    digest = sha256(b"one of the tablets").hexdigest()
    assert (stop.by.id, stop.by.name) == ("unsigned", f"Unsigned, tablet {digest[:4]}")
    assert [(task.urgent, task.owner, task.visit, digest[:4] in task.what) for _, task in claims] == [(True, "nurse", seat.walk.visit, True)]
    assert claims[0][0].by.id == "unsigned"


@pytest.mark.parametrize(
    ("act", "kind", "typed"),
    [("pump-paused", PumpPaused, {}), ("pump-stopped", PumpStopped, {}), ("drug", DrugGiven, {"drug": "ondansetron", "dose": "4 mg"}),
     ("adverse", AdverseEventNoted, {"kind": "nausea", "severity": "mild"})],
)  # fmt: skip
def test_each_entry_takes_an_earlier_time_and_its_form_asks_for_one(seat: Chairside, act: str, kind: type, typed: dict[str, str]) -> None:
    seat.walk.to_infusion().later(minutes=10)
    form = seat.get("chair").split(f'/{act}"')
    assert any('name="occurred_at"' in part.split("</form>")[0] for part in form[1:]) or act == "pump-paused"
    at = then(seat, 4)
    assert seat.post("chair_act", act, **typed, occurred_at=at).status_code == SEE_OTHER
    event, _ = seat.walk.history.latest(kind)
    assert f"{event.occurred_at:%Y-%m-%dT%H:%M}+00:00" == at and event.late


def test_the_earlier_form_pauses_or_stops_and_one_tap_still_records_now(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=10)
    bar = seat.get("chair").split('aria-label="Acts"')[1].split("</nav>")[0]
    fold = bar.split("<details")[1].split("</details>")[0]
    assert " open" not in fold.split(">")[0] and "/pump-paused" in fold and "/pump-stopped" in fold
    assert 'name="occurred_at"' in fold and 'name="volume"' in fold and 'name="occurred_at"' not in bar.replace(fold, "")
    assert seat.post("chair_act", "pump-paused").status_code == SEE_OTHER
    assert seat.walk.history.latest(PumpPaused)[0].occurred_at == seat.walk.now


def test_a_refused_time_keeps_what_was_typed_in_the_form_it_was_typed_in(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=10)
    answer = seat.post("chair_act", "pump-paused", occurred_at="22.11.2026", volume="7.5", reason="Cannula")
    page = answer.content.decode()
    fold = page.split('<details class="earlier"')[1].split("</details>")[0]
    assert answer.status_code == INPUT and fold.startswith(" open") and 'value="22.11.2026"' in fold and 'value="7.5"' in fold and 'value="Cannula"' in fold
    assert page.count('value="22.11.2026"') == 1


@pytest.mark.parametrize(("act", "view"), [("pump-paused", "chair"), ("pump-stopped", "discharge")])
def test_the_volume_is_asked_for_once_after_the_pump_stands_still(seat: Chairside, act: str, view: str) -> None:
    seat.walk.to_infusion()
    assert ASKED not in seat.get("chair")
    seat.walk.later(minutes=10)
    seat.post("chair_act", act)
    assert ASKED in seat.get(view)
    assert seat.post("chair_act", "pump-volume").status_code == INPUT
    answer = seat.post("chair_act", "pump-volume", pump_volume="10.2 mL", **{"from": view})
    assert answer.status_code == SEE_OTHER and answer.url == seat.url(view)
    assert seat.walk.history.latest(Observed)[1].readings[0].value == "10.2"
    assert ASKED not in seat.get(view) and DIFFERS not in seat.get(view)


def test_not_read_ends_the_question_and_the_next_pause_asks_again(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=5)
    seat.post("chair_act", "pump-paused")
    assert seat.post("chair_act", "pump-volume", not_read="1").status_code == SEE_OTHER
    assert ASKED not in seat.get("chair") and seat.walk.history.latest(Observed)[1].not_taken == (FACT,)
    seat.post("chair_act", "pump-stopped")
    assert ASKED in seat.get("chair")


def test_a_volume_given_with_the_stop_is_not_asked_for(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=10)
    seat.post("chair_act", "pump-stopped", volume="10.3")
    assert ASKED not in seat.get("discharge")


@pytest.mark.parametrize(("shown", "told"), [("10.4", ""), ("10.3", ""), ("10.2", ""), ("10.5", "0.2 mL more"), ("30", "19.7 mL more"), ("1", "9.3 mL less")])
def test_a_difference_of_more_than_the_pumps_step_is_told(seat: Chairside, shown: str, told: str) -> None:
    seat.walk.to_infusion().later(minutes=10)
    seat.post("chair_act", "pump-stopped", volume=shown)
    page = unescape(seat.get("discharge"))
    assert (DIFFERS in page) == bool(told) and told in page and (not told or "by the recorded times 10.3 mL ran" in page)


def test_a_volume_that_is_no_number_never_stops_a_stop_and_is_told(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=10)
    assert seat.post("chair_act", "pump-stopped", volume="about half").status_code == SEE_OTHER
    assert "cannot be compared" in seat.get("discharge")


@pytest.mark.parametrize("shown", ["12,5", "12.5 or so", "about half"])
def test_a_volume_that_cannot_be_read_leaves_the_question_open(seat: Chairside, shown: str) -> None:
    seat.walk.to_infusion().later(minutes=12)
    assert seat.post("chair_act", "pump-stopped", volume=shown).status_code == SEE_OTHER
    page = unescape(seat.get("discharge"))
    assert ASKED in page and f"'{shown}', which cannot be compared" in page and "Type it again as a number" in page
    answer = seat.post("chair_act", "pump-volume", pump_volume=shown)
    refused = unescape(answer.content.decode())
    assert answer.status_code == INPUT and ASKED in refused and f'value="{shown}"' in refused and 'id="f-pump_volume-error"' in refused
    assert seat.post("chair_act", "pump-volume", pump_volume="12.3").status_code == SEE_OTHER
    assert ASKED not in seat.get("discharge") and DIFFERS not in seat.get("discharge")


def test_not_read_ends_the_question_about_a_volume_that_cannot_be_read(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=12)
    seat.post("chair_act", "pump-stopped", volume="12,5")
    assert seat.post("chair_act", "pump-volume", not_read="1").status_code == SEE_OTHER
    assert ASKED not in seat.get("discharge") and DIFFERS not in seat.get("discharge")


@pytest.mark.parametrize("unit", ["ml", "ML", " mL", "Ml "])
def test_the_unit_may_be_typed_in_any_case(seat: Chairside, unit: str) -> None:
    seat.walk.to_infusion().later(minutes=10)
    seat.post("chair_act", "pump-stopped", volume=f"10.3{unit}")
    assert ASKED not in seat.get("discharge") and DIFFERS not in seat.get("discharge")
    seat.post("chair_act", "pump-volume", pump_volume=f"10.2{unit}")
    assert seat.walk.history.latest(Observed)[1].readings[0].value == "10.2"


@pytest.mark.parametrize("ending", ["left-before-ready", "died"])
def test_an_ending_that_stops_the_pump_asks_for_its_volume(seat: Chairside, ending: str) -> None:
    seat.walk.to_infusion().later(minutes=10)
    seat.post("visit_end", ending=ending)
    assert all(ASKED in seat.get(view) for view in ("chair", "discharge"))
    assert seat.post("chair_act", "pump-volume", pump_volume="10.3").status_code == SEE_OTHER
    assert not any(ASKED in seat.get(view) for view in ("chair", "discharge"))


def test_a_volume_nobody_gave_in_recovery_is_not_asked_for_once_the_visit_has_ended(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=10)
    seat.post("chair_act", "pump-stopped")
    seat.post("visit_end", ending="left-before-ready")
    assert ASKED not in seat.get("chair")
