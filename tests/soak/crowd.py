"""One process of the people of a full house, in windowless browsers: python tests/soak/crowd.py nurses cast.json, which prints what it met with as JSON."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from browser_lines import Browser, Seen, hidden

SYSTOLIC, DIASTOLIC = range(100, 140), range(60, 90)
PAIRS = len(SYSTOLIC) * len(DIASTOLIC)
"""So many entries carry a pressure that no other entry carries."""
SHOWN_PAIR = re.compile(r"\b(1[0-3]\d)/([6-8]\d)\b")
LOOKED_AT_AGAIN_SECONDS = 240
LATE_EAR_SECONDS = 12.0
SECONDS = 60
WELL = {"distress": "calm", "pressure_symptoms": "no", "apnoea": "no", "nausea": "none"}
"""What completes a set of vital signs, so that the next one is due."""
PHONE = ("/me", "/me", "/me", "/me/plan", "/me/questions", "/me/who-looked")


def pair(place: int) -> str:
    """The pressure that entry number `place` carries, as screens show it."""
    return f"{SYSTOLIC[place % len(SYSTOLIC)]}/{DIASTOLIC[place // len(SYSTOLIC) % len(DIASTOLIC)]}"


@dataclass
class Told:
    """What a process tells at its end: each entry sent, and on each screen the moment at which each pressure was first there."""

    seen: Seen = field(default_factory=Seen)
    entries: list[dict[str, Any]] = field(default_factory=list)
    screens: dict[str, dict[str, float]] = field(default_factory=dict)
    processor: float = 0.0

    def screen(self, name: str) -> Callable[[str, float], None]:
        """A screen that is looked at: every pressure on it is noted when it is there for the first time."""
        first = self.screens.setdefault(name, {})

        def sees(text: str, at: float) -> None:
            for found in SHOWN_PAIR.findall(text):
                first.setdefault("/".join(found), at)

        return sees


class Crowd:
    """The people of one process, until the end of the run. `cast` is what chairs.py wrote down."""

    def __init__(self, cast: dict[str, Any], seed: int) -> None:
        self.cast, self.told, self.chance = cast, Told(), random.Random(seed)
        self.people = [chair["patient"] for chair in cast["chairs"]] + cast["people"]

    def browser(self, session: str, screen: str = "") -> Browser:
        """A browser of this house; one whose screen is looked at has a name."""
        sees = {"sees": self.told.screen(screen)} if screen else {}
        return Browser(self.cast["port"], session, self.told.seen, **sees)

    def left(self) -> float:
        """Seconds until the last entry may be sent."""
        return float(self.cast["end"] - time.monotonic())

    async def run(self, works: list[Coroutine[Any, Any, None]]) -> None:
        """Everybody at once, until some seconds after the last entry."""
        tasks = [asyncio.create_task(work) for work in works]
        await asyncio.sleep(max(0.0, self.left() + self.cast["after"]))
        for task in tasks:
            if task.done() and task.exception():
                self.told.seen.wrong.append(f"a client: {task.exception()!r}")
            task.cancel()
        self.told.processor = time.process_time()

    async def comes_in(self) -> None:
        """People come one after another in the time before the first entry."""
        await asyncio.sleep(self.chance.uniform(0, max(0.0, self.cast["begin"] - time.monotonic())))

    async def again_and_again(self, mean: float, once: Callable[[], Awaitable[None]]) -> None:
        """At irregular moments, about every `mean` seconds, from now on."""
        while self.left() > 0:
            await once()
            await asyncio.sleep(self.chance.uniform(0.5, 1.5) * mean)

    # --- nurses and monitors at the chairs ---

    async def nurse(self, place: int, chair: dict[str, Any]) -> None:
        """One tablet at one chair: vitals by the form of the page, at a steady rhythm; every chair has its own moment in it."""
        browser, url, every = self.browser(chair["session"], f"tablet {place}"), chair_url(chair), self.cast["every"]
        await self.comes_in()
        page = await browser.open(url, "page: chair")
        await asyncio.sleep(max(0.0, self.cast["begin"] - time.monotonic()) + every * place / len(self.cast["chairs"]))
        number = place
        while self.left() > 0:
            began = time.monotonic()
            page = await self.entry(browser, page.text, url, number, place)
            number += len(self.cast["chairs"])
            await asyncio.sleep(max(0.0, every - (time.monotonic() - began)))

    async def entry(self, browser: Browser, text: str, url: str, number: int, place: int) -> Any:
        """One set of vitals, and the page after it. The moment that counts is the one before the form is sent."""
        systolic, diastolic = pair(number).split("/")
        held = {"csrfmiddlewaretoken": hidden(text, "csrfmiddlewaretoken"), "event_id": hidden(vitals_form(text), "event_id")}
        vitals = {
            "systolic": systolic,
            "diastolic": diastolic,
            "heart_rate": str(self.chance.randint(60, 84)),
            "spo2": "98",
            "respiratory_rate": "14",
            "moaas": "5",
            **WELL,
        }
        answer = await browser.send(f"{url}/vitals", held | vitals, "entry: answer to the form")
        self.told.entries.append(
            {
                "id": held["event_id"],
                "number": number,
                "chair": place,
                "pair": pair(number),
                "sent": answer.sent,
                "taken": bool(answer.leads),
                "status": answer.status,
            }
        )
        if self.cast["plant"] == "sends-twice":
            await browser.send(f"{url}/vitals", held | vitals | {"event_id": str(uuid4())}, "entry: answer to the form")
        return await browser.open(answer.leads or url, "page: chair")

    async def monitor(self, chair: dict[str, Any]) -> None:
        """A monitor at the same chair: a row a minute by the documented door."""
        door = Browser(self.cast["port"], "", self.told.seen)
        told = {"Authorization": f"Bearer {chair['token']}", "Content-Type": "application/json"}

        async def row() -> None:
            channels = {"HR": {"value": self.chance.randint(60, 84), "unit": "/min"}, "SpO2": {"value": "98", "unit": "%"}}
            body = json.dumps({"time": datetime.now(UTC).isoformat(), "channels": channels}).encode()
            self.told.seen.note("entry: row of a monitor", await door.ask("POST", f"/visits/{chair['visit']}/monitor/rows", body, more=told))

        await asyncio.sleep(max(0.0, self.cast["begin"] - time.monotonic()) + self.chance.uniform(0, self.cast["every"]))
        while self.left() > 0:
            await row()
            await asyncio.sleep(SECONDS)

    # --- screens that are only looked at ---

    async def watcher(self, session: str, name: str, url: str, what: str) -> None:
        """A page that stays open; somebody looks after it every few minutes."""
        browser = self.browser(session, name)
        browser.hears_late = LATE_EAR_SECONDS if self.cast["plant"] == "hears-late" else 0.0
        await self.comes_in()
        await browser.open(url, what)
        while True:
            await asyncio.sleep(LOOKED_AT_AGAIN_SECONDS)
            await browser.open(url, what)

    # --- staff and phones ---

    async def member(self, one: dict[str, Any]) -> None:
        """Somebody of the staff goes from page to page; whatever page is open hears the news."""
        browser = self.browser(one["session"])
        await self.comes_in()

        async def turn() -> None:
            what, url = self.somewhere(one["role"])
            await browser.open(url, what)

        await self.again_and_again(self.cast["staff_every"], turn)

    def somewhere(self, role: str) -> tuple[str, str]:
        """Where they go next: Today, the board, a person's page, a chair."""
        chair, person = self.chance.choice(self.cast["chairs"]), self.chance.choice(self.people)
        places = [("page: Today", "/today"), ("page: board", "/chairs"), ("page: patient", f"/patients/{person}")]
        places += [("page: chair", chair_url(chair))] if role in ("nurse", "prescriber") else []
        return self.chance.choice(places)

    async def phone(self, session: str) -> None:
        """A patient at home, who looks at their own pages now and then."""
        browser = self.browser(session)
        await self.comes_in()

        async def look() -> None:
            await browser.open(self.chance.choice(PHONE), "page: phone")

        await self.again_and_again(self.cast["portal_every"], look)


