"""From an open chart to the person's page."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.desk import Desk, address, who
from kairn.clinic.screens.forms.gates import gate_of, weighed
from kairn.clinic.screens.patient.page import DueLine, FactLine, HoldLine, Link, PatientPage, Step, VisitLine
from kairn.clinic.screens.patient.telling import Moment, moment
from kairn.pathway.standing import Due, DueState, Move, MoveKind, Visit
from kairn.record.payloads import AllergyNoted, ConsentSigned, Observed

SHOWN = 15
OLD = timedelta(days=30)
BAND = (("weight", "Weight"), ("moud_status", "MOUD"))
LEVELS = {"stop": "high", "pause": "high", "alert": "medium"}
RUNNING = ("pre-flight", "infusion", "recovery")
WORK = {
    "consent": ("assessment", "Open the assessment"),
    "planning": ("consent", "Open the consent"),
    "treatment": ("plan", "Open the plan"),
    "follow-up": ("book_visit", "Book a visit"),
}
SOON = timedelta(days=14)


def patient_page(desk: Desk, known: str = "", error_title: str = "", errors: tuple[str, ...] = (), reason: str = "") -> PatientPage:
    """Everything the page shows; `known` names the past moment a page as-known-then is of."""
    chart, clock, course = desk.chart, desk.clock, desk.chart.standing.course
    steps = () if known and not chart.protocol else tuple(_steps(desk, bool(known)))
    moments, hidden = timeline(desk, limit=SHOWN)
    due = [_due(desk, one) for one in chart.standing.due]
    soon = [line for line, one in zip(due, chart.standing.due, strict=True) if one.state is not DueState.AHEAD or one.urgent or one.due_at - clock.now < SOON]
    return PatientPage(
        who=who(desk), seq=chart.seq, url=address("patient", desk.patient), event_id=str(uuid4()), facts=tuple(_facts(desk)), stages=_stages(desk),
        stage=course.stage, since=clock.day(course.since) if course.since else "", ended=words.EXITS.get(course.stage, "") if course.ended else "",
        why=chart.why, holds=tuple(_holds(desk)), first=steps[0] if steps else None, steps=steps[1:], exits=_exits(desk, bool(known)),
        exit_url=address("course_exit", desk.patient), due=tuple(soon), later=tuple(line for line in due if line not in soon),
        visits=tuple(_visit(desk, one) for one in reversed(chart.standing.visits) if one.phase != "closed" and not one.cancelled),
        past=tuple(_visit(desk, one) for one in reversed(chart.standing.visits) if one.phase == "closed" or one.cancelled),
        links=() if known else tuple(_links(desk)), moments=moments, hidden=hidden, timeline=address("patient_timeline", desk.patient), known=known,
        error_title=error_title, errors=errors, reason=reason,
    )  # fmt: skip


def timeline(desk: Desk, group: str = "", limit: int = 0) -> tuple[tuple[Moment, ...], int]:
    """The entries, newest first by when they happened, and how many are not shown."""
    struck = desk.chart.history.struck
    ordered = sorted(desk.chart.history.events, key=lambda event: (event.occurred_at, event.seq), reverse=True)
    told = [moment(event, desk.clock, _why_struck(struck.get(event.id))) for event in ordered]
    told = [one for one in told if not group or one.group == group]
    shown = tuple(told[:limit] if limit else told)
    return shown, len(told) - len(shown)


def _why_struck(event: object) -> str:
    payload = getattr(event, "payload", None)
    return f"{payload.reason} ({event.by.name})" if payload else ""  # type: ignore[attr-defined]


def _facts(desk: Desk) -> list[FactLine]:
    if "clinical" not in desk.chart.visible:
        return []
    allergies = [payload.code.display or payload.code.code for _, payload in desk.chart.history.all(AllergyNoted) if payload.state == "active"]
    found = [FactLine("Allergies", ", ".join(dict.fromkeys(allergies)) or _no_allergy(desk))]
    return found + [_latest(desk, fact, title) for fact, title in BAND]


def _no_allergy(desk: Desk) -> str:
    reviewed = _reading(desk, "allergies_reviewed")
    return "none known" if reviewed and reviewed[0] == "yes" else ""


def _latest(desk: Desk, fact: str, title: str) -> FactLine:
    found = _reading(desk, fact)
    if not found:
        return FactLine(title, "")
    said, at = found
    return FactLine(f"{title}, {desk.clock.when(at)}", said, desk.clock.now - at > OLD)  # type: ignore[operator, arg-type]


def _reading(desk: Desk, fact: str) -> tuple[str, object] | None:
    """The latest value of a fact, by when it was true, and when that was."""
    taken = [(event, one) for event, payload in desk.chart.history.all(Observed) for one in payload.readings if one.fact == fact]
    if not taken:
        return None
    event, one = max(taken, key=lambda pair: (pair[0].occurred_at, pair[0].seq))
    return words.value(one), event.occurred_at


def _stages(desk: Desk) -> tuple[tuple[str, str, str], ...]:
    names = list(words.STAGES)
    here = names.index(desk.chart.standing.course.stage) if desk.chart.standing.course.stage in names else len(names)
    return tuple((key, label, "1" if place < here and not desk.chart.standing.course.ended else "") for place, (key, label) in enumerate(words.STAGES.items()))


def _holds(desk: Desk) -> list[HoldLine]:
    return [HoldLine(LEVELS[hold.level.value], hold.verdict.rule.title, hold.verdict.answer.value) for hold in desk.chart.standing.holds]


def _steps(desk: Desk, past: bool) -> list[Step]:
    """Moves of the course first, then what a running visit waits for; the one on the way forward comes first."""
    moves = [move for move in desk.chart.standing.moves if not move.always_open]
    names = list(words.STAGES)
    here = desk.chart.standing.course.stage
    ahead = names.index(here) if here in names else len(names)
    running = {visit.id: visit for visit in desk.chart.standing.visits if visit.phase in RUNNING}
    steps = [_step(desk, move, past) for move in moves if move.visit in running or move.kind is MoveKind.STAGE]
    back = [move for move in moves if move.kind is MoveKind.STAGE and names.index(move.to) < ahead]
    return (
        sorted(steps, key=lambda step: (step.stage == "", step.stage in {move.to for move in back}))
        if not running
        else sorted(steps, key=lambda step: step.stage != "")
    )


def _step(desk: Desk, move: Move, past: bool) -> Step:
    gates = tuple(gate_of(desk, verdict) for verdict in weighed(desk.chart.standing, move)) if "reasons" in desk.chart.visible else ()
    waits = tuple(verdict.rule.title for verdict in move.blocking)
    waiting = f"waits for {len(waits)} answer{'' if len(waits) == 1 else 's'}" if waits else ""
    stage = move.to if move.kind is MoveKind.STAGE else ""
    opened = sum(1 for part in gates if part.said == "yes")
    told = f"{opened} of {len(gates)} answers are yes" if gates else waiting
    enters = bool(stage) and not past and desk.may("stage")
    link, act = ("", "") if past else _work(desk, move)
    return Step(_label(move), move.answer.value, told, gates, waits, stage, address("stage", desk.patient) if enters else "", link, act)


def _work(desk: Desk, move: Move) -> tuple[str, str]:
    """The page where what a move waits for is done, for somebody who may open it."""
    view, act = ("chair", "Open the chair") if move.visit else WORK.get(move.to, ("", ""))
    if move.visit and move.to == "infusion":
        view, act = "preflight", "Open pre-flight"
    url = address(view, desk.patient, move.visit) or address(view, move.visit) if move.visit else address(view, desk.patient)
    return (url, act) if url and desk.may(view, "GET") else ("", "")


def _label(move: Move) -> str:
    kinds = {MoveKind.READY: "Discharge as ready", MoveKind.RESUME: "Resume the infusion"}
    return kinds.get(move.kind) or f"Enter {words.step(move.to).lower()}"


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
    return VisitLine(
        title, note, url, act, address("escort", desk.patient, visit.id) if visit.phase == "booked" and not visit.cancelled and desk.may("escort") else ""
    )


def _visit_page(desk: Desk, visit: Visit) -> tuple[str, str]:
    if visit.cancelled or not desk.may("chair", "GET"):
        return "", ""
    page, act = ("preflight", "Pre-flight") if visit.phase in ("booked", "pre-flight") and visit.purpose == "infusion" else ("chair", "Chair")
    url = address(page, desk.patient, visit.id) or address(page, visit.id)
    return (url, act) if url and visit.purpose == "infusion" else ("", "")


def _links(desk: Desk) -> list[Link]:
    """The pages of this person, those of the stage first."""
    stage = desk.chart.standing.course.stage
    signed = desk.chart.history.latest(ConsentSigned)
    pages = [("assessment", "Assessment", ""), ("consent", "Consent", f"signed {desk.clock.day(signed[0].occurred_at)}" if signed else ""), ("plan", "Plan", ""),
             ("book_visit", "Book a visit", ""), ("aftercare", "Aftercare and follow-up", ""), ("care_team", "Care team", ""), ("note", "Write a note", ""),
             ("record_death", "Record a death", "")]  # fmt: skip
    first = {"assessment": "assessment", "consent": "consent", "planning": "plan", "treatment": "book_visit", "follow-up": "aftercare"}.get(stage)
    ordered = sorted(pages, key=lambda page: page[0] != first)
    return [Link(label, address(view, desk.patient), note) for view, label, note in ordered if address(view, desk.patient) and desk.may(view, "GET")]
