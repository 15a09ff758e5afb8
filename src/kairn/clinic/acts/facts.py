"""Acts that record what was seen, asked, measured or found in a list; what happened can always be recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, cast, get_args
from uuid import UUID

from kairn.clinic.acts.check import check_readings, needed, one_of, when
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.clinic.acts.protocols import in_force_for
from kairn.clinic.acts.pump_check import read_by
from kairn.clinic.acts.urgent import for_readings, means_harm
from kairn.clinic.ledger.read import history as read_history
from kairn.pathway.course import visits_of
from kairn.protocol.check import parts_of
from kairn.protocol.rule import Protocol, Rule, RuleKind
from kairn.record.payloads import AllergyNoted, Coding, ConditionNoted, MedicationNoted, Observed, Payload, Reading

Method = Literal["person", "device", "patient", "laboratory"]
ConditionState = Literal["active", "recurrence", "relapse", "inactive", "remission", "resolved", "unknown"]
MedicationState = Literal["active", "on-hold", "stopped", "completed", "unknown"]
AllergyState = Literal["active", "inactive", "resolved", "unknown"]

BEFORE_START = ("booked", "pre-flight")
AFTERWARDS = {"pump_volume"}
"""What is asked when the visit has ended: an ending stops the pump."""


def record_readings(  # noqa: PLR0913
    context: Context, patient: UUID, *, event_id: UUID, readings: Sequence[Reading], visit: UUID | None = None, method: Method = "person",
    refused: Sequence[str] = (), not_taken: Sequence[str] = (), note: str = "", read_with: str = "", occurred_at: datetime | None = None,
) -> Outcome:  # fmt: skip
    """Readings taken together, at a visit or without one; one that is none refuses all, with a reason for each field.

    Suicidal plan or intent among them opens an urgent task in the same transaction. With method "patient" it is the person's own check-in.
    `read_with` is the account of who read the pump's setting with the author; one person alone does not answer that yes.
    Once the visit has ended its record is locked to them: all but what means suicide, and the volume the pump shows, is an addendum.
    """
    if wrong := check_readings(readings, refused, not_taken):
        return wrong

    def build(case: Case) -> list[Payload]:
        if visit is not None:
            case.visit(visit)
        given = cast(Method, one_of(method, get_args(Method), "method"))
        said = " ".join(part for part in (note, read_by(case, readings, read_with)) if part)
        return [Observed(tuple(readings), visit, given, tuple(refused), tuple(not_taken), said), *for_readings(case, readings, visit)]

    named = [*(reading.fact for reading in readings if not means_harm(reading)), *refused, *not_taken]
    action = "own.record" if method == "patient" else row_of(context, patient, visit, named) if visit else "assessment.record"
    charts = set(named) != AFTERWARDS and not any(map(means_harm, readings))
    return perform(context, Act(action, patient, event_id, build, visit=visit, occurred_at=occurred_at, charts=charts))


def row_of(context: Context, patient: UUID, visit: UUID, facts: Sequence[str]) -> str:
    """The row of the access table for facts of a visit: before the start, what the start rests on is for those who check; the rest is charting."""
    history = read_history(patient)
    protocol = in_force_for(context.clinic, history, context.now).protocol
    phase = next((each.phase for each in visits_of(history) if each.id == visit), "")
    if protocol is None or phase not in BEFORE_START:
        return "visit.chart"
    return "preflight.record" if set(facts) & checks_of_start(protocol) else "visit.chart"


def checks_of_start(protocol: Protocol) -> frozenset[str]:
    """The facts that only the checks before an infusion establish: not vital signs or symptoms, which anybody at the chair may chart."""
    asked = {fact for rule in protocol.rules if rule.guards == "phase:infusion" for fact in _facts_of(rule)}
    charted = {fact for rule in protocol.rules if rule.kind is RuleKind.HOLD for fact in _facts_of(rule)}
    clocked = {fact for rule in protocol.rules if rule.schedule and rule.while_.phases for fact in rule.schedule.facts}
    return frozenset(asked - charted - clocked)


def _facts_of(rule: Rule) -> Iterable[str]:
    for condition in (rule.condition, rule.applies):
        for part in parts_of(condition) if condition else ():
            if fact := getattr(part, "fact", ""):
                yield fact


def note_condition(
    context: Context, patient: UUID, *, event_id: UUID, code: Coding, state: ConditionState, onset: datetime | None = None, occurred_at: datetime | None = None
) -> Outcome:
    """A condition for the list of conditions."""
    return _listed(context, patient, event_id, code, lambda: ConditionNoted(code, _state(state, ConditionState), when(onset, "onset")), occurred_at)


def note_medication(
    context: Context, patient: UUID, *, event_id: UUID, code: Coding, state: MedicationState, dose: str = "", started: datetime | None = None,
    occurred_at: datetime | None = None,
) -> Outcome:  # fmt: skip
    """A medicine for the list of medicines."""
    return _listed(context, patient, event_id, code, lambda: MedicationNoted(code, _state(state, MedicationState), dose, when(started, "started")), occurred_at)


def note_allergy(
    context: Context, patient: UUID, *, event_id: UUID, code: Coding, state: AllergyState, reaction: str = "", occurred_at: datetime | None = None
) -> Outcome:
    """An allergy or intolerance for the list of allergies."""
    return _listed(context, patient, event_id, code, lambda: AllergyNoted(code, _state(state, AllergyState), reaction), occurred_at)


def _listed(context: Context, patient: UUID, event_id: UUID, code: Coding, make: Callable[[], Payload], occurred_at: datetime | None) -> Outcome:
    def build(case: Case) -> list[Payload]:
        needed(code.code or code.display, "code", "a code, or at least its words")
        return [make()]

    return perform(context, Act("assessment.record", patient, event_id, build, occurred_at=occurred_at))


def _state(state: str, states: Any) -> Any:
    return one_of(state, get_args(states), "state")
