"""The data folder: where it is, that it may be written, and the locks kept in it."""

from __future__ import annotations

import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from kairn.clinic.site.refusal import CannotStart, cannot_start
from kairn.library import places


def data_folder() -> Path:
    """The folder that keeps everything: KAIRN_HOME, or the usual place for a program's data."""
    return places.data_folder(os.environ)


def writable(home: Path) -> Path:
    """The same folder, made and tried; raises CannotStart when it cannot be written."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        raise _unwritable(home, error) from error
    return home


def _unwritable(home: Path, error: OSError) -> CannotStart:
    said = error.strerror or str(error)
    return cannot_start(
        f"a data folder that cannot be written ({said.lower()})",
        "a folder this user may write",
        "Give the folder to this user, or set KAIRN_HOME to another one: KAIRN_HOME=~/kairn-data make run",
        str(home),
    )


@contextmanager
def locked(path: Path) -> Iterator[IO[str]]:
    """Hold a lock file while the block runs, waiting for whoever holds it now; the system lets go when a process dies."""
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def try_lock(path: Path) -> IO[str] | None:
    """The open, locked file, or None when another process holds it."""
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def kept_secret(name: str, home: Path | None = None) -> str:
    """A secret made once and kept in the data folder, readable by its owner only."""
    path = writable(home or data_folder()) / name
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_secret(path)
    with os.fdopen(made, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(64))
    return _read_secret(path)


def _read_secret(path: Path) -> str:
    kept = path.read_text(encoding="ascii").strip()
    if not kept:
        raise cannot_start("an empty secret", "the secret made at first start", "Remove the file; everyone then signs in again.", str(path))
    return kept
