"""The door that says whether the clinic is well, and the stream of news that ends for somebody signed out."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse


def test_it_is_well_while_the_database_answers(database: Any) -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"well")


def test_it_says_when_the_database_does_not_answer(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def cursor(self) -> Any:
            raise OperationalError("gone")

    monkeypatch.setattr("kairn.clinic.site.health.connection", Gone())
    assert Client().get("/healthz").status_code == 503


def test_a_stream_of_news_ends_for_somebody_signed_out(database: Any) -> None:
    assert Client().get(reverse("events"), headers={"Accept": "text/event-stream"}).status_code == 204
    assert Client().get(reverse("today")).status_code == 302
