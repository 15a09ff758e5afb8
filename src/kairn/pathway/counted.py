"""Medicines that the rules of a protocol count when they are given: which they are, what a typed name comes to, and how many doses are left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kairn.library.medicines import may_mean
from kairn.pathway.standing import Verdict
from kairn.protocol.conditions import Condition, EveryOf, Given
from kairn.protocol.parts import conditions_of
from kairn.protocol.rule import Protocol
from kairn.record.history import History
from kairn.record.payloads import DrugGiven
from kairn.terms.answer import Answer

AS_NEEDED = "prn:"


@dataclass(frozen=True)
class Doses:
    """What the counting rules leave of an as-needed medicine at a visit.

    `left` of `most` doses, both None where no rule counts them; `until` is when the lockout is over, None where none runs; `barred` names another
    medicine that was given and keeps this one shut for the rest of the visit.
    """

    left: int | None
    most: int | None
    until: datetime | None
    barred: str


def names(text: str, drug: str) -> bool:
    """Whether what was given is named so in a typed text."""
    return drug.lower() in text.lower()


def counted(protocol: Protocol) -> tuple[str, ...]:
    """The medicines that some rule counts, in the order of the protocol."""
    return tuple(dict.fromkeys(part.drug for rule in protocol.rules for part in conditions_of(rule) if isinstance(part, Given)))


def offered(protocol: Protocol) -> tuple[str, ...]:
    """The medicines a form offers: those given as needed, then what is counted besides."""
    needed = [rule.guards.removeprefix(AS_NEEDED) for rule in protocol.rules if rule.guards.startswith(AS_NEEDED)]
    return tuple(dict.fromkeys([*needed, *counted(protocol)]))


def is_counted(text: str, known: tuple[str, ...]) -> bool:
    """Whether a typed text names a medicine that is counted."""
    return any(names(text, drug) for drug in known)


def other_readings(text: str, known: tuple[str, ...]) -> dict[str, str]:
    """The counted medicines that a typed text may mean and does not name, each with the text as it would be then."""
    return {drug: text.replace(word, drug) for drug, word in may_mean(text, known).items()}


def as_meant(text: str, meant: str, known: tuple[str, ...]) -> str:
    """The text as somebody says it was meant, where that is one of its other readings; else as it was typed."""
    return meant if meant in other_readings(text, known).values() else text


def doses(drug: str, verdicts: Iterable[Verdict], history: History, now: datetime) -> Doses:
    """How many doses of an as-needed medicine the rules that guard it leave, by what their verdicts found. A rule that does not apply counts nothing."""
    asked = [(part, _found(verdict, part, history)) for verdict in verdicts if verdict.applies is not Answer.NO for part in _counts(verdict.rule.condition)]
    at_visit = [(part, given) for part, given in asked if part.window is None]
    left, most = min(((part.at_most + 1 - len(given), part.at_most + 1) for part, given in at_visit if part.drug == drug), default=(None, None))
    barred = next((part.drug for part, given in at_visit if part.drug != drug and len(given) > part.at_most), "")
    ends = [end for part, given in asked if part.window and (end := _lockout(part.at_most, part.window.delta, given, now))]
    return Doses(None if left is None else max(left, 0), most, max(ends, default=None), barred)


def _counts(condition: Condition | None) -> Iterator[Given]:
    """The counts a rule demands, each alone."""
    if isinstance(condition, Given):
        yield condition
    elif isinstance(condition, EveryOf):
        for inner in condition.of:
            yield from _counts(inner)


def _found(verdict: Verdict, part: Given, history: History) -> list[datetime]:
    """When what a count speaks of was given: in the window it has, else at the verdict's visit."""
    at = {found.event: found.at for found in verdict.findings if found.fact == part.drug and found.event and found.at}
    if part.window is None:
        at = {event: when for event, when in at.items() if _at(history, event) == verdict.visit}
    return sorted(at.values())


def _at(history: History, event: UUID) -> UUID | None:
    found = history.get(event)
    return found.payload.visit if found and isinstance(found.payload, DrugGiven) else None


def _lockout(at_most: int, window: timedelta, given: list[datetime], now: datetime) -> datetime | None:
    """When so many have left the window that another one is open; None where it is."""
    inside = [at for at in given if at > now - window]
    return inside[len(inside) - at_most - 1] + window if len(inside) > at_most else None
