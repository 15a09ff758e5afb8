"""What went wrong: noted at its onset, followed until it is over, or handed over by a prescriber while it lasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast, get_args
from uuid import UUID

from msgspec.structs import replace

from kairn.clinic.acts.check import needed, one_of, when
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, Refused, refused
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.clinic.acts.urgent import urgent_task
from kairn.library.adverse_events import ADVERSE_EVENTS, OTHER, SERIOUS
from kairn.record.adverse import AdverseEvent, adverse_events
from kairn.record.history import History
from kairn.record.payloads import Payload, YesNo
from kairn.record.payloads_harm import AdverseEventHandedOver, AdverseEventNoted, Related, Severity
from kairn.record.payloads_harm import Outcome as Ended
from kairn.terms.answer import Answer
from kairn.terms.problem import unreadable

OVER = ("resolved", "resolved-with-after-effects")


@dataclass(frozen=True)
class Told:
    """What a form tells of an adverse event; where it follows an earlier one, what is left empty is as it was."""

    kind: str = ""
    what: str = ""
    severity: str = ""
    action: str = ""
    outcome: str = ""
    resolved_at: datetime | None = None
    serious: str = ""
    criteria: tuple[str, ...] = ()
    related: str = ""


def note_adverse_event(
    context: Context, patient: UUID, *, event_id: UUID, told: Told, visit: UUID | None = None, occurred_at: datetime | None = None
) -> Outcome:
    """Something unwanted happened, at a visit or at home, whatever its cause. `occurred_at` is its onset."""

    def build(case: Case) -> list[Payload]:
        if visit is not None:
            case.visit(visit)
        kind = one_of(needed(told.kind, "kind", "what happened"), tuple(ADVERSE_EVENTS), "kind")
        what = needed(told.what, "what", "what happened, in words") if kind == OTHER else told.what.strip()
        fresh = AdverseEventNoted(_severity(needed(told.severity, "severity", "how bad it is")), kind, what, visit)
        return _told(case, fresh, told, case.at)

    return perform(context, Act(_action(visit), patient, event_id, build, visit=visit, occurred_at=occurred_at))


def follow_adverse_event(
    context: Context, patient: UUID, *, event_id: UUID, follows: UUID, told: Told, visit: UUID | None = None, occurred_at: datetime | None = None
) -> Outcome:
    """How an adverse event of this visit stands now. What was said before stays as it was written; `follows` is the event that noted it."""

    def build(case: Case) -> list[Payload]:
        known = _known(case.history, follows, visit)
        if case.at < known.first.occurred_at:
            raise unreadable("a time before it began", f"{known.first.occurred_at:%Y-%m-%d %H:%M} UTC or later", "Correct the time.", "occurred_at")
        before = replace(
            known.now,
            severity=_severity(told.severity or known.now.severity),
            what=told.what.strip() or known.now.what,
            action="",
            follows=follows,
        )
        return _told(case, before, told, known.first.occurred_at)

    return perform(context, Act(_action(visit), patient, event_id, build, visit=visit, occurred_at=occurred_at))


def hand_over_adverse_event(context: Context, patient: UUID, *, event_id: UUID, expected_seq: int, visit: UUID, follows: UUID, call: str) -> Outcome:
    """The person goes home with a mild one that lasts, told whom to call. `follows` is the event that noted it."""

    def build(case: Case) -> list[Payload] | Refused:
        known = _known(case.history, follows, visit)
        if stop := _not_to_hand_over(case, known):
            return stop
        return [AdverseEventHandedOver(follows, visit, needed(call, "call", "whom the person was told to call"), case.signature())]

    return perform(context, Act("adverse.hand-over", patient, event_id, build, visit=visit, expected_seq=expected_seq))


def open_adverse_events(history: History, visit: UUID | None) -> list[AdverseEvent]:
    """Those of a visit that are not known to be over, oldest first."""
    return [one for one in adverse_events(history) if one.visit == visit and one.is_open is not Answer.NO]


def _told(case: Case, before: AdverseEventNoted, told: Told, begun: datetime) -> list[Payload]:
    return with_task(case, _stands(case, before, told, begun), before.serious)


def with_task(case: Case, said: AdverseEventNoted, before: YesNo = "unknown") -> list[Payload]:
    """How it stands, with a prescriber's urgent task where it was not serious before."""
    return [said, urgent_task(case, "serious-event", said.visit)] if said.serious == "yes" != before else [said]


