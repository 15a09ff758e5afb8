"""From the board of acts to the page of the day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import chain

from kairn.clinic.acts.boards import Board, BoardDue, BoardRow, BoardVisit
from kairn.clinic.acts.escorts import LOST
from kairn.clinic.screens.chair.pump import minute_of
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.forms.desk import address
from kairn.clinic.screens.today.page import ChairLine, Filter, PersonLine, RiskLine, TodayPage, VisitLine
from kairn.clinic.screens.visit.holds import LEVELS, asked_by
from kairn.library.urgent_tasks import URGENT_TASKS

RUNNING = ("pre-flight", "infusion", "recovery")
ORDER = ("high", "medium", "low")
READY = {"pre-flight": ("May start", "Not yet"), "recovery": ("Ready to leave", "Not ready to leave")}
SOON_DAYS = 2
RIDE = URGENT_TASKS[LOST]
NUMBERS = ("Nobody", "One person", "Two people", "Three people", "Four people", "Five people", "Six people", "Seven people", "Eight people", "Nine people")


def today_page(board: Board, clock: Clock, url: str, stage: str, may_register: bool) -> TodayPage:
    """The page of one board; `stage` is the one its list of people is narrowed to, and nothing but that list."""
    needing = [lines for lines in (tuple(_risks(row, clock)) for row in board.first) if lines]
    risks = sorted(chain.from_iterable(needing), key=lambda line: (ORDER.index(line.level), line.until))
    marked = tuple(RiskLine(**{**line.__dict__, "lead": "1" if place == 0 and line.level == "high" else ""}) for place, line in enumerate(risks))
    pages = _pages(board, url, stage)
    return TodayPage(
        title=clock.full(clock.now), summary=_summary(len(needing), board.running),
        known=f"{clock.local(clock.now):%H:%M:%S}", url=url,
        chairs=tuple(_chairs(board.first, clock)), risks=marked, visits=tuple(_visits(board.first, clock)),
        people=tuple(_person(row, clock) for row in board.rows),
        filters=tuple(_filters(board, url, stage)), total=sum(board.by_stage.values()), shown=_shown(board, stage), before=pages[0], after=pages[1],
        register=address("register") if may_register else "", upload=address("upload") if may_register else "",
    )  # fmt: skip


def _summary(people: int, running: int) -> str:
    who = NUMBERS[people] if people < len(NUMBERS) else f"{people} people"
    needs = f"{who} {'needs' if people < 2 else 'need'} somebody now."
    return f"{needs} {running} visit{'' if running == 1 else 's'} running." if running else f"{needs} No visit is running."


def _pages(board: Board, url: str, stage: str) -> tuple[str, str]:
    keep = f"&stage={stage}" if stage else ""
    total = board.by_stage.get(stage, 0) if stage else board.total
    before = f"{url}?from={max(0, board.offset - board.limit)}{keep}" if board.offset else ""
    after = f"{url}?from={board.offset + board.limit}{keep}" if board.offset + board.limit < total else ""
    return before, after


def _shown(board: Board, stage: str) -> str:
    total = board.by_stage.get(stage, 0) if stage else board.total
    if not total:
        return "nobody"
    return f"{board.offset + 1} to {board.offset + len(board.rows)} of {total}, most urgent first"


def _filters(board: Board, url: str, stage: str) -> Iterable[Filter]:
    yield Filter("Everybody", sum(board.by_stage.values()), url, not stage)
    for key, label in words.STAGES.items():
        if board.by_stage.get(key):
            yield Filter(label, board.by_stage[key], f"{url}?stage={key}", stage == key)


def _dues(row: BoardRow) -> list[BoardDue]:
    return [*([row.due] if row.due else []), *row.tasks]


def _risks(row: BoardRow, clock: Clock) -> Iterable[RiskLine]:
    """The strongest hold in force in the board's own words, every urgent task, and the first thing that is late with how many more."""
    href = address("patient", row.patient)
    if row.holds:
        level, told = row.holds[0].level, (row.holds[0].title, _where(row, len(row.holds) - 1), "Nurse at the chair", "", "now", "")
        yield RiskLine(LEVELS[level], asked_by(level, row.phase), row.name, _chair_page(row) or href, *told)
    for due in _dues(row):
        if due.urgent:
            yield _due_risk(row, due, clock, "high", "Urgent task", 0)
    if row.visit and row.visit.phase in RUNNING and row.visit.escort_state == "cancelled" and not any(_asks_for_a_ride(due) for due in _dues(row)):
        told = (f"{row.visit.escort} {words.ESCORTS['cancelled']}", _where(row, 0), words.capital(RIDE.owner), "", "now", "")
        yield RiskLine("high", "No ride", row.name, _chair_page(row) or href, *told)
    late = [due for due in _dues(row) if due.state == "late" and not due.urgent]
    if late:
        yield _due_risk(row, late[0], clock, "medium", "Late", len(late) - 1)