def chair_url(chair: dict[str, Any]) -> str:
    """The address of a chair."""
    return f"/patients/{chair['patient']}/visits/{chair['visit']}/chair"


def vitals_form(text: str) -> str:
    """From the form of the vital signs on, so that its own hidden fields come first."""
    return text[max(0, text.find('id="vitals"')) :]


def works(crowd: Crowd, who: str) -> list[Coroutine[Any, Any, None]]:
    """Everybody of one process."""
    cast = crowd.cast
    if who == "nurses":
        chairs = list(enumerate(cast["chairs"]))
        return [*(crowd.nurse(place, chair) for place, chair in chairs), *(crowd.monitor(chair) for _, chair in chairs)]
    if who == "screens":
        return [crowd.watcher(one["session"], one["name"], one["url"], one["what"]) for one in cast["screens"]]
    if who == "staff":
        return [crowd.member(one) for one in cast["staff"]]
    return [crowd.phone(session) for session in cast["portal"]]


def main() -> None:
    """Run until the cast's end."""
    who, cast = sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    crowd = Crowd(cast, cast["seed"] + len(who))

    async def all_of_them() -> None:
        await crowd.run(works(crowd, who))

    asyncio.run(all_of_them())
    print(json.dumps(asdict(crowd.told)))


if __name__ == "__main__":
    main()
