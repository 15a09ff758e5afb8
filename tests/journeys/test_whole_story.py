"""The whole story in one browser: from a record that arrives to the follow-up after the last infusion, and the two who leave another way."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hands import LIVE_MS, Hand
from playwright.sync_api import Browser, expect
from tests import bundles
from tests.clinic.acts_walk import ASSESSED, BASELINE, CALM, CHECKED, READY, Walk

from kairn.terms.answer import Answer

STAFF = {
    "prescriber": "Dr Amara Osei",
    "nurse": "Noor Haddad",
    "coordinator": "Ines Carvalho",
    "therapist": "Tomas Lindqvist",
    "clinic-lead": "Dr Ruth Adeyemi",
}
WATCHED = {"apnoea": "no", "pressure_symptoms": "no", "distress": "calm", "nausea": "none"}
HIGH, RECOVERED = {"systolic": "186", "diastolic": "104"}, {"systolic": "138", "diastolic": "84"}
ASKED_LATER = ("medicines_reviewed", "conditions_reviewed", "allergies_reviewed")
SETTLES_MS = 700
LASTING = ("birth_date", "sex")
LISTS = ("conditions", "medicines", "allergies")


class Story:
    """One clinic, its people at their screens, and the clock they share."""

    def __init__(self, browser: Browser, site: str, clock: Any, clinic: UUID) -> None:
        from kairn.clinic.people.models import User

        self.clock, self.clinic = clock, clinic
        self.walk = Walk(clinic)
        for role, name in STAFF.items():
            User.objects.filter(id=self.walk.users[role].id).update(name=name)
        self.prescriber, self.nurse, self.coordinator = (
            Hand(browser, site, self.walk.users[role], width=width) for role, width in (("prescriber", 1440), ("nurse", 1180), ("coordinator", 1440))
        )
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

    def stage(self, name: str) -> None:
        """The prescriber enters a stage that is open."""
        self.prescriber.go(self.chart)
        enter = self.prescriber.page.locator(f"form[action$='/stage']:has([name=stage][value='{name}']) button").first
        self.prescriber.page.wait_for_timeout(SETTLES_MS)  # news of the entry before may still draw this part anew, and would close what is opened now
        enter.evaluate("button => { const part = button.closest('details'); if (part) part.open = true }")
        self.prescriber.press(enter)
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

    def local(self, ahead: timedelta) -> str:
        """A day and time as the clinic's own forms take them."""
        from kairn.clinic.people.models import Clinic

        return (timezone.now() + ahead).astimezone(ZoneInfo(Clinic.objects.get(id=self.clinic).time_zone)).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def story(browser: Browser, site: str, clock: Any, clinic_id: UUID) -> Iterator[Story]:
    told = Story(browser, site, clock, clinic_id)
    yield told
    for hand in told.hands:
        hand.context.close()


def arrivals() -> list[Any]:
    """A living adult with an opioid condition made here, and one of Synthea's where that data is given."""
    found = [pytest.param("nadia.json", bundles.living_adult(), id="nadia")]
    given = Path(os.environ.get("KAIRN_TEST_DATA", "")) if os.environ.get("KAIRN_TEST_DATA") else None
    for path in sorted(given.rglob("Virginia_Mercado_*.json.gz")) if given else ():
        found.append(pytest.param("virginia.json.gz", path.read_bytes(), id="virginia"))
    return found


@pytest.mark.parametrize(("name", "raw"), arrivals())
def test_in_pictures_from_a_record_that_arrives_to_the_follow_up(story: Story, name: str, raw: bytes, pictures: Path) -> None:
    arrive(story, name, raw)
    picture(story.prescriber, pictures, "1-arrived")
    assess(story)
    picture(story.prescriber, pictures, "2-assessed")
    consent(story)
    picture(story.prescriber, pictures, "3-consented")
    plan_and_book(story)
    picture(story.coordinator, pictures, "4-booked")
    before_the_start(story)
    picture(story.nurse, pictures, "5-started")
    infuse(story, pictures)
    picture(story.nurse, pictures, "7-stopped")
    go_home(story)
    picture(story.nurse, pictures, "8-home")
    after(story)
    picture(story.nurse, pictures, "9-followed-up")
    taken = {path.name[len("whole-")] for path in pictures.glob("whole-*.png")}
    assert taken == set("123456789"), "a station of the story without a picture"
    assert [hand.complaints for hand in story.hands] == [[], [], []]


