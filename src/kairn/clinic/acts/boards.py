"""Today: one page of people, most urgent first, with counts of all; ordered and cut by the database."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from psycopg import Cursor

from kairn.clinic.acts.charts import Chart, chart_of
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.permission import permitted
from kairn.clinic.ledger.read import histories
from kairn.clinic.ledger.session import cursor
from kairn.clinic.people import audit
from kairn.clinic.people.care import patients
from kairn.clinic.people.relations import NEAREST
from kairn.clinic.people.visibility import visible
from kairn.pathway.duties import state_at
from kairn.pathway.standing import DueState

ACTION = "board.read"
MINE = f"SELECT patient_id FROM ({NEAREST}) AS mine WHERE user_id = %(user)s"
RELATIONS = f"SELECT patient_id, word FROM ({NEAREST}) AS mine WHERE user_id = %(user)s AND patient_id = ANY(%(ids)s)"
SHOWN = """(NOT (board->>'ended')::boolean OR (board->>'urgent')::int > 0 OR board->'visit'->>'phase' IN ('pre-flight', 'infusion', 'recovery')
    OR jsonb_path_exists(board, '$.due[*] ? (@.task != "")'))"""
"""In care, or with something open that outlives the course: a task, or a visit under way."""
COLUMNS = ("stream", "seq", "as_of", "stage", "board::text")
STAGE = COLUMNS.index("stage")
ROWS = f"""SELECT {", ".join(COLUMNS)} FROM ledger_standing
  WHERE clinic = %(clinic)s AND {SHOWN} AND (%(all)s OR stream IN ({MINE}))
    AND (%(stages)s::text[] IS NULL OR stage = ANY(%(stages)s::text[]))
  ORDER BY board->>'sort', stream LIMIT %(limit)s OFFSET %(offset)s"""
COUNTS = f"""SELECT stage, count(*), count(*) FILTER (WHERE (board->>'urgent')::int > 0), count(*) FILTER (WHERE (board->>'late')::int > 0),
    count(*) FILTER (WHERE board->'visit'->>'phase' IN ('pre-flight', 'infusion', 'recovery'))
  FROM ledger_standing WHERE clinic = %(clinic)s AND {SHOWN} AND (%(all)s OR stream IN ({MINE})) GROUP BY stage"""


RUNNING = f"""SELECT stream FROM ledger_standing WHERE clinic = %(clinic)s AND board->'visit'->>'phase' IN ('pre-flight', 'infusion', 'recovery')
    AND (%(only)s::uuid IS NULL OR stream = %(only)s)
    AND (%(all)s OR stream IN ({MINE}))"""


@dataclass(frozen=True)
class BoardReason:
    """One rule that stands in the way of what is next, or a hold in force (`level` alert, pause or stop)."""

    rule_id: str
    title: str
    answer: str
    level: str = ""


@dataclass(frozen=True)
class BoardDue:
    """One thing to be done. `state` is ahead, due or late now; `task` or `rule_id` says where it comes from."""

    what: str
    owner: str
    due_at: datetime
    state: str
    rule_id: str
    visit: UUID | None
    task: UUID | None
    urgent: bool


@dataclass(frozen=True)
class BoardVisit:
    """The visit that runs, or the next one booked.

    `running` is how long the pump has run by now, of the `lasts` ordered; None where that is not shown or not known.
    """

    id: UUID
    purpose: str
    phase: str
    chair: str
    starts_at: datetime
    minutes: int
    number: int
    since: datetime
    pump: str
    infusion_started: datetime | None
    escort: str
    escort_state: str
    running: timedelta | None = None
    lasts: timedelta = timedelta()


@dataclass(frozen=True)
class BoardRow:
    """One person. `next` is a stage or phase, `next_answer` yes, no or unknown; `due` is the earliest, `tasks` the rest that is due.

    `waits` counts what stands in the way; `blocking` says what, to whom reasons are shown.
    """

    patient: UUID
    name: str
    birth_date: str
    seq: int
    as_of: datetime
    stage: str
    visit: BoardVisit | None
    next_kind: str
    next: str
    next_answer: str
    waits: int
    blocking: tuple[BoardReason, ...]
    holds: tuple[BoardReason, ...]
    due: BoardDue | None
    tasks: tuple[BoardDue, ...]
    urgent: bool
    why: str

    @property
    def phase(self) -> str:
        """The phase of the visit, empty without one."""
        return self.visit.phase if self.visit else ""

    @property
    def chair(self) -> str:
        """The chair of the visit, empty without one."""
        return self.visit.chair if self.visit else ""


@dataclass(frozen=True)
class Board:
    """One page of people with the counts of all that this reader may see, at one moment.

    `first` are the most urgent of everybody, whichever page or stage `rows` are of.
    """

    now: datetime
    first: tuple[BoardRow, ...]
    rows: tuple[BoardRow, ...]
    total: int
    urgent: int
    late: int
    running: int
    by_stage: Mapping[str, int]
    offset: int
    limit: int


def today(context: Context, *, limit: int, offset: int = 0, stages: tuple[str, ...] | None = None) -> Board | Refused:
    """One page of the people in care or with something open, most urgent first; `stages` narrows the rows, neither the counts nor who comes first.

    Writes one row in the log of reads.
    """
    allowed = permitted(context, ACTION, None)
    if isinstance(allowed, Refused):
        return allowed
    asked = {"clinic": context.clinic, "user": context.user.id, "now": context.now, "all": _sees_all(context), "limit": limit}
    with cursor() as opened:
        counts = opened.execute(COUNTS, asked).fetchall()
        first = opened.execute(ROWS, {**asked, "stages": None, "offset": 0}).fetchall()
        page = _narrowed(opened, {**asked, "stages": list(stages) if stages else None, "offset": offset}, first)
        stored = {row[0]: row for row in (*first, *page)}
        near = _near(opened.execute(RELATIONS, {**asked, "ids": list(stored)}).fetchall())
    known = {row.patient: row for row in _rows(context, stored.values(), near)}
    audit.log_reads(context.user, stored, ACTION, relation="same-clinic")
    total, urgent, late, running = (sum(row[place + 1] for row in counts) for place in range(len(("total", "urgent", "late", "running"))))
    of_first, of_page = (tuple(known[row[0]] for row in some if row[0] in known) for some in (first, page))
    return Board(context.now, of_first, of_page, total, urgent, late, running, {row[0]: row[1] for row in counts}, offset, limit)


def _narrowed(opened: Cursor[Any], asked: Mapping[str, Any], first: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The page asked for: the first one itself, cut out of it where that holds everybody, and read only where it lies beyond."""
    stages, offset = asked["stages"], asked["offset"]
    if len(first) < asked["limit"]:
        return [row for row in first if not stages or row[STAGE] in stages][offset:]
    return opened.execute(ROWS, asked).fetchall() if stages or offset else first


