"""The demo clinic at first start: made once by the owner, its sign-ins kept beside the data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from kairn.clinic.site.database import embedded, run_url
from kairn.clinic.site.guard import clinic_modes
from kairn.clinic.site.postgres import Cluster, empty
from kairn.clinic.site.refusal import CannotStart, cannot_start
from kairn.clinic.site.saying import Saying, SignIn
from kairn.clinic.site.stand import environment, migrate

UNFINISHED = "demo-unfinished"
SIGN_INS = "demo-sign-ins.json"


def ensure_demo(home: Path, saying: Saying) -> None:
    """Make the demo clinic where there is no clinic at all; a making that was broken off is begun afresh."""
    begin_afresh(home, saying)
    if not clinic_modes(run_url(home)):
        _make(home, saying)


def begin_afresh(home: Path, saying: Saying) -> None:
    """After a broken-off making, the database is emptied; only ever the embedded one, which held nothing but that."""
    unfinished = home / UNFINISHED
    if not unfinished.exists():
        return
    if not embedded():
        raise cannot_start("a demo clinic whose making was broken off", "a whole one, or none", "Empty that database and start again.", str(unfinished))
    saying.step("Making the demo clinic was broken off: beginning afresh")
    empty(Cluster(home))
    migrate(home)
    unfinished.unlink()


def known_sign_ins(home: Path) -> list[SignIn]:
    """The accounts of the demo clinic in this folder; none where it holds no demo."""
    kept = home / SIGN_INS
    return [SignIn(**each) for each in json.loads(kept.read_text(encoding="utf-8"))] if kept.exists() else []


def _make(home: Path, saying: Saying) -> None:
    saying.step("Making the demo clinic")
    unfinished = home / UNFINISHED
    unfinished.touch()
    made = _seed(home, saying)
    if made is None:
        saying.line("This version has no demo clinic: the doors open on an empty house.")
    else:
        _keep(home / SIGN_INS, made)
    unfinished.unlink()


def _seed(home: Path, saying: Saying) -> list[dict[str, str]] | None:
    command = [sys.executable, "-m", "kairn.clinic.site.seeding"]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
        child = subprocess.Popen(command, env=environment(home, "owner"), stdout=subprocess.PIPE, stderr=told, text=True)
        made: list[dict[str, str]] | None = None
        try:
            for line in child.stdout or ():
                said = json.loads(line)
                if "text" in said:
                    saying.step(said["text"], said["done"], said["total"])
                made = said.get("sign_ins", made)
        finally:
            failed = child.wait() != 0
        if failed:
            raise _failed(told)
    return made


def _failed(told: IO[str]) -> CannotStart:
    told.seek(0)
    lines = told.read().strip().splitlines() or ["nothing was said"]
    return cannot_start(f"a demo clinic that could not be made ({lines[-1]})", "one", "Start again: a half-made demo is thrown away.", "demo clinic")


def _keep(path: Path, made: list[dict[str, str]]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(made, file)
