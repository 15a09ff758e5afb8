"""How a visit ended, by one of five endings: only ready is gated, the others are recorded at once and open an urgent task."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast, get_args
from uuid import UUID, uuid5

from kairn.clinic.acts.check import one_of
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Done, Outcome, Refused, refused
from kairn.clinic.acts.perform import Act, Case, out_of_time, perform
from kairn.clinic.acts.urgent import suicide_task_open, urgent_task
from kairn.pathway.standing import MoveKind, Visit
from kairn.record.payloads import DeathRecorded, Ending, Payload, PhaseEntered, PumpStopped, TaskOpened, VisitEnded, YesNo

Naloxone = Literal["given", "has", "refused", "unknown"]
READY = "ready"
AT_RISK = "gone-at-risk"


def end_visit(  # noqa: PLR0913
    context: Context, patient: UUID, *, event_id: UUID, visit: UUID, ending: Ending, expected_seq: int | None = None, escort: str = "",
    risks_explained_by: str = "", capacity: YesNo | None = None, naloxone: Naloxone = "unknown", cannula_out: YesNo = "unknown",
    last_seen_at: datetime | None = None, called_at: datetime | None = None, handed_to: str = "", note: str = "", occurred_at: datetime | None = None,
) -> Outcome:  # fmt: skip
    """End a visit. `ready` is a decision: it needs `expected_seq` and every discharge rule to be yes. The other four need no criterion:
    they close the visit and open an urgent task with owner and clock in the same transaction, and a prescriber's beside it while a task about
    suicide is open; *died* records the death instead.
    """

    def build(case: Case) -> list[Payload] | Refused:
        how = cast(Ending, one_of(ending, get_args(Ending), "ending"))
        one_of(naloxone, get_args(Naloxone), "naloxone")
        ahead = out_of_time(case.context, last_seen_at, "last_seen_at") or out_of_time(case.context, called_at, "called_at")
        if stop := ahead or _not_now(case, case.visit(visit), how):
            return stop
        ended = VisitEnded(
            visit, how, case.signature(), escort, risks_explained_by, capacity, naloxone, cannula_out, last_seen_at, called_at, handed_to, note,
        )  # fmt: skip
        return [ended, *_stopped(case, case.visit(visit), how), PhaseEntered(visit, "closed", case.signature()), *_follows(case, how, visit, note)]

    if ending == READY and expected_seq is None:
        return refused("input", "Signing somebody ready needs the chart it was decided on. Open the discharge page again and sign there.")
    action = "visit.discharge" if ending == READY else "visit.end"
    seq = expected_seq if ending == READY else None
    return perform(context, Act(action, patient, event_id, build, visit=visit, expected_seq=seq, occurred_at=occurred_at, always=ending != READY))


def _not_now(case: Case, visit: Visit, ending: str) -> Refused | None:
    if case.earlier is not None:
        return None
    if visit.phase == "closed" or visit.cancelled:
        how = "cancelled" if visit.cancelled else visit.ending or "without an ending"
        return refused("policy", f"This visit is closed already ({how}). Strike that entry out first if it is wrong.")
    return case.closed(MoveKind.READY, READY, visit.id) if ending == READY else None


def _stopped(case: Case, visit: Visit, ending: str) -> list[Payload]:
    """Nobody is infused who has left: a pump still running or paused is over with the visit."""
    return [PumpStopped(visit.id, f"The visit ended: {ending}")] if visit.pump in ("running", "paused") else []


def _follows(case: Case, ending: str, visit: UUID, note: str) -> list[Payload]:
    """A death ends everything due, so that a task opened with it would be on no list: none is opened. Who goes at risk is a prescriber's at once."""
    if ending == "died":
        return [DeathRecorded(note)]
    return [] if ending == READY else [urgent_task(case, ending, visit), *_at_risk(case, visit)]


def prescriber_asked(outcome: Outcome) -> bool:
    """Whether an ending asked a prescriber at once to reach somebody who went at risk."""
    return isinstance(outcome, Done) and uuid5(outcome.events[0], f"urgent {AT_RISK}") in outcome.events


def _at_risk(case: Case, visit: UUID) -> list[TaskOpened]:
    return [urgent_task(case, AT_RISK, visit)] if suicide_task_open(case.history) else []
