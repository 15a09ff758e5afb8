"""A page that begins to listen hears what came after it was made; where that is not known, it looks at everything."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from uuid import UUID

import pytest
from acts_walk import CALM, Walk
from django.test import Client
from django.urls import reverse
from loops import run_apart

from kairn.clinic.acts.news import MISSED, News, news, position
from kairn.clinic.ledger import news as ledger_news
from kairn.clinic.ledger.news import after
from kairn.clinic.screens.live.view import events


def both(stream: UUID, seq: int, clinic: UUID) -> set[News]:
    """What is told of one person to charts and to lists."""
    return {News(stream, seq, clinic), News(stream, seq, clinic, listed=True)}


@pytest.fixture
def walk(clinic_id: UUID) -> Walk:
    """Somebody in pre-flight."""
    return Walk(clinic_id).to_preflight()


def test_after_a_position_comes_what_was_recorded_since_and_of_each_person_the_last(walk: Walk) -> None:
    made = position(walk.clinic)
    assert after(walk.clinic, made) == ()
    other = Walk(walk.clinic, protocol=False).register()
    for _ in range(2):
        walk.record(visit=walk.visit, **CALM)
    assert set(after(walk.clinic, made)) == both(walk.patient, walk.history.seq, walk.clinic) | both(other.patient, other.history.seq, walk.clinic)
    assert set(after(walk.clinic, made + 2)) == both(walk.patient, walk.history.seq, walk.clinic)


def test_where_much_came_after_everything_is_looked_at(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    made = position(walk.clinic)
    monkeypatch.setattr(ledger_news, "WAITING", 2)
    walk.record(visit=walk.visit, **CALM)
    assert MISSED not in after(walk.clinic, made)
    walk.record(visit=walk.visit, **CALM)
    assert after(walk.clinic, made) == (MISSED,)


def test_a_page_knows_its_position_before_it_reads_anything(walk: Walk) -> None:
    client = Client()
    client.force_login(walk.users["nurse"])
    made = position(walk.clinic)
    for path, told in ((reverse("today"), made), (reverse("chairs"), made)):
        assert re.findall(r' data-since="(\d+)"', client.get(path).content.decode()) == [str(told)]
    assert "data-since" not in client.get(reverse("today"), headers={"HX-Request": "true"}).content.decode()


def test_a_page_that_listens_hears_what_came_meanwhile_and_nothing_else(walk: Walk) -> None:
    made = position(walk.clinic)
    walk.record(visit=walk.visit, **CALM)
    walk.users["outsider"] = walk.make("nurse", joins=False)

    async def heard(role: str, since: int | None) -> list[News]:
        screen = news(walk.context(role), since)
        told = list(await asyncio.wait_for(anext(screen), 5))
        await screen.aclose()  # type: ignore[attr-defined]
        return told

    async def all_of_them() -> None:
        assert set(await heard("nurse", made)) == both(walk.patient, walk.history.seq, walk.clinic)
        assert await heard("nurse", None) == [MISSED]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(heard("nurse", made + 1), 1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(heard("outsider", made), 1)

    run_apart(all_of_them())


def test_a_browser_that_comes_again_by_itself_looks_at_everything(walk: Walk, rf: Any) -> None:
    made = position(walk.clinic)

    async def first(query: str, **head: str) -> str:
        request = rf.get(f"/events{query}", headers=head)
        request.user = walk.users["nurse"]
        answer: Any = await events(request)
        told = aiter(answer.streaming_content)
        assert (await anext(told)).decode().startswith("id: 1\nevent: beat")
        said = (await asyncio.wait_for(anext(told), 5)).decode()
        await told.aclose()
        return str(said)

    async def all_of_them() -> None:
        for query, head in (("", {}), (f"?since={made}", {"Last-Event-ID": "1"}), ("?since=far", {})):
            assert '"stream": "*"' in await first(query, **head)
        assert "beat" in await first(f"?since={made}")

    run_apart(all_of_them())
