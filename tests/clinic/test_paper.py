"""A paper hour is typed in whole or not at all, at the times of the paper, and nothing clinical refuses any of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from acts_walk import Walk

from kairn.clinic.acts import paper
from kairn.clinic.acts.context import Context, context_of
from kairn.clinic.acts.outcome import Outcome, Refused
from kairn.clinic.acts.paper import PaperRow, clashes
from kairn.clinic.acts.striking import strike_out
from kairn.record.payloads import DrugGiven, NoteWritten, Observed, PhaseEntered, PumpPaused, PumpStopped, Reading, TaskOpened


@pytest.fixture
def walk(clinic_id: UUID) -> Walk:
    """An infusion began, then Kairn could not be reached for a while."""
    walk = Walk(clinic_id).to_infusion()
    walk.later(minutes=30)
    return walk


def type_in(context: Context, patient: UUID, *, event_id: UUID, visit: UUID, rows: list[PaperRow]) -> Outcome:
    """The act as a walk calls it; a sheet has no number of its own, its rows do."""
    return paper.type_in(context, patient, visit=visit, rows=rows)


def vitals(**values: str) -> tuple[Reading, ...]:
    """Readings with their units."""
    units = {"systolic": "mm[Hg]", "diastolic": "mm[Hg]", "heart_rate": "{beats}/min", "spo2": "%"}
    return tuple(Reading(fact, value, units[fact]) for fact, value in values.items())


def row(walk: Walk, ago: float, name: str = "r0", **told: Any) -> PaperRow:
    """A row of so many minutes ago, in Maya's hand."""
    at = (walk.now - timedelta(minutes=ago)).replace(second=0, microsecond=0)
    return PaperRow(uuid4(), name, at, told.pop("by", "Maya Brown"), **told)


def sheet(walk: Walk) -> list[PaperRow]:
    """An hour on paper: two sets, a medicine, a pause and the stop."""
    return [
        row(walk, 20, "r0", readings=vitals(systolic="150", spo2="97"), refused=("heart_rate",), not_taken=("diastolic",), remark="irregular"),
        row(walk, 15, "r1", readings=vitals(systolic="186"), drug="ondansetron", dose="4 mg", note="Asked for water."),
        row(walk, 10, "r2", pump="paused", volume="21"), row(walk, 5, "r3", pump="stopped", volume="21.5", readings=vitals(spo2="99")),
    ]  # fmt: skip


def test_each_row_becomes_ordinary_entries_at_its_time(walk: Walk) -> None:
    rows, before = sheet(walk), walk.history.seq
    walk.do(type_in, "nurse", rows=list(reversed(rows)))
    new = [event for event in walk.history.events if event.seq > before]
    assert [event.occurred_at for event in new] == sorted(event.occurred_at for event in new) and all(event.late for event in new)
    assert {event.by.id for event in new} == {str(walk.users["nurse"].id)}
    first = walk.history.get(rows[0].event("vitals"))
    assert first.payload == Observed(rows[0].readings, walk.visit, "person", ("heart_rate",), ("diastolic",), "irregular", paper="Maya Brown")
    assert walk.history.latest(DrugGiven)[1] == DrugGiven(walk.visit, "ondansetron", "4 mg", "", "Maya Brown")
    assert walk.history.latest(NoteWritten)[1] == NoteWritten("Asked for water.", walk.visit, "Maya Brown")
    assert walk.history.latest(PumpPaused)[1] == PumpPaused(walk.visit, "", "21", "Maya Brown")
    assert walk.history.latest(PumpStopped)[1] == PumpStopped(walk.visit, "", "21.5", "Maya Brown")
    assert walk.standing.visit(walk.visit).phase == "recovery" and len(new) == 8


def test_a_sheet_sent_twice_is_one_sheet(walk: Walk) -> None:
    rows = sheet(walk)
    walk.do(type_in, "nurse", rows=rows)
    seq = walk.history.seq
    walk.later(minutes=2)
    assert walk.do(type_in, "nurse", rows=rows).repeated and walk.history.seq == seq
    walk.do(type_in, "nurse", rows=[*rows, row(walk, 1, "r4", readings=vitals(systolic="140"))])
    assert walk.history.seq == seq + 1
    changed = [replace(rows[0], readings=vitals(systolic="151")), row(walk, 0.5, "r5", readings=vitals(spo2="98"))]
    assert walk.refused(type_in, "nurse", rows=changed).kind == "conflict"


@pytest.mark.parametrize(
    ("broken", "field"),
    [({"readings": (Reading("systolic", "12O", "mm[Hg]"),)}, "r9-systolic"), ({"drug": "ondansetron"}, "r9-dose"), ({"dose": "4 mg"}, "r9-drug"),
     ({"note": "x\0"}, ""), ({"readings": vitals(spo2="98"), "by": " "}, "r9-by"), ({"pump": "paused", "ago": 45}, "r9-time")],
)  # fmt: skip
def test_one_row_at_fault_keeps_all_of_them_out(walk: Walk, broken: dict[str, Any], field: str) -> None:
    wrong = row(walk, broken.pop("ago", 1), "r9", **broken)
    assert walk.refused(type_in, "nurse", rows=[*sheet(walk), wrong]).reasons[0].field == field


def test_what_is_still_to_come_keeps_all_of_them_out(walk: Walk) -> None:
    ahead = row(walk, -30, "r9", readings=vitals(spo2="98"))
    assert "still to come" in walk.refused(type_in, "nurse", rows=[*sheet(walk), ahead]).reasons[0].text


