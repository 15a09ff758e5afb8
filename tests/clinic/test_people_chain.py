"""What a superuser can do to the log of reads behind its back, and that the product finds it by the seals it writes itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.module_loading import import_string

from kairn.clinic.people import audit, care, chain
from kairn.clinic.people.accounts import make_account
from kairn.clinic.people.models import AccessLog, Patient, User
from kairn.clinic.seals import READS, Seals, read_seals

ROWS = 5
CUT_AND_MOVED = (
    "WITH cut AS (DELETE FROM people_access_log WHERE clinic = %s AND position > 3) UPDATE people_access_head h SET position = 3, hash = l.hash "
    "FROM people_access_log l WHERE h.clinic = l.clinic AND l.clinic = %s AND l.position = 3"
)


def member(clinic: UUID, *roles: str) -> User:
    """An account of this test's own."""
    return make_account(clinic, "Eli Brandt", f"{uuid4().hex[:10]}@test.example", roles).user


@pytest.fixture
def patient(clinic_id: UUID) -> Patient:
    """A patient of this test's own, whose chart was read five times."""
    found = care.new_patient(clinic_id, uuid4(), family_name="Byrne", given_name="Maeve")
    read_often(clinic_id, found)
    return found


def read_often(clinic: UUID, patient: Patient) -> None:
    nurse = member(clinic, "nurse")
    for place in range(ROWS):
        audit.log_reads(nurse, [patient.id], f"page {place} ü", reason="a, b: 3:c,")


@pytest.fixture
def sealed(clinic_id: UUID, patient: Patient, tmp_path: Path) -> Path:
    """The folder of the seals, written by the duties that the worker runs each minute."""
    for place in settings.KAIRN_EACH_MINUTE:
        import_string(place)(tmp_path / "seals")
    return tmp_path / "seals"


@pytest.fixture
def meddle(superuser_connection: Any, database_urls: Any) -> Iterator[psycopg.Connection[Any]]:
    """A superuser with every trigger of the session off."""
    with psycopg.connect(database_urls.superuser, autocommit=True) as meddler:
        meddler.execute("SET session_replication_role = replica")
        yield meddler


def command(database_urls: Any, *words: str) -> subprocess.CompletedProcess[str]:
    told = os.environ | {"KAIRN_DATABASE_URL": database_urls.run}
    code = "import sys; from kairn.clinic.acts.commands import verify; verify(sys.argv[1:])"
    return subprocess.run([sys.executable, "-c", code, *words], env=told, capture_output=True, text=True)


def test_the_chain_holds_as_the_database_wrote_it(clinic_id: UUID, patient: Patient, sealed: Path) -> None:
    found = chain.verify(clinic_id, read_seals(clinic_id, sealed, READS))
    assert (found.state, found.rows, found.sealed, found.faults, found.notes) == ("sound", ROWS, ROWS, (), ())


def test_rows_after_the_seal_are_said_and_are_no_fault(clinic_id: UUID, patient: Patient, sealed: Path) -> None:
    read_often(clinic_id, patient)
    found = chain.verify(clinic_id, read_seals(clinic_id, sealed, READS))
    assert (found.state, found.rows, found.sealed, found.notes) == ("sound", 2 * ROWS, ROWS, ("Rows after 5 are not sealed yet.",))


def test_a_log_that_nothing_vouches_for_is_not_called_sound(clinic_id: UUID, patient: Patient) -> None:
    assert chain.verify(clinic_id, Seals()).state == "unsealed"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people_access_log SET by_name = 'Somebody else' WHERE clinic = %s AND position = 3",
        "DELETE FROM people_access_log WHERE clinic = %s AND position = 3",
        "DELETE FROM people_access_log WHERE clinic = %s AND position = 5",
        CUT_AND_MOVED,
        "WITH gone AS (DELETE FROM people_access_head WHERE clinic = %s) DELETE FROM people_access_log WHERE clinic = %s",
        "UPDATE people_access_log SET position = -1 WHERE clinic = %s AND position = 4; "
        "UPDATE people_access_log SET position = 4 WHERE clinic = %s AND position = 5; "
        "UPDATE people_access_log SET position = 5 WHERE clinic = %s AND position = -1",
        "UPDATE people_access_log SET at = at + interval '1 second' WHERE clinic = %s AND position = 2",
        "UPDATE people_access_log SET patients = '{}' WHERE clinic = %s AND position = 1",
    ],
    ids=["edited", "deleted", "tail cut", "tail cut and head moved", "emptied", "swapped", "time moved", "patient removed"],
)
def test_a_superuser_who_meddles_is_found(clinic_id: UUID, sealed: Path, meddle: psycopg.Connection[Any], statement: str) -> None:
    assert meddle.execute(statement.replace("%s", f"'{clinic_id}'")).rowcount  # type: ignore[arg-type]
    assert chain.verify(clinic_id, read_seals(clinic_id, sealed, READS)).state == "broken"


