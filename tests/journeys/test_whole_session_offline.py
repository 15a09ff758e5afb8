"""A whole session at a tablet, in light and in the dim room, ten minutes of it without network: every entry comes once, and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from cable import Cable
from hands import LIVE_MS, WATCHED, Hand
from playwright.sync_api import Browser, Page, expect
from story import HIGH, RECOVERED, Story, come_in, leave, make_ready, picture, recover, resume, seen_live, start, stop
from tablet import SOON_MS, Tablet
from tests.browser import THEMES
from tests.clinic.acts_walk import CALM, Walk

from kairn.clinic.ledger.verify import verify
from kairn.clinic.seals import Seals
from kairn.record.payloads import DrugGiven, EscortNamed, NoteWritten, Observed, PhaseEntered, TaskOpened, VisitBooked, VisitEnded
from kairn.record.payloads_harm import AdverseEventNoted

LOST = ("net::ERR_", "htmx:sendError", "htmx:sendAbort", "htmx:afterRequest")
"""What the console says of a network that is away, and of a page left while its news were on their way."""
NEAR = timedelta(seconds=40)
"""How far the record's time may be from the list's: hands take some seconds, and the entries lie minutes apart."""
TO_THE_TOP = "one => one.closest('#kept-entries').scrollIntoView({block: 'start'})"
SAID = "Headphones on, eyes closed."
NOTED = {
    "Pump": r"pump\.(\w+)", "Flowsheet": r"systolic (\d+)", "What else was given": "(ondansetron).*", "What went wrong": "unwanted (nausea) open",
    "Notes": f"({SAID})",
}  # fmt: skip
"""Tables of the note of the visit, and what of the list stands in each."""
HIGHER = HIGH | {"systolic": "188"}


class Line(NamedTuple):
    """One thing that was entered: what, by whom, and when."""

    said: str
    by: str
    at: datetime


class Session(Story):
    """A story with the nurse at a tablet, and the test's own list of all that was entered."""

    def __init__(self, browser: Browser, site: str, clock: Any, walk: Walk, line: Cable, theme: str) -> None:
        self.tablet, self.theme, self.taken = Tablet(browser, walk, line, theme=theme), theme, 0
        desks = [Hand(browser, site, walk.users[role], theme=theme) for role in ("prescriber", "coordinator")]
        super().__init__(clock, walk, desks[0], self.tablet.hand, desks[1])
        self.walked()
        self.lines: list[Line] = []

    def entered(self, *said: str, by: str = "nurse") -> None:
        """It was entered just now."""
        self.lines += [Line(one, str(self.walk.users[by].id), self.clock.now()) for one in said]

    def readings(self, values: dict[str, str]) -> None:
        """A set of readings was entered just now."""
        self.entered(*(f"{fact} {value}" for fact, value in values.items()))

    def alone(self, minutes: int) -> None:
        """The minutes go by without network: the clinic's clock goes on, and the tablet's own."""
        self.clock.later(minutes=minutes)
        self.tablet.later(minutes=minutes)

    def station(self, folder: Path, name: str) -> None:
        """A picture of what the nurse sees, which is nowhere wider than the tablet."""
        self.taken += 1
        picture(self.nurse, folder, f"session-{self.theme}-{self.taken}-{name}")
        assert self.nurse.seen.overflow() <= 0, f"{name} scrolls sideways"


@pytest.fixture(params=THEMES)
def session(request: Any, browser: Browser, site: str, clock: Any, clinic_id: UUID, line: Cable) -> Iterator[Session]:
    clock.within_a_day(hours=5)
    walk = Walk(clinic_id).to_booked()
    clock.later(minutes=1)
    told = Session(browser, site, clock, walk, line, request.param)
    yield told
    for hand in told.hands:
        hand.context.close()


