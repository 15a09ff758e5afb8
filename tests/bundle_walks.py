"""Bundles imported one after the other into a history in memory, as the ledger would keep them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from kairn.fhir.bundle import open_bundle
from kairn.fhir.identity import patient_uuid
from kairn.fhir.translate import Translation, translate
from kairn.record.event import Author, Event, StreamKind
from kairn.record.history import History
from kairn.record.payloads import Observed, Payload

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
CLINIC = UUID(int=1)
BY = Author("7", "Cora Lind", "coordinator")
SOURCE = "hospital"


def taken(raw: bytes, history: History | None = None) -> Translation:
    """The translation of these bytes, with a report that adds up."""
    opened = open_bundle(raw, "nadia.json")
    stream = patient_uuid(CLINIC, SOURCE, opened.patient.id)
    found = translate(opened, history or History(), stream=stream, by=BY, source=SOURCE, now=NOW)
    assert found.report.adds_up
    return found


def recorded(found: Translation, history: History | None = None) -> History:
    """The history once these drafts are in the ledger."""
    past = history.events if history else ()
    drafts = enumerate(found.drafts, start=len(past) + 1)
    return History((*past, *(Event(d.id, CLINIC, d.stream, StreamKind.PATIENT, seq, d.occurred_at, NOW, d.by, d.by, d.payload) for seq, d in drafts)))


def walked(*raws: bytes) -> tuple[History, list[Translation]]:
    """The history after importing these bundles one after the other, and each translation."""
    history, steps = History(), []
    for raw in raws:
        steps.append(taken(raw, history))
        history = recorded(steps[-1], history)
    return history, steps


P = TypeVar("P", bound=Payload)


def of(found: Translation, kind: type[P]) -> list[P]:
    """The payloads of one kind among the drafts."""
    return [draft.payload for draft in found.drafts if isinstance(draft.payload, kind)]


def measured(history: History) -> list[str]:
    """The weights that stand."""
    return [reading.value for _, payload in history.all(Observed) for reading in payload.readings if reading.fact == "weight"]
