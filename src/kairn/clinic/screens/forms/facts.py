"""Fields for facts: what is asked, in which unit, what was known before and how old it is; and the readings a form holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict

from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again
from kairn.clinic.screens.forms.desk import Desk
from kairn.library.facts import FACTS, Fact
from kairn.pathway.standing import FindingState
from kairn.record.event import Event
from kairn.record.payloads import Observed, Reading

NOT_KNOWN = "unknown"
NAME = "fact-"


@dataclass(frozen=True)
class FactField:
    """One fact asked on a form. `options` are radios, none of them chosen before somebody chooses."""

    name: str
    label: str
    unit: str
    options: tuple[tuple[str, str], ...]
    hint: str
    value: str = ""
    error: str = ""


@dataclass(frozen=True)
class FactGroup:
    """Facts that are asked together."""

    title: str
    fields: tuple[FactField, ...]


@dataclass(frozen=True)
class Taken:
    """What a form held: readings, what was asked and is not known, and which moment it was typed for."""

    readings: tuple[Reading, ...]
    not_taken: tuple[str, ...]
    at: datetime | None
    errors: Mapping[str, str]


def field(desk: Desk, name: str, shown: Again) -> FactField:
    """The field of one fact, with the latest known value as a hint, never as an answer."""
    fact = FACTS[name]
    label = words.capital(fact.ask or fact.label)
    return FactField(
        NAME + name, label, words.unit(fact.unit), _options(fact), hint_of(desk, name), shown.typed.get(NAME + name, ""), shown.errors.get(name, "")
    )


def group(desk: Desk, title: str, names: Iterable[str], shown: Again) -> FactGroup:
    """A titled group of fields."""
    return FactGroup(title, tuple(field(desk, name, shown) for name in names))


def _options(fact: Fact) -> tuple[tuple[str, str], ...]:
    if fact.kind != "choice":
        return ()
    own = tuple((choice, words.capital(words.CHOICES.get(choice) or words.plain(choice))) for choice in fact.choices)
    return own if NOT_KNOWN in fact.choices else (*own, (NOT_KNOWN, "Not known"))


def hint_of(desk: Desk, name: str) -> str:
    """The latest value with its time and source, and whether the rules take it as out of date."""
    found = latest(desk, name)
    if found is None:
        return ""
    event, reading = found
    source = words.METHODS.get(getattr(event.payload, "method", "person"), "") or event.by.name
    old = any(one.fact == name and one.state is FindingState.STALE for verdict in desk.chart.standing.verdicts for one in verdict.findings)
    return f"Latest: {words.value(reading)}, {desk.clock.when(event.occurred_at)}, {source}{'; out of date, ask or measure again' if old else ''}"


def latest(desk: Desk, name: str) -> tuple[Event, Reading] | None:
    """The latest reading of a fact by when it was true."""
    taken = [(event, one) for event, payload in desk.chart.history.all(Observed) for one in payload.readings if one.fact == name]
    return max(taken, key=lambda pair: (pair[0].occurred_at, pair[0].seq), default=None)


def taken(desk: Desk, form: QueryDict, names: Iterable[str], when: str = "occurred_at") -> Taken:
    """The readings of a form in the units the fields show; `not known` is kept as asked and not answered."""
    readings, unknown = [], []
    for name in names:
        typed, fact = form.get(NAME + name, "").strip(), FACTS[name]
        if typed == NOT_KNOWN and NOT_KNOWN not in fact.choices and fact.kind == "choice":
            unknown.append(name)
        elif typed:
            readings.append(Reading(name, typed, fact.unit))
    at, fault = moment(desk, form, when)
    return Taken(tuple(readings), tuple(unknown), at, {when: fault} if fault else {})


def told(readings: Iterable[Reading], said: str) -> str:
    """What is said after saving: `said`, and where to turn when somebody told of a suicidal plan or intent."""
    if any(one.fact == "suicide_intent" and one.value == "present" for one in readings):
        return f"{said} An urgent task is open for the prescriber. Do not leave the person alone; the crisis line is 988, in danger 911."
    return said


def moment(desk: Desk, form: QueryDict, name: str) -> tuple[datetime | None, str]:
    """The moment typed in a field, or the sentence that says it cannot be read; nothing typed is neither."""
    typed = form.get(name, "").strip()
    if not typed:
        return None, ""
    found = desk.clock.read(typed)
    return (found, "") if found else (None, f"Saw {typed!r}; expected a day and a time such as {desk.clock.field(desk.clock.now)}. Nothing was saved.")
