"""A person's standing now, with the protocol in force for them, or a bare one without rules where there is none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from kairn.clinic.acts.protocols import in_force_for
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


def stand(clinic: UUID, history: History, now: datetime, past: History | None = None) -> Stand:
    """The standing of a history at `now` under the protocol in force for it; `past` is the clinic's own history where it was read already."""
    found = in_force_for(clinic, history, now, past)
    if found.protocol is None:
        return Stand(_bare(history, now), None, found.why)
    return Stand(assess(found.protocol, history, now), found.protocol)


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
