"""The compiled form of `assess`: one person's standing kept up event by event, always equal to the plain one.

A rule is weighed again only when something it looks at was said, or when the moment has come at which it may change by itself.
What is rare and tangled (a strike, a death, an event out of order, a look back in time) is judged anew from the whole history.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import heapify, heappop, heappush
from operator import itemgetter

from kairn.pathway.assess import _as_needed, _flags, _holds, _moves
from kairn.pathway.compiled_due import DueInOrder, dues_of_rule, in_order
from kairn.pathway.compiled_index import Index, IndexedGround, topics_of
from kairn.pathway.compiled_readings import brought_by, shown_by, skipped_in
from kairn.pathway.compiled_reads import Topic, reads_of_rule
from kairn.pathway.compiled_slots import Ready, Slots
from kairn.pathway.compiled_stops import Stops
from kairn.pathway.compiled_weigh import judge_of
from kairn.pathway.duties import _tasks
from kairn.pathway.ground import Ground
from kairn.pathway.standing import Due, DueState, Flag, Hold, Move, Standing, Verdict
from kairn.protocol.rule import Level, Protocol, RuleKind
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import TaskClosed, TaskOpened
from kairn.terms.answer import Answer

OF_TASKS: frozenset[Topic] = frozenset({("event", TaskOpened.KIND, None), ("event", TaskClosed.KIND, None)})
BY_ORDER = itemgetter(0, 1, 2)


@dataclass(frozen=True)
class Compiled:
    """A protocol with each of its rules, by its id, made ready."""

    protocol: Protocol
    ready: dict[str, Ready]

    def begin(self, history: History, now: datetime) -> Assessment:
        """Judge a whole history at `now` (aware), and be ready for what comes."""
        return Assessment(self, history, now)


def compile_protocol(protocol: Protocol) -> Compiled:
    """A protocol made ready: what each of its rules looks at, and how it is judged."""
    return Compiled(protocol, {rule.id: Ready(reads_of_rule(rule, protocol.rules), judge_of(rule), dues_of_rule(rule)) for rule in protocol.rules})


class Assessment:
    """One person's standing, kept up; `standing` is the latest. Not to be shared between threads."""

    standing: Standing

    def __init__(self, compiled: Compiled, history: History, now: datetime) -> None:
        self._compiled = compiled
        self._begin(history, now)

    def after(self, events: Event | Iterable[Event], now: datetime) -> Standing:
        """Take in new events, in the order of their seq, and judge at `now`. Equal to `assess` of the whole history."""
        new = (events,) if isinstance(events, Event) else tuple(events)
        said: set[Topic] = set()
        for place, event in enumerate(new):
            if not self._index.takes(event):
                return self._begin(History.of([*self._index.history.events, *new[place:]]), now)
            said |= self._take(event)
        return self._judge(said, now)

    def at(self, now: datetime) -> Standing:
        """Judge at another moment with nothing new said."""
        return self._judge(set(), now)

    def _begin(self, history: History, now: datetime) -> Standing:
        protocol, ready = self._compiled.protocol, self._compiled.ready
        stops = [rule for rule in protocol.rules if rule.level is Level.STOP and "infusion" in rule.while_.phases]
        self._index, self._slots = Index(protocol, history, now), Slots(ready)
        self._stops = Stops((judge_of(stop, lasting=True), ready[stop.id].reads) for stop in stops)
        self._ahead = [(event.occurred_at, event.seq, event) for event in history.live if event.occurred_at > now]
        heapify(self._ahead)
        self._now = now
        self._tasks: list[DueInOrder] = []
        self._verdicts: tuple[Verdict, ...] = ()
        self._held: list[Verdict] = []
        self._moves: tuple[Move, ...] = ()
        self._as_needed: tuple[Move, ...] = ()
        self._holds: tuple[Hold, ...] = ()
        self._flags: tuple[Flag, ...] = ()
        self._due: tuple[Due, ...] = ()
        return self._judge(set(OF_TASKS), now)

    def _take(self, event: Event) -> set[Topic]:
        said = self._index.add(event)
        self._stops.forget(said, event.occurred_at)
        heappush(self._ahead, (event.occurred_at, event.seq, event))
        return said

    def _judge(self, said: set[Topic], now: datetime) -> Standing:
        if now < self._now:
            return self._begin(History(self._index.history.events), now)
        self._now = now
        said |= self._come_to_pass(now)
        ground = self._index.ground(now)
        changed = self._slots.renew(ground, said)
        if changed:
            self._verdicts = tuple(slot.verdict for slot in self._slots.order if slot.verdict)
        self._put_together(ground, changed)
        self._put_due(ground, changed, said)
        self.standing = self._told(ground)
        return self.standing

    def _come_to_pass(self, now: datetime) -> set[Topic]:
        """What events dated ahead speak of once their time has come."""
        said: set[Topic] = set()
        while self._ahead and self._ahead[0][0] <= now:
            event = heappop(self._ahead)[2]
            said |= topics_of(event, [*brought_by(event), *skipped_in(event), *shown_by(event)])
        return said

    def _put_together(self, ground: IndexedGround, changed: set[RuleKind]) -> None:
        """Holds, moves and flags, as far as the verdicts they come from have changed."""
        held = _held(self._slots.verdicts(RuleKind.HOLD), self._stops.reached(ground))
        if held != self._held or changed == set(RuleKind):
            self._held, self._holds = held, _holds(held)
            changed = changed | {RuleKind.GATE}
        if RuleKind.GATE in changed:
            gates, as_needed = self._slots.gates()
            self._moves = tuple(_moves(ground, gates, held))
            spoken_of = {verdict.visit for verdict in as_needed}
            visits = tuple(visit for visit in ground.visits if visit.id in spoken_of)
            self._as_needed = tuple(_as_needed(replace(ground, visits=visits), as_needed))
        if RuleKind.FLAG in changed:
            self._flags = _flags(self._slots.verdicts(RuleKind.FLAG))

    def _put_due(self, ground: Ground, changed: set[RuleKind], said: set[Topic]) -> None:
        late = any(due.due_at <= ground.now and due.state is DueState.DUE for *_, due in self._tasks)
        if said & OF_TASKS or late:
            self._tasks = [in_order(due) for due in _tasks(ground)] if ground.course.stage != "died" else []
        elif RuleKind.DUTY not in changed:
            return
        duties = [due for slot in self._slots.asked[RuleKind.DUTY] for due in slot.due]
        self._due = tuple(due for *_, due in sorted([*duties, *self._tasks], key=BY_ORDER))

    def _told(self, ground: Ground) -> Standing:
        protocol = ground.protocol
        return Standing(
            protocol.id, protocol.version, protocol.content_hash, ground.history.seq, ground.now, ground.course, ground.visits,
            self._verdicts, self._moves, self._holds, self._due, self._changes_at(ground.now), self._flags, self._as_needed,
        )  # fmt: skip

    def _changes_at(self, now: datetime) -> datetime | None:
        moments = [self._slots.changes_at(), self._ahead[0][0] if self._ahead else None, *(due.due_at for *_, due in self._tasks if due.due_at > now)]
        return min((at for at in moments if at is not None), default=None)


def _held(standing: tuple[Verdict, ...], reached: list[Verdict]) -> list[Verdict]:
    """As plain `assess` joins the holds that stand and the stops reached before."""
    standing = tuple(v for v in standing if v.applies is not Answer.NO and v.answer is not Answer.NO)
    met = {(v.rule.id, v.visit) for v in standing if v.answer is Answer.YES}
    kept = [v for v in reached if (v.rule.id, v.visit) not in met]
    overtaken = {(v.rule.id, v.visit) for v in kept}
    return kept + [v for v in standing if (v.rule.id, v.visit) not in overtaken]
