"""Each entry of a chart as one line of its timeline: a title, a detail, a group to filter by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.clock import Clock
from kairn.instruments.definition import INSTRUMENTS
from kairn.library.substances import SUBSTANCES
from kairn.pathway.scored import score_of
from kairn.record import payloads as p
from kairn.record import payloads_calls as call
from kairn.record import payloads_cannula as iv
from kairn.record import payloads_care as care
from kairn.record import payloads_hands as hands
from kairn.record import payloads_harm as harm
from kairn.record import payloads_monitor as monitor
from kairn.record.event import Event
from kairn.terms.numbers import plain_text

GROUPS = {
    "course": "Stages and signatures", "facts": "Readings and lists", "visits": "Visits", "after": "Tasks and contacts", "monitor": "Monitor",
    "notes": "Notes and corrections",
}  # fmt: skip
ICONS = {"course": "pen", "facts": "vitals", "visits": "d-done", "after": "person", "monitor": "vitals", "notes": "file"}
MONITOR = "monitor"
Told = tuple[str, str, str]
NALOXONE = {"given": "naloxone given", "has": "has naloxone", "refused": "naloxone refused"}
LONG, READ = 10, 6
"""A set with more readings than the first number is cut after the second."""


@dataclass(frozen=True)
class Moment:
    """One line of the timeline. `recorded` is set only where it differs from `at`; `more` holds the `count` readings that `detail` leaves out.

    `added` says of an entry that it was written after the record of its visit was locked.
    """

    day: str
    at: str
    recorded: str
    title: str
    detail: str
    by: str
    icon: str
    struck: str
    seq: int
    group: str
    more: str = ""
    count: int = 0
    added: str = ""


def moment(event: Event, clock: Clock, struck: str = "") -> Moment:
    """An entry as the timeline shows it; times are told in the clinic's zone."""
    group, title, told = tell(event, clock)
    detail, more, count = _folded(event, told)
    late = event.recorded_at.replace(second=0, microsecond=0) != event.occurred_at.replace(second=0, microsecond=0)
    recorded = clock.when(event.recorded_at) if late else ""
    day = clock.day(event.occurred_at)
    icon = "d-late" if late else ICONS[group]
    return Moment(day, clock.hour(event.occurred_at), recorded, title, detail, _by(event), icon, struck, event.seq, group, more, count)


def _folded(event: Event, told: str) -> tuple[str, str, int]:
    """A long set of readings cut after its first ones, what was refused or noted beside it kept; anything else as it is."""
    if not isinstance(event.payload, p.Observed | p.ContactMade) or len(event.payload.readings) <= LONG:
        return told, "", 0
    taken = words.readings(event.payload.readings)
    parts = taken.split("; ")
    return told.replace(taken, "; ".join(parts[:READ])), "; ".join(parts[READ:]), len(parts) - READ


def _by(event: Event) -> str:
    paper = getattr(event.payload, "paper", "")
    said = f"{event.by.name}, {event.by.role.replace('-', ' ')}{f'; from paper, written by {paper}' if paper else ''}"
    return said if event.by.id == event.sent_by.id else f"{said}; sent by {event.sent_by.name}"


def stayed(events: Iterable[Event], clock: Clock) -> str:
    """What came with an entry that was struck out and stays, as a sentence; empty where nothing does."""
    told = "; ".join(": ".join(filter(None, tell(event, clock)[1:])) for event in events)
    return f" What came with it stays: {told}." if told else ""


def tell(event: Event, clock: Clock) -> Told:
    """Group, title and detail of an entry."""
    found = TELLERS.get(type(event.payload))
    return found(event.payload, clock) if found else ("notes", event.kind, "")


def _observed(said: p.Observed, clock: Clock) -> Told:
    source = words.METHODS.get(said.method, said.method)
    title = {"laboratory": "Laboratory results", "patient": "The person's own check-in", "import": "Readings from an imported record", "device": "Monitor"}.get(
        said.method, "Readings"
    )
    parts = [words.readings(said.readings)] if said.readings else []
    parts += [f"refused: {', '.join(map(words.label, said.refused))}"] if said.refused else []
    parts += [f"not taken: {', '.join(map(words.label, said.not_taken))}"] if said.not_taken else []
    parts += [said.note] if said.note else []
    return MONITOR if said.method == "device" else "facts", title, ". ".join(parts) or source


def _condition(said: p.ConditionNoted, clock: Clock) -> Told:
    since = f", since {clock.day(said.onset)}" if said.onset else ""
    return "facts", "Condition noted", f"{_code(said.code)}: {said.state}{since}{_from(said.origin)}"


def _medication(said: p.MedicationNoted, clock: Clock) -> Told:
    dose = f" {said.dose}" if said.dose else ""
    return "facts", "Medicine noted", f"{_code(said.code)}{dose}: {said.state}{_from(said.origin)}"


