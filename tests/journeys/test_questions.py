"""A journey: a person answers on a phone, speaks of suicide and sees help at once; the nurse sees the task; ready is shut until somebody spoke with them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from hands import Hand
from playwright.sync_api import Browser, Locator, expect
from tests.browser import looked_at
from tests.clinic.acts_walk import Walk

from kairn.clinic.people.accounts import make_account
from kairn.clinic.people.models import PatientAccount, User
from kairn.record.payloads_care import InstrumentAnswered

PHONE = 320


@pytest.fixture
def walk(clinic_id: UUID) -> Walk:
    """Somebody in recovery for whom ready could be signed now."""
    return Walk(clinic_id).to_ready()


def person(walk: Walk) -> User:
    made = make_account(walk.clinic, "Luis Farah", f"{uuid4().hex[:12]}@test.example", []).user
    PatientAccount.objects.create(user=made, patient_id=walk.patient)
    return User.objects.get(id=made.id)


class Story:
    """A phone, a nurse and a prescriber around one visit in recovery; and what axe found on the way."""

    def __init__(self, browser: Browser, site: str, walk: Walk, pictures: Path) -> None:
        self.walk, self.pictures = walk, pictures
        self.phone = Hand(browser, site, person(walk), width=PHONE)
        self.nurse, self.prescriber = (Hand(browser, site, walk.users[role]) for role in ("nurse", "prescriber"))
        self.faults: list[str] = []

    def look(self, name: str) -> None:
        """The phone's screen as it is now."""
        self.faults += looked_at(self.phone.page, self.pictures, name)

    def ready(self) -> Locator:
        """The button that signs ready, as the nurse sees it now."""
        page = self.nurse.go(f"/patients/{self.walk.patient}/visits/{self.walk.visit}/home")
        return page.get_by_role("button", name="Sign: discharged as ready")

    def answer(self, choice: int) -> None:
        """The answer at that place of the list, and on."""
        self.phone.page.locator("main .opt").nth(choice).click()
        self.phone.button("Next")


@pytest.fixture
def story(browser: Browser, site: str, database: Any, walk: Walk, clock: Any, pictures: Path) -> Story:
    clock.ahead = walk.now - clock.real()
    return Story(browser, site, walk, pictures)


def test_who_speaks_of_suicide_on_the_phone_is_seen(story: Story) -> None:
    expect(story.ready()).not_to_have_attribute("aria-disabled", "true")
    asked_and_told(story)
    page = story.nurse.go("/tasks")
    expect(page.locator("main li:has-text('A question about suicide was answered')")).to_contain_text("Prescriber")
    expect(story.ready()).to_have_attribute("aria-disabled", "true")
    gone_on_and_sent(story)
    expect(story.ready()).to_have_attribute("aria-disabled", "true")
    spoken_with(story)
    expect(story.ready()).to_have_attribute("aria-disabled", "true")
    story.walk.now = timezone.now() - timedelta(seconds=1)  # an act of a walk is a second later
    story.walk.record("prescriber", visit=story.walk.visit, suicide_intent="absent")
    expect(story.ready()).not_to_have_attribute("aria-disabled", "true")
    assert story.faults == [] and story.phone.complaints == story.nurse.complaints == story.prescriber.complaints == []


def asked_and_told(story: Story) -> None:
    """The nurse asks; the person answers eight questions and then, of the ninth, says more than none."""
    page = story.nurse.go(f"/patients/{story.walk.patient}/measures")
    page.locator("#ask").select_option("phq-9")
    story.nurse.button("Ask", within="main form:has(#ask)")
    page = story.phone.go("/me")
    expect(page.locator("main")).to_contain_text("Questions for you")
    story.phone.go("/me/questions")
    story.look("questions")
    page.get_by_role("link", name="Mood check-list, after the PHQ-9").click()
    for place in range(1, 9):
        expect(page.locator("main")).to_contain_text(f"{place} of 10")
        story.answer(1)
    expect(page.locator("main h1")).to_contain_text("Thoughts of death")
    story.look("question")
    story.answer(2)
    expect(page.locator("main")).to_contain_text("Talk to a person now")
    assert page.url.endswith("?at=9"), "help stands in the answer to the question itself"
    assert page.locator("main a[href='tel:988']").count() == 1
    story.look("question-help")


def gone_on_and_sent(story: Story) -> None:
    """Stopped before the end, come back to, sent; help is there once more and no score."""
    page = story.phone.page
    page.get_by_role("link", name="Go on").click()
    expect(page.locator("main")).to_contain_text("10 of 10")
    story.phone.button("Keep it and stop here")
    story.phone.go("/me/questions")
    page.get_by_role("link", name="Go on").click()
    story.answer(0)
    expect(page.locator("main h1")).to_contain_text("10 of 10 answered")
    story.look("question-end")
    story.phone.button("Send")
    expect(page.locator("main")).to_contain_text("Talk to a person now")
    expect(page.locator("main")).not_to_contain_text("of 27")
    said = story.walk.history.all(InstrumentAnswered)[-1][1]
    assert said.complete and said.method == "patient" and len(said.answers) == 10


def spoken_with(story: Story) -> None:
    """The prescriber speaks with the person and closes the task."""
    task = story.prescriber.go("/tasks").locator("main li:has-text('A question about suicide')").first
    task.locator("details").first.evaluate("one => { one.open = true }")
    task.locator("[name='how']").fill("Spoken with on the phone and here; a plan is made, not alone tonight.")
    story.prescriber.press(task.get_by_role("button").last)
