"""The one way an entry of stock goes: permission, the act's own reasons, one append with the balance, under the lock of its stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, Refused, refused, refused_field
from kairn.clinic.acts.perform import out_of_time, outcome_of
from kairn.clinic.acts.permission import acting, permitted
from kairn.clinic.acts.projection import projector
from kairn.clinic.ledger import read
from kairn.clinic.ledger.append import append
from kairn.library.syringes import SYRINGES
from kairn.record.event import Draft, Event, StreamKind
from kairn.record.payloads import Payload
from kairn.record.stock import lot_of
from kairn.terms.numbers import plain_text, typed_dose
from kairn.terms.problem import Unreadable, unreadable

WITNESS = "stock.witness"
WHOLE = "whole"
"""In place of a syringe: a whole container, as labelled."""


@dataclass(frozen=True)
class Said:
    """One payload and the stream it belongs to."""

    stream: UUID
    payload: Payload


Build = Callable[[Event | None], Sequence[Said] | Refused]
"""The entries of a form, the main one first, or why not; given what this form recorded before, for then nothing is asked again."""


@dataclass(frozen=True)
class Form:
    """One form on its way: which row of the access table it asks, of whose visit if any, and what it would record."""

    action: str
    event_id: UUID
    build: Build
    patient: UUID | None = None
    visit: UUID | None = None
    occurred_at: datetime | None = None
    expected_seq: Mapping[UUID, int] | None = None


def enter(context: Context, form: Form) -> Outcome:
    """Ask, and append all of it or nothing. The same form twice is one set of entries."""
    allowed = permitted(context, form.action, form.patient, visit=form.visit)
    if isinstance(allowed, Refused):
        return allowed
    if still_to_come := out_of_time(context, form.occurred_at):
        return still_to_come
    earlier = read.event(form.event_id)
    at = form.occurred_at or (earlier.occurred_at if earlier else context.now)
    try:
        built = form.build(earlier)
    except Unreadable as fault:
        return refused_field(fault.problem.where, str(fault))
    return built if isinstance(built, Refused) else _appended(context, form, built, at)


def _appended(context: Context, form: Form, built: Sequence[Said], at: datetime) -> Outcome:
    author = acting(context, form.action).author
    drafts = [Draft(_id(form, place), said.stream, at, author, said.payload, stream_kind=StreamKind.STOCK) for place, said in enumerate(built)]
    return outcome_of(append(context.clinic, drafts, expected_seq=form.expected_seq, project=projector(context.clinic, context.now)), built[0].stream)


def _id(form: Form, place: int) -> UUID:
    return form.event_id if place == 0 else uuid5(form.event_id, f"entry {place}")


# --- streams ---------------------------------------------------------------------------------------------------------


def lot_stream(clinic: UUID, product: str, lot: str) -> UUID:
    """The stream of a lot: the same product and lot number are always the same stream."""
    return uuid5(clinic, f"stock lot {product} {lot}")


def account_stream(visit: UUID) -> UUID:
    """The stream of a visit's drug account."""
    return uuid5(visit, "drug account")


def days_stream(clinic: UUID) -> UUID:
    """The stream in which a clinic's days are closed."""
    return uuid5(clinic, "stock days")


# --- volumes as people type them -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Typed:
    """A volume in mL as it was typed, and the key of the syringe it was read off (`WHOLE`: a container as labelled); `none`: it may be nothing."""

    volume: str
    syringe: str = WHOLE
    field: str = "volume"
    none: bool = False

    @property
    def text(self) -> str:
        """The volume for the record. Raises Unreadable for no number, for nothing, and for what that syringe cannot show."""
        value = typed_dose(self.volume.strip(), self.field)
        if value <= 0 and not self.none:
            raise unreadable("nothing", "a volume above nothing in mL", "Type it, or leave the form.", self.field)
        if self.syringe != WHOLE:
            _on_scale(value, self)
        return f"{plain_text(value)} mL"

    @property
    def graduation(self) -> str:
        """The step of that syringe's scale, empty for a whole container. Raises Unreadable for a syringe nobody has."""
        if self.syringe == WHOLE:
            return ""
        if self.syringe not in SYRINGES:
            field = "syringe" if self.field == "volume" else f"{self.field}_syringe"
            raise unreadable(
                "no syringe that is here" if self.syringe else "no choice", "the syringe it was read off, or a whole container", "Choose it.", field
            )
        return SYRINGES[self.syringe].graduation.text


def _on_scale(value: Decimal, typed: Typed) -> None:
    """A scale is read to its step and no finer; what is finer was not measured with it."""
    step = typed.graduation
    graduation = SYRINGES[typed.syringe].graduation.value
    if value % graduation:
        raise unreadable(f"{plain_text(value)} mL", f"a multiple of {step}, which is what that syringe shows", "Read it again.", typed.field)


def not_found(what: str) -> Refused:
    """The refusal of an entry, a lot or a count that is not there."""
    return refused("input", f"Saw {what} that is not in this clinic's stock; expected one that is. Open the page again and choose it there.")


def not_this_difference(now: str, shown: str) -> Refused | None:
    """The refusal to explain a difference that is not the one there is."""
    if now == shown:
        return None
    return refused("stale", f"The difference is {now} now; this page showed {shown or 'none'}. Look at it again and explain what there is.")


def of_this_stock(context: Context, entry: UUID) -> Event | None:
    """An entry of stock of this clinic, None for any other."""
    found = read.event(entry)
    return found if found and found.clinic == context.clinic and found.stream_kind is StreamKind.STOCK else None


def known_lot(context: Context, lot: UUID) -> bool:
    """Whether this clinic ever received of that lot."""
    history = read.history(lot)
    return bool(history.events) and history.events[0].clinic == context.clinic and lot_of(history).received is not None
