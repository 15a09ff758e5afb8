"""The database keeps the ledger growing only, whoever asks, and the running role owns nothing of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_drafts import draft

from kairn.clinic.ledger import read
from kairn.clinic.ledger.append import append
from kairn.clinic.ledger.verify import verify
from kairn.clinic.seals import Seals
from kairn.record.payloads import NoteWritten

CHANGES = (
    "UPDATE ledger_entry SET payload = '{}'",
    "UPDATE ledger_entry SET recorded_at = now() WHERE false",
    "DELETE FROM ledger_entry",
    "TRUNCATE ledger_entry",
    "TRUNCATE ledger_entry CASCADE",
)
SEIZURES = (
    "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
    "DROP TABLE ledger_entry",
    "SET session_replication_role = replica",
    "INSERT INTO ledger_clinic VALUES (gen_random_uuid(), 'demo')",
)
ZEROS = "decode(repeat('00', 32), 'hex')"
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
INSERT = """INSERT INTO ledger_entry (clinic, stream, stream_kind, seq, event_id, kind, schema, occurred_at,
    by_id, by_name, by_role, sent_by_id, sent_by_name, sent_by_role, payload{more})
  VALUES (%s, %s, %s, %s, gen_random_uuid(), 'note.written', 1, now(), 'a', 'b', 'c', 'a', 'b', 'c', '{{"text": "x"}}'{values})"""


@pytest.mark.parametrize("change", CHANGES)
def test_the_owner_too_can_only_add(clinic_id: UUID, owner_connection: psycopg.Connection[Any], change: str) -> None:
    append(clinic_id, [draft(uuid4())])
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grows"):
        owner_connection.execute(change)  # type: ignore[call-overload]


@pytest.mark.parametrize("change", [*CHANGES, *SEIZURES])
def test_the_running_role_lacks_the_right(clinic_id: UUID, database_urls: Any, change: str) -> None:
    with (
        psycopg.connect(database_urls.run, autocommit=True) as running,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied|must be owner"),
    ):
        running.execute(change)  # type: ignore[call-overload]


@pytest.mark.parametrize(("column", "value"), [("recorded_at", "now()"), ("position", "7"), ("prev_hash", ZEROS), ("hash", ZEROS)])
def test_the_running_role_may_not_write_what_the_chain_writes(clinic_id: UUID, database_urls: Any, column: str, value: str) -> None:
    asked = INSERT.format(more=f", {column}", values=f", {value}")
    with psycopg.connect(database_urls.run, autocommit=True) as running, pytest.raises(psycopg.errors.InsufficientPrivilege):
        running.execute(asked, (clinic_id, uuid4(), "patient", 1))  # type: ignore[call-overload]


@pytest.mark.parametrize(("kind", "seq"), [("patient", 2), ("patient", 0), ("gift", 1)])
def test_a_row_out_of_place_is_refused(clinic_id: UUID, database_urls: Any, kind: str, seq: int) -> None:
    with psycopg.connect(database_urls.run, autocommit=True) as running, pytest.raises(psycopg.IntegrityError):
        running.execute(INSERT.format(more="", values=""), (clinic_id, uuid4(), kind, seq))  # type: ignore[call-overload]


def test_a_temporary_table_cannot_stand_in_front(clinic_id: UUID, database_urls: Any) -> None:
    """With a table of its own under the same name the running role could feed the chain a false head."""
    append(clinic_id, [draft(uuid4())])
    with psycopg.connect(database_urls.owner, autocommit=True) as owner:
        owner.execute(f"GRANT TEMPORARY ON DATABASE {database_urls.name()} TO {database_urls.role()}")  # type: ignore[call-overload]
    with psycopg.connect(database_urls.run, autocommit=True) as running:
        running.execute("CREATE TEMPORARY TABLE ledger_entry (LIKE public.ledger_entry)")
        running.execute(INSERT.format(more="", values="").replace("INTO ledger_entry", "INTO public.ledger_entry"), (clinic_id, uuid4(), "patient", 1))  # type: ignore[call-overload]
    found = verify(clinic_id, Seals(()))
    assert (found.entries, found.faults) == (2, ())


def test_a_live_clinic_takes_its_times_from_the_clock_even_from_the_owner(clinic_id: UUID, owner_connection: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is live"):
        owner_connection.execute(INSERT.format(more=", recorded_at", values=", now()"), (clinic_id, uuid4(), "patient", 1))  # type: ignore[call-overload]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXT, name=TEXT)
def test_what_the_database_hashes_python_computes_alike(clinic_id: UUID, text: str, name: str) -> None:
    stream = uuid4()
    one = draft(stream, NoteWritten(text))
    append(clinic_id, [draft(stream, NoteWritten(text), by=type(one.by)(one.by.id, name, "nurse"))])
    assert read.head(stream) == 1
    assert verify(clinic_id, Seals(())).faults == ()
