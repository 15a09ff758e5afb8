"""Cycles without network at a real tablet, with crashes, silence, other people and the lock: nothing lost, doubled or given to another author (P6).

python tests/soak/offline.py --cycles 1000 --tablets 4 --out docs/reference/proofs/offline.json
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from house import Proof, walking
from playwright.sync_api import Error, sync_playwright

sys.path[:0] = [str(Path(__file__).parents[1] / "journeys"), str(Path(__file__).parents[2])]
SHORT = 8
PER_PERSON = 12
ENTRIES_AT_ONCE = (1, 1, 2, 4)
AWAY = timedelta(minutes=10)
WAIT_MS, LOAD_MS = 30_000, 60_000
SLOWEST = "slowest seconds"
KINDS = ("note", "drug", "vitals", "12o")
INCIDENTS = ("nothing", "crash", "sign-out", "another person", "lost answer", "silence", "lock")
CONTROLLED = "() => Boolean(navigator.serviceWorker.controller)"
BY_WORKER = "performance.getEntriesByType('navigation')[0].workerStart > 0"
THIS_PAGE = "page(location.pathname).then(page => Boolean(page) && 'now' in document.body.dataset && page.html.includes(document.body.dataset.now))"
ENTRIES = "kairnKept.entries().then(all => all.map(one => one.id))"


@click.command()
@click.option("--cycles", default=1000, show_default=True)
@click.option("--tablets", default=1, show_default=True, help="So many share the cycles, each with a server and a browser of its own.")
@click.option("--short", is_flag=True, help=f"Only {SHORT}.")
@click.option("--minutes", type=float, help="Stop after so long, with fewer than asked.")
@click.option("--seed", default=1, show_default=True)
@click.option("--plant", type=click.Choice(["forgets-one", "sender-signs", "time-of-sending"]), help="Plant this fault; the run must then find it.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the JSON there as well.")
def main(cycles: int, tablets: int, short: bool, minutes: float | None, seed: int, plant: str | None, out: Path | None) -> None:
    """Run on a server and in a browser of its own. Exit code 0: every entry is in the record once, in the name of its author."""
    if tablets > 1:
        words = [*(("--plant", plant) if plant else ()), *(("--minutes", str(minutes)) if minutes else ())]
        together(shares(SHORT if short else cycles, tablets), seed, words).leave(out)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    proof, chance = Proof(more=nothing_yet()), random.Random(seed)
    more = proof.more
    with walking() as walk, _tablets(walk) as tablet:
        for place in range(SHORT if short else cycles):
            if proof.out_of_time(minutes):
                break
            if place % PER_PERSON == 0:
                print(f"{place} of {cycles} cycles", file=sys.stderr, flush=True)
                tablet.next_person()
            incident = INCIDENTS[place % len(INCIDENTS)]
            with _telling(tablet, place, incident):
                one_cycle(tablet, chance, incident, plant, proof)
    more[SLOWEST] = round(more[SLOWEST], 1)
    proof.leave(out)


def nothing_yet() -> dict[str, Any]:
    """What is counted beside what was entered and lost."""
    counted = ("cycles", "doubled", "another author", "wrong time", "became notes", "answers lost of what was recorded")
    return dict.fromkeys(counted, 0) | {SLOWEST: 0.0} | {f"with {one}": 0 for one in INCIDENTS}


def shares(cycles: int, tablets: int) -> list[int]:
    """The cycles, shared out as evenly as they go."""
    return [cycles // tablets + (place < cycles % tablets) for place in range(tablets)]


def together(cycles: list[int], seed: int, words: list[str]) -> Proof:
    """So many tablets at the same time, each in a process of its own with chances of its own; what they found, added up. Silence of one counts as lost."""
    proof = Proof(more=nothing_yet() | {"tablets": len(cycles)})
    command = [sys.executable, __file__, *words]
    children = [
        subprocess.Popen([*command, "--cycles", str(share), "--seed", str(seed + place)], stdout=subprocess.PIPE, text=True)
        for place, share in enumerate(cycles)
    ]
    for said in [child.communicate()[0] for child in children]:
        found = json.loads(said) if said else {"n": 0, "lost": 1}
        proof.n += found["n"]
        proof.lost += found["lost"]
        for name, held in proof.more.items():
            if name != "tablets":
                proof.more[name] = max(held, found.get(name, 0)) if name == SLOWEST else held + found.get(name, 0)
    return proof


@contextlib.contextmanager
def _telling(tablet: Tablet, place: int, incident: str) -> Iterator[None]:
    """Where a cycle cannot go on, what stood on the tablet then is told."""
    try:
        yield
    except Exception:
        shown = tablet.says("[location.href, document.body.dataset.kept || '', document.body.innerText.slice(0, 600)]")
        print(f"cycle {place}, {incident}: the tablet stood at {shown}", file=sys.stderr, flush=True)
        raise


@contextlib.contextmanager
def _tablets(walk: Any) -> Iterator[Tablet]:
    from cable import cable
    from tests.browser import QUIET, chromium, serving

    with serving() as site, cable(site) as line, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(play.chromium.executable_path), args=QUIET)
        yield Tablet(walk, line, browser)
        browser.close()


class Tablet:
    """One tablet at the chair, and the hands on it."""

    def __init__(self, walk: Any, line: Any, browser: Any) -> None:
        from django.utils import timezone

        self.walk, self.line, self.real = walk, line, timezone.now
        self.ahead = timedelta()
        timezone.now = self.now  # the walk to the chair goes faster than the clock
        self.context = browser.new_context(viewport={"width": 1024, "height": 768})
        self.context.set_default_timeout(WAIT_MS)
        self.page = self.context.new_page()

    def now(self) -> Any:
        """What the clinic takes for now."""
        return self.real() + self.ahead

    @property
    def chair(self) -> str:
        """The chair's address."""
        return f"{self.line.address}/patients/{self.walk.patient}/visits/{self.walk.visit}/chair"

    def next_person(self) -> None:
        """A new person, infused since some minutes."""
        from uuid import uuid4

        self.walk.patient, self.walk.visit, self.walk.chair = uuid4(), uuid4(), f"Chair {uuid4().hex[:6]}"
        self.walk.now = self.now()
        self.walk.to_infusion()
        self.ahead = max(self.ahead, self.walk.now - self.real() + timedelta(seconds=1))

    def sign_in(self, role: str) -> None:
        """Somebody of that role, in the same browser."""
        from tests.browser import session_of

        self.context.add_cookies([{"name": "sessionid", "value": session_of(self.walk.users[role]), "url": self.line.address}])

    def sit(self) -> None:
        """The nurse's page of the chair, kept by the worker."""
        self.sign_in("nurse")
        self.page.goto(self.chair)
        self.page.wait_for_function(CONTROLLED)
        if not self.page.evaluate(BY_WORKER):  # it took this page over after it was opened, and has not seen it
            self.page.goto(self.chair)
        ends = time.monotonic() + LOAD_MS / 1000
        while not self.kept(THIS_PAGE):
            if time.monotonic() > ends:
                raise TimeoutError("the chair's page is not kept")
            self.page.wait_for_timeout(50)
            if self.says("'kept' in document.body.dataset"):  # the clinic was slow, and an older page stood in
                self.page.goto(self.chair)

    def kept(self, what: str) -> Any:
        """What the page says of what it keeps; None while it cannot, as one that says *not connected* until it tries again."""
        return self.says(f"self.kairnKept ? kairnKept.{what} : null")

    def says(self, what: str) -> Any:
        """What the page answers; None where it went to another page meanwhile."""
        try:
            return self.page.evaluate(what)
        except Error:
            return None

    def enter(self, kind: str, words: str) -> None:
        """One form of the chair, filled and sent as a person does."""
        page = self.page
        if kind == "pump-paused" and not page.locator("nav.acts > form[action$='/pump-paused']").count():
            kind = "note"  # it stands still already
        form = page.locator({"pump-paused": "nav.acts > form[action$='/pump-paused']", "12o": "#vitals form"}.get(kind, f"#{kind} form"))
        filled: dict[str, dict[str, str]] = {
            "note": {"text": words}, "drug": {"drug": words, "dose": "4 mg"}, "vitals": {"systolic": "132", "diastolic": "81", "heart_rate": "77"},
            "12o": {"systolic": "12o"},
        }  # fmt: skip
        for name, value in filled.get(kind, {}).items():
            form.locator(f"[name={name}]").fill(value)
        with page.expect_navigation():
            form.evaluate("form => form.requestSubmit()")

    def waiting(self) -> list[UUID]:
        """The entries on the tablet."""
        return [UUID(one) for one in self.page.evaluate(ENTRIES)]

    def lock(self, locked: bool) -> None:
        """Lock the session as the idle clock does, or open it."""
        from django.contrib.sessions.backends.db import SessionStore

        from kairn.clinic.people import idle

        session = SessionStore(next(one["value"] for one in self.context.cookies() if one["name"] == "sessionid"))
        (idle.lock if locked else idle.unlock)(session)
        session.save()

    def crash(self) -> None:
        """The tab dies; another one is opened on the kept page."""
        with contextlib.suppress(Exception), self.page.expect_event("crash"):
            self.page.goto("chrome://crash")
        self.page.close()
        self.page = self.context.new_page()
        self.page.goto(self.chair)

    def until_sent(self) -> bool:
        """Whether the tablet has nothing left after a while."""
        ends = time.monotonic() + WAIT_MS / 1000
        while time.monotonic() < ends:
            waiting = self.kept("count()")
            if waiting == 0:
                return True
            if waiting:
                self.says("dispatchEvent(new Event('online'))")
                self._as_notes()
            self.page.wait_for_timeout(100)
        return False

    def _as_notes(self) -> None:
        """What the clinic could not read becomes a note, by a person's tap on the chair's page."""
        if self.kept("entries().then(all => all.some(one => one.state === 'refused'))"):
            if not self.page.url.endswith("/chair"):
                self.page.goto(self.chair)
            for button in self.page.locator("#kept-entries [data-act=note]:visible").all():
                with contextlib.suppress(Exception):
                    button.click(timeout=1000)