def running(context: Context, only: UUID | None = None) -> tuple[Chart, ...] | Refused:
    """The charts of everybody with a visit under way, as this reader may see them, weighed now and not as a projection last said.

    `only` asks for one of them: nothing where that person has no visit under way, or none that this reader may see. Writes one row in the log of reads.
    """
    allowed = permitted(context, ACTION, None)
    if isinstance(allowed, Refused):
        return allowed
    asked = {"clinic": context.clinic, "user": context.user.id, "now": context.now, "all": _sees_all(context), "only": only}
    with cursor() as opened:
        ids = [row[0] for row in opened.execute(RUNNING, asked).fetchall()]
        near = _near(opened.execute(RELATIONS, {**asked, "ids": ids}).fetchall())
    people, known = patients(ids), histories([*ids, context.clinic])
    audit.log_reads(context.user, ids, ACTION, relation="same-clinic")
    held = {each: frozenset({"same-clinic", *near.get(each, ())}) for each in ids if each in people}
    past = known[context.clinic]
    return tuple(chart_of(context, people[each], known[each], context.now, relations, past) for each, relations in held.items())


def _sees_all(context: Context) -> bool:
    """Whether the clinic's people are shown to this reader without being on their care team."""
    return "identity" in visible(context.user, {"same-clinic"})


def _near(rows: Iterable[tuple[UUID, str]]) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = {}
    for patient, word in rows:
        found.setdefault(patient, set()).add(word)
    return found