def picture(hand: Hand, folder: Path, station: str) -> None:
    """What one pair of hands sees at a station of the story."""
    hand.page.screenshot(path=folder / f"whole-{station}.png")


def arrive(story: Story, name: str, raw: bytes) -> None:
    """The coordinator imports the record; everything in it that the rules ask for is out of date, and the gates say so."""
    desk = story.coordinator
    desk.go("/import/")
    desk.page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": raw})
    desk.button("Import")
    with desk.page.expect_navigation():
        desk.page.locator("main .card a[href*='/patients/']").first.click()
    story.patient = desk.page.url.rsplit("/", 1)[-1]
    story.stage("assessment")
    page = story.prescriber.go(f"{story.chart}/assessment")
    shown = page.locator("details.gate[data-rule=pressure-known]")
    expect(shown).not_to_contain_text(re.compile("^Yes"))
    shown.locator("summary").click()
    expect(shown.locator(".why")).to_contain_text("was good until")
    expect(page.locator("main")).to_contain_text("out of date, ask or measure again")
    assert stale(story), "the import brought nothing that the rules read"


def stale(story: Story) -> list[str]:
    """Facts of the import that rules of the next step read; every one of them must be stale."""
    from kairn.clinic.acts.standings import stand
    from kairn.clinic.ledger.read import history

    held = history(UUID(story.patient))
    imported = {event.id for event in held.events if getattr(event.payload, "method", "") == "import"}
    standing = stand(story.clinic, held, timezone.now()).standing
    read = [
        one for verdict in standing.verdicts for one in verdict.findings if getattr(one, "event", None) in imported and one.fact not in ("birth_date", "sex")
    ]
    assert [one.fact for one in read if one.state.value != "stale"] == []
    return [one.fact for one in read]


def assess(story: Story) -> None:
    """Asked and measured again, lists gone through, signed; then consent is open."""
    desk = story.prescriber
    story.shut("consent")
    page = desk.go(f"{story.chart}/assessment")
    asked = {fact: value for fact, value in (ASSESSED | BASELINE).items() if fact not in ASKED_LATER and page.locator(f"main [name='fact-{fact}']").count()}
    desk.answer(asked)
    for card in LISTS:
        desk.go(f"{story.chart}/assessment")
        desk.button("Gone through with the person", f"#{card}")
    desk.go(f"{story.chart}/assessment")
    desk.choose("eligible", "yes")
    desk.page.locator("[name=summary]").fill("Opioid use disorder, stable on medication, wishes to try.")
    desk.press(desk.page.locator("#sign [data-two-taps]"))
    decide(story, "interactions-decided-assessed")
    story.stage("consent")


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


def consent(story: Story) -> None:
    """Explained; said back wrongly, which opens nothing; explained again, said back rightly."""
    nurse = story.nurse
    nurse.go(f"{story.chart}/consent")
    nurse.answer({"capacity": "yes", "intoxicated": "no", "education_given": "yes"})
    for driving, opens in (("yes", False), ("no", True)):
        nurse.go(f"{story.chart}/consent")
        for key, said in (("off_label", "no"), ("not_instead", "no"), ("can_stop", "yes"), ("no_driving", driving)):
            nurse.choose(f"back-{key}", said)
        nurse.enter("signed_name", "Nadia Okafor")
        nurse.press(nurse.page.locator("form#sign [data-two-taps]"))
        if opens:
            story.stage("planning")
        else:
            story.shut("planning")


