"""What the chair says of a monitor whose clock is not the clinic's: it is heard when its rows come, whatever they say."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from tests.clinic.acts_walk import Walk
from tests.screens.chairside import Chairside

from kairn.clinic.acts import monitor
from kairn.library.monitors import BEDSIDE

SHOWN = {state: f'<span data-says="{state}">' for state in ("silent", "unread", "reading")}


@pytest.fixture
def bed(clinic_id: UUID, monkeypatch: pytest.MonkeyPatch) -> tuple[Chairside, str]:
    """An infusion that began an hour ago, by a clock that is now the database's own; and the token of a monitor."""
    began = datetime.now(UTC) - timedelta(hours=1)
    monkeypatch.setattr(timezone, "now", lambda: began)
    walk = Walk(clinic_id).to_infusion()
    monkeypatch.setattr(timezone, "now", lambda: walk.now)
    walk.now = datetime.now(UTC)
    link = monitor.connect(walk.context("nurse"), walk.patient, visit=walk.visit, device="bedside-3")
    assert isinstance(link, monitor.Linked)
    return Chairside(walk), link.token


def send(bed: tuple[Chairside, str], **off: float) -> str:
    """A row that comes now and says that it is so far off; what the chair says then of the monitor."""
    seat, token = bed
    body = json.dumps({"time": (seat.walk.now + timedelta(**off)).isoformat(), "channels": {"HR": {"value": 71, "unit": "/min"}}})
    url = f"/visits/{seat.walk.visit}/monitor/rows"
    assert Client().post(url, body, content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200
    seat.walk.now = datetime.now(UTC)
    return said(seat)


def said(seat: Chairside) -> str:
    """The chair's part on the monitor."""
    return unescape(seat.get("chair")).partition('id="chair-monitor"')[2].partition("</section>")[0]


def test_a_slow_clock_is_no_silence_and_is_said(bed: tuple[Chairside, str]) -> None:
    text = send(bed, minutes=-2, seconds=-5)
    assert SHOWN["reading"] in text and SHOWN["silent"] not in text
    assert "The monitor's clock is 2 min behind the clinic's, or its rows come late." in text
    seat = bed[0]
    seat.walk.now += BEDSIDE.silent_after + timedelta(seconds=5)
    assert SHOWN["silent"] in said(seat), "no row came for longer than that"


def test_a_clock_that_is_off_by_less_than_the_silence_is_not_spoken_of(bed: tuple[Chairside, str]) -> None:
    for seconds in (-40, 40):
        text = send(bed, seconds=seconds)
        assert SHOWN["reading"] in text and "clock" not in text


def test_a_clock_that_runs_ahead_is_said_while_its_rows_are_refused(bed: tuple[Chairside, str]) -> None:
    text = send(bed, minutes=3)
    assert SHOWN["unread"] in text and "The monitor's clock is more than 1 min ahead of the clinic's: its rows are not taken." in text
    text = send(bed, seconds=-35)
    assert SHOWN["reading"] in text and "ahead" not in text, "the row that came last counts"
