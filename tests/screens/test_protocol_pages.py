"""The pages on which protocols are proposed, published and withdrawn, as forms: once, by whom, on what was seen, and never by name in an address."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from tests.clinic.acts_walk import Walk
from tests.clinic.own_protocols import as_folder, edit, own_copy

from kairn.clinic.acts.protocols import in_force, proposals, published
from kairn.clinic.ledger.read import head


class Desks:
    """A clinic with nothing in force, a draft of its own, and everybody's browser."""

    def __init__(self, clinic: UUID, own: Path) -> None:
        self.walk, self.own = Walk(clinic, protocol=False), own
        self.content = as_folder(own).content_hash

    def client(self, role: str) -> Client:
        made = Client()
        made.force_login(self.walk.users[role])
        return made

    def send(self, role: str, view: str, *words: object, **typed: str) -> Any:
        form = {"event_id": str(uuid4()), "expected_seq": str(head(self.walk.clinic))} | typed
        return self.client(role).post(reverse(view, args=words), form)

    def read(self, role: str, view: str, *words: object) -> str:
        answer = self.client(role).get(reverse(view, args=words))
        assert answer.status_code == 200, answer.status_code
        return unescape(answer.content.decode())

    def proposed(self, role: str = "prescriber") -> UUID:
        assert self.send(role, "protocol_propose", self.content).status_code == 303
        return proposals(self.walk.clinic)[0][0].id


@pytest.fixture
def desks(clinic_id: UUID) -> Iterator[Desks]:
    with own_copy() as own:
        yield Desks(clinic_id, own)


def test_a_founded_clinic_reads_templates_and_has_none_in_force(desks: Desks) -> None:
    page = desks.read("nurse", "protocols")
    assert "No protocol is in force" in page and "Templates" in page and desks.own.parent.name in page
    assert "No protocol is in force" in desks.read("nurse", "protocol_read")
    assert reverse("protocol_propose", args=[desks.content]) not in page
    assert reverse("protocol_propose", args=[desks.content]) in desks.read("clinic-lead", "protocols")


def test_from_draft_to_in_force_by_two_people(desks: Desks) -> None:
    proposal = desks.proposed()
    assert "It waits for a second person" in desks.read("nurse", "protocol_version", desks.content)
    assert desks.send("prescriber", "protocol_publish", proposal).status_code == 403
    assert published(desks.walk.clinic) == ()
    form = {"event_id": str(uuid4()), "expected_seq": str(head(desks.walk.clinic))}
    for _ in range(2):  # a double submit is one event
        assert desks.send("clinic-lead", "protocol_publish", proposal, **form).status_code == 303
    assert len(published(desks.walk.clinic)) == 1
    assert in_force(desks.walk.clinic, desks.walk.now).protocol is not None
    assert "Published by A clinic-lead" in desks.read("nurse", "protocol_read")
    answer = desks.send("clinic-lead", "protocol_publish", proposal)
    assert answer.status_code == 422 and "does not wait any more" in unescape(answer.content.decode())


def test_refusals_show_the_page_again_with_their_sentence(desks: Desks) -> None:
    proposal = desks.proposed()
    said = {
        412: desks.send("clinic-lead", "protocol_publish", proposal, expected_seq="0"),
        422: desks.send("clinic-lead", "protocol_publish", proposal, effective="2020-02-30"),
    }
    for status, answer in said.items():
        assert answer.status_code == status and b"Publish exactly this content" in answer.content
    edit(desks.own, "protocol.yaml", "A short series", "A shorter series")
    answer = desks.send("clinic-lead", "protocol_publish", proposal)
    assert answer.status_code == 422 and "are not the ones that A prescriber proposed" in unescape(answer.content.decode())
    assert published(desks.walk.clinic) == ()


def test_a_proposal_is_withdrawn_with_a_reason(desks: Desks) -> None:
    proposal = desks.proposed()
    assert desks.send("clinic-lead", "protocol_withdraw", proposal, reason=" ").status_code == 422
    assert desks.send("prescriber", "protocol_withdraw", proposal, reason="Another dose was meant.").status_code == 303
    assert proposals(desks.walk.clinic) == ()


@pytest.mark.parametrize("role", ["nurse", "therapist", "coordinator"])
def test_others_read_and_sign_nothing(desks: Desks, role: str) -> None:
    assert "[1]" in desks.read(role, "protocol_version", desks.content)
    assert desks.client(role).get(reverse("protocol_propose", args=[desks.content])).status_code == 403
    assert desks.send(role, "protocol_propose", desks.content).status_code == 403
    assert desks.client(role).get(reverse("protocol_publish", args=[desks.proposed()])).status_code == 403


def test_a_reference_protocol_is_marked_and_offers_no_step(desks: Desks) -> None:
    edit(desks.own, "protocol.yaml", "consent:\n", "use: reference\nconsent:\n")
    content = as_folder(desks.own).content_hash
    page = desks.read("clinic-lead", "protocol_version", content)
    assert "For comparison, not for treating" in page and reverse("protocol_propose", args=[content]) not in page
    assert desks.send("clinic-lead", "protocol_propose", content).status_code == 422


def test_a_folder_that_cannot_be_read_says_why_and_hides_nothing_else(desks: Desks) -> None:
    edit(desks.own, "protocol.yaml", "stages:", "stagess:")
    page = desks.read("clinic-lead", "protocols")
    assert "stagess" in page and "Templates" in page


def test_no_address_names_a_protocol(desks: Desks) -> None:
    desks.proposed()
    for view, words in (("protocols", ()), ("protocol_version", (desks.content,)), ("protocol_compare", (desks.content,)), ("protocol_people", ())):
        page = desks.read("clinic-lead", view, *words)
        linked = [part.split('"')[0] for part in page.split('href="')[1:]]
        assert linked and not any("ketamine" in one or desks.own.parent.name in one for one in linked), view
        assert "ketamine" not in page.split("<title>")[1].split("</title>")[0]
    paper = desks.client("nurse").get(reverse("protocol_paper", args=[desks.content]))
    assert paper.status_code == 200 and paper["Content-Type"] == "application/pdf" and "own-" not in paper["Content-Disposition"]