def _allergy(said: p.AllergyNoted, clock: Clock) -> Told:
    reaction = f", {said.reaction}" if said.reaction else ""
    return "facts", "Allergy noted", f"{_code(said.code)}: {said.state}{reaction}{_from(said.origin)}"


def _code(code: p.Coding) -> str:
    return code.display or code.code


def _from(origin: p.Origin | None) -> str:
    return f" (from {origin.source})" if origin else ""


def _stage(said: p.StageEntered, clock: Clock) -> Told:
    entered = said.stage in words.STAGES
    return "course", f"Entered {words.step(said.stage).lower()}" if entered else f"Left the path: {words.step(said.stage).lower()}", said.reason


def _assessment(said: p.AssessmentSigned, clock: Clock) -> Told:
    judged = {"yes": "eligible", "no": "not eligible", "unknown": "not known yet"}[said.eligible]
    return "course", f"Assessment signed: {judged}", said.summary


def _consent(said: p.ConsentSigned, clock: Clock) -> Told:
    return "course", "Consent signed", f"version {said.version}, signed as {said.signed_name}"


def _plan(said: p.PlanSigned, clock: Clock) -> Told:
    dose = f"{said.dose} of {said.weight_basis} weight"
    return "course", "Plan signed", f"{said.infusions} infusions, {said.spacing_days} days apart, {dose} over {said.duration}. {said.goals}"


def _order(said: p.OrderSigned, clock: Clock) -> Told:
    weight = words.dose_weight(said.weight_basis, said.weight, said.made_from)
    return "visits", "Order signed", f"{said.dose} ({said.dose_per_kg} at {weight}) over {said.duration}: {said.rate_mg}, {said.rate_ml}"


def _override(said: p.OverrideSigned, clock: Clock) -> Told:
    return "course", "Override signed", f"rule {said.rule} until {clock.when(said.expires_at)}: {said.reason}"


def _booked(said: p.VisitBooked, clock: Clock) -> Told:
    chair = f", chair {said.chair}" if said.chair else ""
    return "visits", f"{words.PURPOSES[said.purpose]} booked", f"{clock.when(said.starts_at)}, {said.minutes} min{chair}"


def _phase(said: p.PhaseEntered, clock: Clock) -> Told:
    return "visits", f"Visit: {words.PHASES[said.phase].lower()}", ""


def _escort(said: p.EscortNamed, clock: Clock) -> Told:
    hour = f"can be here from {clock.when(said.fetches_at)}" if said.fetches_at else ""
    return "visits", f"Escort {words.ESCORTS[said.state]}", ", ".join(part for part in (said.name, said.phone, hour) if part)


def _pump(title: str) -> Callable[[Any, Clock], Told]:
    return lambda said, clock: (
        "visits",
        title,
        ", ".join(part for part in (getattr(said, "rate_ml", ""), getattr(said, "reason", ""), getattr(said, "volume_shown", "")) if part),
    )


def _ended(said: p.VisitEnded, clock: Clock) -> Told:
    parts = [f"escort {said.escort}" if said.escort else "", NALOXONE.get(said.naloxone, ""), said.note]
    return "visits", f"Visit ended: {words.ENDINGS[said.ending].lower()}", ", ".join(part for part in parts if part)


def _adverse(said: harm.AdverseEventNoted, clock: Clock) -> Told:
    outcome = dict(words.ADVERSE_OUTCOMES)[said.outcome].lower()
    parts = [said.severity, said.action, f"{outcome}, {clock.when(said.resolved_at)}" if said.resolved_at else outcome, *words.judged(said)]
    title = "Unwanted event, again looked at" if said.follows else "Unwanted event"
    return "visits", f"{title}: {words.unwanted(said)}", ", ".join(part for part in parts if part)


def _task(said: p.TaskOpened, clock: Clock) -> Told:
    return "after", "Urgent task opened" if said.urgent else "Task opened", f"{said.what}; {said.owner.replace('-', ' ')} by {clock.when(said.due_at)}"


def _contact(said: p.ContactMade, clock: Clock) -> Told:
    how = dict(words.CONTACTS)[said.how].lower()
    return "after", f"Contact, {how}: {words.plain(said.duty)}", ". ".join(part for part in (said.note, words.readings(said.readings)) if part)


def _use(said: care.UseReported, clock: Clock) -> Told:
    known = SUBSTANCES.get(said.substance)
    when = "never" if said.never else f"latest use {clock.when(said.latest_at)}" if said.latest_at else "asked, and not known when"
    return "facts", f"Use told: {known.label if known else said.substance}", ", ".join(part for part in (when, said.route, said.amount, said.note) if part)


def _taken(said: care.MedicineTaken, clock: Clock) -> Told:
    return (
        "facts",
        f"{words.TAKEN[said.purpose]}: {said.drug} {said.dose}",
        ", ".join(part for part in ("seen taken" if said.witnessed else "", said.note) if part),
    )


