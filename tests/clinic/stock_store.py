"""A walk with a drug cupboard: acts of stock by name and person, each a form of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from acts_walk import Walk
from django.db import connection

from kairn.clinic.acts import drug_account, stock, stock_days, stock_reads
from kairn.clinic.acts.outcome import Done, Refused
from kairn.clinic.acts.stock_entry import Typed, days_stream, lot_stream
from kairn.clinic.ledger import read
from kairn.record.stock import lot_of, volume_text, waiting

EXPIRES = date(2030, 6, 30)
WRITERS = 8


class Store:
    """A walk with a drug cupboard: acts by name and person, each a form of its own."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.second = walk.make("nurse")

    @property
    def lot(self) -> UUID:
        return lot_stream(self.walk.clinic, "ketamine-1", "KX-1")

    def act(self, act: Callable[..., Any], role: str = "nurse", **given: Any) -> Any:
        self.walk.later(seconds=1)
        who = self.walk.context(role) if role != "second" else self.second_context()
        return act(who, *([self.walk.patient] if given.pop("at_visit", False) else []), **{"event_id": uuid4(), **given})

    def second_context(self) -> Any:
        from kairn.clinic.acts.context import context_of

        return context_of(self.second, now=self.walk.now)

    def do(self, act: Callable[..., Any], role: str = "nurse", **given: Any) -> Done:
        outcome = self.act(act, role, **given)
        assert isinstance(outcome, Done), outcome
        return outcome

    def refused(self, act: Callable[..., Any], role: str = "nurse", **given: Any) -> Refused:
        outcome = self.act(act, role, **given)
        assert isinstance(outcome, Refused) and all(reason.text for reason in outcome.reasons), outcome
        return outcome

    def receive(self, volume: str = "500", **given: Any) -> Done:
        return self.do(stock.receive, **{"product": "ketamine-1", "lot": "KX-1", "expires": EXPIRES, "volume": volume, **given})

    def at_visit(self, act: Callable[..., Any], **given: Any) -> Done:
        return self.do(act, at_visit=True, visit=self.walk.visit, **given)

    def draw(self, volume: str = "50", syringe: str = "syringe-50") -> Done:
        return self.at_visit(drug_account.draw, lot=self.lot, typed=Typed(volume, syringe))

    def witness_all(self) -> None:
        """The colleague stands by everything that waits."""
        for stream in streams_of(self.walk.clinic):
            for entry in waiting(read.history(stream)):
                self.do(stock.witness, "second" if entry.by.id != str(self.second.id) else "nurse", entries=[entry.id])

    @property
    def left(self) -> str:
        return volume_text(lot_of(read.history(self.lot)).amount)

    @property
    def account(self) -> drug_account.DrugAccount:
        return drug_account.drug_account(self.walk.clinic, self.walk.history, self.walk.visit, self.walk.now)

    @property
    def today(self) -> date:
        return self.walk.now.astimezone(stock_reads.zone_of(self.walk.context("nurse"))).date()

    def close(self, **given: Any) -> Any:
        seq = read.head(days_stream(self.walk.clinic))
        return self.act(stock_days.close_day, **{"day": self.today, "expected_seq": seq, **given})


def streams_of(clinic: UUID) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT stream FROM ledger_entry WHERE clinic = %s AND stream_kind = 'stock'", [clinic])
        return [row[0] for row in cursor.fetchall()]
