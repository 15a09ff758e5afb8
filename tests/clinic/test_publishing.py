"""Two people, two sittings, and every byte: proposing, publishing, withdrawing, and loading what was published from the database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from acts_walk import Walk
from own_protocols import TEMPLATE, as_folder, edit, own_copy

from kairn.clinic.acts import course, papers, publishing
from kairn.clinic.acts.folders import folders
from kairn.clinic.acts.outcome import Done, Refused
from kairn.clinic.acts.papers import LOADED, protocol_of
from kairn.clinic.acts.protocols import NONE_ACTIVE, in_force, proposals, published
from kairn.clinic.ledger.append import append
from kairn.clinic.ledger.papers import Paper, keep, kept
from kairn.clinic.ledger.read import head
from kairn.protocol.load import GRAMMAR, content_hash, load_protocol, reached
from kairn.record.event import Draft, StreamKind
from kairn.record.payloads import ProtocolPublished
from kairn.terms.problem import Unreadable


@pytest.fixture
def walk(clinic_id: UUID) -> Walk:
    """A clinic in which nothing is published, and one person in it."""
    return Walk(clinic_id, protocol=False).register()


@pytest.fixture
def own(database: Any) -> Iterator[Path]:
    with own_copy() as place:
        yield place


def propose(walk: Walk, hash_: str, role: str = "prescriber", **given: Any) -> Any:
    form = {"event_id": uuid4(), "expected_seq": head(walk.clinic)} | given
    return publishing.propose_protocol(walk.context(role), content_hash=hash_, **form)


def publish(walk: Walk, proposal: UUID, role: str = "clinic-lead", **given: Any) -> Any:
    form = {"event_id": uuid4(), "expected_seq": head(walk.clinic)} | given
    return publishing.publish_protocol(walk.context(role), proposal=proposal, **form)


def proposed(walk: Walk, hash_: str, role: str = "prescriber") -> UUID:
    outcome = propose(walk, hash_, role)
    assert isinstance(outcome, Done), outcome
    return outcome.events[0]


def said(outcome: Any) -> str:
    assert isinstance(outcome, Refused), outcome
    return " ".join(reason.text for reason in outcome.reasons)


def test_one_proposes_and_another_publishes(walk: Walk, own: Path) -> None:
    hash_ = as_folder(own).content_hash
    proposal = proposed(walk, hash_)
    assert in_force(walk.clinic, walk.now).protocol is None
    assert walk.refused(course.enter_stage, stage="assessment").reasons[0].text == NONE_ACTIVE
    assert isinstance(publish(walk, proposal), Done)
    found = in_force(walk.clinic, walk.now)
    assert found.protocol is not None and found.protocol.content_hash == hash_ and not proposals(walk.clinic)
    (one,) = published(walk.clinic)
    assert one.second == str(walk.users["prescriber"].id)
    walk.stage("assessment")


def test_the_same_person_publishes_nothing_alone(walk: Walk, own: Path) -> None:
    proposal = proposed(walk, as_folder(own).content_hash, "clinic-lead")
    outcome = publish(walk, proposal, "clinic-lead")
    assert "two different people" in said(outcome) and outcome.kind == "permission"
    assert published(walk.clinic) == () and in_force(walk.clinic, walk.now).protocol is None
    walk.users["both"] = walk.users["clinic-lead"]
    assert isinstance(publish(walk, proposal, "prescriber"), Done)


def test_a_publication_in_the_record_by_one_person_alone_counts_for_nothing(walk: Walk, own: Path) -> None:
    hash_ = as_folder(own).content_hash
    proposed(walk, hash_)
    lead = walk.context("clinic-lead").author
    for alone in (lead.id, ""):
        body = ProtocolPublished(own.parent.name, own.name, hash_, alone, walk.now.date())
        append(walk.clinic, [Draft(uuid4(), walk.clinic, walk.now, lead, body, stream_kind=StreamKind.CLINIC)], expected_seq={walk.clinic: head(walk.clinic)})
    assert walk.refused(course.enter_stage, stage="assessment").reasons[0].text == NONE_ACTIVE


@pytest.mark.parametrize("role", ["nurse", "therapist", "coordinator"])
def test_who_may_neither_propose_nor_publish(walk: Walk, own: Path, role: str) -> None:
    hash_ = as_folder(own).content_hash
    assert propose(walk, hash_, role).kind == "permission"
    assert publish(walk, proposed(walk, hash_), role).kind == "permission"


def test_a_byte_changed_between_proposal_and_publication_is_refused(walk: Walk, own: Path) -> None:
    proposal = proposed(walk, as_folder(own).content_hash)
    edit(own, "protocol.yaml", "A short series", "A shorT series")
    assert "not the ones that A prescriber proposed" in said(publish(walk, proposal))
    assert published(walk.clinic) == ()
    edit(own, "protocol.yaml", "A shorT series", "A short series")
    assert isinstance(publish(walk, proposal), Done)


def test_what_was_read_before_a_byte_changed_cannot_be_proposed(walk: Walk, own: Path) -> None:
    read = as_folder(own).content_hash
    edit(own, "course.yaml", "\n", "\n# a note\n")
    assert "its files changed" in said(propose(walk, read))


def test_a_reference_protocol_is_never_published(walk: Walk, own: Path) -> None:
    edit(own, "protocol.yaml", "consent:\n", "use: reference\nconsent:\n")
    hash_ = as_folder(own).content_hash
    assert "for comparison" in said(propose(walk, hash_))
    smuggled(walk, own)
    assert in_force(walk.clinic, walk.now).protocol is None and "for comparison" in in_force(walk.clinic, walk.now).why


def smuggled(walk: Walk, place: Path) -> str:
    """Bytes and a publication put into the database past every act, as two people."""
    name, version = place.parent.name, place.name
    files = reached(name, version, place.parents[1])
    hash_ = content_hash(files)
    keep(Paper(hash_, name, version, GRAMMAR, files))
    body = ProtocolPublished(name, version, hash_, str(walk.users["prescriber"].id), walk.now.date())
    draft = Draft(uuid4(), walk.clinic, walk.now, walk.context("clinic-lead").author, body, stream_kind=StreamKind.CLINIC)
    append(walk.clinic, [draft], expected_seq={walk.clinic: head(walk.clinic)})
    return hash_


def test_a_faulty_protocol_cannot_be_proposed(walk: Walk, own: Path) -> None:
    edit(own, "protocol.yaml", 'soft: ["0.3 mg/kg", "0.5 mg/kg"]', 'soft: ["0.3 mg/kg", "0.9 mg/kg"]')
    assert "fault" in said(propose(walk, as_folder(own).content_hash))
    edit(own, "protocol.yaml", "stages:", "stagess:")
    assert as_folder(own).fault and not as_folder(own).content_hash


def test_a_folder_under_another_name_than_its_file_says_cannot_be_proposed(walk: Walk, own: Path) -> None:
    edit(own, "protocol.yaml", f"protocol: {own.parent.name}", f"protocol: {TEMPLATE[0]}")
    assert "named after what lies in it" in said(propose(walk, as_folder(own).content_hash))


def test_decisions_on_an_older_page_are_stale_and_a_form_twice_is_one_event(walk: Walk, own: Path) -> None:
    hash_, seq, form = as_folder(own).content_hash, head(walk.clinic), uuid4()
    first = propose(walk, hash_, event_id=form, expected_seq=seq, note="After the meeting.")
    again = propose(walk, hash_, event_id=form, expected_seq=seq, note="After the meeting.")
    assert isinstance(again, Done) and again.repeated and again.events == first.events
    assert propose(walk, hash_, event_id=form, expected_seq=seq, note="Another.").kind == "conflict"
    assert publish(walk, first.events[0], expected_seq=seq).kind == "stale"
    assert "proposed exactly this already" in said(propose(walk, hash_, "clinic-lead"))
    sign = uuid4()
    done = publish(walk, first.events[0], event_id=sign)
    assert isinstance(done, Done) and publish(walk, first.events[0], event_id=sign).repeated
    assert "does not wait" in said(publish(walk, first.events[0]))


def test_a_withdrawn_proposal_cannot_be_published(walk: Walk, own: Path) -> None:
    proposal = proposed(walk, as_folder(own).content_hash)
    form = {"event_id": uuid4(), "proposal": proposal}
    assert publishing.withdraw_proposal(walk.context("nurse"), expected_seq=head(walk.clinic), reason="No.", **form).kind == "permission"
    assert publishing.withdraw_proposal(walk.context("clinic-lead"), expected_seq=head(walk.clinic), reason=" ", **form).kind == "input"
    done = publishing.withdraw_proposal(walk.context("clinic-lead"), expected_seq=head(walk.clinic), reason="Another dose was meant.", **form)
    assert isinstance(done, Done) and proposals(walk.clinic) == ()
    assert "does not wait" in said(publish(walk, proposal))


def test_a_protocol_is_in_force_from_its_day_and_never_before_today(walk: Walk, own: Path) -> None:
    proposal = proposed(walk, as_folder(own).content_hash)
    assert publish(walk, proposal, effective=walk.now.date() - timedelta(days=1)).reasons[0].field == "effective"
    assert isinstance(publish(walk, proposal, effective=walk.now.date() + timedelta(days=3)), Done)
    assert walk.refused(course.enter_stage, stage="assessment").reasons[0].text == NONE_ACTIVE
    walk.later(days=3)
    walk.stage("assessment")


def test_the_clinic_runs_from_the_database_when_the_folder_changes_or_goes(walk: Walk) -> None:
    with own_copy() as place:
        folder = as_folder(place)
        publish(walk, proposed(walk, folder.content_hash))
        before = load_protocol(folder.protocol, folder.version, folder.root)
    LOADED.clear()
    found = in_force(walk.clinic, walk.now).protocol
    assert found == before


def test_of_those_who_ask_at_once_one_loads(walk: Walk, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a start, when every open screen asks for its chart again."""
    publish(walk, proposed(walk, as_folder(own).content_hash))
    hash_ = as_folder(own).content_hash
    paper, times = kept(hash_), []
    monkeypatch.setattr(papers, "kept", lambda _: paper)
    monkeypatch.setattr(papers, "load_protocol", lambda *words: times.append(words) or load_protocol(*words))
    LOADED.clear()
    with ThreadPoolExecutor(8) as crew:
        found = list(crew.map(protocol_of, [hash_] * 8))
    assert len(times) == 1 and {one.content_hash for one in found} == {hash_}