def plan_and_book(story: Story) -> None:
    """The prescriber signs the plan, the coordinator books a chair and asks the escort."""
    story.shut("treatment")
    story.prescriber.go(f"{story.chart}/plan")
    for field, value in (("infusions", "6"), ("spacing_days", "3"), ("dose", "0.5"), ("duration", "40"), ("goals", "Fewer days of use.")):
        story.prescriber.enter(field, value)
    story.prescriber.press(story.prescriber.page.locator("main [data-two-taps]").first)
    story.stage("treatment")
    desk = story.coordinator
    desk.go(f"{story.chart}/visits")
    desk.choose("purpose", "infusion")
    for field, value in (("starts_at", story.local(timedelta(minutes=5))), ("minutes", "240"), ("chair", "Chair 3")):
        desk.enter(field, value)
    desk.button("Book")
    desk.go(f"{story.chart}/visits")
    link = desk.page.locator("main a[href$='/escort']").first.get_attribute("href") or ""
    story.visit = link.split("/")[-2]


def before_the_start(story: Story) -> None:
    """Pre-flight refuses to start with its reasons; checks, order and escort mend it; the nurse starts the pump."""
    nurse = story.nurse
    nurse.go(f"{story.seat}/preflight")
    nurse.press(nurse.page.locator("form[action$='/arrive'] button"))
    page = nurse.go(f"{story.seat}/preflight")
    expect(page.get_by_role("button", name=re.compile("^Start infusion"))).to_have_attribute("aria-disabled", "true")
    for reason in ("An order for this infusion is signed", "The escort has confirmed the ride home", "Identity is checked"):
        expect(page.locator("main")).to_contain_text(reason)
    nurse.answer({fact: value for fact, value in (CHECKED | {"weight": weighs(story)}).items() if page.locator(f"main [name='{fact}']").count()}, "")
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
    nurse.go(f"{story.seat}/preflight")
    assert nurse.page.locator("form[action$='/start'] button").count(), nurse.page.locator("main .decision").all_inner_texts()
    nurse.press(nurse.page.locator("form[action$='/start'] button"))
    expect(nurse.page).to_have_url(re.compile("/chair$"))


def weighs(story: Story) -> str:
    """What the scales say: about the imported weight, since one far from it would rightly be questioned."""
    from kairn.clinic.ledger.read import history
    from kairn.record.payloads import Observed

    known = [one.value for _, payload in history(UUID(story.patient)).all(Observed) for one in payload.readings if one.fact == "weight"]
    return str(round(float(known[-1]))) if known else CHECKED["weight"]


def infuse(story: Story, pictures: Path) -> None:
    """Vital signs by the pad, live on the other screens; a high pressure twice holds; paused, recovered, resumed, stopped."""
    nurse, clock = story.nurse, story.clock
    story.prescriber.go(f"{story.seat}/chair")
    story.coordinator.go("/today")
    clock.later(minutes=8)
    seen_live(story, CALM)
    clock.later(minutes=5)
    seen_live(story, CALM | HIGH)
    clock.later(minutes=5)
    seen_live(story, CALM | HIGH | {"systolic": "188"})
    expect(nurse.page.locator(".hold[data-rule=pressure-pause]")).to_be_visible()
    picture(nurse, pictures, "6-held")
    nurse.press(nurse.page.locator("form[action$='/pump-paused'] button"))
    resume = nurse.page.get_by_role("button", name=re.compile("^Resume the pump"))
    expect(resume).to_have_attribute("aria-disabled", "true")
    clock.later(minutes=13)
    nurse.go(f"{story.seat}/chair")
    nurse.pad(CALM | RECOVERED, WATCHED)
    expect(resume, nurse.page.locator(".chair aside").inner_text()).not_to_have_attribute("aria-disabled", "true")
    nurse.press(resume)
    expect(nurse.page.locator("form[action$='/pump-paused']")).to_be_visible()
    clock.later(minutes=9)
    nurse.go(f"{story.seat}/chair")
    nurse.press(nurse.page.locator("form[action$='/pump-stopped'] button.btn--stop"))
    expect(nurse.page).to_have_url(re.compile("/home$"))


def seen_live(story: Story, readings: dict[str, str]) -> None:
    """The nurse saves; the prescriber's screen, opened before, shows the same entry without anybody touching it."""
    story.nurse.go(f"{story.seat}/chair")
    old = story.prescriber.page.locator("#chair-live").get_attribute("data-seq")
    story.nurse.pad(readings, WATCHED)
    begun = time.monotonic()
    story.prescriber.page.wait_for_function("old => document.querySelector('#chair-live').dataset.seq !== old", arg=old, timeout=LIVE_MS)
    expect(story.prescriber.page.locator("#chair-live")).to_contain_text(f"{readings['systolic']}/{readings['diastolic']}", timeout=LIVE_MS)
    assert time.monotonic() - begun < LIVE_MS / 1000


