"""The readings of the fact that asks whether the cannula is out, as the record of the cannulas themselves says it."""

from __future__ import annotations

from kairn.library.facts import YES_NO
from kairn.pathway.taken import Taken
from kairn.record.cannula import all_out, cannulas
from kairn.record.history import History
from kairn.record.payloads import Reading

CANNULA_OUT = "cannula_out"
YES, NO = YES_NO


def as_recorded(history: History, direct: list[Taken]) -> list[Taken]:
    """Readings of `CANNULA_OUT`: what each word on a cannula brings, and what somebody answered (`direct`).

    Yes only while every cannula of the visit is out and its site looked at since; an answered yes beside one that is not is left out.
    """
    by_visit = {one.said.visit: cannulas(history, one.said.visit) for one in cannulas(history)}
    kept = [taken for taken in direct if taken.reading.value != YES or taken.visit not in by_visit or all_out(by_visit[taken.visit], taken.event.occurred_at)]
    brought = [
        Taken(event, Reading(CANNULA_OUT, YES if all_out(known, event.occurred_at) else NO), visit)
        for visit, known in by_visit.items() for one in known for event in one.told
    ]  # fmt: skip
    return kept + brought
