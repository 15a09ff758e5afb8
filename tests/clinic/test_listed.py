"""Lists hear of a person where what they show has changed, and not of every row of a monitor; charts hear of everything."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from acts_walk import CALM, Walk
from django.utils import timezone
from test_monitor_door import Bedside

from kairn.clinic.acts.changes import refresh_due
from kairn.clinic.ledger.news import CHANNEL, News, address, latest, parsed

WELL = CALM | {"distress": "calm", "pressure_symptoms": "no", "apnoea": "no", "nausea": "none"}
CALM_ROW = {"HR": {"value": 70, "unit": "/min"}, "SpO2": {"value": "98", "unit": "%"}}


class Ear:
    """Hears the database as a web server does."""

    def __init__(self, heard: psycopg.Connection[tuple[object, ...]], stream: UUID) -> None:
        self.heard, self.stream = heard, stream

    def kinds(self) -> list[str]:
        """What was told of the person since the last look, in order."""
        told = [parsed(notice.payload) for notice in self.heard.notifies(timeout=0.5)]
        return ["list" if each.is_for_lists else "chart" for each in told if each.stream == self.stream]


@pytest.fixture
def walk(clinic_id: UUID, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Somebody at the pump, with a calm set of vital signs; the clinic's clock is the walk's."""
    walk = Walk(clinic_id).to_infusion()
    monkeypatch.setattr(timezone, "now", lambda: walk.now)
    walk.later(minutes=4)
    walk.record(visit=walk.visit, **WELL)
    return walk


@pytest.fixture
def ear(walk: Walk) -> Iterator[Ear]:
    """Somebody who hears from now on."""
    with psycopg.connect(address(), autocommit=True) as heard:
        heard.execute(f"LISTEN {CHANNEL}")
        yield Ear(heard, walk.patient)


def test_a_set_of_vital_signs_moves_what_is_due_and_a_list_hears_of_it(walk: Walk, ear: Ear) -> None:
    walk.later(minutes=5)
    walk.record(visit=walk.visit, **WELL)
    assert sorted(ear.kinds()) == ["chart", "list"]


def test_a_row_of_a_monitor_changes_no_list_until_something_holds(walk: Walk, ear: Ear) -> None:
    bedside = Bedside(walk)
    for _ in range(2):
        walk.later(minutes=1)
        assert bedside.send(CALM_ROW).status_code < 300
    assert ear.kinds() == ["chart"] * 2
    walk.later(minutes=1)
    assert bedside.send(CALM_ROW | {"SpO2": {"value": "84", "unit": "%"}}).status_code < 300
    assert sorted(ear.kinds()) == ["chart", "list"], "what holds is on Today"


def test_whoever_is_new_is_told_to_lists(clinic_id: UUID, walk: Walk, ear: Ear) -> None:
    ear.stream = (other := Walk(clinic_id, protocol=False)).patient
    other.register()
    assert sorted(ear.kinds()) == ["chart", "list"]


def test_what_the_clock_changes_is_told_to_both(walk: Walk, ear: Ear) -> None:
    refresh_due(walk.now)
    ear.kinds()
    walk.later(hours=2)
    assert refresh_due(walk.now) >= 1
    assert sorted(ear.kinds()) == ["chart", "list"]


def test_of_what_waits_the_last_is_told_to_charts_and_to_lists(clinic_id: UUID) -> None:
    person = UUID(int=7)
    heard = [News(person, seq, clinic_id, listed) for seq, listed in ((1, False), (1, True), (2, False))]
    assert set(latest(heard)) == {heard[1], heard[2]}
    assert News(clinic_id, 1, clinic_id).is_for_lists and not News(person, 1, clinic_id).is_for_lists
