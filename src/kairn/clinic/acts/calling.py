"""A prescriber is called from the chair: whom, and whether they answered; no answer opens an urgent task, once while it is open."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast, get_args
from uuid import UUID

from kairn.clinic.acts.check import needed, one_of
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.clinic.acts.urgent import is_open, urgent_task
from kairn.record.payloads import Payload
from kairn.record.payloads_calls import PrescriberCalled

Answered = Literal["yes", "no"]


def call_prescriber(
    context: Context, patient: UUID, *, event_id: UUID, visit: UUID, who: str, answered: str, reason: str = "", occurred_at: datetime | None = None
) -> Outcome:
    """A prescriber was called about this visit. Whoever stands at the chair records it, whomever they called."""

    def build(case: Case) -> list[Payload]:
        reached = cast(Answered, one_of(needed(answered, "answered", "whether they answered"), get_args(Answered), "answered"))
        return with_task(case, PrescriberCalled(case.visit(visit).id, needed(who, "who", "the name of who was called"), reached, reason.strip()))

    return perform(context, Act("visit.chart", patient, event_id, build, visit=visit, occurred_at=occurred_at, charts=True))


def with_task(case: Case, said: PrescriberCalled) -> list[Payload]:
    """The call, and where nobody answered the urgent task for a prescriber, if none of this visit waits already."""
    task, waits = urgent_task(case, "no-answer", said.visit), is_open(case.history, "no-answer", said.visit)
    return [said] if said.answered == "yes" or waits else [said, task]