def test_a_log_written_anew_is_found_by_the_seal(clinic_id: UUID, patient: Patient, sealed: Path, meddle: psycopg.Connection[Any]) -> None:
    """The tail is cut, the head moved back, and other rows grow in its place, hashed as the database hashes them."""
    meddle.execute(CUT_AND_MOVED.replace("%s", f"'{clinic_id}'"))  # type: ignore[arg-type]
    read_often(clinic_id, patient)
    assert chain.verify(clinic_id, Seals()).faults == ()
    (fault,) = chain.verify(clinic_id, read_seals(clinic_id, sealed, READS)).faults
    assert fault.startswith("row 5: not the one sealed on ")


def test_a_cut_tail_is_found_by_the_product_itself(clinic_id: UUID, sealed: Path, meddle: psycopg.Connection[Any], database_urls: Any) -> None:
    """The seals the worker writes, and `kairn verify` as an administrator runs it."""
    asked = ("--clinic", str(clinic_id), "--seals", str(sealed))
    whole = command(database_urls, *asked)
    assert (whole.returncode, f"The log of reads of clinic {clinic_id} is sound: 5 rows, sealed up to 5." in whole.stdout) == (0, True), whole.stdout
    meddle.execute(CUT_AND_MOVED.replace("%s", f"'{clinic_id}'"))  # type: ignore[arg-type]
    cut = command(database_urls, *asked, "--json")
    told = json.loads(cut.stdout)[0]
    assert (cut.returncode, told["state"], told["reads"]["state"]) == (1, "sound", "broken")
    assert told["reads"]["faults"][0].startswith("the chain ends at row 3, but row 5 was sealed on ")


def test_a_log_deleted_whole_is_still_looked_for(clinic_id: UUID, sealed: Path, meddle: psycopg.Connection[Any], database_urls: Any) -> None:
    for name in ("people_access_log", "people_access_head"):
        meddle.execute(f"DELETE FROM {name} WHERE clinic = '{clinic_id}'")  # type: ignore[arg-type]
    done = command(database_urls, "--seals", str(sealed))
    assert (done.returncode, f"The log of reads of clinic {clinic_id} is BROKEN" in done.stdout) == (1, True), done.stdout


def test_the_lead_reads_of_a_cut_tail(clinic_id: UUID, sealed: Path, meddle: psycopg.Connection[Any]) -> None:
    client = Client()
    client.force_login(member(clinic_id, "clinic-lead"))
    with override_settings(KAIRN_HOME=sealed.parent):
        assert "sealed outside the database up to row 5" in client.get(reverse("access_review")).content.decode()
        meddle.execute(CUT_AND_MOVED.replace("%s", f"'{clinic_id}'"))  # type: ignore[arg-type]
        assert "The chain does not hold." in client.get(reverse("access_review")).content.decode()


def test_a_row_written_during_the_walk_is_no_fault(clinic_id: UUID, patient: Patient, sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clinic goes on working while it is verified."""
    kept = chain._step

    def and_somebody_reads(walk: Any, row: AccessLog) -> None:
        kept(walk, row)
        if row.position == 1:
            read_often(clinic_id, patient)

    monkeypatch.setattr(chain, "_step", and_somebody_reads)
    assert chain.verify(clinic_id, read_seals(clinic_id, sealed, READS)).faults == ()
