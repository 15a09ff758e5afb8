"""What's next, in plain words, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from kairn.clinic.acts.charts import Chart
from kairn.clinic.people.audit import Looked
from kairn.clinic.screens.forms.answers import Again
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.going_home.page import latest_visit
from kairn.library.facts import FACTS
from kairn.pathway.care_plan import as_of
from kairn.pathway.standing import Visit
from kairn.record.history import History
from kairn.record.payloads import ContactMade, Observed
from kairn.record.payloads_care import CareProblem

STAGE_WORDS = {
    "referral": "Somebody from the clinic will call you.", "assessment": "A specialist is getting to know you and your health.",
    "consent": "You are talking over what to expect. Take your time.", "planning": "Your team is making a plan with you.",
    "treatment": "You are in your series. Medicine, therapy and support go on beside it.", "follow-up": "Your series is over. Your team stays in touch.",
}  # fmt: skip
WHO = {
    "patient": "you", "prescriber": "your prescriber", "nurse": "your nurse", "therapist": "your therapist", "coordinator": "the person who plans your visits",
}  # fmt: skip
READ = {
    "own": "your own pages", "board": "your name on the list of the day", "shift.see": "a visit on the list of the day, without your name",
    "shift.take": "who is with you at a visit", "patient.sign-in": "your own sign-in", "protocol.people": "which rules you are treated by",
    "ride": "your ride home", "import": "a record brought in for you", "break glass": "your record, in an emergency and with a reason",
}  # fmt: skip
LOOKED = 2_000
"""How many readings back the person sees."""
CHECK_IN = ("craving", "use_days", "suicide_intent")


@dataclass(frozen=True)
class Next:
    """The one next thing."""

    when: str
    what: str
    ride: str


@dataclass(frozen=True)
class HomePage:
    """The patient's first page."""

    name: str
    next: Next | None
    stage: str
    progress: str
    days: str
    looked: str
    may_check_in: bool
    questions: int = 0
    after: bool = False


@dataclass(frozen=True)
class OwnStep:
    """One step of the person's own plan: what, who in their words, when."""

    what: str
    who: str
    when: str


@dataclass(frozen=True)
class OwnProblem:
    """One problem of the person's own plan."""

    problem: str
    goals: tuple[str, ...]
    steps: tuple[OwnStep, ...]


@dataclass(frozen=True)
class OwnPlanPage:
    """The person's own copy of their plan of care; no problems where none is signed yet."""

    problems: tuple[OwnProblem, ...]
    at: str
    agreed: bool


@dataclass(frozen=True)
class CheckInPage:
    """The short check-in."""

    event_id: str
    again: Again
    worst: str


@dataclass(frozen=True)
class LookedRow:
    """What one person looked at on one day; `times` is empty where it was once."""

    at: str
    who: str
    what: str
    times: str


def home_page(chart: Chart, clock: Clock, looked: tuple[Looked, ...], questions: int = 0) -> HomePage:
    """The page for one patient; `looked` is how others looked, the latest first, `questions` how many forms wait for their answers."""
    ahead = [visit for visit in chart.standing.visits if not visit.cancelled and visit.phase != "closed" and visit.starts_at.date() >= clock.now.date()]
    stage = STAGE_WORDS.get(chart.standing.course.stage, "You are not in the programme now. You can come back at any time.")
    said = f"Latest: {_by(looked[0])}, {clock.when(looked[0].at)}" if looked else "Nobody of the team has looked yet."
    progress, days = _progress(chart.history)
    return HomePage(
        chart.patient.given_name, _next(ahead[0], clock) if ahead else None, stage, progress, days, said, not chart.standing.course.ended, questions,
        latest_visit(chart.standing) is not None,
    )  # fmt: skip


def plan_page(chart: Chart, clock: Clock) -> OwnPlanPage:
    """The latest signed plan, without roles' names and rules; nothing where none is signed."""
    found = as_of(chart.history)
    if found is None:
        return OwnPlanPage((), "", False)
    at, plan, _ = found
    return OwnPlanPage(tuple(_own_problem(one) for one in plan.problems), f"Signed {clock.day(at)}", plan.agreed_with_person)


def _own_problem(problem: CareProblem) -> OwnProblem:
    return OwnProblem(problem.problem, problem.goals, tuple(OwnStep(step.what, WHO.get(step.who, "your team"), step.when) for step in problem.steps))


def _next(visit: Visit, clock: Clock) -> Next:
    what = {"infusion": "Your visit at the clinic. Somebody takes you home; you do not drive until the next day.", "therapy": "Your talk with your therapist."}
    ride = {
        "confirmed": f"{visit.escort} takes you home.",
        "present": f"{visit.escort} takes you home.",
        "cancelled": "Your ride was cancelled. Call the clinic, please.",
    }
    missing = "Nobody is named yet to take you home. Tell the clinic who it is." if visit.purpose == "infusion" else ""
    return Next(_when(visit.starts_at, clock), what.get(visit.purpose, "Your visit at the clinic."), ride.get(visit.escort_state, missing))


def _when(at: datetime, clock: Clock) -> str:
    days = (clock.local(at).date() - clock.local(clock.now).date()).days
    day = {0: "Today", 1: "Tomorrow"}.get(days, f"{clock.local(at):%A} {clock.day(at)}")
    return f"{day}, {clock.hour(at)}"


def _progress(history: History) -> tuple[str, str]:
    """Craving when it began and now, in words; and on how many days it was answered."""
    taken = sorted(
        (event.occurred_at, Decimal(reading.value))
        for event in history.live
        if isinstance(event.payload, Observed | ContactMade)
        for reading in event.payload.readings
        if reading.fact == "craving" and reading.value.replace(".", "", 1).isdigit()
    )
    if len(taken) < 2:
        return "", ""
    first, latest = taken[0][1], taken[-1][1]
    change = "lower" if latest < first else "higher" if latest > first else "the same"
    days = len({at.date() for at, _ in taken})
    return f"Your craving was {first} when you began and {latest} the latest time: {change}.", f"You answered on {days} days. Blank days are fine."


def check_in_page(again: Again) -> CheckInPage:
    """The check-in form."""
    return CheckInPage(again.event_id or str(uuid4()), again, str(FACTS["craving"].plausible[1]))


def looked_rows(looked: tuple[Looked, ...], clock: Clock) -> tuple[LookedRow, ...]:
    """Who looked at what on which day, newest first; what one person read many times in a day is one row that counts."""
    seen: dict[tuple[object, str, str], list[Looked]] = {}
    for one in looked:
        seen.setdefault((clock.local(one.at).date(), one.by, _what(one)), []).append(one)
    return tuple(_row(what, many, clock) for (_, _, what), many in seen.items())


def _by(one: Looked) -> str:
    if one.own:
        return "You"
    roles = ", ".join(role.replace("-", " ") for role in one.roles.split())
    return f"{one.by}, {roles}" if roles else one.by


def _what(one: Looked) -> str:
    """What was read, in the person's words; a page that has no word of its own is the record."""
    return READ.get(one.what, READ.get(one.what.partition(".")[0], "your record"))


def _row(what: str, many: list[Looked], clock: Clock) -> LookedRow:
    newest, first = many[0], many[-1]
    times = f"{len(many)} times since {clock.hour(first.at)}" if len(many) > 1 else ""
    return LookedRow(clock.when(newest.at), _by(newest), what, times)
