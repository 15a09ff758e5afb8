"""A house of a test's own: its folder, its environment, and the `kairn` command run in it as a person would."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

PATIENCE = 90
HIDDEN = ("KAIRN_DATABASE_URL", "KAIRN_DATABASE_OWNER_URL", "KAIRN_DATABASE_ROLE", "KAIRN_ORIGIN", "KAIRN_PORT")


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a person's shell would hold."""
    return {key: value for key, value in os.environ.items() if key not in HIDDEN} | {"KAIRN_HOME": str(home), "COLUMNS": "200"} | more


def kairn(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command, run to its end."""
    command = [sys.executable, "-m", "kairn", *words]
    return subprocess.run(command, env=environment(home, **more), capture_output=True, text=True, timeout=PATIENCE)


def a_free_port() -> int:
    """A port nobody listens on."""
    with closing(socket.socket()) as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def is_open(port: int) -> bool:
    """Whether somebody answers there."""
    with closing(socket.socket()) as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def fetch(port: int, path: str) -> tuple[int, str]:
    """Status and text of a page."""
    with urllib.request.urlopen(f"http://localhost:{port}{path}", timeout=30) as answer:
        return answer.status, answer.read().decode()


@contextmanager
def serving(home: Path, *words: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """`kairn` with these words, open for as long as the block lasts; it must leave with exit code 0 when asked to."""
    command = [sys.executable, "-m", "kairn", *words]
    child = subprocess.Popen(command, env=environment(home, **more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
        said, _ = child.communicate(timeout=PATIENCE)
    assert child.returncode == 0, said
    assert "Traceback" not in said and "Warning" not in said, said


def until_said(child: subprocess.Popen[str], words: str) -> str:
    """Everything said until a line that holds these words."""
    said = ""
    for line in child.stdout or ():
        said += line
        if words in line:
            return said
    raise AssertionError(f"It ended without saying {words!r}:\n{said}")


def until(true: object, seconds: float = PATIENCE) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end, "It did not come true in time."
        time.sleep(0.1)


def processes(home: Path) -> list[int]:
    """Everything that still runs on this folder."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            told = (each / "environ").read_bytes() + (each / "cmdline").read_bytes()
        except OSError:
            continue
        if str(home).encode() in told and int(each.name) != os.getpid():
            found.append(int(each.name))
    return found
