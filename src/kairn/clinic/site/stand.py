"""A database to stand on, and the environment of the processes that stand on it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kairn.clinic.site.database import OWNER_URL, ROLE, embedded, owner_url, run_url
from kairn.clinic.site.home import data_folder, writable
from kairn.clinic.site.postgres import in_use
from kairn.clinic.site.refusal import cannot_start

SETTINGS = "kairn.clinic.site.settings"
SIGNAL_WHEN_PARENT_ENDS = 1
NEEDS_MIGRATION = 75
"""The exit code of a web server whose tables are of another version."""


@contextmanager
def standing(home: Path | None = None) -> Iterator[Path]:
    """The data folder, with a database that runs for as long as the block lasts."""
    folder = writable(home or data_folder()).resolve()
    if not embedded():
        yield folder
        return
    with in_use(folder):
        yield folder


@contextmanager
def django_standing(role: str = "run") -> Iterator[Path]:
    """The same with Django set up in this process, for a command that reads or writes the clinic; `role` is run or owner."""
    with standing() as home:
        os.environ.update(environment(home, role))
        import django

        django.setup()
        yield home


def environment(home: Path, role: str, **more: str) -> dict[str, str]:
    """What a child process is told; one that runs the clinic never learns the owner's address."""
    told = {**os.environ, "KAIRN_HOME": str(home), "DJANGO_SETTINGS_MODULE": SETTINGS, ROLE: role, **more}
    if role == "owner":
        told[OWNER_URL] = owner_url(home)
    else:
        told.pop(OWNER_URL, None)
    return told


def migrate(home: Path) -> None:
    """Bring the tables up to date as their owner, in a process of its own."""
    ran = run_as_owner(home, ["-m", "django", "migrate", "--verbosity", "0", "--skip-checks"])
    if ran.returncode != 0:
        said = (ran.stderr or "").strip().splitlines()[-1:] or ["nothing was said"]
        raise cannot_start(f"a migration that failed ({said[0]})", "tables of this version", "Nothing was half-changed; see the line above.", run_url(home))


def run_as_owner(home: Path, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run Python with these words as the owner of the tables; its output is kept."""
    return subprocess.run([sys.executable, *words], env=environment(home, "owner"), capture_output=True, text=True)


def die_with_parent() -> None:
    """On Linux, ask to be told to stop when the supervisor is gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SIGNAL_WHEN_PARENT_ENDS, signal.SIGTERM)
