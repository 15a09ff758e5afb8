"""`kairn import`: files and folders, words for people, JSON for scripts, and honest exit codes."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from tests import bundles

SYNTHEA = Path(os.environ.get("KAIRN_TEST_DATA", "")) / "fhir_r4_synthea"


def ran(*words: object) -> Result:
    from kairn.clinic.exchange.commands import import_

    return CliRunner().invoke(import_, [str(word) for word in words], catch_exceptions=False)


def told(clinic: UUID, *words: object) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of an import into this clinic."""
    result = ran(*words, "--clinic", clinic, "--json")
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One good record plain, one gzipped, one broken, one that is no FHIR, one that is no JSON at all."""
    (tmp_path / "nadia.json").write_bytes(bundles.living_adult())
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "dead.json.gz").write_bytes(gzip.compress(bundles.dead_adult().replace(bundles.NADIA.encode(), b"other")))
    (tmp_path / "list.json").write_text('{"files": 2}')
    (tmp_path / "readme.txt").write_text("no record")
    return tmp_path


def test_a_folder_is_taken_and_what_is_no_fhir_is_passed_over(clinic_id: UUID, folder: Path) -> None:
    code, said = told(clinic_id, folder)
    assert code == 0 and said["adds_up"] and said["entries"] == 12
    assert said["totals"] == {"files": 3, "taken": 2, "refused": 0, "passed_over": 1, "new_people": 2, "events": 8 + 4}
    code, said = told(clinic_id, folder)
    assert code == 0 and said["totals"]["events"] == 0 and said["totals"]["new_people"] == 0


def test_one_broken_file_does_not_stop_the_others(clinic_id: UUID, folder: Path) -> None:
    (folder / "broken.json").write_bytes(bundles.living_adult()[:-7])
    code, said = told(clinic_id, folder)
    (refused,) = (file for file in said["files"] if file["state"] == "refused")
    assert code == 1 and said["totals"]["taken"] == 2
    assert refused["file"].endswith("broken.json") and "line 1" in refused["problem"]["where"] and refused["problem"]["mend"]


def test_a_file_named_itself_is_never_passed_over(clinic_id: UUID, folder: Path) -> None:
    code, said = told(clinic_id, folder / "list.json")
    assert code == 1 and said["files"][0]["state"] == "refused"


def test_two_hundred_megabytes_are_refused_before_they_are_read(clinic_id: UUID, tmp_path: Path) -> None:
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(200_000_000)
    code, said = told(clinic_id, tmp_path)
    assert code == 1 and "200,000,000 bytes" in said["files"][0]["problem"]["seen"]


def test_no_name_of_a_person_goes_to_scripts(clinic_id: UUID, folder: Path) -> None:
    assert "Okafor" not in ran(folder, "--clinic", clinic_id, "--json").stdout


def test_a_dry_run_records_nothing(clinic_id: UUID, folder: Path) -> None:
    code, said = told(clinic_id, folder, "--dry-run")
    assert code == 0 and said["dry_run"] and said["totals"]["events"] == 0 and said["types"]["Observation"]["taken"] == 3
    assert told(clinic_id, folder)[1]["totals"]["new_people"] == 2


def test_people_are_told_in_words(clinic_id: UUID, folder: Path) -> None:
    said = ran(folder, "--clinic", clinic_id).stdout
    assert "8 entries: 7 taken, 1 left." in said and "1 Claim left: billing is not kept" in said
    assert "3 files: 2 taken, 0 refused, 1 passed over; 12 new events for 2 people, 2 of them new here." in said


@pytest.mark.parametrize("words", [["--clinic", "no such clinic"], []])
def test_a_clinic_must_be_named_where_there_are_several(clinic_id: UUID, folder: Path, words: list[str]) -> None:
    from kairn.clinic.people.accounts import new_clinic

    new_clinic("Harbour")
    result = ran(folder, *words, "--json")
    assert result.exit_code == 2 and "--clinic" in json.loads(result.stdout)["sentence"]


def test_a_file_that_is_not_there_is_a_matter_of_usage(clinic_id: UUID, tmp_path: Path) -> None:
    assert ran(tmp_path / "nothing.json").exit_code == 2
    assert ran(tmp_path, "--clinic", clinic_id).exit_code == 2


@pytest.mark.skipif(not os.environ.get("KAIRN_TEST_DATA"), reason="KAIRN_TEST_DATA names no folder with fhir_r4_synthea/*.json.gz")
def test_twenty_two_synthetic_people(clinic_id: UUID) -> None:
    from django.db import connection

    code, said = told(clinic_id, SYNTHEA)
    assert code == 0 and said["adds_up"]
    assert (said["totals"]["taken"], said["totals"]["new_people"], said["entries"]) == (22, 22, 5287)
    with connection.cursor() as cursor:
        cursor.execute("SELECT stage, count(*) FROM ledger_standing WHERE clinic = %s GROUP BY stage", [clinic_id])
        assert dict(cursor.fetchall()) == {"referral": 16, "died": 6}
        cursor.execute("SELECT board->'due' FROM ledger_standing WHERE clinic = %s AND stage = 'died'", [clinic_id])
        assert all(due in ([], "[]") for (due,) in cursor.fetchall())
    code, said = told(clinic_id, SYNTHEA)
    assert code == 0 and said["totals"]["events"] == 0
