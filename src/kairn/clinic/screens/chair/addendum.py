"""The chair of a visit whose record is locked: since when, and what was typed into a form of it as the words of an addendum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID, uuid5

from kairn.clinic.acts import facts, pump_rate
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.urgent import means_harm
from kairn.clinic.screens.chair.volume import UNIT
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again
from kairn.clinic.screens.visit.seat import Seat
from kairn.library.facts import FACTS
from kairn.record.payloads import Reading, VisitEnded

OPEN_FORMS = ("note", "adverse", "adverse-follow", "cannula-seen", "cannula-removed", "pump-volume")
"""What the chair takes after the end: an addendum, harm that shows later, a cannula somebody left with, and what the pump shows that an ending stopped."""
UNSAID = ("from", "follows", "read")
UNITS = {pump_rate.FIELD: pump_rate.UNIT, "volume": UNIT}
"""The unit of a field that is no fact."""
WAITING = "offline_"
"""How the fields begin by which a tablet tells of a form what nobody typed."""


def locked_by(seat: Seat) -> str:
    """What locked the record and when; empty while it is open."""
    ended = seat.ending
    if ended is None or not isinstance(ended.payload, VisitEnded):
        return ""
    return f"{words.ENDINGS[ended.payload.ending]}, {seat.clock.when(ended.occurred_at)}, recorded by {ended.by.name}"


def as_addendum(again: Again, name: str) -> Again:
    """A form that came too late for the record, with what was typed in it as the text of the addendum."""
    return replace(again, form="note", typed={"text": ". ".join(filter(None, (f"{name}, entered after the visit had ended", "; ".join(_said(again.typed)))))})


def harm_alone(context: Context, patient: UUID, visit: UUID, form: UUID, readings: Sequence[Reading]) -> None:
    """What means suicide in a form that a locked record refuses is recorded by itself: its task opens, and the rest is an addendum."""
    if harm := [one for one in readings if means_harm(one)]:
        facts.record_readings(context, patient, event_id=uuid5(form, "harm"), readings=harm, visit=visit)


def _said(typed: Mapping[str, str]) -> Iterator[str]:
    for field, text in typed.items():
        if text.strip() and field not in UNSAID and not field.startswith(WAITING):
            plain = f"{field.replace('_', ' ')}: {text} {UNITS.get(field, '')}".strip()
            yield f"{words.label(field)} {words.value(Reading(field, text, FACTS[field].unit))}" if field in FACTS else plain
