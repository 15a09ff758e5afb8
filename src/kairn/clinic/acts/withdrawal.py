"""Acts of the withdrawal course: what the person says of their use, and a medicine taken or given outside an infusion visit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast, get_args
from uuid import UUID

from kairn.clinic.acts.check import needed, one_of, when
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, Refused, refused_field
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.library.substances import SUBSTANCES
from kairn.record.payloads import Payload
from kairn.record.payloads_care import MedicineTaken, UseReported
from kairn.terms.numbers import typed_dose
from kairn.terms.quantity import unit_of

Route = Literal["", "injected", "smoked", "snorted", "swallowed", "sublingual", "other"]
Purpose = Literal["moud-start", "moud", "comfort", "other"]


def report_use(  # noqa: PLR0913
    context: Context, patient: UUID, *, event_id: UUID, substance: str, latest_at: datetime | None = None, never: bool = False, route: Route = "",
    amount: str = "", note: str = "", occurred_at: datetime | None = None,
) -> Outcome:  # fmt: skip
    """What the person says of one substance of `library/substances.yaml`: when they used it the latest time, or that they never did.

    Neither a time nor `never` means asked and not known. A time still to come, or both, is refused.
    """

    def build(case: Case) -> list[Payload] | Refused:
        one_of(substance, tuple(SUBSTANCES), "substance")
        way = cast(Route, one_of(route, get_args(Route), "route"))
        at = when(latest_at, "latest_at")
        return _impossible(case, at, never) or [UseReported(substance, at, never, way, amount.strip(), note.strip())]

    return perform(context, Act("withdrawal.record", patient, event_id, build, occurred_at=occurred_at))


def _impossible(case: Case, at: datetime | None, never: bool) -> Refused | None:
    if at is not None and never:
        return refused_field("never", "Saw both a time of use and never; expected one of the two.")
    if at is not None and at > case.at:
        return refused_field("latest_at", f"Saw {at:%Y-%m-%d %H:%M}, after the moment it was told; expected a time before it.")
    return None


def record_medicine(  # noqa: PLR0913
    context: Context, patient: UUID, *, event_id: UUID, drug: str, dose: str, purpose: Purpose, witnessed: bool = False, note: str = "",
    occurred_at: datetime | None = None,
) -> Outcome:  # fmt: skip
    """A dose that was taken or given, at `occurred_at`: medication for opioid use disorder, or a comfort medicine. What happened is recorded, not judged.

    `dose` is a number, a space and a unit, such as 8 mg.
    """

    def build(case: Case) -> list[Payload]:
        why = cast(Purpose, one_of(purpose, get_args(Purpose), "purpose"))
        return [MedicineTaken(needed(drug, "drug", "which medicine it was"), _dose(dose), why, witnessed, note.strip())]

    return perform(context, Act("withdrawal.record", patient, event_id, build, occurred_at=occurred_at))


def _dose(text: str) -> str:
    """The dose when it can be read, unchanged. Raises Unreadable."""
    number, _, unit = needed(text, "dose", "how much, with its unit, such as 8 mg").partition(" ")
    typed_dose(number, "dose")
    unit_of(unit, "dose")
    return f"{number} {unit}"