def _asks_for_a_ride(due: BoardDue) -> bool:
    """Whether this is the task that opened when the escort said that they cannot come, which tells of it already."""
    return due.urgent and due.what == RIDE.what


def _due_risk(row: BoardRow, due: BoardDue, clock: Clock, level: str, reason: str, more: int) -> RiskLine:
    href = _chair_page(row) if row.visit and due.visit == row.visit.id else ""
    owner = words.capital(due.owner.replace("-", " "))
    told = (words.capital(due.what), _where(row, more), owner, due.due_at.isoformat(), f"by {clock.when(due.due_at)}")
    return RiskLine(level, reason, row.name, href or address("patient", row.patient), *told, "")


def _where(row: BoardRow, more: int) -> str:
    running = row.visit and row.visit.phase in RUNNING
    place = f"{words.PHASES[row.visit.phase]}, chair {row.visit.chair or 'not named'}" if row.visit and running else words.step(row.stage)
    return f"{place}; and {more} more" if more else place


def _chair_page(row: BoardRow) -> str:
    if not row.visit or row.visit.phase not in RUNNING:
        return ""
    page = "preflight" if row.visit.phase == "pre-flight" else "chair"
    return address(page, row.patient, row.visit.id) or address(page, row.visit.id)


def _chairs(rows: Iterable[BoardRow], clock: Clock) -> list[ChairLine]:
    """Who sits in a chair, then who is booked for today, whether or not their time has passed."""
    today = clock.local(clock.now).date()
    taken = [(row, row.visit) for row in rows if row.visit and (row.visit.phase in RUNNING or _day(row.visit, clock) == today)]
    return [_chair(row, visit, clock) for row, visit in sorted(taken, key=lambda pair: (pair[1].phase == "booked", pair[1].chair, pair[1].starts_at))]


def _day(visit: BoardVisit, clock: Clock) -> date:
    return clock.local(visit.starts_at).date()


