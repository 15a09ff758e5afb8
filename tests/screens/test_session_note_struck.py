"""What was struck out stays on the note of a visit, struck, with the reason and by whom; an entry made late says when."""

from __future__ import annotations

from datetime import timedelta

from tests.screens.chairside import Chairside

from kairn.clinic.acts.striking import strike_out
from kairn.record.payloads import Observed


def test_a_struck_entry_is_shown_struck_and_counts_no_more(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=5)
    seat.walk.record(visit=seat.walk.visit, systolic="199", diastolic="99")
    wrong = seat.walk.history.all(Observed)[-1][0]
    seat.walk.do(strike_out, "nurse", event=wrong.id, reason="Cuff on the wrong arm")
    page = seat.get("session_note")
    sheet, _, struck = page.partition("these count no more")
    assert "Cuff on the wrong arm" in struck and "A nurse" in struck and "199" in struck
    assert ">199<" not in sheet


def test_a_set_entered_later_stands_where_it_was_taken_and_says_when_it_was_recorded(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=30)
    early = seat.walk.now.replace(second=0, microsecond=0) - timedelta(minutes=21)
    seat.walk.record(visit=seat.walk.visit, systolic="141", diastolic="91")
    seat.walk.record(visit=seat.walk.visit, at=early, systolic="131", diastolic="82")
    page = seat.get("session_note")
    assert page.index(">131<") < page.index(">141<"), "as it happened, not as it was entered"
    row = next(part for part in page.split("<tr>") if ">131<" in part)
    assert "recorded " in row and f"{early:%H:%M}" in row
