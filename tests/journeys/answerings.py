"""Answerings of a few people of the demonstration clinic, so that pages of measures have something to show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID, uuid4

from django.utils import timezone

from kairn.clinic.acts.answering import Sheet, save_answers
from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.outcome import Done
from kairn.clinic.people.models import User
from kairn.instruments.definition import INSTRUMENTS
from kairn.pathway.scenario import Scenario


def answerings(stories: Mapping[str, Scenario], nurse: User) -> dict[str, UUID]:
    """Two moods and three cravings of Grace and a form she began; a safety check-list of Jonas with a yes. Person -> the answering to look at."""
    mood = [item.key for item in INSTRUMENTS["phq-9"].required]
    for craving, days in (("70", 21), ("55", 12), ("30", 1)):
        _save(nurse, stories["Grace"].patient, "craving-vas", {"now": craving}, days)
    _save(nurse, stories["Grace"].patient, "phq-9", {key: "2" for key in mood} | {"self-harm": "0"}, 19)
    grace = _save(nurse, stories["Grace"].patient, "phq-9", {key: "1" for key in mood[1:]} | {"self-harm": "0"}, 0, skipped=(mood[0],))
    _save(nurse, stories["Grace"].patient, "gad-7", {INSTRUMENTS["gad-7"].items[0].key: "1"}, 0, finish=False)
    jonas = _save(nurse, stories["Jonas"].patient, "asq", {"wish": "1", "burden": "0", "thoughts": "0", "attempt": "0", "now": "0"}, 0)
    return {"Grace": grace, "Jonas": jonas}


def _save(nurse: User, patient: UUID, name: str, answers: dict[str, str], days: int, skipped: tuple[str, ...] = (), finish: bool = True) -> UUID:
    response = uuid4()
    outcome = save_answers(context_of(nurse), patient, event_id=uuid4(), instrument=name, response=response, sheet=Sheet(answers, skipped), finish=finish,
                           occurred_at=timezone.now() - timedelta(days=days, minutes=5))  # fmt: skip
    assert isinstance(outcome, Done), outcome
    return response
