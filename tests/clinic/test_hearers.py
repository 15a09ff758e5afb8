"""Who hears of a chart is asked once for all open screens, and the answer is the one each of them would get alone."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from acts_walk import Walk
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from loops import run_apart

from kairn.clinic.acts import news as news_module
from kairn.clinic.acts.news import News, hearers
from kairn.clinic.ledger.news import MISSED, latest
from kairn.clinic.people.models import BreakGlass, CareTeam, Shift, User
from kairn.clinic.people.open_accounts import open_now
from kairn.clinic.people.relations import relations, relations_of_each


def test_many_stand_to_a_person_as_each_of_them_alone(clinic_id: UUID) -> None:
    walk, now = Walk(clinic_id).register(), timezone.now()
    near = {name: walk.make("nurse", joins=False) for name in ("nobody", "team", "team over", "shift", "shift over", "glass", "glass over")}
    times = {"": (now - timedelta(hours=1), now + timedelta(hours=1)), " over": (now - timedelta(hours=2), now - timedelta(hours=1))}
    for when, (since, until) in times.items():
        CareTeam.objects.create(user=near["team" + when], patient_id=walk.patient, since=since, until=until)
        Shift.objects.create(user=near["shift" + when], patient_id=walk.patient, clinic_id=clinic_id, visit=uuid4(), starts_at=since, ends_at=until)
        BreakGlass.objects.create(user=near["glass" + when], patient_id=walk.patient, started_at=since, until=until, reason="asleep at the desk")
    everybody = open_now([user.id for user in near.values()] + [user.id for user in walk.users.values()])
    patients = walk.patient, Walk(clinic_id, protocol=False).register().patient, uuid4()
    together = relations_of_each(everybody, patients, now)
    assert together == {(user.id, one): relations(User.objects.get(id=user.id), one, now=now) for user in everybody for one in patients}
    assert {name for name, user in near.items() if together[user.id, walk.patient] > {"same-clinic"}} == {"team", "shift", "glass"}


def test_forty_screens_ask_the_database_no_more_than_one(clinic_id: UUID) -> None:
    walk = Walk(clinic_id)
    ids = [walk.make("nurse").id for _ in range(10)]
    walk.register()
    asked = []
    for some in (ids[:1], ids):
        with CaptureQueriesContext(
            connection,
        ) as counted:
            told = [News(walk.patient, 1, clinic_id), News(clinic_id, 1, clinic_id)]
            assert hearers(told, some) == dict.fromkeys(told, frozenset(some))
        asked.append(len(counted))
    assert asked[0] == asked[1] <= 8


def test_whoever_asks_gives_the_connection_to_the_database_back(clinic_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen stays open for hours, and a thread that asked stays too: each would hold one of the few connections."""
    walk, given = Walk(clinic_id).register(), list[str]()
    monkeypatch.setattr(news_module, "close_old_connections", lambda: given.append("back"))
    news_module._ear(walk.context("nurse"))
    assert given == ["back"]
    hearers([News(walk.patient, 1, clinic_id)], [walk.users["nurse"].id])
    assert given == ["back"] * 2
    monkeypatch.setattr(news_module, "open_now", lambda _: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        hearers([News(walk.patient, 1, clinic_id)], [walk.users["nurse"].id])
    assert given == ["back"] * 3


def test_of_screens_that_hear_at_once_one_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic, users, told = uuid4(), [uuid4() for _ in range(5)], []

    def ask(heard: list[News], asked: set[UUID]) -> dict[News, frozenset[UUID]]:
        told.append((heard, asked))
        return dict.fromkeys(heard, frozenset(asked))

    monkeypatch.setattr(news_module, "hearers", ask)

    async def all_hear() -> None:
        listeners = news_module._Listeners()
        for user in users:
            listeners.join(news_module._Ear(user, clinic, None))
        listeners.join(news_module._Ear(uuid4(), clinic, uuid4()))
        listeners.leave(news_module._Ear(users[4], clinic, None))
        first, second = (News(clinic, seq, clinic) for seq in (1, 2))
        for heard in ([first], [first, second]):
            answers = await asyncio.gather(*(listeners.hear(heard) for _ in users))
            assert all(answer == answers[0] and set(answer) == set(heard) for answer in answers)
        assert [one for one, _ in told] == [[first], [second]] and all(users[4] not in asked for _, asked in told)
        listeners.join(news_module._Ear(users[4], clinic, None))
        assert users[4] in (await listeners.hear([News(clinic, 1, clinic)]))[first], "what the clock tells again is asked anew, of who listens by now"

    run_apart(all_hear())


def test_of_what_waits_the_last_of_each_stream_is_told() -> None:
    one, other, clinic = uuid4(), uuid4(), uuid4()
    heard = [News(one, 1, clinic), News(other, 7, clinic), News(one, 2, clinic)]
    assert set(latest(heard)) == {News(one, 2, clinic), News(other, 7, clinic)}
    assert latest([*heard, MISSED]) == (MISSED,)