def one_cycle(tablet: Tablet, chance: random.Random, incident: str, plant: str | None, proof: Proof) -> None:
    """The network goes, some forms are sent, something happens, the network is back; then the record is counted."""
    tablet.sit()
    before, began = tablet.walk.history.seq, tablet.now()
    kinds = [*(chance.choice(KINDS) for _ in range(chance.choice(ENTRIES_AT_ONCE) - 1)), chance.choice((*KINDS, "pump-paused"))]
    entered = _enter_all(tablet, kinds, incident, proof)
    until = tablet.now()
    if plant == "forgets-one" and entered:
        # Under the lock of sending: one that is on its way already cannot be forgotten any more.
        tablet.page.evaluate(f"navigator.locks.request('kairn-sending', () => kairnKept.remove('{entered[0]}'))")
    if plant == "time-of-sending":
        until -= AWAY
    stored = {event.id for event in tablet.walk.history.events if event.seq > before}
    if incident == "lost answer":
        proof.more["answers lost of what was recorded"] += len(stored & set(entered))
    tablet.ahead += AWAY
    _come_back(tablet, incident)
    came = time.monotonic()
    sent = tablet.until_sent()
    proof.more[SLOWEST] = max(proof.more[SLOWEST], time.monotonic() - came)
    _count(tablet, before, began, until, entered, len(kinds), plant == "sender-signs", proof)
    proof.lost += not sent
    proof.more["cycles"] += 1
    proof.more[f"with {incident}"] += 1