@pytest.mark.parametrize("which", ["protocol.yaml", "course.yaml", "library/facts.yaml", "library/sources.yaml", "library/consent/expectations-and-risks-1.md"])
def test_a_byte_edited_in_the_database_is_refused_at_load(walk: Walk, own: Path, superuser_connection: psycopg.Connection[Any], which: str) -> None:
    """Of anything the hash reaches, and by somebody whom no trigger and no check holds back."""
    publish(walk, proposed(walk, as_folder(own).content_hash))
    hash_ = as_folder(own).content_hash
    paper = kept(hash_)
    assert paper is not None
    tampered(superuser_connection, hash_, which, paper.files[which])
    LOADED.clear()
    found = in_force(walk.clinic, walk.now)
    assert found.protocol is None and "bytes that give the content" in found.why, found.why
    assert "bytes that give the content" in walk.refused(course.enter_stage, stage="assessment").reasons[0].text


def tampered(superuser: psycopg.Connection[Any], hash_: str, name: str, body: bytes) -> None:
    """One bit of one file, the new digest written into the manifest beside it."""
    import hashlib

    edited = bytes([body[0] ^ 1]) + body[1:]
    with superuser.transaction():
        superuser.execute("SET LOCAL session_replication_role = replica")
        superuser.execute("INSERT INTO ledger_file VALUES (%s, %s) ON CONFLICT DO NOTHING", (hashlib.sha256(edited).digest(), edited))
        changed = superuser.execute(
            "UPDATE ledger_protocol SET files = files || jsonb_build_object(%s::text, %s::text) WHERE content_hash = %s",
            (name, hashlib.sha256(edited).hexdigest(), hash_),
        )
        assert changed.rowcount == 1


