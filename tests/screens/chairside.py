"""One person at a visit and a browser for each role: pages opened and forms sent as the chair does."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse
from tests.clinic.acts_walk import CALM, CHECKED, Walk

from kairn.clinic.acts import monitor
from kairn.library.monitors import BEDSIDE

CALM_AGAIN = {**CALM, "distress": "calm", "pressure_symptoms": "no", "apnoea": "no", "nausea": "none"}


class Chairside:
    """One person at a visit, and a browser for each role."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.link = ""

    def url(self, view: str, *more: str) -> str:
        """The address of a page of this visit."""
        return reverse(view, args=[self.walk.patient, self.walk.visit, *more])

    def browser(self, role: str) -> Client:
        """A browser in which somebody of that role is signed in."""
        client = Client()
        client.force_login(self.walk.users[role])
        return client

    def told(self, at: datetime) -> str:
        """A moment as a page of now tells it: the hour, after the day where that is another one."""
        return f"{at:%H:%M}" if at.date() == self.walk.now.date() else f"{at.day} {at:%b %H:%M}"

    def get(self, view: str, role: str = "nurse") -> str:
        """A page that opens."""
        answer = self.browser(role).get(self.url(view))
        assert answer.status_code == 200, answer.content.decode()[:400]
        return answer.content.decode()

    def post(self, view: str, *more: str, role: str = "nurse", **fields: str) -> Any:
        """A form sent as its page would send it."""
        self.walk.later(seconds=1)
        body = {"event_id": str(uuid4()), "expected_seq": str(self.walk.history.seq), **fields}
        return self.browser(role).post(self.url(view, *more), body)

    def monitor_row(self, **channels: object) -> None:
        """What a monitor linked to this visit sends now, each channel in the unit the library gives it."""
        if not self.link:
            linked = monitor.connect(self.walk.context("nurse"), self.walk.patient, visit=self.walk.visit, device="bedside-3")
            assert isinstance(linked, monitor.Linked)
            self.link = linked.token
        named = ((name, value, BEDSIDE.channel(name)) for name, value in channels.items())
        sent = {name: {"value": value, "unit": channel.unit} for name, value, channel in named if channel}
        body, url = json.dumps({"time": self.walk.now.isoformat(), "channels": sent}), f"/visits/{self.walk.visit}/monitor/rows"
        answer = Client().post(url, body, content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {self.link}")
        assert answer.status_code == 200, answer.content

    def pump_read(self) -> dict[str, str]:
        """The pump's setting read, with whom."""
        return {"pump_checked": "yes", "read_with": str(self.walk.users["prescriber"].id)}

    def checked(self) -> dict[str, str]:
        """All that is checked before a start."""
        return {**CHECKED, **self.pump_read()}

    def count(self, kind: type) -> int:
        """How many live entries of a kind there are."""
        return len(self.walk.history.all(kind))