def test_a_stop_on_paper_without_a_start_opens_one_urgent_task(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    walk.later(minutes=50)
    rows = [row(walk, 30, "r0", pump="paused"), row(walk, 20, "r1", pump="stopped"), row(walk, 10, "r2", pump="stopped")]
    walk.do(type_in, "nurse", rows=rows)
    assert len(walk.history.all(TaskOpened)) == 1 and [said.phase for _, said in walk.history.all(PhaseEntered)][-1] == "recovery"
    seq = walk.history.seq
    assert walk.do(type_in, "nurse", rows=rows).repeated and walk.history.seq == seq


def test_what_the_record_holds_is_asked_about_first(walk: Walk) -> None:
    at = (walk.now - timedelta(minutes=12)).replace(second=0, microsecond=0)
    known = walk.record(visit=walk.visit, at=at + timedelta(seconds=20), systolic="148", spo2="97").events[0]
    mine = PaperRow(uuid4(), "r0", at, "Maya Brown", vitals(systolic="150", spo2="97"), drug="ondansetron", dose="4 mg")
    (found,) = clashes(walk.history, walk.visit, [mine])
    assert found.part == "vitals" and [event.id for event in found.events] == [known]
    assert found.differs == (("systolic", "150 mm[Hg]", "148 mm[Hg]"),)
    assert walk.refused(type_in, "nurse", rows=[mine]).kind == "conflict"
    seq = walk.history.seq
    walk.do(type_in, "nurse", rows=[replace(mine, id=uuid4(), out=frozenset({"vitals"}))])
    assert walk.history.seq == seq + 1 and walk.history.latest(DrugGiven)[1].drug == "ondansetron"
    kept = replace(mine, keep={"vitals": frozenset({known})}, out=frozenset({"drug"}))
    walk.do(type_in, "nurse", rows=[kept])
    assert walk.history.seq == seq + 2, "kept beside what was there"


@pytest.mark.parametrize(
    ("told", "other"),
    [({"pump": "paused"}, {"pump": "stopped"}), ({"drug": "ondansetron", "dose": "4 mg"}, {"drug": "oxygen", "dose": "2 L/min"}),
     ({"note": "Asked for water."}, {"note": "Slept."}), ({"readings": vitals(spo2="97")}, {"readings": vitals(systolic="120")})],
)  # fmt: skip
def test_only_the_same_matter_of_the_same_minute_is_a_repeat(walk: Walk, told: dict[str, Any], other: dict[str, Any]) -> None:
    first = row(walk, 12, **told)
    walk.do(type_in, "nurse", rows=[first])
    again = row(walk, 12 + 1 / 60, **told)
    again = replace(again, at=first.at)
    assert len(clashes(walk.history, walk.visit, [again])) == 1 and clashes(walk.history, walk.visit, [again])[0].differs == ()
    for apart in (replace(again, at=first.at - timedelta(minutes=1)), row(walk, 12, **other)):
        assert clashes(walk.history, walk.visit, [apart]) == []
    walk.do(strike_out, "nurse", event=first.event(first.parts[0]), reason="the wrong person")
    assert clashes(walk.history, walk.visit, [again]) == []


def test_somebody_who_decided_on_less_than_there_is_now_is_asked_anew(walk: Walk) -> None:
    at = (walk.now - timedelta(minutes=12)).replace(second=0, microsecond=0)
    known = walk.record(visit=walk.visit, at=at, spo2="95").events[0]
    mine = PaperRow(uuid4(), "r0", at, "Maya Brown", vitals(spo2="97"), keep={"vitals": frozenset({known})})
    walk.record(visit=walk.visit, at=at, spo2="96")
    assert walk.refused(type_in, "nurse", rows=[mine]).reasons[0].text == paper.IN_RECORD


def test_who_may_type_in(walk: Walk) -> None:
    for role, ago in (("prescriber", 9), ("nurse", 8), ("therapist", 7)):
        walk.do(type_in, role, rows=[row(walk, ago, readings=vitals(spo2="97"))])
    for role in ("coordinator", "clinic-lead"):
        assert walk.refused(type_in, role, rows=[row(walk, 6, readings=vitals(spo2="97"))]).kind == "permission"
    far = walk.make("nurse", joins=False)
    given: dict[str, Any] = {"visit": walk.visit, "rows": [row(walk, 5, readings=vitals(spo2="97"), note="x")]}
    outcome = paper.type_in(context_of(far, now=walk.now), walk.patient, **given)
    assert isinstance(outcome, Refused) and outcome.kind == "permission", "a note wants somebody near, so nothing of the sheet is kept"


def test_the_person_cannot_and_nothing_is_no_sheet(walk: Walk) -> None:
    from kairn.clinic.people.accounts import make_patient_account
    from kairn.clinic.people.models import Patient

    own = make_patient_account(Patient.objects.get(id=walk.patient), f"{uuid4().hex}@test.example").user
    now: datetime = walk.now
    outcome = paper.type_in(context_of(own, now=now), walk.patient, visit=walk.visit, rows=sheet(walk))
    assert isinstance(outcome, Refused) and outcome.kind == "permission"
    assert walk.refused(type_in, "nurse", rows=[]).kind == "input"
    assert walk.refused(type_in, "nurse", rows=[row(walk, 5)]).kind == "input"
