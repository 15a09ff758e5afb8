"""Whether a clinic shows predicted concentrations at the chair: off until its medical director switches it on, signed, with a reason."""

from __future__ import annotations

from uuid import UUID

from kairn.clinic.acts.check import needed
from kairn.clinic.acts.clinic_decision import ClinicForm, decided
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, Refused, refused
from kairn.clinic.ledger.read import history as read_history
from kairn.library.predictions import PREDICTIONS
from kairn.record.event import Event
from kairn.record.payloads import Payload
from kairn.record.payloads_care import PredictionSwitched

ACTION = "prediction.switch"
BOTH = ("clinic-lead", "prescriber")
NOT_BOTH = (
    "Switching this on is for the clinic lead who is a prescriber as well: a model of a drug is shown beside a patient. Any clinic lead may switch it off."
)
STALE = "Something of the clinic was decided since this page was opened. Look at it again and decide."
ALREADY = "It is switched {} already. Open the page again."


def switch_prediction(context: Context, *, event_id: UUID, expected_seq: int, on: bool, reason: str) -> Outcome:
    """Switch the lane on or off in this clinic; `expected_seq` is the clinic's own stream as the page showed it."""

    def build() -> Payload | Refused:
        if on and not set(BOTH) <= context.user.roles:
            return refused("permission", NOT_BOTH)
        if predicts(context.clinic) == on:
            return refused("policy", ALREADY.format("on" if on else "off"))
        return PredictionSwitched(on, PREDICTIONS.model, needed(reason, "reason", "why it is switched"))

    def same(stored: Payload) -> bool:
        return isinstance(stored, PredictionSwitched) and (stored.on, stored.reason) == (on, reason.strip())

    return decided(context, ClinicForm(ACTION, event_id, expected_seq, build, same, STALE))


def switches(clinic: UUID) -> list[tuple[Event, PredictionSwitched]]:
    """Every time it was switched, in the order it was."""
    return read_history(clinic).all(PredictionSwitched)


def predicts(clinic: UUID) -> bool:
    """Whether the lane is shown now. Silence is off, and so is a switch for another model than the one shipped."""
    found = switches(clinic)
    return bool(found) and found[-1][1].on and found[-1][1].model == PREDICTIONS.model
