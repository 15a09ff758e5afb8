"""From an open chart to the person's page."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.desk import Desk, address, who
from kairn.clinic.screens.forms.stretch import stretch_moment, stretches
from kairn.clinic.screens.forms.telling import MONITOR, Moment, moment
from kairn.clinic.screens.patient.page import DueLine, HoldLine, Link, PatientPage, VisitLine
from kairn.clinic.screens.patient.steps import RUNNING, steps_of
from kairn.pathway.standing import Due, DueState, MoveKind, Visit
from kairn.record.payloads import ConsentSigned
from kairn.record.payloads_care import InstrumentAnswered
from kairn.terms.answer import Answer

SHOWN = 15
LEVELS = {"stop": "high", "pause": "high", "alert": "medium"}
SOON = timedelta(days=14)


def patient_page(desk: Desk, known: str = "", error_title: str = "", errors: tuple[str, ...] = (), reason: str = "") -> PatientPage:
    """Everything the page shows; `known` names the past moment a page as-known-then is of."""
    chart, clock, course = desk.chart, desk.clock, desk.chart.standing.course
    steps = steps_of(desk, past=bool(known))
    moments, hidden = timeline(desk, limit=SHOWN)
    due = [_due(desk, one) for one in chart.standing.due]
    soon = [line for line, one in zip(due, chart.standing.due, strict=True) if one.state is not DueState.AHEAD or one.urgent or one.due_at - clock.now < SOON]
    return PatientPage(
        who=who(desk), seq=chart.seq, url=address("patient", desk.patient), event_id=str(uuid4()), stages=_stages(desk),
        stage=course.stage, since=clock.day(course.since) if course.since else "", ended=words.EXITS.get(course.stage, "") if course.ended else "",
        why=chart.why, holds=tuple(_holds(desk)), unjudged=_unjudged(desk), first=steps[0] if steps else None, steps=steps[1:], exits=_exits(desk, bool(known)),
        exit_url=address("course_exit", desk.patient),
        death_url=address("record_death", desk.patient) if desk.may("record_death") and course.stage != "died" else "",
        due=tuple(soon), later=tuple(line for line in due if line not in soon),
        visits=tuple(_visit(desk, one) for one in reversed(chart.standing.visits) if one.phase != "closed" and not one.cancelled),
        past=tuple(_visit(desk, one) for one in reversed(chart.standing.visits) if one.phase == "closed" or one.cancelled),
        links=() if known else tuple(_links(desk)), moments=moments, hidden=hidden, timeline=address("patient_timeline", desk.patient), known=known,
        error_title=error_title, errors=errors, reason=reason,
    )  # fmt: skip


def timeline(desk: Desk, group: str = "", limit: int = 0) -> tuple[tuple[Moment, ...], int]:
    """The entries, newest first by when they happened, and how many lines are not shown; rows of a monitor are told one by one where they are asked for.

    A short list leaves out saves that a later save took the place of.
    """
    struck, events = desk.chart.history.struck, desk.chart.history.events
    saved = {payload.response: event.id for event, payload in desk.chart.history.all(InstrumentAnswered)}
    former = {event.id for event in events if isinstance(event.payload, InstrumentAnswered) and event.id not in (*saved.values(), *struck)} if limit else set()
    ordered = sorted((event for event in events if event.id not in former), key=lambda event: (event.occurred_at, event.seq), reverse=True)
    runs = ((event,) for event in ordered) if group == MONITOR else stretches(ordered, struck)
    told = [stretch_moment(run, desk.clock) if len(run) > 1 else moment(run[0], desk.clock, _why_struck(struck.get(run[0].id))) for run in runs]
    told = [one for one in told if not group or one.group == group]
    shown = tuple(told[:limit] if limit else told)
    return shown, len(told) + len(former) - len(shown)


def _why_struck(event: object) -> str:
    payload = getattr(event, "payload", None)
    return f"{payload.reason} ({event.by.name})" if payload else ""  # type: ignore[attr-defined]


def _stages(desk: Desk) -> tuple[tuple[str, str, str], ...]:
    names = list(words.STAGES)
    here = names.index(desk.chart.standing.course.stage) if desk.chart.standing.course.stage in names else len(names)
    return tuple((key, label, "1" if place < here and not desk.chart.standing.course.ended else "") for place, (key, label) in enumerate(words.STAGES.items()))


def _holds(desk: Desk) -> list[HoldLine]:
    return [HoldLine(LEVELS[hold.level.value], hold.verdict.rule.title) for hold in desk.chart.standing.holds if hold.verdict.answer is Answer.YES]


def _unjudged(desk: Desk) -> tuple[str, ...]:
    """Holds nobody can judge now: what they read is missing or old."""
    return tuple(hold.verdict.rule.title for hold in desk.chart.standing.holds if hold.verdict.answer is Answer.UNKNOWN)


def _exits(desk: Desk, past: bool) -> tuple[tuple[str, str], ...]:
    if past:
        return ()
    found = [move.to for move in desk.chart.standing.moves if move.always_open and move.kind is MoveKind.STAGE]
    return tuple((stage, words.step(stage)) for stage in found if stage in words.EXITS)


def _due(desk: Desk, due: Due) -> DueLine:
    level = "high" if due.urgent else ("medium" if due.state is DueState.LATE else "")
    state = {DueState.AHEAD: "due", DueState.DUE: "due", DueState.LATE: "late"}[due.state]
    opens = f"from {desk.clock.when(due.opens_at)}, " if due.opens_at and due.state is DueState.AHEAD and due.opens_at != due.due_at else ""
    return DueLine(
        words.capital(due.what), due.owner.replace("-", " "), due.due_at.isoformat(), f"{opens}by {desk.clock.when(due.due_at)}", level, state, _deed(desk, due)
    )


def _deed(desk: Desk, due: Due) -> Link | None:
    """The page where this is done, for somebody who may."""
    if due.task:
        return Link("Close", f"{address('tasks')}#task-{due.task}") if desk.may("task_close") else None
    visit = desk.chart.standing.visit(due.visit) if due.visit else None
    if visit and visit.phase != "closed":
        view, act = ("escort", "Escort") if visit.phase == "booked" else ("chair", "Chair")
        return Link(act, address(view, desk.patient, visit.id)) if desk.may(view, "GET") and address(view, desk.patient, visit.id) else None
    if due.rule and desk.may("aftercare") and due.state is not DueState.AHEAD:
        return Link("Record", f"{address('aftercare', desk.patient)}?duty={due.rule.id}{f'+{due.visit}' if due.visit else ''}#contact")
    return None


def _visit(desk: Desk, visit: Visit) -> VisitLine:
    number = f" {visit.number}" if visit.number else ""
    title = f"{words.PURPOSES[visit.purpose]}{number}, {desk.clock.when(visit.starts_at)}"
    state = "cancelled" if visit.cancelled else words.ENDINGS.get(visit.ending, words.PHASES[visit.phase]).lower()
    ride = f"escort {visit.escort}: {words.ESCORTS.get(visit.escort_state, visit.escort_state)}" if visit.escort else "no escort named"
    note = ", ".join(
        part for part in (state, f"chair {visit.chair}" if visit.chair else "", ride if visit.phase == "booked" or visit.phase in RUNNING else "") if part
    )
    url, act = _visit_page(desk, visit)
    book = address("escort", desk.patient, visit.id) if visit.phase == "booked" and not visit.cancelled and desk.may("escort") else ""
    return VisitLine(title, note, url, act, book, address("replay", desk.patient, visit.id) if act == "Chair" and desk.may("replay", "GET") else "")


def _visit_page(desk: Desk, visit: Visit) -> tuple[str, str]:
    if visit.cancelled or not desk.may("chair", "GET"):
        return "", ""
    page, act = ("preflight", "Pre-flight") if visit.phase in ("booked", "pre-flight") and visit.purpose == "infusion" else ("chair", "Chair")
    url = address(page, desk.patient, visit.id) or address(page, visit.id)
    return (url, act) if url and visit.purpose == "infusion" else ("", "")


def _links(desk: Desk) -> list[Link]:
    """The pages of this person that this reader may open."""
    signed = desk.chart.history.latest(ConsentSigned)
    told = f"Consent, signed {desk.clock.day(signed[0].occurred_at)}" if signed else "Consent"
    pages = (
        ("assessment", "Assessment"), ("consent", told), ("plan", "Plan"), ("book_visit", "Visits"), ("measures", "Measures"), ("withdrawal", "Withdrawal"),
        ("care_plan", "Plan of care"), ("aftercare", "Aftercare"), ("care_team", "Care team"), ("patient_sign_in", "Sign-in"), ("person_details", "Details"),
        ("protocol_move", "Protocol"), ("note", "Note"),
    )  # fmt: skip
    return [Link(label, address(view, desk.patient)) for view, label in pages if desk.may(view, "GET")]