def _care_plan(said: care.CarePlanSigned, clock: Clock) -> Told:
    agreed = "agreed with the person" if said.agreed_with_person else "not yet agreed with the person"
    return "course", "Plan of care signed", f"{agreed}: {'; '.join(problem.problem for problem in said.problems)}"


def _answered(said: care.InstrumentAnswered, clock: Clock) -> Told:
    found, score = INSTRUMENTS.get(said.instrument), score_of(said)
    title = (found.title if said.wording == "official" else found.check_list) if found else said.instrument
    total = f"total {plain_text(score.total)}" if score and said.complete and score.total is not None else ""
    raised = "; ".join(found.flags[flag].label for flag in score.flags) if found and score else ""
    left = f"{len(said.skipped)} left out" if said.skipped else ""
    parts = (total, score.band if score and said.complete else "", f"{len(said.answers)} answered", left, raised)
    own = "our own wording, not comparable" if said.wording == "own" and found and found.licence.terms != "own" else ""
    by = "by the person" if said.method == "patient" else ""
    return "facts", f"{title}: {'finished' if said.complete else 'saved, not finished'}", ", ".join(part for part in (*parts, own, by) if part)


def _not_taken(one: monitor.NotTaken) -> str:
    return f"{one.channel} {one.value} {one.unit}".strip() + f": {one.said.removesuffix('.')}"


TELLERS: dict[type, Callable[[Any, Clock], Told]] = {
    p.Referred: lambda said, clock: ("course", f"Referred ({said.source})", ". ".join(part for part in (said.reason, said.referrer) if part)),
    p.Observed: _observed, p.ConditionNoted: _condition, p.MedicationNoted: _medication, p.AllergyNoted: _allergy,
    p.EncounterNoted: lambda said, clock: ("facts", "Care elsewhere", f"{_code(said.code)}{_from(said.origin)}"),
    p.StageEntered: _stage, p.AssessmentSigned: _assessment, p.ConsentSigned: _consent, p.PlanSigned: _plan, p.OrderSigned: _order, p.OverrideSigned: _override,
    p.ConsentWithdrawn: lambda said, clock: ("course", "Consent withdrawn", said.reason),
    p.VisitBooked: _booked, p.PhaseEntered: _phase, p.EscortNamed: _escort, p.VisitEnded: _ended, harm.AdverseEventNoted: _adverse,
    iv.CannulaPlaced: lambda said, clock: ("visits", f"Cannula placed: {words.cannula(said)}", words.tried(said)),
    iv.CannulaSeen: lambda said, clock: ("visits", f"Cannula site looked at: {words.site(said)}", words.looked(said)),
    iv.CannulaRemoved: lambda said, clock: ("visits", f"Cannula out: {words.site(said)}", f"site {words.looked(said)}"),
    harm.AdverseEventHandedOver: lambda said, clock: ("visits", "Goes home with an unwanted event", f"told to call {said.call}"),
    hands.CareHandedOver: lambda said, clock: ("visits", f"Hand-over offered to {said.to_name or 'whoever comes'}", said.said),
    hands.CareTakenOver: lambda said, clock: ("visits", "At the chair from here on", f"took over from {said.relieved}"),
    call.PrescriberCalled: lambda said, clock: ("visits", f"Prescriber called: {said.who}", ", ".join(filter(None, (words.reached(said), said.reason)))),
    p.VisitCancelled: lambda said, clock: ("visits", "Visit cancelled", said.reason),
    p.PumpStarted: _pump("Pump started"), p.PumpRateSet: _pump("Rate set"), p.PumpPaused: _pump("Pump paused"), p.PumpStopped: _pump("Pump stopped"),
    p.DrugGiven: lambda said, clock: ("visits", f"Given: {said.drug}", ", ".join(part for part in (said.dose, said.reason) if part)),
    p.TaskOpened: _task, p.TaskClosed: lambda said, clock: ("after", "Task closed", said.how), p.ContactMade: _contact,
    p.NoteWritten: lambda said, clock: ("notes", "Note", said.text),
    p.DeathRecorded: lambda said, clock: ("course", "Death recorded", said.cause),
    care.PredictionSwitched: lambda said, clock: ("course", f"Predicted concentrations switched {'on' if said.on else 'off'}", said.reason),
    care.ProtocolAssigned: lambda said, clock: ("course", "Moved to another protocol", f"{said.protocol} {said.version}: {said.reason}"),
    care.InstrumentAnswered: _answered, care.UseReported: _use, care.MedicineTaken: _taken, care.CarePlanSigned: _care_plan,
    monitor.MonitorRejected: lambda said, clock: (MONITOR, "Monitor: not taken", "; ".join(_not_taken(one) for one in said.values)),
    p.EnteredInError: lambda said, clock: ("notes", "An entry was struck out", said.reason),
}  # fmt: skip
