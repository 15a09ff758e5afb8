"""A protocol and its rules, as read from a protocol folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from kairn.protocol.conditions import Condition
from kairn.terms.quantity import Quantity
from kairn.terms.times import Duration


class RuleKind(StrEnum):
    """A gate guards a move and opens only on yes. A hold stands while its condition is yes or unknown. A duty falls due.

    A flag only speaks: when its condition is yes it says what to consider, when unknown that it is not known. It stands in no way;
    a gate may ask for it (`flagged`).
    """

    GATE = "gate"
    HOLD = "hold"
    DUTY = "duty"
    FLAG = "flag"


class Level(StrEnum):
    """How strongly a hold speaks, mildest first."""

    ALERT = "alert"
    PAUSE = "pause"
    STOP = "stop"


class Severity(StrEnum):
    """How much a flag matters, mildest first: to be noted, a prescriber's decision, not until it is resolved."""

    NOTE = "note"
    CAUTION = "caution"
    STOP = "stop"


class Use(StrEnum):
    """What a protocol is for: treating people in a clinic, comparing with (virtual people and reading only), or reading only."""

    CLINIC = "clinic"
    REFERENCE = "reference"


TOPICS = {
    "interaction": "medicines beside ketamine",
    "adaptation": "the next dose and when",
    "withdrawal": "the course of withdrawal",
    "surveillance": "harm from repeated exposure",
    "outcome": "how it is going",
}
"""What a flag can speak of, and the words for it."""


@dataclass(frozen=True)
class While:
    """When a rule is weighed: in these stages and phases. Empty means any; a rule with phases is weighed once a visit."""

    stages: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Citation:
    """A source key of `library/sources.yaml` and where in it."""

    source: str
    locator: str


@dataclass(frozen=True)
class Claim:
    """One sentence that a protocol says of itself, and what it rests on."""

    says: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True)
class OverrideBy:
    """Who may set the rule aside and for how long. No OverrideBy on a rule means never."""

    roles: tuple[str, ...]
    lasts: Duration


@dataclass(frozen=True)
class Schedule:
    """When a duty falls due: every interval, or once within a time after a moment, done by a contact or by readings."""

    do: str
    owner: str
    every: Duration | None = None
    after: str = ""
    opens: Duration | None = None
    within: Duration | None = None
    facts: tuple[str, ...] = ()
    grace: Duration | None = None


@dataclass(frozen=True)
class FlagSays:
    """What a flag says when it speaks: of what, how much it matters, what happens, and what to consider; never a command.

    `option` names one of the closed list of changes to a series (raise, keep, lower, space-out, stop-series), for the topic *adaptation* only.
    """

    topic: str
    severity: Severity
    effect: str
    consider: str
    option: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule: what it guards or asks, when, for whom, on what condition, and on whose authority."""

    id: str
    title: str
    kind: RuleKind
    while_: While
    applies: Condition | None
    condition: Condition | None
    guards: str
    level: Level | None
    schedule: Schedule | None
    override: OverrideBy | None
    citations: tuple[Citation, ...]
    grade: str
    rationale: str
    not_considered: str
    file: str
    line: int
    says: FlagSays | None = None


OPTIONS = {
    "raise": "a higher dose within the limits",
    "keep": "the same dose and spacing",
    "lower": "a lower dose",
    "space-out": "a longer time between infusions",
    "stop-series": "ending the series",
}


@dataclass(frozen=True)
class DoseLimits:
    """What the protocol says of the infusion itself; `soft` asks for a reason, `hard` cannot be passed."""

    drug: str
    dose: Quantity
    soft: tuple[Quantity, Quantity]
    hard: tuple[Quantity, Quantity]
    duration: Quantity
    duration_hard: tuple[Quantity, Quantity]
    weight_basis: str
    infusions: int
    spacing_days: tuple[int, int]
    weight_within: Duration
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Protocol:
    """A loaded protocol with the hash of every byte it reaches."""

    id: str
    version: str
    title: str
    summary: tuple[Claim, ...]
    stages: tuple[str, ...]
    exits: tuple[str, ...]
    moves: tuple[tuple[str, str], ...]
    rules: tuple[Rule, ...]
    infusion: DoseLimits
    consent: tuple[str, str]
    content_hash: str
    teach_back: tuple[tuple[str, str, str], ...] = ()
    use: Use = Use.CLINIC
    route: str = "IV"
    by_id: dict[str, Rule] = field(default_factory=dict, compare=False, repr=False)

    @property
    def lead(self) -> str:
        """The summary as one text."""
        return " ".join(claim.says for claim in self.summary)

    @cached_property
    def rounds(self) -> tuple[Rule, ...]:
        """The duties that come again at an interval in some phase of a visit, in the order of reading."""
        return tuple(rule for rule in self.rules if rule.kind is RuleKind.DUTY and rule.schedule and rule.schedule.every and rule.while_.phases)

    def every_citation(self) -> Iterator[Citation]:
        """Every citation in the order of reading: the summary, the infusion, the rules."""
        for claim in self.summary:
            yield from claim.citations
        yield from self.infusion.citations
        for rule in self.rules:
            yield from rule.citations
