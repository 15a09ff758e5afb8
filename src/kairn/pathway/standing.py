"""What `assess` answers: plain frozen values, reasons as structure; words come last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from kairn.protocol.rule import FlagSays, Level, Rule, RuleKind
from kairn.record.event import Event
from kairn.terms.answer import Answer


class FindingState(StrEnum):
    """Why a finding helps or not."""

    GOOD = "good"
    MISSING = "missing"
    STALE = "stale"
    UNUSABLE = "unusable"


@dataclass(frozen=True)
class Finding:
    """One fact a verdict rests on. A finding names its event or is unknown (event None)."""

    fact: str
    state: FindingState
    event: UUID | None = None
    value: str = ""
    unit: str = ""
    at: datetime | None = None
    good_until: datetime | None = None
    by: str = ""
    source: str = ""


@dataclass(frozen=True)
class OverrideShown:
    """An override in force on a verdict. It is never a pass."""

    event: UUID
    by: str
    role: str
    reason: str
    expires_at: datetime


@dataclass(frozen=True)
class Verdict:
    """One rule weighed: does it apply, what does it answer, on which findings.

    For a gate, answer yes opens. For a hold, yes means it holds, no lifts it, and unknown does not lift it.
    """

    rule: Rule
    applies: Answer
    answer: Answer
    findings: tuple[Finding, ...]
    visit: UUID | None = None
    override: OverrideShown | None = None

    @property
    def blocks(self) -> bool:
        """Whether this stands in the way of a move: a gate that is not yes, a hold that is not no; no override is in force."""
        if self.rule.kind is RuleKind.FLAG:
            return False
        clear = Answer.NO if self.rule.kind is RuleKind.HOLD else Answer.YES
        return self.applies is not Answer.NO and self.answer is not clear and self.override is None


@dataclass(frozen=True)
class Visit:
    """One visit as entered by people: its phase, its times, its order and its ending."""

    id: UUID
    purpose: str
    phase: str
    starts_at: datetime
    minutes: int
    chair: str
    number: int
    phase_since: datetime
    infusion_started: datetime | None
    infusion_ended: datetime | None
    pump: str
    ending: str
    order: Event | None
    escort: str
    escort_state: str
    cancelled: bool = False
    fetches_at: datetime | None = None


@dataclass(frozen=True)
class Course:
    """The course stage as entered by a person: the latest by seq that is not struck out."""

    stage: str
    since: datetime | None
    event: UUID | None
    ended: bool


class MoveKind(StrEnum):
    """What a move changes."""

    STAGE = "stage"
    PHASE = "phase"
    READY = "ready"
    RESUME = "resume"
    AS_NEEDED = "as-needed"


@dataclass(frozen=True)
class Move:
    """A move a person could enter now: open only when `answer` is yes; `blocking` says what stands in the way."""

    kind: MoveKind
    to: str
    answer: Answer
    blocking: tuple[Verdict, ...]
    visit: UUID | None = None
    always_open: bool = False


class DueState(StrEnum):
    """Where a due thing is on its clock."""

    AHEAD = "ahead"
    DUE = "due"
    LATE = "late"


@dataclass(frozen=True)
class Due:
    """One thing to be done: from the protocol's duties or from an open task."""

    what: str
    owner: str
    due_at: datetime
    state: DueState
    rule: Rule | None = None
    visit: UUID | None = None
    task: UUID | None = None
    urgent: bool = False
    facts: tuple[str, ...] = ()
    opens_at: datetime | None = None
    late_at: datetime | None = None


@dataclass(frozen=True)
class Hold:
    """A hold in force on a running visit, strongest first in `Standing.holds`."""

    level: Level
    verdict: Verdict


@dataclass(frozen=True)
class Flag:
    """A flag that speaks (its verdict is yes), or of which it is not known whether it should (unknown)."""

    says: FlagSays
    verdict: Verdict


@dataclass(frozen=True)
class Standing:
    """Where one patient stands at `now`, as known at `seq`: stage, visits, verdicts, open moves, due, next change."""

    protocol: str
    version: str
    content_hash: str
    seq: int
    now: datetime
    course: Course
    visits: tuple[Visit, ...]
    verdicts: tuple[Verdict, ...]
    moves: tuple[Move, ...]
    holds: tuple[Hold, ...]
    due: tuple[Due, ...]
    changes_at: datetime | None
    flags: tuple[Flag, ...] = ()
    as_needed: tuple[Move, ...] = ()

    def visit(self, visit_id: UUID) -> Visit | None:
        """The visit with that id, or None."""
        return next((visit for visit in self.visits if visit.id == visit_id), None)

    def move(self, kind: MoveKind, to: str, visit: UUID | None = None) -> Move | None:
        """The move to a stage or phase, or None where there is none from here."""
        return next((m for m in self.moves if (m.kind, m.to, m.visit) == (kind, to, visit)), None)

    def verdict(self, rule_id: str, visit: UUID | None = None) -> Verdict | None:
        """The verdict of one rule (for one visit), or None where it was not weighed."""
        return next((v for v in self.verdicts if v.rule.id == rule_id and v.visit == visit), None)