def _enter_all(tablet: Tablet, kinds: list[str], incident: str, proof: Proof) -> list[UUID]:
    """The forms, without network; the ids of what the tablet says it holds."""
    line = tablet.line
    if incident == "lost answer":
        line.lose_answers = True
    elif incident == "silence":
        line.swallow()
    else:
        line.pull()
    for place, kind in enumerate(kinds):
        tablet.enter(kind, f"entry {proof.n + place}")
    if incident == "crash":
        tablet.crash()
    return tablet.waiting()


def _come_back(tablet: Tablet, incident: str) -> None:
    """The network again, and whoever is there then."""
    does: dict[str, Callable[[], None]] = {
        "sign-out": lambda: _sign_out(tablet, "nurse"), "another person": lambda: _sign_out(tablet, "prescriber"), "lock": lambda: _locked(tablet),
    }  # fmt: skip
    tablet.line.plug()
    does.get(incident, lambda: None)()


def _sign_out(tablet: Tablet, then: str) -> None:
    tablet.context.clear_cookies(name="sessionid")
    tablet.page.goto(f"{tablet.line.address}/accounts/login/")
    tablet.page.evaluate("dispatchEvent(new Event('online'))")
    tablet.sign_in(then)
    tablet.page.goto(f"{tablet.line.address}/chairs")


def _locked(tablet: Tablet) -> None:
    tablet.lock(True)
    tablet.page.evaluate("dispatchEvent(new Event('online'))")
    tablet.page.wait_for_timeout(300)
    tablet.lock(False)


def _count(tablet: Tablet, before: int, began: Any, until: Any, entered: list[UUID], wanted: int, by_sender: bool, proof: Proof) -> None:
    """What is in the record against what was entered."""
    from kairn.clinic.ledger.read import SHELF
    from kairn.record.payloads import TaskOpened

    SHELF.clear()
    arrived = {event.id: event for event in tablet.walk.history.events if event.seq > before and not isinstance(event.payload, TaskOpened)}
    nurse = str(tablet.walk.users["nurse"].id)
    notes = [event for event in arrived.values() if "12o" in getattr(event.payload, "text", "")]
    proof.more["became notes"] += len(notes)
    mine = [*(arrived[one] for one in entered if one in arrived), *notes]
    proof.n += wanted
    proof.lost += (wanted - len(entered)) + (len(entered) - len(mine))
    proof.more["doubled"] += len(arrived) - len(mine)
    author = lambda event: event.sent_by.id if by_sender else event.by.id  # noqa: E731
    proof.more["another author"] += sum(author(event) != nurse for event in mine)
    slack = timedelta(seconds=2)
    wrong = [event for event in mine if not began - slack <= event.occurred_at <= until + slack]
    proof.more["wrong time"] += len(wrong)
    proof.lost += len(arrived) - len(mine) + sum(author(event) != nurse for event in mine) + len(wrong)
    for event in [*wrong, *(event for event in arrived.values() if event not in mine)]:
        print(f"cycle {proof.more['cycles']}: {event!r}, entered from {began} to {until}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
