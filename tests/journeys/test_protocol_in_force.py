"""A protocol put in force by two people at two screens, and one person moved to it with the difference read first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hands import Hand
from playwright.sync_api import Browser, expect
from tests.browser import WIDTHS, looked_at
from tests.clinic.acts_walk import Walk
from tests.clinic.own_protocols import as_folder, edit, own_copy

from kairn.clinic.acts.assigning import people_on
from kairn.clinic.acts.protocols import in_force

OLD, NEW = '"0.8 mg/kg"]', '"0.7 mg/kg"]'
POST = """path => fetch(path, {method: 'POST', headers: {'X-CSRFToken': JSON.parse(document.body.getAttribute('hx-headers'))['X-CSRFToken']},
  body: new URLSearchParams({event_id: crypto.randomUUID(), expected_seq: document.querySelector('[name=expected_seq]').value})}).then(one => one.status)"""


class Clinic:
    """Two people, each at a screen of their own, and one person in care."""

    def __init__(self, browser: Browser, site: str, clinic: UUID) -> None:
        self.walk = Walk(clinic).to_consent()
        self.first, self.second = (Hand(browser, site, self.walk.users[role]) for role in ("prescriber", "clinic-lead"))

    def look(self, hand: Hand, name: str, folder: Path) -> None:
        """The page as it stands, narrow and wide, light and dim: no finding, nothing wider than the window, and a picture of each."""
        page = hand.page
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert looked_at(page, folder, f"protocols-{name}") == []
        page.set_viewport_size({"width": 1440, "height": 900})


@pytest.fixture
def clinic(browser: Browser, site: str, clinic_id: UUID) -> Iterator[Clinic]:
    made = Clinic(browser, site, clinic_id)
    yield made
    made.first.context.close()
    made.second.context.close()


@pytest.fixture
def own(database: Any) -> Iterator[Path]:
    with own_copy() as place:
        edit(place, "protocol.yaml", f'hard: ["0.1 mg/kg", {OLD}', f'hard: ["0.1 mg/kg", {NEW}')
        yield place


def test_one_proposes_another_publishes_and_a_person_is_moved(clinic: Clinic, own: Path, tmp_path: Path) -> None:
    hash_ = as_folder(own).content_hash
    read_and_propose(clinic, hash_, own, tmp_path)
    proposal = alone_refused(clinic, tmp_path)
    publish(clinic, proposal, hash_, tmp_path)
    move(clinic, hash_, tmp_path)
    assert [clinic.first.complaints, clinic.second.complaints] == [[], []]


def read_and_propose(clinic: Clinic, hash_: str, own: Path, folder: Path) -> None:
    """The first finds the draft in the library, reads it, its difference and its paper, and proposes it."""
    hand = clinic.first
    page = hand.go("/protocols")
    expect(page.locator("main")).to_contain_text("In force")
    clinic.look(hand, "library", folder)
    page.locator(f"main a[href='/protocols/{hash_}']").click()
    expect(page.locator("main")).to_contain_text("Own draft")
    expect(page.locator("#sources")).to_contain_text("[1]")
    clinic.look(hand, "version", folder)
    paper = page.request.get(f"{hand.site}/protocols/{hash_}/paper")
    assert paper.ok and paper.body().startswith(b"%PDF-") and own.parent.name not in paper.headers["content-disposition"]
    hand.go(f"/protocols/{hash_}/compare")
    expect(page.locator("main ol")).to_contain_text("0.7 mg/kg")
    clinic.look(hand, "compare", folder)
    hand.go(f"/protocols/{hash_}/propose")
    expect(page.locator("main")).to_contain_text("Every check of the protocol passes")
    clinic.look(hand, "propose", folder)
    hand.enter("note", "The upper limit as we agreed it.")
    hand.button("Propose exactly this content")
    expect(page.locator("main")).to_contain_text("Waiting for a second person")
    assert in_force(clinic.walk.clinic, clinic.walk.now).protocol.content_hash != hash_  # type: ignore[union-attr]


def alone_refused(clinic: Clinic, folder: Path) -> str:
    """The same person is given no form to publish by, and is refused who sends one all the same."""
    hand = clinic.first
    hand.page.get_by_role("link", name=re.compile("^Publish or withdraw")).click()
    expect(hand.page.locator("main")).to_contain_text("two different people")
    assert hand.page.get_by_role("button", name=re.compile("^Publish")).count() == 0
    path = hand.page.url.removeprefix(hand.site)
    clinic.look(hand, "publish-alone", folder)
    before = len(hand.seen.complaints)
    assert hand.page.evaluate(POST, path) == 403
    del hand.seen.complaints[before:]
    assert "0.7" not in in_force_limits(clinic)
    return path


def in_force_limits(clinic: Clinic) -> str:
    """What is in force allows up to."""
    found = in_force(clinic.walk.clinic, clinic.walk.now).protocol
    assert found is not None
    return str(found.infusion.hard[1])


def publish(clinic: Clinic, proposal: str, hash_: str, folder: Path) -> None:
    """The second, at another screen, reads what changes and signs; from then on it is in force."""
    hand = clinic.second
    page = hand.go("/protocols")
    expect(page.locator("main")).to_contain_text("The upper limit as we agreed it.")
    page.get_by_role("link", name=re.compile("^Publish or withdraw")).click()
    assert page.url.endswith(proposal)
    expect(page.locator("main ol")).to_contain_text("0.7 mg/kg")
    clinic.look(hand, "publish", folder)
    hand.button("Publish exactly this content")
    expect(page.locator("main")).to_contain_text("Proposed by A prescriber. Published by A clinic-lead")
    assert in_force_limits(clinic) == "0.7 mg/kg"
    expect(hand.go("/protocol").locator("main")).to_contain_text(hash_)


def move(clinic: Clinic, hash_: str, folder: Path) -> None:
    """The person in care stays on theirs; the prescriber reads the difference, says why, and moves them."""
    hand, chart = clinic.first, f"/patients/{clinic.walk.patient}"
    assert clinic.walk.standing.content_hash != hash_
    expect(hand.go("/protocols/people").locator("main")).to_contain_text("on it until moved")
    clinic.look(hand, "people", folder)
    page = hand.go(f"{chart}/protocol")
    page.locator("main select[name=to]").select_option(hash_)
    hand.button("Show what would change")
    expect(page.locator("main ol")).to_contain_text("0.7 mg/kg")
    clinic.look(hand, "move", folder)
    hand.enter("reason", "The lower upper limit is safer for him.")
    hand.button("Move this person")
    expect(page).to_have_url(re.compile(f"{chart}$"))
    assert clinic.walk.standing.content_hash == hash_
    found = people_on(clinic.walk.context("prescriber"))
    assert isinstance(found, tuple) and [one.content_hash for one in found if one.patient == clinic.walk.patient] == [hash_]
