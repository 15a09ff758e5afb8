"""A state machine of stock: what people could do to a lot and to visits in any order, beside a count of the true millilitres kept in whole hundredths.

It knows nothing of `record.stock`: the shelf, the bags and what ran are plain integers, and every step compares.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from uuid import UUID, uuid5

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kairn.clinic.acts.given import flow
from kairn.record.event import Author, Event, StreamKind
from kairn.record.history import History
from kairn.record.payloads import EnteredInError, OrderSigned, Payload, PumpPaused, PumpRateSet, PumpStarted, PumpStopped, Signature
from kairn.record.payloads_stock import (
    EntryWitnessed,
    StockCounted,
    StockDrawn,
    StockLeft,
    StockReceived,
    StockReturned,
    StockWasted,
    VarianceExplained,
)  # fmt: skip
from kairn.record.stock import Account, Lot, account_of, lot_of, second_of, volume_text, waiting

HOUSE = UUID(int=11)
PEOPLE = tuple(Author(name, name.title(), "nurse") for name in ("nia", "eli", "amara"))
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SIGNED = Signature("p", "1", "0" * 64, "0", 1)
VISITS = tuple(uuid5(HOUSE, f"visit {number}") for number in range(3))
# 36 mL/h is a hundredth of a millilitre a second, so that what ran is a whole number of hundredths.
WHO = st.sampled_from(range(len(PEOPLE)))
SOME = st.integers(1, 60_00)
VISIT = st.sampled_from(range(len(VISITS)))


def said(hundredths: int) -> str:
    """Hundredths of a millilitre as the record holds them."""
    return f"{hundredths // 100}.{hundredths % 100:02d} mL"


class StockMachine(RuleBasedStateMachine):
    """One lot, three visits, three people. `runs` and `steps` count over all histories of the class."""

    runs = steps = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).runs += 1
        self.lot_events: list[Event] = []
        self.account_events: list[Event] = []
        self.pump_events: dict[int, list[Event]] = {place: [] for place in range(len(VISITS))}
        self.second = self.made = 0
        self.shelf = self.came_in = 0
        self.held = dict.fromkeys(range(len(VISITS)), 0)
        self.running: dict[int, int | None] = dict.fromkeys(range(len(VISITS)))
        self.speed = dict.fromkeys(range(len(VISITS)), 1)
        self.stopped: set[int] = set()
        self.unsigned: dict[UUID, int] = {}

        self.kept: dict[str, History] = {}

    def _history(self, name: str) -> History:
        """The stream as it stands, made once for each state of it."""
        log = self.lot_events if name == "lot" else self.account_events
        if name not in self.kept or self.kept[name].seq != len(log):
            self.kept[name] = History(tuple(log))
        return self.kept[name]

    @property
    def histories(self) -> tuple[History, History]:
        return self._history("lot"), self._history("account")

    # --- what happens ---

    def _event(self, log: list[Event], payload: Payload, who: int) -> Event:
        self.second += 1
        at = NOON + timedelta(seconds=self.second)
        self.made += 1
        by = PEOPLE[who]
        made = Event(uuid5(HOUSE, f"entry {self.made}"), HOUSE, HOUSE, StreamKind.STOCK, len(log) + 1, at, at, by, by, payload)
        return made

    def _append(self, log: list[Event], payload: Payload, who: int) -> bool:
        """As the ledger does: the entry stands, or the bounds of the balance refuse it and nothing is there."""
        made = self._event(log, payload, who)
        lot = lot_of(History((*self.lot_events, made))) if log is self.lot_events else None
        if lot is not None and not (0 <= lot.lowest <= lot.amount <= lot.came_in):
            return False
        log.append(made)
        if not isinstance(payload, EntryWitnessed):
            self.unsigned[made.id] = who
        type(self).steps += 1
        return True

    @initialize(volume=st.integers(50_00, 300_00), who=WHO)
    def begins(self, volume: int, who: int) -> None:
        self.receive(volume, who)

    @rule(volume=SOME, who=WHO)
    def receive(self, volume: int, who: int) -> None:
        payload = StockReceived("ketamine-1", "KX-1", date(2030, 1, 1), "1 mg/mL", said(volume))
        assert self._append(self.lot_events, payload, who)
        self.shelf += volume
        self.came_in += volume

    @rule(volume=SOME, who=WHO, visit=VISIT)
    def draw(self, volume: int, who: int, visit: int) -> None:
        enough = volume <= self.shelf
        assert self._append(self.lot_events, StockDrawn(VISITS[visit], said(volume)), who) == enough, "drawn exactly when there is enough"
        if enough:
            self.shelf -= volume
            self.held[visit] += volume

    @rule(volume=SOME, who=WHO, visit=VISIT)
    def give_back(self, volume: int, who: int, visit: int) -> None:
        fits = self.shelf + volume <= self.came_in
        assert self._append(self.lot_events, StockReturned(VISITS[visit], said(volume)), who) == fits, "no more goes back than ever came"
        if fits:
            self.shelf += volume
            self.held[visit] -= volume

    @rule(volume=SOME, who=WHO)
    def waste_from_shelf(self, volume: int, who: int) -> None:
        enough = volume <= self.shelf
        assert self._append(self.lot_events, StockWasted(said(volume), "broken"), who) == enough
        self.shelf -= volume if enough else 0

    @rule(volume=st.integers(0, 400_00), who=WHO)
    def count(self, volume: int, who: int) -> None:
        """Whatever is counted is what there is."""
        assert self._append(self.lot_events, StockCounted(said(volume)), who)
        self.came_in += max(0, volume - self.shelf)
        self.shelf = volume

    @rule(volume=SOME, who=WHO, visit=VISIT, wasted=st.booleans())
    def measure(self, volume: int, who: int, visit: int, wasted: bool) -> None:
        payload = StockWasted(said(volume), "rest", visit=VISITS[visit]) if wasted else StockLeft(VISITS[visit], said(volume))
        assert self._append(self.account_events, payload, who)
        self.held[visit] -= volume

    @rule(visit=VISIT, wait=st.integers(0, 4000), move=st.sampled_from(("start", "rate", "pause", "stop")), speed=st.integers(1, 3))
    def pump(self, visit: int, wait: int, move: str, speed: int) -> None:
        """At 36 mL/h what runs is as many hundredths as seconds, at twice that two a second; nothing runs through a pause, or after a stop."""
        self.second += wait
        if visit in self.stopped:
            return
        place, rate = VISITS[visit], f"{36 * speed} mL/h"
        told = {"start": PumpStarted(place, rate, SIGNED), "rate": PumpRateSet(place, rate), "pause": PumpPaused(place), "stop": PumpStopped(place)}[move]
        self.pump_events[visit].append(self._event(self.pump_events[visit], told, 0))
        since = self.running[visit]
        if since is not None:
            self.held[visit] -= (self.second - since) * self.speed[visit]
        self.running[visit] = self.second if move == "start" or (move == "rate" and since is not None) else None
        self.speed[visit] = speed
        if move == "stop":
            self.stopped.add(visit)
        type(self).steps += 1

    @precondition(lambda self: self.unsigned)
    @rule(who=WHO, data=st.data())
    def stand_by(self, who: int, data: st.DataObject) -> None:
        """A second name counts only where it is another one's."""
        entry = data.draw(st.sampled_from(sorted(self.unsigned, key=str)))
        log = self.lot_events if any(event.id == entry for event in self.lot_events) else self.account_events
        assert self._append(log, EntryWitnessed(entry), who)
        if who != self.unsigned[entry]:
            del self.unsigned[entry]

    @rule(who=WHO, data=st.data())
    def strike_an_account_entry(self, who: int, data: st.DataObject) -> None:
        """A correction is an addendum; the entry stops counting."""
        struck = self.histories[1].struck
        live = [e for e in self.account_events if isinstance(e.payload, StockLeft | StockWasted) and e.id not in struck]
        if not live:
            return
        entry = data.draw(st.sampled_from(live))
        assert self._append(self.account_events, EnteredInError(entry.id, "wrong"), who)
        self.unsigned.pop(entry.id, None)
        assert isinstance(entry.payload, StockLeft | StockWasted)
        self.held[VISITS.index(entry.payload.visit)] += round(Fraction(entry.payload.volume.removesuffix(" mL")) * 100)  # type: ignore[arg-type]

    @rule(who=WHO, visit=VISIT)
    def explain(self, who: int, visit: int) -> None:
        difference = volume_text(self.account(visit).difference)
        assert self._append(self.account_events, VarianceExplained(difference, "said why", VISITS[visit]), who)

    # --- what must always hold ---

    def lot(self) -> Lot:
        return lot_of(self.histories[0])

    def account(self, visit: int) -> Account:
        now = NOON + timedelta(seconds=self.second)
        infused = flow(self.pump_events[visit], ORDER, now).volume if self.pump_events[visit] else Fraction(0)
        return account_of(VISITS[visit], self.histories, infused)

    @invariant()
    def the_book_is_the_shelf_and_never_below_nothing(self) -> None:
        lot = self.lot()
        assert lot.amount * 100 == self.shelf >= 0
        assert lot.came_in * 100 == self.came_in >= self.shelf
        assert lot.lowest >= 0

    @invariant()
    def what_is_not_accounted_for_is_what_is_really_held(self) -> None:
        for visit in range(len(VISITS)):
            running = self.running[visit]
            held = self.held[visit] - ((self.second - running) * self.speed[visit] if running is not None else 0)
            account = self.account(visit)
            assert account.difference * 100 == held
            assert account.closes == (held == 0), "whole containers hide nothing"
            assert account.drawn == account.infused + account.left + account.wasted + account.returned + account.difference

    @invariant()
    def nothing_is_settled_by_one_person(self) -> None:
        lacking = {event.id for history in self.histories for event in waiting(history)}
        assert lacking == set(self.unsigned)
        for visit in range(len(VISITS)):
            account = self.account(visit)
            if account.explained and not account.closes:
                told = account.variance.explained
                assert told is not None and told.id not in self.unsigned
                assert getattr(told.payload, "difference", "") == volume_text(account.difference)

    @invariant()
    def a_second_name_is_another_name(self) -> None:
        for history in self.histories:
            for event in history.events:
                second = second_of(history, event)
                assert second is None or second.by.id != event.by.id


ORDER = OrderSigned(VISITS[0], "ketamine", "0.5 mg/kg", "80 kg", "40 mg", "1 mg/mL", "40 mL", "40 min", "1 mg/min", "36 mL/h", SIGNED)
