"""Each rule with each visit it speaks of, what it said last, and until when that holds while nothing new is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from uuid import UUID

from kairn.pathway.assess import _asked
from kairn.pathway.compiled_due import DueInOrder, Dues
from kairn.pathway.compiled_index import IndexedGround
from kairn.pathway.compiled_reads import COURSE, VISITS, Reads, Topic
from kairn.pathway.compiled_weigh import Judge
from kairn.pathway.ground import Ground
from kairn.pathway.standing import Verdict, Visit
from kairn.protocol.rule import Rule, RuleKind

AS_NEEDED = "prn:"
Key = tuple[str, UUID | None]


@dataclass(frozen=True)
class Ready:
    """One rule made ready: what it looks at, how it is judged, and what falls due by it."""

    reads: Reads
    judge: Judge
    dues: Dues | None


@dataclass(eq=False)
class Slot:
    """One rule with one visit (None: the course). `changes` is the next moment that counts for a standing's `changes_at`.

    `until` is when it must be weighed again: that moment, or earlier when a finding goes stale. No slot is looked at once it is not `asked` any more.
    """

    rule: Rule
    visit: Visit | None
    verdict: Verdict | None = None
    due: list[DueInOrder] = field(default_factory=list)
    changes: datetime | None = None
    until: datetime | None = None
    asked: bool = True


class Clock:
    """Moments ahead, each with its slot; a slot that has been given another moment since, or is not asked, is passed over."""

    def __init__(self, moment: str) -> None:
        self._moment, self._heap, self._count = moment, list[tuple[datetime, int, Slot]](), 0

    def note(self, slot: Slot) -> None:
        """Note the slot's moment, if it has one."""
        at = getattr(slot, self._moment)
        if at is not None:
            self._count += 1
            heappush(self._heap, (at, self._count, slot))

    def first(self) -> tuple[datetime, Slot] | None:
        """The earliest moment and its slot."""
        while self._heap:
            at, _, slot = self._heap[0]
            if slot.asked and getattr(slot, self._moment) == at:
                return at, slot
            heappop(self._heap)
        return None

    def struck(self, now: datetime) -> set[Slot]:
        """The slots whose moment has come, which are then taken off."""
        found: set[Slot] = set()
        while (first := self.first()) and first[0] <= now:
            found.add(first[1])
            heappop(self._heap)
        return found


class Slots:
    """All that is asked of one person, in the order of the protocol."""

    def __init__(self, ready: Mapping[str, Ready]) -> None:
        self._ready = ready
        self._known: dict[Key, Slot] = {}
        self._listening: dict[Topic, list[Slot]] = {}
        self._until, self._changes = Clock("until"), Clock("changes")
        self.asked: dict[RuleKind, list[Slot]] = {}
        self.order: list[Slot] = []

    def renew(self, ground: IndexedGround, said: set[Topic]) -> set[RuleKind]:
        """Weigh what `said` speaks of and whatever time has come for; the kinds of rules that answer otherwise than before."""
        touched = self._until.struck(ground.now)
        changed: set[RuleKind] = set()
        if not self.order or said & {COURSE, VISITS}:
            touched |= self._ask(ground)
            changed = set(RuleKind)
        for topic in said:
            touched.update(slot for slot in self._listening.get(topic, ()) if slot.asked)
        return changed | {slot.rule.kind for slot in touched if self._weigh(slot, ground)}

    def changes_at(self) -> datetime | None:
        """The first moment at which a rule may answer otherwise by itself."""
        first = self._changes.first()
        return first[0] if first else None

    def verdicts(self, kind: RuleKind) -> tuple[Verdict, ...]:
        """What the rules of one kind say."""
        return tuple(slot.verdict for slot in self.asked.get(kind, ()) if slot.verdict)

    def gates(self) -> tuple[tuple[Verdict, ...], tuple[Verdict, ...]]:
        """What the gates of moves say, and those of as-needed medicines."""
        said = self.verdicts(RuleKind.GATE)
        return tuple(v for v in said if not v.rule.guards.startswith(AS_NEEDED)), tuple(v for v in said if v.rule.guards.startswith(AS_NEEDED))

    def _ask(self, ground: Ground) -> set[Slot]:
        """Which rules speak now, of which visits; those that did not before."""
        before, self._known = self._known, {}
        for rule, visit in _asked(ground):
            key = (rule.id, visit.id if visit else None)
            slot = self._known[key] = before.pop(key) if key in before else self._listen(Slot(rule, visit))
            slot.visit = visit
        for gone in before.values():
            gone.asked = False
        self.order = list(self._known.values())
        self.asked = {kind: [slot for slot in self.order if slot.rule.kind is kind] for kind in RuleKind}
        return {slot for slot in self.order if slot.verdict is None}

    def _listen(self, slot: Slot) -> Slot:
        for topic in self._ready[slot.rule.id].reads.of(slot.visit.id if slot.visit else None):
            self._listening.setdefault(topic, []).append(slot)
        return slot

    def _weigh(self, slot: Slot, ground: IndexedGround) -> bool:
        """Weigh one slot; whether it now says something else."""
        ready, before, now = self._ready[slot.rule.id], (slot.verdict, slot.due), ground.now
        verdict, changes = ready.judge(ground, slot.visit)
        if ready.dues:
            slot.due = ready.dues(ground, verdict, slot.visit)
            changes += tuple(at for *_, due in slot.due for at in (due.opens_at, due.due_at, due.late_at) if at is not None)
        slot.changes = min([at for at in changes if at > now], default=None)
        stale = [found.good_until for found in verdict.findings if found.good_until is not None and found.good_until > now]
        slot.until = min([slot.changes, *stale] if slot.changes else stale, default=None)
        self._changes.note(slot)
        self._until.note(slot)
        slot.verdict = verdict
        return (verdict, slot.due) != before
