"""`kairn monitor replay` without a clinic: what it says, and with which exit code; sending is walked in a browser's journey."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kairn.cli import kairn
from kairn.clinic.exchange.monitor.send import address, first_moment

DIRTY = "t_s,HR,SpO2\n0,72,97\n60,0,96\n120,NaN,95\n"


def replay(file: Path, *words: str) -> Result:
    """The command, run."""
    return CliRunner().invoke(kairn, ["monitor", "replay", str(file), *words], env={"KAIRN_MONITOR_TOKEN": ""})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "night.csv"
    made.write_text(DIRTY, encoding="utf-8")
    return made


def test_a_dry_run_says_what_is_none_and_why(file: Path) -> None:
    done = replay(file, "--dry-run")
    assert done.exit_code == 0, done.output
    assert "3 rows, 6 values: 4 readings, 2 none." in done.output and "0 is the monitor's way" in done.output
    assert "nothing was sent" in done.output and "not an alarm system" in done.output


def test_for_scripts_it_is_one_object(file: Path) -> None:
    plain: dict[str, Any] = json.loads(replay(file, "--dry-run", "--json").output)
    assert plain["dry_run"] and plain["accepted"] == {"heart_rate": 1, "spo2": 3} and len(plain["rejected"]) == 2


def test_a_line_that_is_no_row_shows_in_the_exit_code(file: Path) -> None:
    file.write_text(DIRTY + "x,1,2\n", encoding="utf-8")
    done = replay(file, "--dry-run")
    assert done.exit_code == 1 and "line 5" in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--dry-run"),
        (("--url", "ftp://x"), "http://"),
        (("--url", "http://x"), "--visit"),
        (("--url", "http://x", "--visit", "v"), "KAIRN_MONITOR_TOKEN"),
        (("--dry-run", "--kind", "toaster"), "one of bedside"),
    ],
)
def test_what_cannot_be_tried_is_a_sentence(file: Path, words: tuple[str, ...], said: str) -> None:
    done = replay(file, *words)
    assert done.exit_code == 2 and said in done.output


def test_no_such_file_is_a_sentence(tmp_path: Path) -> None:
    assert replay(tmp_path / "none.csv", "--dry-run").exit_code == 2


def test_a_clinic_that_does_not_answer_stops_with_a_sentence(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kairn.clinic.exchange.monitor.send.WAIT_SECONDS", 0)
    done = replay(file, "--url", "http://127.0.0.1:9", "--visit", "v", "--token", "t")
    assert done.exit_code == 1 and "does not answer" in done.output and "stays one row" in done.output


def test_a_dry_run_needs_no_django(file: Path) -> None:
    words = "import sys; from click.testing import CliRunner; from kairn.cli import kairn; "
    code = words + f"CliRunner().invoke(kairn, ['monitor', 'replay', {str(file)!r}, '--dry-run']); print('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


def test_the_latest_row_is_sent_the_moment_it_is_dated() -> None:
    now, hour = datetime(2026, 11, 22, 9, tzinfo=UTC), timedelta(hours=1)
    assert first_moment(now, hour, 0) == now - hour
    assert first_moment(now, hour, 1) == now
    assert first_moment(now, hour, 60) + hour == now + hour / 60


def test_the_door_of_a_visit_is_found_from_the_clinics_address() -> None:
    door = "http://localhost:8000/visits/v/monitor/rows"
    assert address("http://localhost:8000/", "v") == address(door, "") == door
