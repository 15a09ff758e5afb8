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

from kairn.clinic.acts import news as news_module
from kairn.clinic.acts.news import News, hearers
from kairn.clinic.people.models import BreakGlass, CareTeam, Shift, User
from kairn.clinic.people.relations import relations, relations_of_each


def test_many_stand_to_a_person_as_each_of_them_alone(clinic_id: UUID) -> None:
    walk, now = Walk(clinic_id).register(), timezone.now()
    near = {name: walk.make("nurse", joins=False) for name in ("nobody", "team", "team over", "shift", "shift over", "glass", "glass over")}
    times = {"": (now - timedelta(hours=1), now + timedelta(hours=1)), " over": (now - timedelta(hours=2), now - timedelta(hours=1))}
    for when, (since, until) in times.items():
        CareTeam.objects.create(user=near["team" + when], patient_id=walk.patient, since=since, until=until)
        Shift.objects.create(user=near["shift" + when], patient_id=walk.patient, clinic_id=clinic_id, visit=uuid4(), starts_at=since, ends_at=until)
        BreakGlass.objects.create(user=near["glass" + when], patient_id=walk.patient, started_at=since, until=until, reason="asleep at the desk")
    everybody = User.objects.open_now([user.id for user in near.values()] + [user.id for user in walk.users.values()])
    together = relations_of_each(everybody, walk.patient, now)
    assert together == {user.id: relations(User.objects.get(id=user.id), walk.patient, now=now) for user in everybody}
    assert {name: "same-clinic" in together[user.id] and len(together[user.id]) > 1 for name, user in near.items()} == {
        name: name in ("team", "shift", "glass") for name in near
    }
    assert set(relations_of_each(everybody, uuid4(), now).values()) == {frozenset({"none"})}


def test_forty_screens_ask_the_database_no_more_than_one(clinic_id: UUID) -> None:
    walk = Walk(clinic_id)
    ids = [walk.make("nurse").id for _ in range(10)]
    walk.register()
    asked = []
    for some in (ids[:1], ids):
        with CaptureQueriesContext(
            connection,
        ) as counted:
            assert hearers(News(walk.patient, 1, clinic_id), some) == frozenset(some)
        asked.append(len(counted))
    assert asked[0] == asked[1] <= 8


def test_of_screens_that_hear_at_once_one_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic, users, told = uuid4(), [uuid4() for _ in range(5)], []

    def ask(each: News, asked: set[UUID]) -> frozenset[UUID]:
        told.append(asked)
        return frozenset(asked)

    monkeypatch.setattr(news_module, "hearers", ask)

    async def all_hear() -> None:
        listeners = news_module._Listeners()
        for user in users:
            listeners.join(news_module._Ear(user, clinic, None))
        listeners.join(news_module._Ear(uuid4(), clinic, uuid4()))
        listeners.leave(news_module._Ear(users[4], clinic, None))
        for seq in (1, 2):
            answers = await asyncio.gather(*(listeners.hear(News(clinic, seq, clinic)) for _ in users))
            assert len(set(answers)) == 1

    asyncio.run(all_hear())
    assert len(told) == 2 and users[4] not in told[0]
