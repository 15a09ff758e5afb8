"""The door for bedside monitors on a real database: who is let in, what is kept, what is refused, and that a row counts once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from acts_walk import CALM, Walk
from django.test import Client

from kairn.clinic.acts import endings, monitor, visits
from kairn.clinic.acts.locking import added_after
from kairn.clinic.acts.monitor import Linked
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.people.accounts import new_clinic
from kairn.clinic.people.models import MonitorLink
from kairn.library.monitors import BEDSIDE
from kairn.record.payloads import Observed
from kairn.record.payloads_monitor import MonitorRejected
from kairn.terms.answer import Answer

ROW = {
    "HR": {"value": 0, "unit": "/min"},
    "SpO2": {"value": "97", "unit": "%"},
    "NBPSys": {"value": 121.5, "unit": "mm[Hg]"},
    "NBPDias": {"value": "76", "unit": "mmHg"},
    "EtCO2": {"value": "NaN", "unit": "mm[Hg]"},
}


class Bedside:
    """A monitor with a link to the visit of a walk."""

    def __init__(self, walk: Walk, device: str = "bedside-3") -> None:
        self.walk, self.device = walk, device
        made = monitor.connect(walk.context("nurse"), walk.patient, visit=walk.visit, device=device)
        assert isinstance(made, Linked)
        self.token = made.token

    def send(self, channels: Any = ROW, *, at: datetime | None = None, token: str | None = None, visit: UUID | None = None, raw: bytes | None = None) -> Any:
        """One row by the door."""
        body = raw if raw is not None else json.dumps({"time": (at or self.walk.now).isoformat(), "channels": channels}).encode()
        head = {"HTTP_AUTHORIZATION": f"Bearer {self.token if token is None else token}"} if token != "" else {}
        return Client(enforce_csrf_checks=True).post(f"/visits/{visit or self.walk.visit}/monitor/rows", body, content_type="application/json", **head)

    @property
    def kept(self) -> tuple[list[Observed], list[MonitorRejected]]:
        """What is on record of monitors."""
        history = self.walk.history
        return [one for _, one in history.all(Observed) if one.method == "device"], [one for _, one in history.all(MonitorRejected)]


@pytest.fixture
def bedside(clinic_id: UUID) -> Bedside:
    """Somebody in pre-flight, a monitor connected a while ago."""
    walk = Walk(clinic_id).to_preflight()
    walk.later(minutes=30)
    return Bedside(walk)


def at_now(bedside: Bedside, monkeypatch: pytest.MonkeyPatch) -> None:
    """The door's clock is the walk's."""
    from django.utils import timezone

    monkeypatch.setattr(timezone, "now", lambda: bedside.walk.now)


def test_a_row_is_kept_as_received_and_what_is_none_beside_it(bedside: Bedside, monkeypatch: pytest.MonkeyPatch) -> None:
    at_now(bedside, monkeypatch)
    answer = bedside.send()
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert {one["fact"]: one["value"] for one in said["accepted"]} == {"spo2": "97", "systolic": "121.5", "diastolic": "76"}
    assert {one["channel"]: one["reason"] for one in said["rejected"]} == {"HR": "no-reading", "EtCO2": "unknown-channel"}
    (observed,), (rejected,) = bedside.kept
    assert {reading.value for reading in observed.readings} == {"97", "121.5", "76"} and observed.visit == bedside.walk.visit
    assert [one.value for one in rejected.values] == ["NaN", "0"] and rejected.device == "bedside-3"
    event = bedside.walk.history.get(UUID(said["events"][0]))
    assert event is not None and (event.by.name, event.by.role, event.occurred_at) == ("Monitor bedside-3", "system", bedside.walk.now)


def test_the_same_row_again_is_one_row_and_another_at_that_moment_is_refused(bedside: Bedside, monkeypatch: pytest.MonkeyPatch) -> None:
    at_now(bedside, monkeypatch)
    at = bedside.walk.now
    first = bedside.send(at=at).json()
    bedside.walk.later(minutes=7)
    again = bedside.send(dict(reversed(ROW.items())), at=at)
    assert again.status_code == 200 and again.json()["repeated"] and again.json()["events"] == first["events"]
    only_readings = {name: sent for name, sent in ROW.items() if name not in ("HR", "EtCO2")}
    for other in (only_readings, {**ROW, "SpO2": {"value": "96", "unit": "%"}}, {**ROW, "RR": {"value": "0", "unit": "/min"}}, {"SpO2": ROW["SpO2"]}):
        assert bedside.send(other, at=at).status_code == 409
    observed, rejected = bedside.kept
    assert (len(observed), len(rejected)) == (1, 1)


def test_a_row_ahead_of_the_clock_is_the_same_row_when_it_comes_again(bedside: Bedside, monkeypatch: pytest.MonkeyPatch) -> None:
    at_now(bedside, monkeypatch)
    ahead = bedside.walk.now + BEDSIDE.ahead + timedelta(minutes=1)
    first = bedside.send(at=ahead)
    assert first.status_code == 200 and not first.json()["accepted"]
    bedside.walk.later(minutes=9)
    again = bedside.send(at=ahead)
    assert again.status_code == 200 and again.json()["repeated"] and not again.json()["accepted"]
    observed, rejected = bedside.kept
    assert not observed and len(rejected) == 1


def test_what_was_shown_before_the_person_came_is_none(bedside: Bedside, monkeypatch: pytest.MonkeyPatch) -> None:
    at_now(bedside, monkeypatch)
    said = bedside.send(at=bedside.walk.now - timedelta(hours=2)).json()
    assert not said["accepted"] and {one["reason"] for one in said["rejected"]} == {"before-arrival"}


def test_rows_may_come_in_any_order(bedside: Bedside, monkeypatch: pytest.MonkeyPatch) -> None:
    at_now(bedside, monkeypatch)
    for minutes in (3, 1, 2, 3, 1):
        assert bedside.send(at=bedside.walk.now - timedelta(minutes=minutes)).status_code == 200
    assert len(bedside.kept[0]) == 3
    near = bedside.send(at=bedside.walk.now - timedelta(minutes=2, seconds=20))
    assert near.status_code == 409 and "one row a minute" in near.json()["error"]


ONE = '{"time": "2026-11-22T09:30:00Z", "channels": {"HR": {"value": 1, "unit": "/min"}}}'


@pytest.mark.parametrize("raw", ["", "{", '{"time": NaN}', '{"time": "a", "time": "b"}', "\xff", '{"time": "x\\u0000"}', '{"a": 1e999}'])
def test_what_is_no_json_is_refused_and_nothing_is_kept(bedside: Bedside, raw: str) -> None:
    refused_as(400, bedside, raw.encode("latin-1"))


@pytest.mark.parametrize(
    "raw",
    [
        "[]", "{}", '{"time": 5, "channels": {}}', ONE.replace("00Z", "00"), ONE.replace("11-22", "13-22"), ONE.replace("1,", "null,"),
        ONE.replace('{"HR": {"value": 1, "unit": "/min"}}', "{}"), ONE.replace('"channels"', '"device": "x", "channels"'),
        ONE.replace('{"HR"', json.dumps({f"c{n}": {"value": 1, "unit": "%"} for n in range(40)})[:-1] + ', "HR"'),
    ],
)  # fmt: skip
def test_what_is_no_row_is_refused_and_nothing_is_kept(bedside: Bedside, raw: str) -> None:
    refused_as(422, bedside, raw.encode())


def test_too_much_is_refused(bedside: Bedside) -> None:
    refused_as(413, bedside, b" " * 20_000)
    refused_as(413, bedside, b" " * 3_000_000)


def refused_as(status: int, bedside: Bedside, raw: bytes) -> None:
    """Refused with a sentence, and nothing more is on record."""
    before = bedside.walk.history.seq
    answer = bedside.send(raw=raw)
    assert answer.status_code == status and answer.json()["error"].endswith("."), answer.content
    assert bedside.walk.history.seq == before


def test_odd_json_in_a_channel_is_kept_as_none(bedside: Bedside, monkeypatch: pytest.MonkeyPatch) -> None:
    at_now(bedside, monkeypatch)
    odd = {"HR": {"value": [1], "unit": "/min"}, "RESP": 14, "SpO2": {"value": True, "unit": "%"}, "TEMP": {"value": "37", "unit": 5}, "x": {"y": 1}}
    said = bedside.send(odd).json()
    assert not said["accepted"] and len(said["rejected"]) == len(odd)


def test_only_an_open_link_of_this_visit_lets_in(bedside: Bedside, clinic_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    at_now(bedside, monkeypatch)
    other = Bedside(Walk(new_clinic("Cairn Vale").id).to_preflight())
    assert bedside.send(token="").status_code == 401 and bedside.send(token="made-up").status_code == 401
    assert bedside.send(token=other.token).status_code == 403, "another visit's token"
    assert bedside.send(visit=other.walk.visit).status_code == 403 and bedside.send(visit=uuid4()).status_code == 403
    renewed = Bedside(bedside.walk)
    assert bedside.send().status_code == 403, "a new link closes the one before"
    monitor.disconnect(bedside.walk.context("nurse"), bedside.walk.patient, visit=bedside.walk.visit)
    assert renewed.send().status_code == 403
    late = Bedside(bedside.walk)
    bedside.walk.now += BEDSIDE.link
    assert late.send().status_code == 403, "a link is over after a while"
    assert not bedside.kept[0]


def test_a_token_is_kept_only_as_a_digest_and_its_row_is_not_the_running_roles_to_change(bedside: Bedside, database: Any) -> None:
    link = MonitorLink.objects.get(visit=bedside.walk.visit)
    assert bedside.token not in repr(vars(link))
    with pytest.raises(Exception) as refused, database.cursor() as opened:
        opened.execute("UPDATE people_monitor_link SET expires_at = now() + interval '1 year' WHERE visit = %s", [bedside.walk.visit])
    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_nobody_at_the_visit_and_nobodys_right(clinic_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = Walk(clinic_id).to_treatment()
    walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=walk.now, minutes=180, chair="Chair 1")
    assert isinstance(monitor.connect(walk.context("nurse"), walk.patient, visit=walk.visit, device="bedside-3"), Refused), "nobody has arrived"
    walk.do(visits.enter_phase, "nurse")
    for role in ("coordinator", "clinic-lead", "therapist"):
        refused = monitor.connect(walk.context(role), walk.patient, visit=walk.visit, device="bedside-3")
        assert isinstance(refused, Refused) and refused.kind == "permission", role
    named = monitor.connect(walk.context("nurse"), walk.patient, visit=walk.visit, device="Ana R.'s monitor")
    assert isinstance(named, Refused) and named.kind == "input"
    bedside = Bedside(walk)
    at_now(bedside, monkeypatch)
    walk.do(endings.end_visit, "nurse", ending="left-unseen")
    seen, kept = walk.now - timedelta(seconds=1), len(bedside.kept[0])
    walk.later(minutes=2)
    closed = bedside.send()
    assert closed.status_code == 409 and "Nobody is at this visit" in closed.json()["error"]
    late = bedside.send(at=seen)
    assert late.status_code == 200 and len(bedside.kept[0]) == kept + 1, "a row of a minute before the end may come after it"
    assert {walk.history.live[-1].id, walk.history.live[-2].id} & added_after(walk.history, walk.visit)


def test_a_monitor_opens_no_gate_and_does_no_duty(bedside: Bedside, monkeypatch: pytest.MonkeyPatch) -> None:
    at_now(bedside, monkeypatch)
    units = {"systolic": "mm[Hg]", "diastolic": "mm[Hg]", "heart_rate": "/min", "spo2": "%", "respiratory_rate": "/min"}
    before = bedside.walk.standing
    assert bedside.send({fact: {"value": CALM[fact], "unit": unit} for fact, unit in units.items()}).json()["accepted"]
    after = bedside.walk.standing
    assert [(v.rule.id, v.answer) for v in after.verdicts if v.rule.kind.value != "hold"] == [
        (v.rule.id, v.answer) for v in before.verdicts if v.rule.kind.value != "hold"
    ]
    assert [(due.what, due.due_at) for due in after.due] == [(due.what, due.due_at) for due in before.due]


def test_a_low_saturation_of_the_monitor_raises_a_pause_that_does_not_last(clinic_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """It raises what the protocol says of it, with the monitor as its source, until its own next reading or a person's; a rejected value raises nothing."""
    bedside = Bedside(Walk(clinic_id).to_infusion())
    at_now(bedside, monkeypatch)

    def met(minutes: int, value: str | None = None) -> set[str]:
        bedside.walk.later(minutes=minutes)
        if value is not None:
            assert bedside.send({"SpO2": {"value": value, "unit": "%"}, "NBPSys": {"value": "0", "unit": "mm[Hg]"}}).status_code == 200
        return {hold.verdict.rule.id for hold in bedside.walk.standing.holds if hold.verdict.answer is Answer.YES}

    assert met(1) == set() and met(1, "97") == set()
    assert "oxygen-pause" in met(1, "84") and {"oxygen-pause", "oxygen-stop"} <= met(2, "82")
    found = next(hold.verdict for hold in bedside.walk.standing.holds if hold.verdict.rule.id == "oxygen-pause")
    assert {finding.by for finding in found.findings} == {"Monitor bedside-3"}
    assert met(1, "98") == set(), "what only the monitor raised goes with its reading"
    met(1, "84")
    bedside.walk.later(seconds=30)
    bedside.walk.record(visit=bedside.walk.visit, **CALM)
    assert met(0) == set(), "a person looked, and measured otherwise"
    bedside.walk.record(visit=bedside.walk.visit, **{**CALM, "spo2": "84"})
    assert "oxygen-pause" in met(1, "99"), "the monitor lifts nothing that a person has measured"


