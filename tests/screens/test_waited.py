"""What waited on a tablet, when it comes to the door: whose it is, when it was, once only, and never turned away unheard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from tests.screens.chairside import CALM_AGAIN, Chairside
from tests.screens.desk_walk import SEE_OTHER

from kairn.clinic.acts import monitor, pump
from kairn.clinic.acts.waited import entered_at
from kairn.clinic.people import authorship, idle
from kairn.clinic.people.authorship import Hand, token_of
from kairn.library.urgent_tasks import URGENT_TASKS
from kairn.record.event import Event
from kairn.record.payloads import NoteWritten, Observed, PumpStarted, PumpStopped, TaskOpened

TAKEN, REFUSED, CLOSED, LOCKED = 200, 422, 403, 423
NOT_TAKEN = "Kairn-Not-Taken"
LOOK = URGENT_TASKS["started-since"].what
TABLET = "the tablet of chair one"


class Tablet:
    """A browser on a tablet with the chair's page open: what it enters later carries the page's token."""

    def __init__(self, seat: Chairside, role: str = "nurse") -> None:
        self.seat, self.client = seat, self.somebody(seat, role)
        answer = self.client.get(seat.url("chair"))
        assert answer["Kairn-Keep"] == "open"
        self.token = answer.context["kept"]["token"]

    @staticmethod
    def somebody(seat: Chairside, role: str) -> Client:
        client = seat.browser(role)
        client.cookies["kairn_device"] = TABLET
        return client

    def send(self, act: str, fields: Mapping[str, str], by: Client | None = None, **more: str) -> Any:
        body = {"event_id": str(uuid4()), authorship.FIELD: self.token, "offline_at": self.seat.walk.now.isoformat(), **fields, **more}
        return (by or self.client).post(self.seat.url("chair_act", act), body)


@pytest.fixture
def tablet(seat: Chairside) -> Tablet:
    seat.walk.to_infusion().later(minutes=5)
    return Tablet(seat)


def latest(seat: Chairside, kind: type) -> Event:
    found = seat.walk.history.latest(kind)
    assert found
    return found[0]


def claims(seat: Chairside) -> list[str]:
    return [task.what for _, task in seat.walk.history.all(TaskOpened) if task.what.startswith("Claim")]


def test_an_entry_keeps_its_author_and_its_time_whoever_sends_it(tablet: Tablet, seat: Chairside) -> None:
    then = seat.walk.now
    seat.walk.later(minutes=10)
    answer = tablet.send("vitals", CALM_AGAIN, by=Tablet.somebody(seat, "prescriber"), offline_at=then.isoformat())
    assert answer.status_code == TAKEN and answer.json() == {"said": "received", "also": []}
    stored = latest(seat, Observed)
    assert (stored.by.id, stored.by.role) == (str(seat.walk.users["nurse"].id), "nurse") and stored.occurred_at == then
    assert stored.sent_by.id == str(seat.walk.users["prescriber"].id) and not claims(seat)


def test_a_form_that_the_network_held_for_minutes_is_of_when_it_was_pressed(tablet: Tablet, seat: Chairside) -> None:
    """The tablet has long let go of it and kept the entry; the form comes first, and the entry after it is the same one."""
    pressed, form = seat.walk.now, {"event_id": str(uuid4()), authorship.FIELD: tablet.token, **CALM_AGAIN}
    seat.walk.later(minutes=10)
    answer = tablet.client.post(seat.url("chair_act", "vitals"), form | {"offline_pressed": pressed.isoformat()})
    assert (answer.status_code, answer["Location"]) == (SEE_OTHER, seat.url("chair"))
    stored, count = latest(seat, Observed), seat.count(Observed)
    assert stored.occurred_at == pressed
    assert tablet.send("vitals", form, offline_at=pressed.isoformat()).status_code == TAKEN
    assert (latest(seat, Observed), seat.count(Observed)) == (stored, count)


def test_a_form_that_comes_at_once_is_answered_as_any_other(tablet: Tablet, seat: Chairside) -> None:
    pressed = seat.walk.now
    seat.walk.later(seconds=10)
    form = {"event_id": str(uuid4()), authorship.FIELD: tablet.token, **CALM_AGAIN}
    for told in (pressed.isoformat(), "", "yesterday", "9999-12-31T00:00:00+00:00"):
        answer = tablet.client.post(seat.url("chair_act", "vitals"), form | {"event_id": str(uuid4()), "offline_pressed": told})
        assert answer.status_code == SEE_OTHER, told
        assert latest(seat, Observed).occurred_at == seat.walk.now


def test_a_form_that_was_refused_and_comes_again_is_asked_about_again_however_old_it_is(tablet: Tablet, seat: Chairside) -> None:
    """A page that is loaded again sends the same form: only what somebody says they read is recorded, and only on a page."""
    unusual = {"event_id": str(uuid4()), authorship.FIELD: tablet.token, **CALM_AGAIN, "systolic": "1220", "offline_pressed": seat.walk.now.isoformat()}
    before = seat.count(Observed)
    for _ in range(2):
        answer = tablet.client.post(seat.url("chair_act", "vitals"), unusual)
        assert answer.status_code == REFUSED and "is this what you read" in answer.content.decode() and seat.count(Observed) == before
        seat.walk.later(minutes=1)


def test_an_entry_whose_first_answer_was_lost_is_one_entry(tablet: Tablet, seat: Chairside) -> None:
    same = {"event_id": str(uuid4()), **CALM_AGAIN}
    assert tablet.client.post(seat.url("chair_act", "vitals"), same).status_code == SEE_OTHER
    first, count = latest(seat, Observed), seat.count(Observed)
    seat.walk.later(minutes=3)
    for hours in (0, 13):
        seat.walk.later(hours=hours)
        assert tablet.send("vitals", same, by=Tablet.somebody(seat, "nurse")).json()["said"] == "received"
    assert latest(seat, Observed) == first and seat.count(Observed) == count


@pytest.mark.parametrize("why", ["over", "another tablet", "account closed", "no token", "not ours", "another visit"])
def test_whose_token_no_longer_holds_is_to_be_confirmed_and_claimed_once(tablet: Tablet, seat: Chairside, why: str) -> None:
    nurse, by = seat.walk.users["nurse"], Tablet.somebody(seat, "prescriber")
    if why == "over":
        seat.walk.later(hours=12, seconds=1)
        by = Tablet.somebody(seat, "prescriber")
    elif why == "another tablet":
        by.cookies["kairn_device"] = "another tablet"
    elif why == "account closed":
        nurse.is_active = False
        nurse.save(update_fields=["is_active"])
    elif why == "another visit":
        tablet.token = token_of(nurse, "", uuid4(), 1, seat.walk.now)
    else:
        tablet.token = {"no token": "", "not ours": tablet.token[:-2] + "xx"}[why]
    for _ in range(2):
        assert tablet.send("vitals", CALM_AGAIN, by=by).status_code == TAKEN
    stored = latest(seat, Observed)
    known = why in ("over", "another tablet", "account closed")
    assert stored.by.id == "unsigned" and stored.by.name == f"To be confirmed: {nurse.name if known else 'nobody known'}"
    assert stored.sent_by.id == str(seat.walk.users["prescriber"].id)
    assert claims(seat) == [f"Claim what was entered at the chair: to be confirmed: {nurse.name if known else 'nobody known'}"]


def test_a_tablet_left_alone_signs_for_nobody(tablet: Tablet, seat: Chairside) -> None:
    assert tablet.send("pump-stopped", {}, offline_alone="1").status_code == TAKEN
    stop = latest(seat, PumpStopped)
    assert stop.by.id == "unsigned" and stop.by.name.startswith("Unsigned, tablet ") and len(claims(seat)) == 1


def test_a_page_served_locked_carries_nobodys_hand(tablet: Tablet, seat: Chairside) -> None:
    session = tablet.client.session
    idle.lock(session)
    session.save()
    answer = tablet.client.get(seat.url("chair"))
    assert answer["Kairn-Keep"] == "dimmed"
    found = authorship.hand_of(answer.context["kept"]["token"])
    assert found and found.person == "" and found.name == ""


def test_news_served_locked_leave_the_page_the_hand_it_has(tablet: Tablet, seat: Chairside) -> None:
    """Who was typing as the lock fell has signed in here: the form is turned away, kept, and theirs."""
    session = tablet.client.session
    idle.lock(session)
    session.save()
    news = tablet.client.get(seat.url("chair_fragment"))
    assert news["Kairn-Keep"] == "dimmed" and 'id="chair-live"' in news.content.decode() and 'id="kept"' not in news.content.decode()


def test_a_limit_never_stands_in_the_way_of_what_was_entered(tablet: Tablet, seat: Chairside) -> None:
    """At the chair an unusual value is asked for once more; what waited is recorded as it was entered."""
    assert tablet.send("vitals", CALM_AGAIN | {"systolic": "251"}).status_code == TAKEN
    assert seat.walk.history.latest(Observed)[1].readings[0].value == "251"


def test_what_cannot_be_read_waits_for_a_person_with_its_reason(tablet: Tablet, seat: Chairside) -> None:
    answer = tablet.send("vitals", {"systolic": "12o"})
    assert answer.status_code == REFUSED and NOT_TAKEN not in answer and answer.json()["said"] == "refused"
    assert any("12o" in why for why in answer.json()["why"])


@pytest.mark.parametrize("state", ["signed out", "locked", "not theirs", "patient of another clinic"])
def test_who_may_not_send_is_told_that_nothing_was_taken(tablet: Tablet, seat: Chairside, state: str) -> None:
    by, before = Tablet.somebody(seat, "coordinator" if state == "not theirs" else "nurse"), seat.walk.history.seq
    wanted = CLOSED
    if state == "signed out":
        by = Client()
    elif state == "locked":
        session = by.session
        idle.lock(session)
        session.save()
        wanted = LOCKED
    elif state != "not theirs":
        from kairn.clinic.people.accounts import make_account, new_clinic

        by = Client()
        by.force_login(make_account(new_clinic("Elsewhere").id, "Ove Berg", f"{uuid4().hex}@test.example", ["nurse"]).user)
    answer = tablet.send("vitals", CALM_AGAIN, by=by)
    assert answer.status_code == wanted and answer[NOT_TAKEN] == "1" and seat.walk.history.seq == before
    assert "Not recorded yet" in answer.content.decode()


def test_a_form_without_its_secret_is_told_apart_too(tablet: Tablet, seat: Chairside) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(seat.walk.users["nurse"])
    answer = tablet.send("vitals", CALM_AGAIN, by=strict)
    assert answer.status_code == CLOSED and answer[NOT_TAKEN] == "1"


def test_a_note_that_this_person_may_not_write_waits_for_somebody_who_may(tablet: Tablet, seat: Chairside) -> None:
    outside = seat.walk.make("nurse", joins=False)
    client = Client()
    client.force_login(outside)
    answer = tablet.send("note", {"text": "Asleep."}, by=client)
    assert answer.status_code == CLOSED and answer[NOT_TAKEN] == "1" and seat.count(NoteWritten) == 0


def test_what_others_recorded_of_the_same_is_told_and_asked_about_once(tablet: Tablet, seat: Chairside) -> None:
    then = seat.walk.now
    seat.walk.act(pump.stop_pump, "prescriber")
    seat.walk.later(minutes=1)
    for _ in range(2):
        also = tablet.send("pump-stopped", {}, offline_at=then.isoformat()).json()["also"]
        assert len(also) == 1 and also[0].startswith("A prescriber recorded at ")
    asked = [task for _, task in seat.walk.history.all(TaskOpened) if "recorded twice" in task.what]
    assert [(task.owner, task.urgent, task.visit) for task in asked] == [("nurse", False, seat.walk.visit)]


def test_a_stop_that_comes_after_a_later_resume_has_somebody_look_at_the_pump_now(tablet: Tablet, seat: Chairside) -> None:
    """Pressed on a tablet without network; who resumed could not know of it. The pump counts as stopped, and may be running."""
    paused_and_resumed(seat)
    for _ in range(2):
        seat.walk.later(minutes=5)
        also = tablet.send("pump-stopped", {}, offline_at=(latest(seat, PumpStarted).occurred_at - timedelta(minutes=1)).isoformat()).json()["also"]
        assert len(also) == 1 and also[0].startswith("A nurse recorded at ") and "Pump started" in also[0] and also[0].endswith("look at the pump now.")
    asked = [task for _, task in seat.walk.history.all(TaskOpened)]
    assert [(task.what, task.owner, task.urgent, task.visit) for task in asked] == [(LOOK, "nurse", True, seat.walk.visit)]


def test_a_pause_that_was_recorded_before_the_resume_and_is_sent_again_asks_nobody(tablet: Tablet, seat: Chairside) -> None:
    """Its answer was lost on the way: who resumed knew of it."""
    form, then = {"event_id": str(uuid4())}, seat.walk.now
    assert tablet.client.post(seat.url("chair_act", "pump-paused"), form).status_code == SEE_OTHER
    seat.walk.record(visit=seat.walk.visit, **CALM_AGAIN)
    seat.walk.later(minutes=2)
    seat.walk.do(pump.resume_pump, "nurse")
    assert tablet.send("pump-paused", form, offline_at=then.isoformat()).json()["also"] == []
    assert not seat.count(TaskOpened)


def paused_and_resumed(seat: Chairside) -> None:
    """By the prescriber and then a nurse, two minutes apart, as calm as before."""
    seat.walk.do(pump.pause_pump, "prescriber")
    seat.walk.record(visit=seat.walk.visit, **CALM_AGAIN)
    seat.walk.later(minutes=2)
    seat.walk.do(pump.resume_pump, "nurse")


@pytest.mark.parametrize(("apart", "told"), [(0, True), (120, True), (121, False)])
def test_readings_of_one_fact_are_the_same_only_of_one_moment(tablet: Tablet, seat: Chairside, apart: int, told: bool) -> None:
    then = seat.walk.now
    seat.walk.later(seconds=apart - 1 if apart else -1)
    seat.walk.record("prescriber", visit=seat.walk.visit, systolic="140", diastolic="80")
    assert latest(seat, Observed).occurred_at == then + timedelta(seconds=apart)
    seat.walk.later(minutes=5)
    also = tablet.send("vitals", CALM_AGAIN, offline_at=then.isoformat()).json()["also"]
    assert bool(also) == told


def test_when_a_form_was_pressed_is_believed_of_a_page_of_this_visit_only(tablet: Tablet, seat: Chairside) -> None:
    pressed, token = seat.walk.now, token_of(seat.walk.users["nurse"], "", uuid4(), 1, seat.walk.now)
    seat.walk.later(minutes=10)
    form = {"event_id": str(uuid4()), authorship.FIELD: token, "text": "Asleep.", "offline_pressed": pressed.isoformat()}
    assert tablet.client.post(seat.url("chair_act", "note"), form).status_code == SEE_OTHER
    assert latest(seat, NoteWritten).occurred_at == seat.walk.now


def test_what_the_live_part_has_shown_since_is_not_the_same_once_more(tablet: Tablet, seat: Chairside) -> None:
    """A pause that was ended by a resume before the nurse's own, with both on the nurse's page."""
    paused_and_resumed(seat)
    live = tablet.client.get(seat.url("chair_fragment"))
    assert "<!--kept:hand-->" in live.content.decode() and "#kept" in live.content.decode().split("hx-select-oob")[1].split(">")[0]
    tablet.token = live.context["kept"]["token"]
    seat.walk.later(minutes=5)
    assert tablet.send("pump-paused", {}).json()["also"] == [] and not seat.count(TaskOpened)


def test_a_row_of_the_monitor_is_not_the_same_as_what_waited(tablet: Tablet, seat: Chairside) -> None:
    """The monitor tells of the same minute as the nurse: nobody is asked which of them counts."""
    then, link = seat.walk.now, monitor.connect(seat.walk.context("nurse"), seat.walk.patient, visit=seat.walk.visit, device="bedside-3")
    assert isinstance(link, monitor.Linked)
    row = json.dumps({"time": then.isoformat(), "channels": {"HR": {"value": 71, "unit": "/min"}}})
    sent = Client().post(f"/visits/{seat.walk.visit}/monitor/rows", row, content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {link.token}")
    assert sent.status_code == TAKEN and latest(seat, Observed).payload.method == "device"
    seat.walk.later(minutes=5)
    assert tablet.send("vitals", CALM_AGAIN, offline_at=then.isoformat()).json()["also"] == [] and not seat.count(TaskOpened)


HAND = Hand("somebody", "Somebody", "", uuid4(), 1, datetime(2026, 3, 29, 0, 30, tzinfo=UTC))


@given(told=st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()) | st.text(max_size=12), stay=st.integers(0, 48 * 3600))
def test_an_entry_is_never_before_its_page_nor_still_to_come(told: str, stay: int) -> None:
    """Whatever a tablet's clock says, also set back or forward by a day or across a changed hour."""
    now = HAND.since + timedelta(seconds=stay)
    assert HAND.since <= entered_at(told, HAND, now) <= now