def go_home(story: Story) -> None:
    """Ready waits for time, checks and the escort; once the escort is there it is signed."""
    nurse = story.nurse
    page = nurse.go(f"{story.seat}/home")
    ready = page.get_by_role("button", name=re.compile("^Sign: discharged as ready"))
    expect(ready).to_have_attribute("aria-disabled", "true")
    story.clock.later(minutes=122)
    nurse.go(f"{story.seat}/home")
    nurse.answer({fact: value for fact, value in READY.items() if page.locator(f"main [name='{fact}']").count()}, "")
    nurse.go(f"{story.seat}/home")
    expect(ready).to_have_attribute("aria-disabled", "true")
    expect(page.locator("details.gate[data-rule=escort-there]")).to_contain_text(re.compile("No|Unknown", re.I))
    nurse.go(f"{story.seat}/escort")
    for field, value in (("name", "Ana-Maria"), ("state", "present")):
        nurse.enter(field, value)
    nurse.button("Save")
    nurse.go(f"{story.seat}/home")
    nurse.press(ready)
    expect(page.locator("main")).to_contain_text("Discharged as ready")


def after(story: Story) -> None:
    """The call of the next day is due and made; the course enters follow-up, and a week later the follow-up is recorded."""
    nurse = story.nurse
    expect(nurse.go(f"{story.chart}/aftercare").locator("main")).to_contain_text("Call: mood")
    story.later(hours=20)
    contact(nurse, f"{story.chart}/aftercare", "call-next-day", {"craving": "30", "suicide_intent": "absent"})
    story.stage("follow-up")
    story.later(days=6)
    contact(nurse, f"{story.chart}/follow-up", "follow-up-1-week", {"craving": "20", "use_days": "2", "suicide_intent": "absent"})
    expect(nurse.page.locator("main")).not_to_contain_text("No contact yet")


def contact(hand: Hand, path: str, duty: str, facts: dict[str, str]) -> None:
    """A duty that is open now, done by telephone."""
    page = hand.go(path)
    value = page.locator("#f-duty option").evaluate_all("(all, duty) => all.map(one => one.value).find(one => one.includes(duty))", duty)
    hand.enter("duty", value)
    hand.choose("how", "phone")
    for fact, said in facts.items():
        hand.enter(f"fact-{fact}", said)
    hand.button("Record the contact")
    hand.go(path)
    left = page.locator("#f-duty option").evaluate_all("all => all.map(one => one.value)")
    assert value not in left, json.dumps(left)


@pytest.mark.parametrize(
    ("ending", "given", "words", "owner"),
    [
        (
            "left-before-ready",
            {"risks_explained_by": "Noor Haddad", "capacity": "yes", "naloxone": "given", "cannula": "yes"},
            "Left before ready",
            "coordinator",
        ),
        ("hospital", {"handed_to": "Ambulance crew 4", "naloxone": "has", "cannula": "no"}, "Sent to hospital", "nurse"),
    ],
)
def test_who_leaves_another_way_is_recorded_with_a_task(story: Story, ending: str, given: dict[str, str], words: str, owner: str) -> None:
    story.walk.now = timezone.now()
    story.walk.to_infusion()
    story.patient, story.visit = str(story.walk.patient), str(story.walk.visit)
    nurse = story.nurse
    nurse.go(f"{story.seat}/home")
    for name, value in ({"ending": ending} | given).items():
        nurse.enter(name, value)
    nurse.button("Record how the visit ended")
    expect(nurse.page.locator("main")).to_contain_text(words)
    for hand in (story.coordinator, nurse):
        tasks = hand.go(f"/tasks?owner={owner}").locator("main .tasks")
        expect(tasks).to_contain_text("Farah")
    assert [hand.complaints for hand in story.hands] == [[], [], []]
