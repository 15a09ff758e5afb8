"""A person's standing now, with the protocol in force for them, or a bare one without rules where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast
from uuid import UUID

from django.conf import settings

from kairn.clinic.acts.protocols import in_force_for
from kairn.clinic.ledger.lately import Lately
from kairn.pathway.assess import assess
from kairn.pathway.course import EXITS, course_of, visits_of
from kairn.pathway.duties import dues_of
from kairn.pathway.ground import Ground
from kairn.pathway.standing import Course, Move, MoveKind, Standing, Visit
from kairn.protocol.rule import Protocol
from kairn.record.history import History
from kairn.terms.answer import Answer


@dataclass(frozen=True)
class Stand:
    """Where a person stands; `protocol` None means that no rules were weighed, and `why` says so in a sentence."""

    standing: Standing
    protocol: Protocol | None
    why: str = ""


class Kept:
    """Standings weighed already. Nothing changes before `changes_at`, so until then one weighing serves every reader."""

    def __init__(self, people: int) -> None:
        self._people: Lately[tuple[str, UUID | None], Lately[tuple[UUID, ...], Standing]] = Lately(people)

    def get(self, protocol: Protocol, history: History, now: datetime) -> Standing:
        """The standing of these events under this protocol at `now`, weighed anew only where what is kept does not reach so far."""
        whose = protocol.content_hash, history.events[0].stream if history.events else None
        mine = self._people.get(whose) or self._people.put(whose, Lately(settings.KAIRN_STANDINGS_OF_EACH))
        key = tuple(event.id for event in history.events)
        kept = mine.get(key)
        if kept and kept.now <= now and (kept.changes_at is None or now < kept.changes_at):
            return replace(kept, now=now)
        return mine.put(key, assess(protocol, history, now))


KEPT = Kept(settings.KAIRN_STANDINGS_KEPT)


def stand(clinic: UUID, history: History, now: datetime, past: History | None = None) -> Stand:
    """The standing of a recorded history at `now` under the protocol in force for it; `past` is the clinic's own history where it was read already."""
    return _stand(clinic, history, now, KEPT.get, past)


def stand_anew(clinic: UUID, history: History, now: datetime) -> Stand:
    """The same for events on their way to the record, whose times the database may still change: weighed each time, and not kept."""
    return _stand(clinic, history, now, assess)


def _stand(clinic: UUID, history: History, now: datetime, weigh: Callable[[Protocol, History, datetime], Standing], past: History | None = None) -> Stand:
    found = in_force_for(clinic, history, now, past)
    if found.protocol is None:
        return Stand(_bare(history, now), None, found.why)
    return Stand(weigh(found.protocol, history, now), found.protocol)


def _bare(history: History, now: datetime) -> Standing:
    """Course, visits, open tasks and the ways out: what can be said, and must stay possible, without any rule."""
    course, visits = course_of(history), visits_of(history)
    # No rule is asked for here, so the ground's protocol is never looked at.
    due = tuple(dues_of(Ground(cast(Protocol, None), history, now, course, visits), []))
    moments = [one.due_at for one in due] + [event.occurred_at for event in history.live]
    changes_at = min((at for at in moments if at > now), default=None)
    return Standing("", "", "", history.seq, now, course, visits, (), tuple(_ways_out(course, visits)), (), due, changes_at)


def _ways_out(course: Course, visits: tuple[Visit, ...]) -> Iterable[Move]:
    if course.ended and course.stage != "died":
        yield Move(MoveKind.STAGE, "referral", Answer.YES, (), always_open=True)
    if not course.ended:
        for exit_ in EXITS:
            if exit_ != "died":
                yield Move(MoveKind.STAGE, exit_, Answer.YES, (), always_open=True)
    for visit in visits:
        if visit.phase != "closed" and not visit.cancelled:
            yield Move(MoveKind.PHASE, "closed", Answer.YES, (), visit.id, always_open=True)