def test_nothing_of_a_whole_session_is_lost_though_ten_minutes_of_it_had_no_network(session: Session, pictures: Path) -> None:
    before(session, pictures)
    board = watched_elsewhere(session)
    session.clock.later(minutes=8)
    seen_live(session, CALM)
    session.readings(CALM | WATCHED)
    session.station(pictures, "running")
    without_network(session, pictures)
    back(session, board, pictures)
    afterwards(session, pictures)
    the_record_is_the_list(session)
    the_note_tells_it_too(session, pictures)
    assert verify(session.clinic, Seals(())).faults == ()
    assert [said for hand in session.hands for said in hand.complaints if not any(word in said for word in LOST)] == []


def before(session: Session, pictures: Path) -> None:
    """The person comes, pre-flight refuses until all is there, and the nurse starts the pump."""
    come_in(session)
    session.entered("phase pre-flight")
    session.station(pictures, "refused")
    session.readings(make_ready(session))
    session.entered("order.signed", by="prescriber")
    session.readings({"pump_checked": "yes"})
    session.entered("escort confirmed", by="coordinator")
    session.station(pictures, "ready")
    start(session)
    session.entered("phase infusion", "pump.started")
    session.tablet.sit()


def watched_elsewhere(session: Session) -> Page:
    """The prescriber's screens, opened before anything happens: the chair, and the board beside it."""
    session.prescriber.go(f"{session.seat}/chair")
    board = session.prescriber.context.new_page()
    board.goto(f"{session.prescriber.site}/chairs")
    return board


def without_network(session: Session, pictures: Path) -> None:
    """Ten minutes: each entry at a minute of its own, told as saved and judged by nobody; nothing of it is at the clinic."""
    tablet, seq = session.tablet, session.walk.history.seq
    tablet.line.pull()
    for waits, (minutes, said, does) in enumerate(meanwhile(tablet), start=1):
        session.alone(minutes)
        does()
        session.entered(*said)
        assert tablet.page.locator("[data-kept-age]").inner_text().endswith("ago")
        expect(tablet.page.locator(".toast")).to_have_count(0)
        tablet.waiting(waits)
    for said in ("Note " + SAID, "Given ondansetron, 4 mg", "Unwanted event nausea, mild"):
        expect(tablet.kept().filter(has_text=said)).to_have_count(1)
    expect(tablet.kept().filter(has_text="not judged without the clinic")).to_have_count(waits)
    expect(tablet.page.locator("[data-kept-says]")).to_contain_text("Kept on this tablet")
    session.station(pictures, "offline")
    tablet.kept().first.evaluate(TO_THE_TOP)
    session.station(pictures, "offline-list")
    assert session.walk.history.seq == seq, "nothing has reached the clinic"
    expect(session.prescriber.page.locator("#chair-live")).not_to_contain_text("186/104")


def meanwhile(tablet: Tablet) -> list[Any]:
    """What is entered without network: after how many minutes, what it says in the list, and how the hands enter it."""
    one, two = ([f"{fact} {value}" for fact, value in (CALM | values | WATCHED).items()] for values in (HIGH, HIGHER))
    return [
        (1, [SAID], lambda: tablet.note(SAID)),
        (1, one, lambda: tablet.vitals(**HIGH)),
        (5, two, lambda: tablet.vitals(**HIGHER)),
        (1, ["pump.paused"], lambda: tablet.press("pump-paused")),
        (1, ["ondansetron 4 mg"], lambda: tablet.given("ondansetron", "4 mg")),
        (1, ["unwanted nausea open"], lambda: tablet.unwanted("nausea")),
    ]


