"""The kill harness, short: nothing acknowledged is lost, and a program that acknowledges too soon is caught."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

KILL = Path(__file__).parents[1] / "soak" / "kill.py"


def killed(*words: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the proof of one short run on a server of its own."""
    told = {key: value for key, value in os.environ.items() if not key.startswith("KAIRN_")}
    done = subprocess.run([sys.executable, str(KILL), *words], env=told, capture_output=True, text=True)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_no_acknowledged_event_is_lost_to_kill_9() -> None:
    code, proof = killed("--kills", "4", "--writers", "8")
    assert (code, proof["lost"], proof["chain"]) == (0, 0, "sound"), proof
    assert proof["n"] > 0
    assert (proof["app_kills"], proof["database_kills"], proof["writers"]) == (2, 2, 8)


def test_acknowledging_before_the_commit_is_caught() -> None:
    code, proof = killed("--kills", "4", "--writers", "8", "--plant", "ack-before-commit")
    assert code == 1
    assert proof["lost"] > 0
