"""The soaks, short: one effect of a form sent again, no entry lost or shown late, no garbage of a monitor taken; a program that does otherwise is caught."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SOAK = Path(__file__).parents[1] / "soak"


def soaked(name: str, *words: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the proof of one short run on a server of its own."""
    told = {key: value for key, value in os.environ.items() if not key.startswith("KAIRN_")}
    done = subprocess.run([sys.executable, str(SOAK / name), *words], env=told, capture_output=True, text=True)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("name", ["repeat.py", "charting.py", "stock.py", "monitor_rows.py", "chairs.py", "offline.py"])
def test_nothing_is_lost(name: str) -> None:
    code, proof = soaked(name, "--short")
    assert (code, proof["lost"]) == (0, 0), json.dumps(proof, indent=1)
    assert proof["n"] > 0


def test_a_form_that_forgets_its_id_is_caught() -> None:
    code, proof = soaked("repeat.py", "--requests", "3", "--plant", "fresh-id")
    assert code == 1 and proof["lost"] == proof["n"] == 3


def test_an_entry_that_gives_up_when_somebody_was_faster_is_caught() -> None:
    code, proof = soaked("charting.py", "--rounds", "1", "--plant", "gives-up-when-late")
    assert code == 1 and proof["lost"] > 0


def test_a_balance_that_is_looked_at_and_then_written_is_caught() -> None:
    code, proof = soaked("stock.py", "--rounds", "5", "--plant", "check-then-insert")
    assert code == 1 and proof["overdrawn"] > 0


def test_a_reader_that_takes_all_for_readings_is_caught() -> None:
    code, proof = soaked("monitor_rows.py", "--rows", "200", "--plant", "keeps-all")
    assert code == 1 and proof["wrongly read"] > 0


def test_a_screen_that_hears_late_is_caught() -> None:
    code, proof = soaked("chairs.py", "--short", "--plant", "hears-late")
    assert code == 1 and proof["late on a screen"] > 0, proof


def test_a_form_sent_twice_under_two_ids_is_caught() -> None:
    code, proof = soaked("chairs.py", "--short", "--plant", "sends-twice")
    assert code == 1 and proof["entries twice"] == proof["n"] > 0, proof


@pytest.mark.parametrize(
    ("plant", "cycles", "counted"), [("forgets-one", "1", ""), ("sender-signs", "4", "another author"), ("time-of-sending", "1", "wrong time")]
)
def test_a_tablet_that_forgets_or_tells_another_author_or_time_is_caught(plant: str, cycles: str, counted: str) -> None:
    code, proof = soaked("offline.py", "--cycles", cycles, "--plant", plant)
    assert code == 1 and proof["lost"] > 0 and (not counted or proof[counted] > 0), proof
