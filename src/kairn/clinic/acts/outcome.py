"""What an act answers: done, or refused with reasons; both are values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from kairn.pathway.standing import Finding, Verdict

Kind = Literal["policy", "permission", "stale", "conflict", "input", "locked"]


@dataclass(frozen=True)
class Reason:
    """One reason of a refusal: a sentence, the rule it comes from with its findings, or the field of the form it speaks of."""

    text: str
    rule_id: str = ""
    findings: tuple[Finding, ...] = ()
    field: str = ""


@dataclass(frozen=True)
class Done:
    """It is in the record: the ids of its events and the seq the patient's stream has now. `repeated`: it had been there already."""

    events: tuple[UUID, ...]
    seq: int
    repeated: bool = False


@dataclass(frozen=True)
class Refused:
    """Nothing was stored.

    policy: the protocol's rules; permission: not this person; stale: the chart is at `newer_seq` now; conflict: same id with another body,
    or a chair that is taken; locked: the visit has ended, and this belongs to its record; input: what was typed cannot be taken.
    """

    kind: Kind
    reasons: tuple[Reason, ...]
    newer_seq: int | None = None

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """The rules that stood in the way, in their order."""
        return tuple(reason.rule_id for reason in self.reasons if reason.rule_id)

    @property
    def chair_taken(self) -> bool:
        """Whether another visit holds the chair at that time."""
        return self.kind == "conflict" and any(reason.field == "chair" for reason in self.reasons)


Outcome = Done | Refused


def refused(kind: Kind, *sentences: str) -> Refused:
    """A refusal with these sentences as reasons."""
    return Refused(kind, tuple(Reason(sentence) for sentence in sentences))


def refused_field(field: str, sentence: str) -> Refused:
    """A refusal that speaks of one field of a form."""
    return Refused("input", (Reason(sentence, field=field),))


def refused_by(verdicts: tuple[Verdict, ...]) -> Refused:
    """A refusal by rules: each verdict's title, rule id and findings."""
    return Refused("policy", tuple(Reason(verdict.rule.title, verdict.rule.id, verdict.findings) for verdict in verdicts))
