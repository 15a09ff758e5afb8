"""What is next for one person: the running or the next visit first, then the course forward, then back."""

from __future__ import annotations

from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.desk import Desk, address
from kairn.clinic.screens.forms.gates import gate_of, in_the_way, weighed
from kairn.clinic.screens.parts import Gates
from kairn.clinic.screens.patient.page import Step
from kairn.pathway.standing import Move, MoveKind, Visit
from kairn.terms.answer import Answer

RUNNING = ("pre-flight", "infusion", "recovery")
WORDS = {Answer.YES: "Open", Answer.NO: "No", Answer.UNKNOWN: "Unknown"}
WORK = {"consent": ("assessment", "Open the assessment"), "planning": ("consent", "Open the consent"), "treatment": ("plan", "Open the plan")}
KINDS = {MoveKind.READY: "Discharge as ready", MoveKind.RESUME: "Resume the infusion"}
CHAIR = {"pre-flight": "Open pre-flight", "infusion": "Open pre-flight"}


def steps_of(desk: Desk, *, past: bool) -> tuple[Step, ...]:
    """The steps, the one that is next first; `past` shows advice of an earlier moment, which nobody can enter now."""
    moves = [move for move in desk.chart.standing.moves if not move.always_open]
    visit = next_visit(desk)
    of_visit = [_step(desk, move, past, visit) for move in moves if visit and move.visit == visit.id]
    course = sorted((move for move in moves if move.kind is MoveKind.STAGE), key=lambda move: _back(desk, move))
    steps = [*of_visit, *_unbooked(desk, visit, past), *(_step(desk, move, past, None) for move in course)]
    return tuple(steps)


def next_visit(desk: Desk) -> Visit | None:
    """The visit that runs, otherwise the next infusion booked."""
    open_ = [one for one in desk.chart.standing.visits if one.phase != "closed" and not one.cancelled and one.purpose == "infusion"]
    return min(open_, key=lambda one: (one.phase not in RUNNING, one.starts_at), default=None)


def _unbooked(desk: Desk, visit: Visit | None, past: bool) -> list[Step]:
    """In treatment without a visit ahead, booking one is what comes next."""
    if visit or past or desk.chart.standing.course.stage != "treatment":
        return []
    link = address("book_visit", desk.patient) if desk.may("book_visit") else ""
    return [Step("the next infusion", "Not booked", "unknown", "no infusion is in the book", Gates(), (), "", "", link, "Book a visit" if link else "")]


def _back(desk: Desk, move: Move) -> bool:
    names, here = list(words.STAGES), desk.chart.standing.course.stage
    return here in names and move.to in names and names.index(move.to) < names.index(here)


def _step(desk: Desk, move: Move, past: bool, visit: Visit | None) -> Step:
    reasons, count = "reasons" in desk.chart.visible, len(move.blocking)
    gates = Gates(gate_of(desk, verdict) for verdict in weighed(desk.chart.standing, move)) if reasons else Gates()
    waits = tuple(verdict.rule.title for verdict in in_the_way(move)) if reasons or not count else (f"Waits for {words.clinical_answers(count)}.",)
    stage = move.to if move.kind is MoveKind.STAGE else ""
    action = address("stage", desk.patient) if stage and not past and desk.may("stage") else ""
    link, act = ("", "") if past else _work(desk, move)
    return Step(_label(desk, move, visit), WORDS[move.answer], move.answer.value, _note(gates, count), gates, waits, stage, action, link, act)


def _note(gates: tuple[object, ...], count: int) -> str:
    if gates:
        return f"{sum(getattr(part, 'said', '') == 'yes' for part in gates)} of {len(gates)} answers are yes"
    return f"waits for {words.clinical_answers(count)}" if count else ""


def _label(desk: Desk, move: Move, visit: Visit | None) -> str:
    label = KINDS.get(move.kind) or f"Enter {words.step(move.to).lower()}"
    if not visit:
        return label
    number = f" {visit.number}" if visit.number else ""
    return f"{label}, infusion{number}, {desk.clock.when(visit.starts_at)}"


def _work(desk: Desk, move: Move) -> tuple[str, str]:
    """The page where what a move waits for is done, for somebody who may open it."""
    if move.visit:
        view, act = ("preflight", CHAIR[move.to]) if move.to in CHAIR else ("chair", "Open the chair")
        url = address(view, desk.patient, move.visit)
    else:
        view, act = WORK.get(move.to, ("", ""))
        url = address(view, desk.patient) if view else ""
    return (url, act) if url and desk.may(view, "GET") else ("", "")
