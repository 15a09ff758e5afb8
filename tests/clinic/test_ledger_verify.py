"""What a superuser can do to the record behind its back, and that the walk along the chain finds it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_drafts import draft, vitals

from kairn.clinic.ledger.append import append
from kairn.clinic.ledger.chain import COLUMNS, Link, hash_of
from kairn.clinic.ledger.seal import seal_all, seal_now
from kairn.clinic.ledger.verify import Verification, verify
from kairn.clinic.seals import read_seals, seal_file

ENTRIES = 12
SEALED = 10
Super = psycopg.Connection[Any]
Tamper = Callable[[Super, UUID], None]


@pytest.fixture
def sealed(clinic_id: UUID, tmp_path: Path) -> tuple[UUID, Path]:
    """A clinic with twelve entries of three streams, sealed at five and at ten."""
    streams = [uuid4() for _ in range(3)]
    for n in range(ENTRIES):
        append(clinic_id, [(vitals if n % 2 else draft)(streams[n % 3])])
        if n + 1 in (SEALED // 2, SEALED):
            assert seal_now(clinic_id, tmp_path) is not None
    return clinic_id, tmp_path


@pytest.fixture
def free_hand(superuser_connection: Super) -> Super:
    """A superuser with every trigger of the session off."""
    superuser_connection.execute("SET session_replication_role = replica")
    return superuser_connection


def walked(sealed: tuple[UUID, Path]) -> Verification:
    return verify(sealed[0], read_seals(*sealed))


def sorts(found: Verification) -> set[str]:
    return {fault.sort for fault in found.faults}


def links(hand: Super, clinic: UUID) -> list[Link]:
    return [Link(*row) for row in hand.execute(f"SELECT {COLUMNS} FROM ledger_entry WHERE clinic = %s ORDER BY position", (clinic,))]  # type: ignore[call-overload]


def rechain(hand: Super, clinic: UUID, start: int) -> None:
    """Write every hash anew from a position on, as somebody would who knows how the chain is made."""
    before = bytes(32)
    for link in links(hand, clinic):
        if link.position >= start:
            link = replace(link, prev_hash=before)
            link = replace(link, hash=hash_of(link))
            hand.execute("UPDATE ledger_entry SET prev_hash = %s, hash = %s WHERE event_id = %s", (link.prev_hash, link.hash, link.event_id))
        before = bytes(link.hash)


def shift(hand: Super, clinic: UUID, start: int, by: int) -> None:
    hand.execute("UPDATE ledger_entry SET position = position + 1000 WHERE clinic = %s AND position >= %s", (clinic, start))
    hand.execute("UPDATE ledger_entry SET position = position - 1000 + %s WHERE clinic = %s AND position >= 1000", (by, clinic))


def insert(hand: Super, clinic: UUID, position: int) -> None:
    hand.execute(
        """INSERT INTO ledger_entry SELECT (e).* FROM (SELECT jsonb_populate_record(e, jsonb_build_object(
             'event_id', gen_random_uuid(), 'stream', gen_random_uuid(), 'seq', 1, 'position', %s::bigint)) AS e
           FROM ledger_entry e WHERE clinic = %s AND position = 1) AS copied""",
        (position, clinic),
    )


def test_an_untouched_record_is_sound(sealed: tuple[UUID, Path]) -> None:
    found = walked(sealed)
    assert (found.state, found.entries, found.sealed, found.mode) == ("sound", ENTRIES, SEALED, "live")
    assert found.notes == ("Entries after 10 are not sealed yet.",)


@pytest.mark.parametrize(
    "change",
    [
        "payload = payload || '{\"text\": \"Never mind.\"}'",
        "occurred_at = occurred_at - interval '1 microsecond'", "recorded_at = recorded_at + interval '1 hour'",
        "by_name = 'Somebody Else'", "by_role = 'prescriber'", "sent_by_id = 'x'", "kind = 'referral.received'", "schema = 77", "event_id = gen_random_uuid()",
        "stream_kind = 'stock'", "stream = gen_random_uuid()", "seq = 77", "hash = sha256(hash)", "prev_hash = sha256(prev_hash)",
    ],
)  # fmt: skip
def test_an_edited_row_is_found_and_named(sealed: tuple[UUID, Path], free_hand: Super, change: str) -> None:
    free_hand.execute(f"UPDATE ledger_entry SET {change} WHERE clinic = %s AND position = 7", (sealed[0],))  # type: ignore[call-overload]
    found = walked(sealed)
    assert found.state == "broken"
    assert found.faults[0].position == 7
    assert "Entry 7" in found.faults[0].sentence
    assert found.faults[0].sort == "edited"


def test_a_deleted_row_is_found(sealed: tuple[UUID, Path], free_hand: Super) -> None:
    free_hand.execute("DELETE FROM ledger_entry WHERE clinic = %s AND position IN (6, 7)", (sealed[0],))
    found = walked(sealed)
    assert found.faults[0].sort == "missing"
    assert found.faults[0].sentence == "Entries 6 to 7 are missing: deleted after being recorded."


def test_a_deleted_row_is_found_though_the_rest_moved_up(sealed: tuple[UUID, Path], free_hand: Super) -> None:
    free_hand.execute("DELETE FROM ledger_entry WHERE clinic = %s AND position = 6", (sealed[0],))
    shift(free_hand, sealed[0], 7, -1)
    found = walked(sealed)
    assert found.faults[0].position == 6
    assert {"edited", "moved"} <= sorts(found)


def test_swapped_rows_are_found(sealed: tuple[UUID, Path], free_hand: Super) -> None:
    for old, new in ((4, 1004), (8, 4), (1004, 8)):
        free_hand.execute("UPDATE ledger_entry SET position = %s WHERE clinic = %s AND position = %s", (new, sealed[0], old))
    found = walked(sealed)
    assert found.state == "broken"
    assert {4, 8} <= {fault.position for fault in found.faults}
    assert {"edited", "moved"} <= sorts(found)


def test_swapped_bodies_are_found(sealed: tuple[UUID, Path], free_hand: Super) -> None:
    free_hand.execute(
        """UPDATE ledger_entry e SET payload = o.payload, kind = o.kind FROM ledger_entry o
           WHERE e.clinic = %(c)s AND o.clinic = %(c)s AND (e.position, o.position) IN ((4, 7), (7, 4))""",
        {"c": sealed[0]},
    )
    assert [(fault.sort, fault.position) for fault in walked(sealed).faults] == [("edited", 4), ("edited", 7)]


@pytest.mark.parametrize("position", [0, -5, 6, ENTRIES + 1, ENTRIES + 9])
def test_an_inserted_row_is_found(sealed: tuple[UUID, Path], free_hand: Super, position: int) -> None:
    if 0 < position <= ENTRIES:
        shift(free_hand, sealed[0], position, 1)
    if position < 1:
        free_hand.execute("ALTER DOMAIN ledger_count DROP CONSTRAINT ledger_count_check")
    insert(free_hand, sealed[0], position)
    found = walked(sealed)
    if position < 1:
        free_hand.execute("DELETE FROM ledger_entry WHERE position < 1")
        free_hand.execute("ALTER DOMAIN ledger_count ADD CONSTRAINT ledger_count_check CHECK (VALUE >= 1)")
    assert found.state == "broken"
    assert found.faults[0].position in (position, ENTRIES + 1)


def edit(hand: Super, clinic: UUID) -> None:
    hand.execute("UPDATE ledger_entry SET by_name = 'Somebody Else' WHERE clinic = %s AND position = 7", (clinic,))
    rechain(hand, clinic, 7)


def drop(hand: Super, clinic: UUID) -> None:
    hand.execute("DELETE FROM ledger_entry WHERE clinic = %s AND position = 7", (clinic,))
    shift(hand, clinic, 8, -1)
    rechain(hand, clinic, 7)


def slip_in(hand: Super, clinic: UUID) -> None:
    shift(hand, clinic, 7, 1)
    insert(hand, clinic, 7)
    rechain(hand, clinic, 7)


@pytest.mark.parametrize("tamper", [edit, drop, slip_in])
def test_a_chain_recomputed_by_someone_who_knows_how_is_found_by_the_seal(sealed: tuple[UUID, Path], free_hand: Super, tamper: Tamper) -> None:
    tamper(free_hand, sealed[0])
    found = walked(sealed)
    assert "recomputed" in sorts(found)
    assert sorts(found) <= {"recomputed", "stream"}
    assert "after entry 5, which still agrees with its seal" in next(fault.sentence for fault in found.faults if fault.sort == "recomputed")


def test_without_the_seal_a_recomputed_chain_would_pass(sealed: tuple[UUID, Path], free_hand: Super, tmp_path: Path) -> None:
    """Why the seal exists; and that its absence is said, not passed over."""
    edit(free_hand, sealed[0])
    found = verify(sealed[0], read_seals(sealed[0], tmp_path / "elsewhere"))
    assert found.state == "unsealed"
    assert "would not show" in found.notes[0]


@pytest.mark.parametrize("last", [9, 1, 0])
def test_a_cut_tail_is_found(sealed: tuple[UUID, Path], free_hand: Super, last: int) -> None:
    free_hand.execute("DELETE FROM ledger_entry WHERE clinic = %s AND position > %s", (sealed[0], last))
    found = walked(sealed)
    assert sorts(found) == {"cut"}
    assert found.faults[0].sentence.startswith(f"The record ends at entry {last}, but entry 10 was sealed on ")


def test_a_tail_cut_and_grown_again_is_found(sealed: tuple[UUID, Path], free_hand: Super) -> None:
    free_hand.execute("DELETE FROM ledger_entry WHERE clinic = %s AND position > 8", (sealed[0],))
    for _ in range(5):
        append(sealed[0], [draft(uuid4())])
    assert "recomputed" in sorts(walked(sealed))


FIELDS = ("stream", "event_id", "kind", "by_id", "by_name", "by_role", "sent_by_id", "sent_by_name", "sent_by_role", "payload")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(1, SEALED), field=st.sampled_from(FIELDS), salt=st.integers(0, 10**6))
def test_any_single_change_is_found_where_it_is(sealed: tuple[UUID, Path], free_hand: Super, position: int, field: str, salt: int) -> None:
    values = {"stream": str(uuid4()), "event_id": str(uuid4()), "payload": json.dumps({"text": str(salt)})}
    with free_hand.transaction(force_rollback=True):
        change = f"UPDATE ledger_entry SET {field} = %s WHERE clinic = %s AND position = %s"
        free_hand.execute(change, (values.get(field, f"other {salt}"), sealed[0], position))  # type: ignore[call-overload]
        rows = links(free_hand, sealed[0])
    assert [link.position for link in rows if hash_of(link) != bytes(link.hash)] == [position]


def command(database_urls: Any, *words: str) -> subprocess.CompletedProcess[str]:
    told = os.environ | {"KAIRN_DATABASE_URL": database_urls.run}
    code = "import sys; from kairn.clinic.acts.commands import verify; verify(sys.argv[1:])"
    return subprocess.run([sys.executable, "-c", code, *words], env=told, capture_output=True, text=True)


def test_the_command_says_sound(sealed: tuple[UUID, Path], database_urls: Any) -> None:
    done = command(database_urls, "--clinic", str(sealed[0]), "--seals", str(sealed[1]))
    assert done.returncode == 0, done.stderr
    assert f"The record of clinic {sealed[0]} is sound: 12 entries, sealed up to 10." in done.stdout


def test_the_command_says_what_is_broken_where(sealed: tuple[UUID, Path], free_hand: Super, database_urls: Any) -> None:
    free_hand.execute('UPDATE ledger_entry SET payload = \'{"text": ""}\' WHERE clinic = %s AND position = 3', (sealed[0],))
    done = command(database_urls, "--clinic", str(sealed[0]), "--seals", str(sealed[1]), "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert (told[0]["state"], told[0]["faults"][0]["position"], told[0]["faults"][0]["sort"]) == ("broken", 3, "edited")


def test_the_command_says_when_it_could_not_check(sealed: tuple[UUID, Path], database_urls: Any, tmp_path: Path) -> None:
    empty = tmp_path / "no-seals"
    empty.mkdir()
    assert command(database_urls, "--clinic", str(sealed[0]), "--seals", str(empty)).returncode == 2
    missing = command(database_urls, "--seals", str(tmp_path / "nowhere"))
    assert (missing.returncode, "Name the right one with --seals" in missing.stderr) == (2, True)
    away = replace(database_urls, run="postgresql://kairn_app@/kairn?host=%2Fnonexistent")
    unreachable = command(away, "--json")
    assert unreachable.returncode == 2
    assert "does not answer" in json.loads(unreachable.stdout)["sentence"]


def test_a_clinic_deleted_whole_is_still_looked_for(sealed: tuple[UUID, Path], free_hand: Super, database_urls: Any) -> None:
    free_hand.execute("DELETE FROM ledger_entry WHERE clinic = %s", (sealed[0],))
    assert command(database_urls, "--seals", str(sealed[1])).returncode == 1


def test_a_seal_torn_by_a_crash_does_not_spoil_the_next(clinic_id: UUID, tmp_path: Path) -> None:
    append(clinic_id, [draft(uuid4())])
    assert seal_now(clinic_id, tmp_path) is not None
    assert seal_now(clinic_id, tmp_path) is None
    with seal_file(tmp_path, clinic_id).open("a") as file:
        file.write('{"clinic": "')
    append(clinic_id, [draft(uuid4())])
    assert clinic_id in {seal.clinic for seal in seal_all(tmp_path)}
    read = read_seals(clinic_id, tmp_path)
    assert ([seal.position for seal in read.kept], read.unreadable) == ([1, 2], (2,))
    found = verify(clinic_id, read)
    assert (found.state, found.notes) == ("sound", ("1 lines of the seal file cannot be read, the first is line 2.",))


def test_seals_are_kept_from_other_eyes(sealed: tuple[UUID, Path]) -> None:
    assert seal_file(sealed[1], sealed[0]).stat().st_mode & 0o777 == 0o600