def _chair(row: BoardRow, visit: BoardVisit, clock: Clock) -> ChairLine:
    name = words.chair(visit.chair) or "No chair yet"
    href = _chair_page(row) or address("patient", row.patient)
    told = _told(visit, clock)
    ride = f"escort {visit.escort}, {words.ESCORTS.get(visit.escort_state, '')}" if visit.escort else "no escort named"
    if visit.phase == "booked":
        return ChairLine(name, row.name, href, told, 0, 1, "", words.PURPOSES[visit.purpose].lower(), clock.hour(visit.starts_at), "", "", ride)
    gone = int((clock.now - visit.starts_at).total_seconds() // 60)
    until, what, at = _next_at_chair(row, visit, clock)
    said, word = ("", "") if until or at else _ready(row, visit)
    note = _waits(row) if row.blocking else "; ".join(filter(None, (_waits(row), ride)))
    return ChairLine(name, row.name, href, told, max(0, min(gone, visit.minutes)), visit.minutes, until, what, at, said, word, note)


def _told(visit: BoardVisit, clock: Clock) -> str:
    """What goes on in the chair; while the pump is on in the chair's own words, and where its minutes are not shown, how long ago it began.

    Of an infusion whose hour has passed it says that nobody arrived; of other visits no arrival is recorded.
    """
    if visit.phase == "booked":
        return "Booked, not arrived" if visit.purpose == "infusion" and visit.starts_at < clock.now else "Booked"
    if visit.phase != "infusion":
        return f"{words.PHASES[visit.phase]}, minute {int((clock.now - visit.since).total_seconds() // 60)}"
    if visit.running is not None:
        return minute_of(visit.running, visit.lasts, paused=visit.pump == "paused")
    return f"Infusing{', pump ' + visit.pump if visit.pump != 'running' else ''}, begun {clock.ago(visit.since)} ago"


def _ready(row: BoardRow, visit: BoardVisit) -> tuple[str, str]:
    """Whether the next step of a visit is open, in words that name the step; while the pump is on there is none to name."""
    yes, no = READY.get(visit.phase, ("", ""))
    return (row.next_answer, yes if row.next_answer == "yes" else no) if yes else ("", "")


def _next_at_chair(row: BoardRow, visit: BoardVisit, clock: Clock) -> tuple[str, str, str]:
    """The nearest thing due at this visit, as a clock."""
    dues = sorted((due for due in _dues(row) if due.visit == visit.id and due.rule_id), key=lambda due: due.due_at)
    if not dues:
        return "", "", ""
    what = "vitals" if "vital" in dues[0].rule_id else dues[0].what[:1].lower() + dues[0].what[1:]
    if dues[0].due_at < clock.now:
        return "", f"over: {what} due {clock.hour(dues[0].due_at)}", clock.ago(dues[0].due_at)
    return dues[0].due_at.isoformat(), what, clock.hour(dues[0].due_at)


def _waits(row: BoardRow) -> str:
    if not row.blocking:
        return f"waits for {words.clinical_answers(row.waits)}" if row.waits else ""
    more = f", and {len(row.blocking) - 1} more" if len(row.blocking) > 1 else ""
    return f"waits for: {row.blocking[0].title}{more}"


def _visits(rows: Iterable[BoardRow], clock: Clock) -> list[VisitLine]:
    """Visits of the coming days that are not today's chairs, those without a ride first."""
    today = clock.local(clock.now).date()
    coming = [(row, row.visit) for row in rows if row.visit and row.visit.phase == "booked" and 0 < (_day(row.visit, clock) - today).days <= SOON_DAYS]
    lines = [_coming(row, visit, clock) for row, visit in sorted(coming, key=lambda pair: pair[1].starts_at)]
    return sorted(lines, key=lambda line: line.said == "yes")


def _coming(row: BoardRow, visit: BoardVisit, clock: Clock) -> VisitLine:
    ride = f"{visit.escort}: {words.ESCORTS.get(visit.escort_state, visit.escort_state)}" if visit.escort else "nobody named"
    said = {"confirmed": "yes", "cancelled": "no", "": "no" if not visit.escort else "unknown"}.get(visit.escort_state, "unknown")
    number = f" {visit.number}" if visit.number else ""
    what = f"{words.PURPOSES[visit.purpose]}{number}, {'chair ' + visit.chair if visit.chair else 'no chair yet'}"
    return VisitLine(clock.when(visit.starts_at), row.name, address("patient", row.patient), what, ride, said if visit.purpose == "infusion" else "yes", "")


def _person(row: BoardRow, clock: Clock) -> PersonLine:
    label, said = _next(row, clock)
    why = (row.blocking[0].title if row.blocking else _waits(row) or row.why) if said else ""
    due = row.due
    told, by = (words.capital(due.what), _by(due, clock)) if due else ("", "")
    state = due.state if due and due.state != "ahead" else ""
    more = max(0, len(row.blocking) - 1) if said else 0
    return PersonLine(row.name, row.birth_date, address("patient", row.patient), words.step(row.stage), label, said, why, more, told, by, state)


def _by(due: BoardDue, clock: Clock) -> str:
    """Until when; what is past its time and not yet late is due since then."""
    if due.state == "due" and due.due_at < clock.now:
        return f"due since {clock.when(due.due_at)}"
    return f"{f'{due.state}, ' if due.state != 'ahead' else ''}by {clock.when(due.due_at)}"


def _next(row: BoardRow, clock: Clock) -> tuple[str, str]:
    """The step forward with its answer; in treatment between visits it is the visit booked, not a way back."""
    names = list(words.STAGES)
    back = row.next_kind == "stage" and row.next in names and row.stage in names and names.index(row.next) < names.index(row.stage)
    if back:
        ahead = f"{words.PURPOSES[row.visit.purpose]} {clock.when(row.visit.starts_at)}" if row.visit else ""
        return ahead or ("nothing booked" if row.stage == "treatment" else "no step ahead"), ""
    label = {"ready": "Discharge as ready", "resume": "Resume the infusion"}.get(row.next_kind) or (f"Enter {words.step(row.next).lower()}" if row.next else "")
    return label, row.next_answer
