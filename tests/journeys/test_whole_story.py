"""The whole story in one browser: from a record that arrives to the follow-up after the last infusion, and the two who leave another way."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from hands import Hand
from playwright.sync_api import Browser, expect
from story import HIGH, Story, come_in, decide, leave, make_ready, picture, recover, resume, seen_live, start, stop
from tests import bundles
from tests.clinic.acts_walk import ASSESSED, BASELINE, CALM, Walk

WIDTHS = {"prescriber": 1440, "nurse": 1180, "coordinator": 1440}
ASKED_LATER = ("medicines_reviewed", "conditions_reviewed", "allergies_reviewed")
LASTING = ("birth_date", "sex")
LISTS = ("conditions", "medicines", "allergies")


@pytest.fixture
def story(browser: Browser, site: str, clock: Any, clinic_id: UUID) -> Iterator[Story]:
    walk = Walk(clinic_id)
    told = Story(clock, walk, *(Hand(browser, site, walk.users[role], width=width) for role, width in WIDTHS.items()))
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
    come_in(story)
    make_ready(story)
    start(story)
    picture(story.nurse, pictures, "5-started")
    infuse(story, pictures)
    picture(story.nurse, pictures, "7-stopped")
    recover(story)
    leave(story)
    picture(story.nurse, pictures, "8-home")
    after(story)
    picture(story.nurse, pictures, "9-followed-up")
    taken = {path.name[len("whole-")] for path in pictures.glob("whole-[0-9]*.png")}
    assert taken == set("123456789"), "a station of the story without a picture"
    assert [hand.complaints for hand in story.hands] == [[], [], []]


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
    resume(story)
    clock.later(minutes=9)
    stop(story)


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
    story.walked()
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