def back(session: Session, board: Page, pictures: Path) -> None:
    """The cable is there again: all of it is received, and stands on the prescriber's screens that nobody touched."""
    tablet, chair = session.tablet, session.prescriber.page
    tablet.line.plug()
    tablet.waiting(0)
    expect(tablet.kept().filter(has_text="received")).to_have_count(6)
    expect(tablet.page.locator("[data-kept-back]")).to_be_visible(timeout=SOON_MS)
    tablet.page.evaluate("scrollTo(0, 0)")
    session.station(pictures, "received")
    tablet.kept().first.evaluate(TO_THE_TOP)
    session.station(pictures, "received-list")
    for said in ("188/104", "Paused"):
        expect(chair.locator("#chair-live")).to_contain_text(said, timeout=LIVE_MS)
        expect(board.locator("#board li", has_text="Farah")).to_contain_text(said, timeout=LIVE_MS)
    for said in (SAID, "Pump paused", "ondansetron"):
        expect(chair.locator("#chair-entries")).to_contain_text(said, timeout=LIVE_MS)
    tablet.page.locator("[data-kept-back] a").click()
    expect(tablet.page.locator("[data-kept-says]")).to_be_hidden()
    expect(tablet.page.locator(".hold[data-rule=pressure-pause]")).to_be_visible()
    session.station(pictures, "opened-anew")


def afterwards(session: Session, pictures: Path) -> None:
    """Resumed once the pressure has come down, stopped, looked after, and home with the escort."""
    resume(session)
    session.readings(CALM | RECOVERED | WATCHED)
    session.entered("pump.started")
    session.clock.later(minutes=9)
    stop(session)
    session.entered("pump.stopped", "phase recovery")
    session.station(pictures, "recovery")
    session.nurse.button("It is over")
    session.entered("unwanted nausea resolved")
    session.readings(recover(session))
    session.nurse.go(f"{session.seat}/home")
    session.station(pictures, "checked")
    leave(session)
    session.entered("escort present", "ended ready", "phase closed")
    session.station(pictures, "home")


def the_record_is_the_list(session: Session) -> None:
    """Entry by entry the record says what the list says, once: the same words, the same author, the time at which it was entered."""
    recorded, listed = sorted(in_the_record(session.walk)), sorted(session.lines)
    assert [(line.said, line.by) for line in recorded] == [(line.said, line.by) for line in listed]
    far = [(one, other) for one, other in zip(recorded, listed, strict=True) if abs(one.at - other.at) > NEAR]
    assert far == []


def in_the_record(walk: Walk) -> Iterator[Line]:
    """All that people entered at the visit since it was booked."""
    for event in walk.history.live:
        if getattr(event.payload, "visit", None) == walk.visit and not isinstance(event.payload, VisitBooked | TaskOpened):
            for said in told(event.payload):
                yield Line(said, event.by.id, event.occurred_at)


def told(payload: Any) -> list[str]:
    """An entry in the words of the list, each reading for itself."""
    match payload:
        case Observed():
            return [f"{one.fact} {one.value}" for one in payload.readings]
        case NoteWritten():
            return [payload.text]
        case DrugGiven():
            return [f"{payload.drug} {payload.dose}"]
        case AdverseEventNoted():
            return [f"unwanted {payload.kind} {payload.outcome}"]
        case PhaseEntered():
            return [f"phase {payload.phase}"]
        case EscortNamed():
            return [f"escort {payload.state}"]
        case VisitEnded():
            return [f"ended {payload.ending}"]
    return [payload.KIND]


def the_note_tells_it_too(session: Session, pictures: Path) -> None:
    """Each stands once in the note of the visit, at its own time."""
    page = session.nurse.go(f"{session.seat}/note")
    lines = sorted(in_the_record(session.walk), key=lambda line: line.at)
    entered = [(line.said, f"{line.at.astimezone(session.zone):%H:%M}") for line in lines]
    for title, pattern in NOTED.items():
        rows = page.get_by_role("table", name=title, exact=True).locator("tbody tr").filter(has_not_text="missed")
        wanted = [re.compile(f"{hour}.*{found[1]}", re.S | re.I) for said, hour in entered if (found := re.fullmatch(pattern, said))]
        expect(rows).to_contain_text(wanted)
    session.station(pictures, "note")