def test_a_stop_that_only_the_monitor_showed_does_not_last(clinic_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    bedside = Bedside(Walk(clinic_id).to_infusion())
    at_now(bedside, monkeypatch)

    def stopped(systolic: str) -> bool:
        bedside.walk.later(minutes=1)
        pair = {"NBPSys": {"value": systolic, "unit": "mm[Hg]"}, "NBPDias": {"value": "80", "unit": "mm[Hg]"}}
        assert bedside.send(pair).status_code == 200
        bedside.walk.record(visit=bedside.walk.visit, spo2="98")
        return any(hold.verdict.rule.id == "pressure-stop" and hold.verdict.answer is Answer.YES for hold in bedside.walk.standing.holds)

    assert [stopped("122"), stopped("210"), stopped("124")] == [False, True, False]


def test_what_nobody_has_measured_for_too_long_stays_unknown_whatever_the_monitor_shows(clinic_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    bedside = Bedside(Walk(clinic_id).to_infusion())
    at_now(bedside, monkeypatch)
    bedside.walk.later(minutes=25)
    assert bedside.send({"SpO2": {"value": "97", "unit": "%"}, "NBPSys": {"value": "121", "unit": "mm[Hg]"}}).status_code == 200
    answers = {hold.verdict.rule.id: hold.verdict.answer for hold in bedside.walk.standing.holds}
    assert answers["oxygen-pause"] is answers["pressure-alert"] is Answer.UNKNOWN
    assert answers["nobody-looked"] is Answer.YES, "a monitor is nobody"