def test_every_act_of_the_chair_has_a_name_on_the_tablet() -> None:
    from kairn.clinic.screens.chair.kept import NAMES
    from kairn.clinic.screens.chair.view import ACTS

    assert NAMES.keys() == ACTS.keys()


@pytest.mark.parametrize("view", ["chair", "discharge"])
def test_everything_the_chair_loads_is_kept_on_the_tablet(tablet: Tablet, seat: Chairside, view: str) -> None:
    """What is not in the shell is not there without network: a lock, a clock, the steps of an emergency."""
    import re

    from kairn.clinic.screens.pwa.view import SHELL

    page = tablet.client.get(seat.url(view)).content.decode()
    loaded = set(re.findall(r'<script[^>]* src="/static/([^"]+)"', page)) | set(re.findall(r'<link rel="stylesheet" href="/static/([^"]+)"', page))
    assert len(loaded) > 8 and loaded <= set(SHELL), loaded - set(SHELL)


def test_the_tablet_gets_both_ends_of_what_may_lie_between_two_limits(tablet: Tablet, seat: Chairside) -> None:
    """A rate is held to what lies between: 45 and 130 are inside, what lies beyond meets the rule by itself."""

    def rates() -> set[tuple[str, str, str]]:
        limits = tablet.client.get(seat.url("chair")).context["kept"]["limits"]
        sides = ("from", "to", "below", "above")
        return {(one["level"], side, one[side]) for one in limits if one["fact"] == "heart_rate" for side in sides if side in one}

    assert rates() == {("alert", "below", "50"), ("alert", "above", "120"), ("pause", "below", "45"), ("pause", "above", "130"), ("stop", "to", "0")}
    seat.walk.do(pump.stop_pump, "nurse")
    assert rates() == {("alert", "below", "50"), ("alert", "above", "120"), ("stop", "below", "45"), ("stop", "above", "130")}