def _severity(text: str) -> Severity:
    return cast(Severity, one_of(text, get_args(Severity), "severity"))


def _stands(case: Case, before: AdverseEventNoted, told: Told, begun: datetime) -> AdverseEventNoted:
    """`before` with what the form tells. Raises Unreadable."""
    outcome = cast(Ended, one_of(told.outcome or before.outcome, get_args(Ended), "outcome"))
    serious, criteria = _serious(before, told)
    related = cast(Related, one_of(told.related or before.related, get_args(Related), "related"))
    over = _over_at(case, before, told, begun) if outcome in OVER else None
    if over is None and told.resolved_at is not None:
        raise unreadable("a time at which it was over, and that it is not", "one of the two", "Leave the time out, or say that it is over.", "resolved_at")
    return replace(before, action=told.action.strip(), outcome=outcome, resolved_at=over, serious=serious, criteria=criteria, related=related)


def _over_at(case: Case, before: AdverseEventNoted, told: Told, begun: datetime) -> datetime:
    """When it was over: as told, else as it was where nothing is said of that, else now; of a form that comes again, what it was then."""
    stored = case.earlier.payload if case.earlier else None
    then = stored.resolved_at if isinstance(stored, AdverseEventNoted) else None
    known = None if told.outcome else before.resolved_at
    over = when(told.resolved_at, "resolved_at") or then or known or (case.at if case.at > begun else case.context.moment)
    if not begun <= over <= case.context.moment:
        raise unreadable(f"{over:%Y-%m-%d %H:%M} UTC", f"a time from its onset ({begun:%Y-%m-%d %H:%M} UTC) to now", "Correct the time.", "resolved_at")
    return over


def _serious(before: AdverseEventNoted, told: Told) -> tuple[YesNo, tuple[str, ...]]:
    """Whether it is serious and by what; a criterion says yes by itself."""
    criteria = tuple(one_of(one, tuple(SERIOUS), "criteria") for one in dict.fromkeys(told.criteria))
    said = cast(YesNo, one_of(told.serious or ("yes" if criteria else before.serious), get_args(YesNo), "serious"))
    if said != "yes" and criteria:
        raise unreadable("a reason why it is serious, and that it is not", "one of the two", "Untick the reason, or say that it is serious.", "serious")
    kept = criteria or (before.criteria if said == "yes" else ())
    if said == "yes" and not kept:
        raise unreadable("serious without a reason", "what makes it serious", "Tick at least one.", "criteria")
    return said, kept


def _not_to_hand_over(case: Case, known: AdverseEvent) -> Refused | None:
    if case.earlier is not None:
        return None
    if known.is_open is Answer.NO:
        return refused("policy", "This unwanted event is not open any more.")
    if known.now.severity != "mild" or known.now.serious == "yes":
        return refused("policy", "Nobody is signed home with what is more than mild, or serious. Treat it, or record that it has become mild.")
    return case.ended()


def _known(history: History, noted: UUID, visit: UUID | None) -> AdverseEvent:
    """Raises Unreadable where none of this visit was noted so."""
    found = next((one for one in adverse_events(history) if one.first.id == noted and one.visit == visit), None)
    if found is None:
        raise unreadable("an unwanted event that is not of this visit", "one that is", "Open the page again and choose it there.", "follows")
    return found


def _action(visit: UUID | None) -> str:
    return "visit.chart" if visit else "aftercare.record"
