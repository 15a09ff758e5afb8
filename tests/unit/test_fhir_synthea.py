"""Twenty-two synthetic patients of another make, where the folder KAIRN_TEST_DATA is given."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kairn.fhir.report import Outcome
from kairn.record.payloads import DeathRecorded, Observed, Referred
from tests.bundle_walks import of, recorded, taken

FOLDER = Path(os.environ.get("KAIRN_TEST_DATA", "")) / "fhir_r4_synthea"
FILES = sorted(FOLDER.glob("*.json.gz")) if os.environ.get("KAIRN_TEST_DATA") else []
pytestmark = pytest.mark.skipif(not FILES, reason="KAIRN_TEST_DATA names no folder with fhir_r4_synthea/*.json.gz")


def test_all_are_here() -> None:
    listed = json.loads((FOLDER / "MANIFEST.json").read_text())["bundles"]
    assert {path.name.removesuffix(".gz") for path in FILES} == {bundle["file"] for bundle in listed}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[:12])
def test_each_is_taken_accounted_for_and_taken_once(path: Path) -> None:
    raw = path.read_bytes()
    first = taken(raw)
    listed = next(bundle for bundle in json.loads((FOLDER / "MANIFEST.json").read_text())["bundles"] if f"{bundle['file']}.gz" == path.name)
    assert {kind: sum(counts.values()) for kind, counts in first.report.table()} == listed["types"]
    assert first.report.count(Outcome.TAKEN) > 1
    again = taken(raw, recorded(first))
    assert not again.drafts and not again.report.count(Outcome.TAKEN)


def test_pressures_are_found_and_the_dead_are_dead() -> None:
    found = [taken(path.read_bytes()) for path in FILES]
    pressures = [reading for one in found for payload in of(one, Observed) for reading in payload.readings if reading.fact == "systolic"]
    assert len(pressures) == 141
    dead = [one for one in found if of(one, DeathRecorded)]
    assert len(dead) == 6 and not any(of(one, Referred) for one in dead)
    assert sum(bool(payload.cause) for one in dead for payload in of(one, DeathRecorded)) == 5
