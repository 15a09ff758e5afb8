"""Input that an act is given, checked before anything else; each fault is a sentence with the field it speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from kairn.clinic.acts.outcome import Reason, Refused
from kairn.library.facts import FACTS, check_reading, fact_of
from kairn.record.payloads import Reading
from kairn.terms.problem import Unreadable, unreadable

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def check_readings(readings: Sequence[Reading], refused: Sequence[str] = (), not_taken: Sequence[str] = ()) -> Refused | None:
    """A refusal with one reason for each reading that is none, None when all can be kept."""
    faults = [fault for reading in readings if (fault := _fault(reading))]
    faults += [Reason(f"{fact!r} is no fact that Kairn knows.", field=fact) for fact in (*refused, *not_taken) if fact not in FACTS]
    named = [*(reading.fact for reading in readings), *refused, *not_taken]
    faults += [Reason(f"{_label(fact)} was given twice; give it once.", field=fact) for fact in sorted({fact for fact in named if named.count(fact) > 1})]
    if not named:
        faults.append(Reason("Nothing was entered. Enter a value, or say what was refused or not taken."))
    return Refused("input", tuple(faults)) if faults else None


def _fault(reading: Reading) -> Reason | None:
    try:
        check_reading(reading.fact, reading.value, reading.unit)
        if fact_of(reading.fact).kind == "date":
            day(reading.value)
    except Unreadable as fault:
        return Reason(f"{_label(reading.fact)}: {fault}", field=reading.fact)
    return None


def _label(fact: str) -> str:
    known = FACTS.get(fact)
    return known.label if known else fact


def day(text: str, field: str = "") -> date:
    """A calendar day such as 1990-02-28. Raises Unreadable."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise unreadable(f"{text!r}", "a day that exists, such as 1990-02-28", "Correct the date.", field)


def holdable(text: str, field: str) -> str:
    """The text when the database can keep every character of it. Raises Unreadable."""
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise unreadable("a character that cannot be kept", "ordinary text", "Type it again by hand.", field)
    return text


def needed(text: str, field: str, what: str) -> str:
    """The text without blanks round it. Raises Unreadable when nothing is left."""
    if not text.strip():
        raise unreadable("nothing", what, "Write it.", field)
    return text.strip()


def when(at: datetime | None, field: str) -> datetime | None:
    """The same for a time that may be left out. Raises Unreadable."""
    return None if at is None else zoned(at, field)


def one_of(text: str, choices: Sequence[str], field: str) -> str:
    """The text when it is one of the choices. Raises Unreadable."""
    if text not in choices:
        raise unreadable(f"{text!r}", f"one of {', '.join(choices)}", "Choose one of them.", field)
    return text


def zoned(at: datetime, field: str) -> datetime:
    """The time when it has a zone and lies within the years the record can hold. Raises Unreadable."""
    if at.year in (date.min.year, date.max.year):
        raise unreadable(f"the year {at.year}", "a year people live in", "Correct the year.", field)
    if at.tzinfo is None:
        raise unreadable(f"{at.isoformat()} without a zone", "a time with its zone", "Send the zone with it.", field)
    return at
