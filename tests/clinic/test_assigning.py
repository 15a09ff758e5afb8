"""A person stays on the protocol they signed under until a prescriber moves them, with the difference shown and a reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from acts_walk import CHECKED, Walk
from own_protocols import as_folder, edit, own_copy
from test_publishing import proposed, publish

from kairn.clinic.acts import course, orders, pump, visits
from kairn.clinic.acts.assigning import Change, assign_protocol, change, choices, people_on
from kairn.clinic.acts.outcome import Done, Refused
from kairn.clinic.acts.papers import LOADED
from kairn.clinic.ledger.append import append
from kairn.clinic.ledger.read import head
from kairn.clinic.people.care import join_team
from kairn.clinic.people.models import AccessLog
from kairn.record.event import Draft, StreamKind
from kairn.record.payloads import OrderSigned, ProtocolPublished, StageEntered
from kairn.record.payloads_care import ProtocolAssigned

LOWER = ('hard: ["0.1 mg/kg", "0.8 mg/kg"]', 'hard: ["0.1 mg/kg", "0.7 mg/kg"]')


@pytest.fixture
def own(database: Any) -> Iterator[Path]:
    with own_copy() as place:
        edit(place, "protocol.yaml", *LOWER)
        yield place


@pytest.fixture
def walk(clinic_id: UUID) -> Walk:
    """A person who signed under the template."""
    return Walk(clinic_id).to_consent()


def published(walk: Walk, own: Path) -> str:
    """The clinic's own, published beside the template."""
    hash_ = as_folder(own).content_hash
    assert isinstance(publish(walk, proposed(walk, hash_)), Done)
    return hash_


def shown(walk: Walk, hash_: str) -> Change:
    found = change(walk.context("prescriber"), walk.patient, hash_)
    assert isinstance(found, Change), found
    return found


def test_a_person_stays_until_moved_and_new_people_follow_the_clinic(walk: Walk, own: Path) -> None:
    before = walk.standing.content_hash
    hash_ = published(walk, own)
    assert walk.standing.content_hash == before
    arrived = Walk(walk.clinic, protocol=False).register()
    assert arrived.standing.content_hash == hash_
    found = shown(walk, hash_)
    assert found.between is not None and any("0.8" in line and "0.7 mg/kg" in line for line in found.between.said)
    walk.do(assign_protocol, content_hash=hash_, shown=found.digest, reason="The lower limit is safer for him.")
    assert walk.standing.content_hash == hash_ and walk.standing.version == "1"
    moved = walk.history.latest(ProtocolAssigned)
    assert moved is not None and moved[1].signature.content_hash == before and moved[1].diff == found.digest
    walk.record(capacity="yes", education_given="yes")
    walk.do(course.enter_stage, stage="withdrawn")
    signed = walk.history.latest(StageEntered)
    assert signed is not None and signed[1].signature.content_hash == hash_


def test_what_was_shown_must_be_what_is_signed_and_a_reason_is_asked_for(walk: Walk, own: Path) -> None:
    hash_ = published(walk, own)
    digest = shown(walk, hash_).digest
    assert walk.refused(assign_protocol, content_hash=hash_, shown="0" * 64, reason="Safer.").kind == "policy"
    assert walk.refused(assign_protocol, content_hash=hash_, shown=digest, reason=" ").kind == "input"
    assert walk.refused(assign_protocol, content_hash=hash_, shown=digest, reason="Safer.", expected_seq=1).kind == "stale"
    assert walk.refused(assign_protocol, content_hash="0" * 64, shown=digest, reason="Safer.").kind == "policy"
    walk.do(assign_protocol, content_hash=hash_, shown=digest, reason="Safer.")
    same = shown(walk, hash_)
    assert "already" in walk.refused(assign_protocol, content_hash=hash_, shown=same.digest, reason="Again.").reasons[0].text


@pytest.mark.parametrize("role", ["nurse", "therapist", "coordinator", "clinic-lead"])
def test_only_a_prescriber_near_the_person_moves_them(walk: Walk, own: Path, role: str) -> None:
    hash_ = published(walk, own)
    form = {"content_hash": hash_, "shown": shown(walk, hash_).digest, "reason": "Safer."}
    assert walk.refused(assign_protocol, role, **form).kind == "permission"
    walk.users["stranger"] = walk.make("prescriber", joins=False)
    assert walk.refused(assign_protocol, "stranger", **form).kind == "permission"


