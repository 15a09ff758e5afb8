"""Today with ten thousand people: one page, most urgent first, counted by the database; and news only for those who may hear it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from acts_walk import Walk
from django.db import connection
from loops import run_apart

from kairn.clinic.acts import boards, facts
from kairn.clinic.acts.boards import ROWS, Board, today
from kairn.clinic.acts.context import Context, context_of
from kairn.clinic.acts.news import news
from kairn.clinic.ledger.session import cursor
from kairn.record.payloads import Reading

PEOPLE = 10_000
COPIES = """INSERT INTO ledger_standing (stream, clinic, seq, as_of, stage, changes_at, board)
  SELECT gen_random_uuid(), clinic, seq, as_of, stage, NULL, board FROM ledger_standing, generate_series(1, %s) WHERE stream = %s"""
PERSONS = """INSERT INTO people_patient (id, clinic_id, family_name, given_name, sex, phone, email, safe_contact, created_at)
  SELECT stream, clinic, 'Byrne', 'Maeve', 'female', '', '', '', now() FROM ledger_standing WHERE clinic = %s AND stream <> %s"""


@pytest.fixture
def crowd(clinic_id: UUID) -> Walk:
    """One person running an infusion, one with an urgent task, and ten thousand at referral."""
    quiet = Walk(clinic_id).register()
    with connection.cursor() as cursor:
        cursor.execute(COPIES, [PEOPLE, quiet.patient])
        cursor.execute(PERSONS, [clinic_id, quiet.patient])
        cursor.execute("ANALYZE ledger_standing")
    return quiet


def test_ten_thousand_people(crowd: Walk) -> None:
    urgent = Walk(crowd.clinic, protocol=False).register()
    urgent.record(suicide_intent="present")
    running = Walk(crowd.clinic, protocol=False).to_infusion()
    coordinator = running.context("coordinator")
    began = time.perf_counter()
    board = today(coordinator, limit=50)
    took = time.perf_counter() - began
    assert isinstance(board, Board) and len(board.rows) == 50 and board.total == PEOPLE + 3
    assert [row.patient for row in board.rows[:2]] == [urgent.patient, running.patient]
    assert board.rows[0].urgent and board.rows[0].due is not None and board.rows[0].due.owner == "prescriber"
    assert (board.urgent, board.running, board.by_stage["treatment"]) == (1, 1, 1)
    second = today(coordinator, limit=50, offset=50)
    assert isinstance(second, Board) and not {row.patient for row in second.rows} & {row.patient for row in board.rows}
    only = today(coordinator, limit=50, stages=("treatment",))
    assert isinstance(only, Board) and [row.patient for row in only.rows] == [running.patient] and only.total == board.total
    print(f"today, {PEOPLE} people: {took * 1000:.0f} ms")
    assert took < 1.0


def test_a_clinician_sees_their_own_people(crowd: Walk) -> None:
    board = today(crowd.context("nurse"), limit=50)
    assert isinstance(board, Board) and [row.patient for row in board.rows] == [crowd.patient] and board.total == 1


def test_a_narrowed_page_says_who_comes_first_of_all_and_reads_rows_again_only_where_it_must(clinic_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet, urgent = Walk(clinic_id).register(), Walk(clinic_id, protocol=False).register()
    urgent.record(suicide_intent="present")
    said = _said(monkeypatch)
    both, one = [urgent.patient, quiet.patient], [urgent.patient]
    for asked, first, page, reads in (
        ({"limit": 2}, both, both, 1), ({"limit": 1}, one, one, 1), ({"limit": 1, "offset": 1}, one, both[1:], 2),
        ({"limit": 1, "stages": ("treatment",)}, one, [], 2), ({"limit": 3, "offset": 1}, both, both[1:], 1),
        ({"limit": 3, "stages": ("treatment",)}, both, [], 1),
    ):  # fmt: skip
        said.clear()
        board = today(quiet.context("coordinator"), **asked)
        assert isinstance(board, Board)
        assert ([row.patient for row in board.first], [row.patient for row in board.rows], said.count(ROWS)) == (first, page, reads), asked


def _said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that a board makes, as it makes them."""
    said: list[str] = []

    class Listening:
        def __init__(self, opened: Any) -> None:
            self.opened = opened

        def execute(self, statement: str, given: Any) -> Any:
            said.append(statement)
            return self.opened.execute(statement, given)

    @contextmanager
    def listening() -> Iterator[Listening]:
        with cursor() as opened:
            yield Listening(opened)

    monkeypatch.setattr(boards, "cursor", listening)
    return said


def test_a_stored_row_says_what_is_ahead_due_and_late_at_the_moment_it_is_read(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_infusion()
    states = {minutes: _vitals_at(walk, minutes) for minutes in (0, 60)}
    assert states == {0: "ahead", 60: "late"}, "the same row, read twice"


def _vitals_at(walk: Walk, minutes: float) -> str:
    """In which state the vital signs of the visit are, so many minutes from now, when nothing more is recorded."""
    board = today(context_of(walk.users["nurse"], now=walk.now + timedelta(minutes=minutes)), limit=5)
    assert isinstance(board, Board)
    (row,) = board.rows
    assert row.due is not None
    found = [each.state for each in (row.due, *row.tasks) if "vital" in each.what.lower()]
    return found[0]


def test_news_reach_those_who_may_see_the_person(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    walk.users["outsider"] = walk.make("nurse", joins=False)
    stranger = Walk(_another_clinic()).register()
    other = Walk(clinic_id, protocol=False).register()
    listening = {"nurse": walk.context("nurse"), "outsider": walk.context("outsider"), "stranger": stranger.context("nurse")}
    listening |= {"own phone": _phone(walk.patient), "other phone": _phone(other.patient)}
    heard = run_apart(_hear(walk.patient, listening))
    assert set(heard["own phone"]) == set(heard["nurse"]) == {(walk.patient, 3)}, "a site that runs beside may tell it once more"
    assert heard["other phone"] == heard["outsider"] == heard["stranger"] == []


def _phone(patient: UUID) -> Context:
    """The person at home, in their own account."""
    from kairn.clinic.people.accounts import make_patient_account
    from kairn.clinic.people.models import Patient

    return context_of(make_patient_account(Patient.objects.get(id=patient), f"{uuid4().hex[:12]}@test.example").user)


def _another_clinic() -> UUID:
    from kairn.clinic.people.accounts import new_clinic

    return new_clinic(f"Test clinic {uuid4().hex[:8]}").id


async def _hear(patient: UUID, listening: dict[str, Context]) -> dict[str, list[tuple[UUID | None, int]]]:
    from asgiref.sync import sync_to_async

    heard: dict[str, list[tuple[UUID | None, int]]] = {name: [] for name in listening}
    ready = {name: asyncio.Event() for name in listening}

    async def listen(name: str) -> None:
        async for some in news(listening[name]):
            ready[name].set()
            heard[name] += [(each.stream, each.seq) for each in some if each.stream is not None]

    tasks = [asyncio.create_task(listen(name)) for name in listening]
    await asyncio.wait_for(asyncio.gather(*(each.wait() for each in ready.values())), 20)
    done = await sync_to_async(facts.record_readings)(listening["nurse"], patient, event_id=uuid4(), readings=[Reading("craving", "40")])
    assert done.seq == 3, done
    for _ in range(100):
        await asyncio.sleep(0.05)
        if heard["nurse"]:
            break
    await asyncio.sleep(0.3)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return heard
