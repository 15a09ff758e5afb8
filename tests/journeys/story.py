"""What stories of a visit share: its people at their screens, and the steps from the arrival to the way home."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone
from hands import LIVE_MS, WATCHED, Hand
from playwright.sync_api import expect
from tests.browser import unfold
from tests.clinic.acts_walk import CALM, CHECKED, READY, Walk

from kairn.terms.answer import Answer

STAFF = {
    "prescriber": "Dr Amara Osei",
    "nurse": "Noor Haddad",
    "coordinator": "Ines Carvalho",
    "therapist": "Tomas Lindqvist",
    "clinic-lead": "Dr Ruth Adeyemi",
}
HIGH, RECOVERED = {"systolic": "186", "diastolic": "104"}, {"systolic": "138", "diastolic": "84"}


class Story:
    """One clinic, its people at their screens, and the clock they share."""

    def __init__(self, clock: Any, walk: Walk, prescriber: Hand, nurse: Hand, coordinator: Hand) -> None:
        from kairn.clinic.people.models import User

        self.clock, self.walk, self.clinic = clock, walk, walk.clinic
        for role, name in STAFF.items():
            User.objects.filter(id=walk.users[role].id).update(name=name)
        self.prescriber, self.nurse, self.coordinator = prescriber, nurse, coordinator
        self.patient, self.visit = "", ""

    @property
    def hands(self) -> tuple[Hand, ...]:
        """Everybody at a screen."""
        return self.prescriber, self.nurse, self.coordinator

    @property
    def chart(self) -> str:
        """The person's page."""
        return f"/patients/{self.patient}"

    @property
    def seat(self) -> str:
        """The visit's pages."""
        return f"{self.chart}/visits/{self.visit}"

    def walked(self) -> None:
        """The story goes on with the person of the walk, and with their visit."""
        self.patient, self.visit = str(self.walk.patient), str(self.walk.visit)

    def stage(self, name: str) -> None:
        """The prescriber enters a stage that is open."""
        self.prescriber.go(self.chart)
        enter = f"form[action$='/stage']:has([name=stage][value='{name}']) button"
        unfold(self.prescriber.page, enter)
        self.prescriber.press(self.prescriber.page.locator(enter).first)
        expect(self.prescriber.page.locator("[aria-current=step]")).to_contain_text(re.compile(name, re.I))

    def later(self, **length: float) -> None:
        """Everybody goes home; on another day they sign in anew."""
        for hand in self.hands:
            hand.page.goto("about:blank")
        self.clock.later(**length)
        for hand in self.hands:
            hand.sign_in_again()

    def shut(self, name: str) -> None:
        """A stage nobody can enter now."""
        self.prescriber.go(self.chart)
        expect(self.prescriber.page.locator(f"form[action$='/stage']:has([name=stage][value='{name}'])")).to_have_count(0)

    @property
    def zone(self) -> ZoneInfo:
        """Where the clinic's hours are reckoned."""
        from kairn.clinic.people.models import Clinic

        return ZoneInfo(Clinic.objects.get(id=self.clinic).time_zone)

    def local(self, ahead: timedelta) -> str:
        """A day and time as the clinic's own forms take them."""
        return (timezone.now() + ahead).astimezone(self.zone).strftime("%Y-%m-%dT%H:%M")


def picture(hand: Hand, folder: Path, station: str) -> None:
    """What one pair of hands sees at a station of the story."""
    hand.page.screenshot(path=folder / f"whole-{station}.png")


def decide(story: Story, rule: str, visit: str = "") -> None:
    """Where a medicine asks for a prescriber (the books do not know it, say), the prescriber decides once for all of them, with a reason and an end."""
    from kairn.clinic.acts.standings import stand
    from kairn.clinic.ledger.read import history

    standing = stand(story.clinic, history(UUID(story.patient)), timezone.now()).standing
    verdict = standing.verdict(rule, UUID(visit) if visit else None)
    assert verdict is not None
    if verdict.answer is Answer.YES:
        return
    desk = story.prescriber
    desk.go(f"{story.chart}/rules/{rule}/override{f'?visit={visit}' if visit else ''}")
    desk.enter("reason", "Looked up with the pharmacist: nothing against it.")
    desk.enter("expires_at", story.local(timedelta(hours=6)))
    desk.press(desk.page.locator("main [data-two-taps]"))


def weighs(story: Story) -> str:
    """What the scales say: about the weight known before, since one far from it would rightly be questioned."""
    from kairn.clinic.ledger.read import history
    from kairn.record.payloads import Observed

    known = [one.value for _, payload in history(UUID(story.patient)).all(Observed) for one in payload.readings if one.fact == "weight"]
    return str(round(float(known[-1]))) if known else CHECKED["weight"]


def come_in(story: Story) -> None:
    """The person is there; pre-flight refuses to start and says why."""
    nurse = story.nurse
    nurse.go(f"{story.seat}/preflight")
    nurse.press(nurse.page.locator("form[action$='/arrive'] button"))
    page = nurse.go(f"{story.seat}/preflight")
    expect(page.get_by_role("button", name=re.compile("^Start infusion"))).to_have_attribute("aria-disabled", "true")
    for reason in ("An order for this infusion is signed", "The escort has confirmed the ride home", "Identity is checked"):
        expect(page.locator("main")).to_contain_text(reason)