def _rows(context: Context, stored: Collection[tuple[Any, ...]], near: Mapping[UUID, set[str]]) -> Iterable[BoardRow]:
    people = patients(row[0] for row in stored)
    shown_to = {held: visible(context.user, {"same-clinic", *held}) for held in {frozenset(each) for each in near.values()} | {frozenset[str]()}}
    for stream, seq, as_of, stage, board in stored:
        if stream not in people:
            continue
        who, kept = people[stream], _read(board)
        shown = shown_to[frozenset(near.get(stream, ()))]
        dues = tuple(each.at(context.now) for each in kept.due) if "due" in shown else ()
        yield BoardRow(
            patient=stream, name=who.name, birth_date=who.birth_date.isoformat() if who.birth_date else "", seq=seq, as_of=as_of, stage=stage,
            visit=_visit(kept.visit, context.now if "clinical" in shown else None) if kept.visit else None,
            next_kind=kept.next["kind"], next=kept.next["to"], next_answer=kept.next["answer"],
            waits=len(kept.blocking), blocking=kept.blocking if "reasons" in shown else (), holds=kept.holds if "clinical" in shown else (),
            due=dues[0] if dues else None, tasks=dues[1:], urgent=kept.urgent, why=kept.why,
        )  # fmt: skip


@dataclass(frozen=True)
class _StoredDue:
    """One thing to be done as it reads in each state, and the moments at which its state changes."""

    opens_at: datetime
    late_at: datetime
    due: Mapping[DueState, BoardDue]

    def at(self, now: datetime) -> BoardDue:
        return self.due[state_at(now, self.late_at, self.opens_at)]


@dataclass(frozen=True)
class _Stored:
    """What the stored row of one person says whenever it is read."""

    visit: Mapping[str, Any] | None
    next: Mapping[str, str]
    urgent: bool
    why: str
    due: tuple[_StoredDue, ...]
    blocking: tuple[BoardReason, ...]
    holds: tuple[BoardReason, ...]


@lru_cache(maxsize=settings.KAIRN_STANDINGS_KEPT)
def _read(board: str) -> _Stored:
    """Read once: of the many rows of Today few change between two looks, and those that did not are the same text."""
    plain = json.loads(board)
    step = plain["next"] or {"kind": "", "to": "", "answer": ""}
    due = tuple(map(_due, plain["due"]))
    return _Stored(plain["visit"], step, bool(plain["urgent"]), plain["why"], due, _reasons(plain["blocking"]), _reasons(plain["holds"]))


def _reasons(plain: Iterable[Mapping[str, str]]) -> tuple[BoardReason, ...]:
    return tuple(BoardReason(each["rule"], each["title"], each["answer"], each.get("level", "")) for each in plain)


def _due(plain: Mapping[str, Any]) -> _StoredDue:
    due_at, opens_at, late_at = (datetime.fromisoformat(plain[name]) for name in ("due_at", "opens_at", "late_at"))
    due = BoardDue(plain["what"], plain["owner"], due_at, "", plain["rule"], _uuid(plain["visit"]), _uuid(plain["task"]), plain["urgent"])
    return _StoredDue(opens_at, late_at, {state: replace(due, state=state.value) for state in DueState})


def _visit(plain: Mapping[str, Any], now: datetime | None) -> BoardVisit:
    """`now` is None for a reader to whom orders are not shown: how long the pump has run, and shall, is told of an order."""
    started, running = plain["infusion_started"], _running(plain, now) if now else None
    return BoardVisit(
        UUID(plain["id"]), plain["purpose"], plain["phase"], plain["chair"], datetime.fromisoformat(plain["starts_at"]), plain["minutes"], plain["number"],
        datetime.fromisoformat(plain["since"]), plain["pump"], datetime.fromisoformat(started) if started else None, plain["escort"], plain["escort_state"],
        running, max(running or timedelta(), plain.get("lasts", 0) * timedelta.resolution) if now else timedelta(),
    )  # fmt: skip


def _running(plain: Mapping[str, Any], now: datetime) -> timedelta | None:
    """What ran to the latest pause, and what runs since; None in a row that was written before this was kept."""
    if "ran" not in plain:
        return None
    since = plain["runs_since"]
    return plain["ran"] * timedelta.resolution + (now - datetime.fromisoformat(since) if since else timedelta())


def _uuid(text: str) -> UUID | None:
    return UUID(text) if text else None