def test_a_proposal_or_a_day_to_come_is_no_choice(walk: Walk, own: Path) -> None:
    proposed(walk, as_folder(own).content_hash)
    assert [each.version for each in choices(walk.context("prescriber"))] == ["1.0"]
    assert isinstance(change(walk.context("prescriber"), walk.patient, as_folder(own).content_hash), Refused)


def test_nobody_is_moved_while_a_visit_is_under_way(clinic_id: UUID, own: Path) -> None:
    walk = Walk(clinic_id).to_preflight()
    hash_ = published(walk, own)
    form = {"content_hash": hash_, "shown": shown(walk, hash_).digest, "reason": "Safer."}
    assert "under way" in walk.refused(assign_protocol, **form).reasons[0].text


def test_an_order_signed_before_the_move_starts_no_pump(clinic_id: UUID, own: Path) -> None:
    walk = Walk(clinic_id).to_treatment()
    walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=walk.now, minutes=180, chair="Chair 1")
    walk.record(visit=walk.visit, weight="82")
    walk.do(orders.sign_order, product="ketamine-1")
    before = walk.history.latest(OrderSigned)
    hash_ = published(walk, own)
    walk.do(assign_protocol, content_hash=hash_, shown=shown(walk, hash_).digest, reason="Safer.")
    walk.do(visits.enter_phase, "nurse")
    walk.do(visits.name_escort, "coordinator", name="Ana-Maria", state="confirmed")
    walk.record(visit=walk.visit, **CHECKED)
    assert before is not None and before[1].signature.content_hash != hash_
    refusal = walk.refused(pump.start_infusion, "nurse")
    assert "moved to another protocol after this order" in " ".join(reason.text for reason in refusal.reasons)
    walk.do(orders.sign_order, product="ketamine-1")
    after = walk.history.latest(OrderSigned)
    assert after is not None and after[1].signature.content_hash == hash_


def test_a_person_whose_protocol_cannot_be_read_can_be_moved_off_it(walk: Walk, own: Path) -> None:
    """The way out after an upgrade whose library is another one: nothing is weighed, and one act mends it."""
    gone = ProtocolPublished("iv-ketamine-oud", "99", "0" * 64, str(walk.users["prescriber"].id), walk.now.date())
    append(walk.clinic, [Draft(uuid4(), walk.clinic, walk.now, walk.context("clinic-lead").author, gone, stream_kind=StreamKind.CLINIC)],
           expected_seq={walk.clinic: head(walk.clinic)})  # fmt: skip
    arrived = Walk(walk.clinic, protocol=False).register()
    assert arrived.standing.protocol == ""
    hash_ = published(walk, own)
    found = shown(walk, hash_)
    assert found.between is not None
    LOADED.clear()
    walk.do(assign_protocol, content_hash=hash_, shown=found.digest, reason="The old one cannot be read.")
    assert walk.standing.content_hash == hash_


def test_who_is_on_what_shows_whom_the_reader_may_see_and_leaves_a_row(walk: Walk, own: Path) -> None:
    hash_ = published(walk, own)
    arrived = Walk(walk.clinic, protocol=False).register()
    found = {one.patient: one for one in listed(walk, "coordinator")}
    assert (found[walk.patient].pinned, found[walk.patient].version) == (True, "1.0")
    assert (found[arrived.patient].pinned, found[arrived.patient].content_hash) == (False, hash_)
    walk.users["stranger"] = walk.make("therapist", joins=False)
    assert listed(walk, "stranger") == ()
    join_team(walk.users["stranger"], walk.patient, walk.now)
    before = AccessLog.objects.count()
    assert {one.patient for one in listed(walk, "stranger")} == {walk.patient}
    assert AccessLog.objects.count() == before + 1


def listed(walk: Walk, role: str) -> Any:
    found = people_on(walk.context(role))
    assert not isinstance(found, Refused), found
    return found