def make_ready(story: Story) -> dict[str, str]:
    """The nurse's checks, the prescriber's order, the pump read by it and the escort's word mend what was refused. What the nurse answered is given back."""
    nurse = story.nurse
    read_with = {"read_with": str(story.prescriber.user.id)}
    checks = asked(nurse, CHECKED | {"weight": weighs(story)})
    nurse.answer(checks | read_with, "")
    decide(story, "interactions-decided", story.visit)
    prescriber = story.prescriber
    prescriber.go(f"{story.seat}/preflight")
    prescriber.choose("product", "ketamine-1")
    prescriber.button("Sign the order")
    assert not prescriber.page.locator(".errors").count(), prescriber.page.locator(".errors").inner_text()
    desk = story.coordinator
    desk.go(f"{story.seat}/escort")
    for field, value in (("name", "Ana-Maria"), ("phone", "555 0134"), ("state", "confirmed")):
        desk.enter(field, value)
    desk.button("Save")
    page = nurse.go(f"{story.seat}/preflight")
    expect(page.locator("main .decision")).to_contain_text("before this order was signed")
    nurse.answer({"pump_checked": "yes"} | read_with, "")
    nurse.go(f"{story.seat}/preflight")
    return checks


def asked(hand: Hand, facts: dict[str, str]) -> dict[str, str]:
    """Those of the facts that the page has a field for."""
    return {fact: value for fact, value in facts.items() if hand.page.locator(f"main [name='{fact}']").count()}


def start(story: Story) -> None:
    """The nurse starts the pump."""
    nurse = story.nurse
    assert nurse.page.locator("form[action$='/start'] button").count(), nurse.page.locator("main .decision").all_inner_texts()
    nurse.press(nurse.page.locator("form[action$='/start'] button"))
    expect(nurse.page).to_have_url(re.compile("/chair$"))


def seen_live(story: Story, readings: dict[str, str]) -> None:
    """The nurse saves; the prescriber's screen, opened before, shows the same entry without anybody touching it."""
    story.nurse.go(f"{story.seat}/chair")
    old = story.prescriber.page.locator("#chair-live").get_attribute("data-seq")
    story.nurse.pad(readings, WATCHED)
    begun = time.monotonic()
    story.prescriber.page.wait_for_function("old => document.querySelector('#chair-live').dataset.seq !== old", arg=old, timeout=LIVE_MS)
    expect(story.prescriber.page.locator("#chair-live")).to_contain_text(f"{readings['systolic']}/{readings['diastolic']}", timeout=LIVE_MS)
    assert time.monotonic() - begun < LIVE_MS / 1000


def resume(story: Story) -> None:
    """Paused, the pump stays closed until the pressure has come down and the time has gone by."""
    nurse = story.nurse
    again = nurse.page.get_by_role("button", name=re.compile("^Resume the pump"))
    expect(again).to_have_attribute("aria-disabled", "true")
    story.clock.later(minutes=13)
    nurse.go(f"{story.seat}/chair")
    nurse.pad(CALM | RECOVERED, WATCHED)
    expect(again, nurse.page.locator(".chair aside").inner_text()).not_to_have_attribute("aria-disabled", "true")
    nurse.press(again)
    expect(nurse.page.locator("form[action$='/pump-paused']")).to_be_visible()


def stop(story: Story) -> None:
    """The nurse stops the pump, and is asked next about the way home."""
    nurse = story.nurse
    nurse.go(f"{story.seat}/chair")
    nurse.press(nurse.page.locator("form[action$='/pump-stopped'] button.btn--stop"))
    expect(nurse.page).to_have_url(re.compile("/home$"))


def recover(story: Story) -> dict[str, str]:
    """Ready waits for the time and for the checks. What the nurse answered is given back."""
    nurse = story.nurse
    nurse.go(f"{story.seat}/home")
    expect(ready(nurse)).to_have_attribute("aria-disabled", "true")
    story.clock.later(minutes=122)
    nurse.go(f"{story.seat}/home")
    checks = asked(nurse, READY)
    nurse.answer(checks, "")
    return checks


def leave(story: Story) -> None:
    """Ready still waits for the escort; once the escort is there it is signed."""
    nurse = story.nurse
    page = nurse.go(f"{story.seat}/home")
    expect(ready(nurse)).to_have_attribute("aria-disabled", "true")
    expect(page.locator("details.gate[data-rule=escort-there]")).to_contain_text(re.compile("No|Unknown", re.I))
    nurse.go(f"{story.seat}/escort")
    for field, value in (("name", "Ana-Maria"), ("state", "present")):
        nurse.enter(field, value)
    nurse.button("Save")
    nurse.go(f"{story.seat}/home")
    nurse.press(ready(nurse))
    expect(page.locator("main")).to_contain_text("Discharged as ready")


def ready(nurse: Hand) -> Any:
    """The button that signs a person ready."""
    return nurse.page.get_by_role("button", name=re.compile("^Sign: discharged as ready"))
