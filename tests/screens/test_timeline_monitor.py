"""What a monitor sent is one line of a timeline for each stretch, and row by row where that is asked for."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.clinic.acts_walk import CALM
from tests.screens.chairside import Chairside

from kairn.clinic.acts.striking import strike_out
from kairn.clinic.screens.forms.stretch import sent_by_device


def send(told: Chairside, pulse: int, saturation: object) -> None:
    """A minute later one row: a rate that is one, and a saturation that may be none."""
    told.walk.later(minutes=1)
    told.monitor_row(HR=pulse, SpO2=saturation)


@pytest.fixture
def told(seat: Chairside, monkeypatch: pytest.MonkeyPatch) -> Chairside:
    """Three minutes of a monitor, a set by hand, two minutes more."""
    walk = seat.walk.to_preflight()
    monkeypatch.setattr(timezone, "now", lambda: walk.now)
    for pulse, saturation in ((71, 97), (84, "NaN"), (66, 95)):
        send(seat, pulse, saturation)
    walk.later(minutes=1)
    walk.record(visit=walk.visit, **CALM)
    for pulse in (70, 70):
        send(seat, pulse, 96)
    return seat


def lines(told: Chairside, show: str = "") -> list[str]:
    """The lines of the timeline that speak of a monitor: title and detail."""
    page = unescape(told.browser("nurse").get(reverse("patient_timeline", args=[told.walk.patient]) + show).content.decode())
    return [
        re.sub(r"\s+", " ", f"{title}: {re.sub('<a .*?</a>', '', said)}").strip()
        for title, said in re.findall(r"<b>(Monitor[^<]*)</b> <span>(.*?)</span>", page, re.S)
    ]


def test_each_stretch_is_one_line_with_its_lowest_and_highest_values(told: Chairside) -> None:
    newer, older = lines(told)
    assert re.match(r"Monitor: 2 rows since (\d+ \w+ )?\d\d:\d\d: .*heart rate 70 /min; .*96 %$", newer), newer
    assert re.match(r"Monitor: 3 rows since (\d+ \w+ )?\d\d:\d\d: .*heart rate 66 to 84 /min; .*95 to 97 %; not taken: 1 value$", older), older


def test_asked_for_every_row_stands_alone(told: Chairside) -> None:
    assert len(lines(told, "?show=monitor")) == len([event for event in told.walk.history.events if sent_by_device(event)]) == 6


def test_a_row_that_was_struck_out_stands_alone_and_is_in_no_range(told: Chairside) -> None:
    fast = next(
        event for event in told.walk.history.events if sent_by_device(event) and any(one.value == "84" for one in getattr(event.payload, "readings", ()))
    )
    told.walk.do(strike_out, event=fast.id, reason="The lead was off.")
    said = lines(told)
    assert not any("to 84" in one for one in said) and any("heart rate 84" in one for one in said)