def test_a_file_that_is_not_its_digest_is_refused_by_the_database_itself(owner_connection: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        owner_connection.execute("INSERT INTO ledger_file VALUES (%s, %s)", (b"0" * 32, b"other bytes"))


@pytest.mark.parametrize("table", ["ledger_file", "ledger_protocol"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET {} = {}"])
def test_kept_bytes_only_grow(walk: Walk, own: Path, owner_connection: psycopg.Connection[Any], database_urls: Any, table: str, change: str) -> None:
    proposed(walk, as_folder(own).content_hash)
    column = "body" if table == "ledger_file" else "files"
    asked = change.format(table, column, column)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grows"):
        owner_connection.execute(asked)
    with psycopg.connect(database_urls.run, autocommit=True) as running, pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
        running.execute(asked)


def test_a_shared_file_of_another_library_is_named_with_what_to_do(walk: Walk, own: Path) -> None:
    """Published with another version of Kairn, whose facts were other ones."""
    folder = as_folder(own)
    files = reached(folder.protocol, folder.version, folder.root)
    files["library/facts.yaml"] += b"# of another version\n"
    hash_ = content_hash(files)
    keep(Paper(hash_, folder.protocol, folder.version, GRAMMAR, files))
    with pytest.raises(Unreadable, match=r"library/facts\.yaml, not as when this was published.*[Pp]ublish the protocol anew"):
        protocol_of(hash_)
    keep(Paper(folder.content_hash, folder.protocol, folder.version, "0", reached(folder.protocol, folder.version, folder.root)))
    with pytest.raises(Unreadable, match="saw the grammar 0"):
        protocol_of(folder.content_hash)


def test_a_kept_file_name_that_climbs_out_of_its_folder_is_refused(walk: Walk, own: Path, tmp_path: Path) -> None:
    folder = as_folder(own)
    files = reached(folder.protocol, folder.version, folder.root) | {"../../../../climbed.yaml": b"out: yes\n"}
    hash_ = content_hash(files)
    keep(Paper(hash_, folder.protocol, folder.version, GRAMMAR, files))
    with pytest.raises(Unreadable, match="a name inside the protocol's folder"):
        protocol_of(hash_)


def test_a_published_hash_without_bytes_is_said(walk: Walk) -> None:
    lead = walk.context("clinic-lead")
    body = ProtocolPublished(*TEMPLATE, "0" * 64, str(walk.users["prescriber"].id), walk.now.date())
    append(walk.clinic, [Draft(uuid4(), walk.clinic, walk.now, lead.author, body, stream_kind=StreamKind.CLINIC)], expected_seq={walk.clinic: 0})
    assert "no bytes of the protocol" in walk.refused(course.enter_stage, stage="assessment").reasons[0].text


def test_templates_lie_in_the_library_and_none_is_in_force(walk: Walk) -> None:
    shipped = [each for each in folders() if not each.own]
    assert any((each.protocol, each.version) == TEMPLATE and each.content_hash for each in shipped)
    assert in_force(walk.clinic, walk.now).protocol is None


def test_a_folder_that_goes_leaves_the_shelf(own: Path) -> None:
    assert as_folder(own)
    gone = own.with_name("elsewhere")
    shutil.move(own, gone)
    assert not [each for each in folders() if each.protocol == own.parent.name and each.version == own.name]
    shutil.move(gone, own)
