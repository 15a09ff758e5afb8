"""A prescriber is called from the chair, and the emergency card is on it: who is near, what was answered, one task while nobody answers."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from tests.screens.chairside import Chairside
from tests.screens.desk_walk import INPUT, SEE_OTHER

from kairn.clinic.acts import tasks
from kairn.clinic.acts.downtime import visits_under_way
from kairn.clinic.people import care
from kairn.clinic.screens.downtime.write import write_sheets
from kairn.library.emergency_card import EMERGENCY_CARD
from kairn.record.payloads import TaskOpened
from kairn.record.payloads_calls import PrescriberCalled


def part(page: str, start: str, end: str) -> str:
    """What stands between two words of a page."""
    return page.split(start, 1)[1].split(end, 1)[0]


def test_it_says_who_is_near_and_who_covers(seat: Chairside) -> None:
    seat.walk.to_infusion()
    cover, away, elsewhere = (seat.walk.make("prescriber", joins=False) for _ in range(3))
    for user, name in ((cover, "Cora Cover"), (away, "Ada Away"), (elsewhere, "Eve Elsewhere")):
        type(user).objects.filter(id=user.id).update(name=name)
    care.take_shift(cover, seat.walk.patient, seat.walk.visit, 1, seat.walk.now)
    care.take_shift(elsewhere, seat.walk.patient, seat.walk.patient, 1, seat.walk.now)
    page = seat.get("chair")
    first, then = part(page, 'id="call"', "<h3>If nobody answers"), part(page, "<h3>If nobody answers", "Kairn keeps no telephone")
    assert re.findall(r"<b>([^<]*)</b>, ([^<]*)</p>", first) == [("Cora Cover", "on shift with this visit"), ("A prescriber", "on the care team")]
    assert re.findall(r"<b>([^<]*)</b>, ([^<]*)</p>", then) == [
        ("Eve Elsewhere", "on shift with another visit"), ("Ada Away", "a prescriber of this clinic"),
    ]  # fmt: skip
    assert "A prescriber" not in part(seat.browser("prescriber").get(seat.url("chair")).content.decode(), 'id="call"', "Kairn keeps no telephone")
    seat.walk.later(hours=2)
    assert ("Cora Cover", "a prescriber of this clinic") in re.findall(r"<b>([^<]*)</b>, ([^<]*)</p>", seat.get("chair"))


def test_no_answer_opens_one_urgent_task_while_it_is_open(seat: Chairside) -> None:
    seat.walk.to_infusion()
    for _ in range(2):
        assert seat.post("chair_act", "called", who="Cora Cover", answered="no").status_code == SEE_OTHER
    opened = [(event, task) for event, task in seat.walk.history.all(TaskOpened) if "did not answer" in task.what]
    assert [(task.urgent, task.owner, task.visit) for _, task in opened] == [(True, "prescriber", seat.walk.visit)]
    assert opened[0][1].due_at - seat.walk.now < timedelta(minutes=5)
    seat.walk.do(tasks.close_task, task=opened[0][0].id, how="Called back.")
    seat.post("chair_act", "called", who="Cora Cover", answered="no")
    seat.post("chair_act", "called", who="Cora Cover", answered="yes")
    assert len([task for _, task in seat.walk.history.all(TaskOpened) if "did not answer" in task.what]) == 2
    assert [said.answered for _, said in seat.walk.history.all(PrescriberCalled)] == ["no", "no", "no", "yes"]


def test_it_is_told_in_the_entries_the_lanes_the_note_and_the_page_for_the_hospital(seat: Chairside) -> None:
    seat.walk.to_infusion()
    then = f"{seat.walk.now - timedelta(minutes=2):%Y-%m-%dT%H:%M}+00:00"
    for form in (str(uuid4()),) * 2:
        assert seat.post("chair_act", "called", who="<Cora>", answered="no", reason="pressure", occurred_at=then, event_id=form).status_code == SEE_OTHER
    assert seat.count(PrescriberCalled) == 1
    chair = seat.get("chair")
    assert "Prescriber called: &lt;Cora&gt;" in chair and "no answer, pressure" in chair and "called, no answer" in chair
    for view in ("session_note", "handover"):
        row = part(seat.get(view), 'aria-label="Prescriber called"', "</tbody>")
        assert "&lt;Cora&gt;" in row and "no answer" in row and "pressure" in row and "A nurse" in row
    for typed in (
        {"who": "", "answered": "yes"},
        {"who": "Cora"},
        {"who": "Cora", "answered": "perhaps"},
        {"who": "C", "answered": "no", "occurred_at": "soon"},
    ):
        answer = seat.post("chair_act", "called", **typed)
        assert answer.status_code == INPUT and '<details class="more" open><summary>Somebody else' in answer.content.decode()
    assert seat.count(PrescriberCalled) == 1


def test_the_emergency_card_is_one_text_on_the_chair_and_on_the_sheet(seat: Chairside, tmp_path: Path) -> None:
    seat.walk.to_infusion()
    page = part(seat.get("chair"), 'id="emergency-steps"', "</details>")
    assert visits_under_way(seat.walk.clinic, seat.walk.patient, seat.walk.now)
    write_sheets(tmp_path, seat.walk.now)
    sheet = (tmp_path / f"{seat.walk.visit}.html").read_text("utf-8")
    for step in EMERGENCY_CARD.steps:
        assert step in page and sheet.count(step) == 1
    assert EMERGENCY_CARD.steps[0].startswith("Stop the pump by hand") and any("does not reverse ketamine" in step for step in EMERGENCY_CARD.steps)
    for text in (page, sheet):
        assert "local judgement" in text and "medical director" in text and EMERGENCY_CARD.review in text
    assert seat.url("handover") in page and "/chair" not in part(seat.get("chair"), 'href="#emergency-steps"', ">")
