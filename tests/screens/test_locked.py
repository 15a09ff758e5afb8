"""A record that is locked: charting has ended with the visit, what is added stands beside it, and nothing that happened is lost."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from tests.clinic.acts_walk import CALM
from tests.pdf import bare, sheets
from tests.screens.chairside import CALM_AGAIN, Chairside
from tests.screens.desk_walk import INPUT, SEE_OTHER
from tests.screens.test_waited import TAKEN, Tablet

from kairn.clinic.acts import endings, paper
from kairn.clinic.acts.locking import added_after
from kairn.clinic.acts.paper import PaperRow
from kairn.clinic.acts.striking import strike_out
from kairn.clinic.people import authorship
from kairn.library.cannulas import CANNULAS
from kairn.record.payloads import DrugGiven, NoteWritten, Observed, PhaseEntered, PumpStopped, Reading, TaskOpened, VisitEnded
from kairn.record.payloads_cannula import CannulaPlaced
from kairn.record.payloads_harm import AdverseEventNoted

LOCKED = "its record is locked"
ADDED = "after the record was locked"
CHARTING = {
    "vitals": CALM, "pump-paused": {"reason": "Cannula"}, "drug": {"drug": "ondansetron", "dose": "4 mg"},
    "cannula-placed": {"site": "hand-left", "gauge": "20"}, "called": {"who": "Dr Imai", "answered": "yes"},
}  # fmt: skip


@pytest.fixture
def ended(seat: Chairside) -> Chairside:
    """Somebody has left before ready, half an hour ago."""
    seat.walk.within_a_day(hours=3).to_recovery().later(minutes=20)
    seat.post("chair_act", "vitals", **CALM_AGAIN)
    seat.walk.do(endings.end_visit, "nurse", ending="left-before-ready")
    seat.walk.later(minutes=30)
    return seat


def addendum(page: str) -> str:
    """What stands in the box of the addendum."""
    return unescape(page.split('name="text"')[1].split(">", 1)[1].split("</textarea>")[0])


def row_of(page: str, words: str) -> str:
    """The row that says so: of the entries of a chair, or of a table."""
    listed = page.split('id="chair-entries"')[-1].split("</ol>")[0] if 'id="chair-entries"' in page else page
    return next(part for part in re.split(r"<tr>|<li", listed) if words in part)


def test_the_chair_keeps_no_charting_forms_and_one_folded_addendum(ended: Chairside) -> None:
    page = ended.get("chair")
    assert not [act for act in (*CHARTING, "pump-stopped", "cannula-seen", "cannula-removed") if f'/chair/{act}"' in page]
    fold = page.split('id="note"')[1].split("</details>")[0]
    assert not fold.split(">")[0].rstrip().endswith("open") and "/chair/note" in fold and "Keep the addendum" in fold
    assert "/chair/adverse" in page and "The record of this visit is locked" in page and "Left before ready" in page
    assert "/chair/vitals" in _open_visit(ended)


def _open_visit(ended: Chairside) -> str:
    for kind in (PhaseEntered, VisitEnded):
        ended.walk.do(strike_out, "nurse", event=ended.walk.history.latest(kind)[0].id, reason="Still here")
    return ended.get("chair")


@pytest.mark.parametrize("act", CHARTING)
def test_charting_is_refused_in_a_sentence_and_what_was_typed_goes_into_the_addendum(ended: Chairside, act: str) -> None:
    before = ended.walk.history.seq
    answer = ended.post("chair_act", act, **CHARTING[act])
    page = unescape(answer.content.decode())
    assert answer.status_code == INPUT and ended.walk.history.seq == before and LOCKED in page
    assert '<details class="more" id="note" open>' in page
    kept = addendum(page)
    assert all(said in kept for name, said in CHARTING[act].items() if name in ("systolic", "drug", "dose", "who", "reason")), kept
    assert ended.post("chair_act", "note", text=kept).status_code == SEE_OTHER
    assert ended.walk.history.latest(NoteWritten)[1].text == kept.strip()


def test_a_rate_that_came_too_late_keeps_its_unit(ended: Chairside) -> None:
    answer = ended.post("chair_act", "rate", rate="30")
    assert answer.status_code == INPUT and "rate: 30 mL/h" in addendum(answer.content.decode())


@pytest.mark.parametrize("systolic", ["251", "12o"])
def test_a_value_that_would_be_asked_about_goes_into_the_addendum_as_well(ended: Chairside, systolic: str) -> None:
    answer = ended.post("chair_act", "vitals", systolic=systolic)
    assert answer.status_code == INPUT and systolic in addendum(answer.content.decode())


def test_an_addendum_stands_marked_beside_lines_that_do_not_change(ended: Chairside) -> None:
    before = ended.get("session_note").split("<tbody>")
    at = ended.walk.now - timedelta(minutes=40)
    assert ended.post("chair_act", "note", text="Asked for water.", occurred_at=f"{at:%Y-%m-%dT%H:%M}+00:00").status_code == SEE_OTHER
    written = f"{ended.walk.history.latest(NoteWritten)[0].recorded_at:%H:%M}"
    line = row_of(ended.get("chair"), "Asked for water.")
    assert re.search(rf"Addendum: written (\d+ \w+ )?{written}, {ADDED}", line) and f"{at:%H:%M}" in line and "A nurse" in line
    page = ended.get("session_note")
    part = page.split("Added after the record was locked")[-1]
    assert "Asked for water." in part and f"{written}, {ADDED}" in part and f"{at:%H:%M}" in part and "A nurse" in part
    after = page.split("<tbody>")
    rows = [row.split("</tr>")[0] for part in before for row in part.split("<tr>")[1:]]
    assert all(row in page for row in rows) and len(after) > len(before)
    paper_of = bare("".join(sheets(ended.browser("nurse").get(ended.url("session_note_pdf")))))
    assert bare("Added after the record was locked") in paper_of and bare(ADDED) in paper_of.split(bare("Added after the record was locked"))[1]


def test_what_comes_with_the_ending_is_no_addendum(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=5)
    seat.walk.do(endings.end_visit, "nurse", ending="hospital")
    assert seat.count(PumpStopped) == 1 and not added_after(seat.walk.history, seat.walk.visit)
    assert ADDED not in seat.get("chair") and "Added after" not in seat.get("session_note")


def test_what_waited_and_a_paper_hour_are_kept_and_marked(seat: Chairside) -> None:
    seat.walk.within_a_day(hours=2).to_infusion().later(minutes=5)
    tablet, then = Tablet(seat), seat.walk.now
    seat.walk.later(minutes=5)
    seat.walk.do(endings.end_visit, "nurse", ending="left-unseen")
    seat.walk.later(minutes=5)
    assert tablet.send("vitals", CALM_AGAIN | {"systolic": "147"}, offline_at=then.isoformat()).status_code == TAKEN
    row = PaperRow(uuid4(), "r0", then - timedelta(minutes=2), "Maya Brown", readings=(Reading("systolic", "151", "mm[Hg]"),), drug="ondansetron", dose="4 mg")
    seat.walk.do(_type_in, "nurse", rows=[row])
    assert len(added_after(seat.walk.history, seat.walk.visit)) == 3 and seat.count(DrugGiven) == 1
    page, note = seat.get("chair"), seat.get("session_note")
    for words in ("147/76", "151 mmHg", "ondansetron"):
        assert ADDED in row_of(page, words), words
    assert ADDED in row_of(note, ">147<") and ADDED in row_of(note, ">ondansetron<")


def test_a_form_that_was_refused_for_the_lock_stays_refused_however_often_it_comes(seat: Chairside) -> None:
    """A page that is loaded again sends an old form: it has not waited on a tablet."""
    seat.walk.within_a_day(hours=2).to_infusion().later(minutes=5)
    tablet = Tablet(seat)
    seat.walk.do(endings.end_visit, "nurse", ending="left-unseen")
    form = {"event_id": str(uuid4()), authorship.FIELD: tablet.token, **CHARTING["drug"], "offline_pressed": seat.walk.now.isoformat()}
    for _ in range(2):
        answer = tablet.client.post(seat.url("chair_act", "drug"), form)
        assert answer.status_code == INPUT and LOCKED in unescape(answer.content.decode()) and seat.count(DrugGiven) == 0
        seat.walk.later(minutes=1)


def _type_in(context: Any, patient: Any, *, event_id: Any, visit: Any, rows: list[PaperRow]) -> Any:
    return paper.type_in(context, patient, visit=visit, rows=rows)


def test_a_strike_is_told_with_its_time_and_its_author(ended: Chairside) -> None:
    wrong = ended.walk.history.latest(Observed)[0]
    ended.walk.do(strike_out, "nurse", event=wrong.id, reason="Cuff on the wrong arm")
    for view in ("chair", "session_note"):
        line = row_of(ended.get(view), "Cuff on the wrong arm")
        assert ADDED in line and "A nurse" in line, view


def test_harm_and_danger_can_always_be_said(ended: Chairside) -> None:
    assert ended.post("chair_act", "adverse", kind="nausea", severity="mild").status_code == SEE_OTHER
    assert ended.count(AdverseEventNoted) == 1 and ADDED in row_of(ended.get("chair"), "Unwanted event:")
    assert "Nausea" in ended.get("session_note").split("Added after the record was locked")[-1]
    tasks = ended.count(TaskOpened)
    ended.walk.record(visit=ended.walk.visit, suicide_intent="present")
    assert ended.count(TaskOpened) == tasks + 1
    assert ended.post("chair_act", "pump-stopped").status_code == SEE_OTHER, "a stop is never refused"


def test_a_form_that_comes_again_after_the_end_was_recorded_before(seat: Chairside) -> None:
    seat.walk.to_recovery()
    same = {"event_id": str(uuid4()), **CALM}
    assert seat.post("chair_act", "vitals", **same).status_code == SEE_OTHER
    seat.walk.do(endings.end_visit, "nurse", ending="hospital")
    before = seat.walk.history.seq
    assert seat.post("chair_act", "vitals", **same).status_code == SEE_OTHER and seat.walk.history.seq == before


def test_a_cannula_that_somebody_left_with_can_still_be_said_to_be_out(seat: Chairside) -> None:
    seat.walk.to_infusion()
    seat.post("chair_act", "cannula-placed", site=next(iter(CANNULAS.sites)), gauge=next(iter(CANNULAS.gauges)), where="left")
    placed = seat.walk.history.latest(CannulaPlaced)[0]
    seat.walk.do(endings.end_visit, "nurse", ending="left-before-ready")
    page = seat.get("chair")
    assert "/chair/cannula-removed" in page and "/chair/cannula-seen" in page and "/chair/cannula-placed" not in page
    assert seat.post("chair_act", "cannula-removed", follows=str(placed.id)).status_code == SEE_OTHER
    assert ADDED in row_of(seat.get("chair"), "Cannula out")
