"""Cold `make run` to the first page, from a copy of the tree with nothing installed, and starts after it: python bench/start.py [--cold 3] [--rounds 5]."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from measuring import say, spread

ROOT = Path(__file__).resolve().parents[1]
PAGE = "/accounts/login/"
PATIENCE = 180
TAIL_LINES = 12
PAUSE = 0.02


ABOUT = """Seconds from the command to the first page answered, in a copy of the tracked files. *Cold* finds no environment and no data: it installs everything
(from the package registry this machine is set up for, so the network and uv's cache on this machine are in it), makes the database, the tables and the
demo clinic. *Warm* finds all of it."""


@click.command()
@click.option("--cold", default=3, show_default=True, help="How many first starts, with everything to install.")
@click.option("--rounds", default=5, show_default=True, help="How many starts after that.")
def main(cold: int, rounds: int) -> None:
    """Print JSON: seconds from the command to the first page answered."""
    with tempfile.TemporaryDirectory(prefix="kairn-bench-") as folder:
        cold_starts = [first_start(Path(folder) / str(each)) for each in range(cold)]
        warm_starts = [started(Path(folder) / "0", ["make", "run"]) for _ in range(rounds)]
    say("start", ABOUT, [{"what": "cold `make run` to first page", **spread(cold_starts)}, {"what": "warm `make run` to first page", **spread(warm_starts)}])


def first_start(tree: Path) -> float:
    """Seconds of a first start: a copy of the tracked files, and nothing else."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    return started(tree, ["make", "run"])


def started(tree: Path, command: list[str]) -> float:
    """Seconds until the first page answers; the clinic is stopped again."""
    port = free_port()
    told = os.environ | {"KAIRN_HOME": str(tree / "data"), "VENV": str(tree / ".venv")}
    begun = time.perf_counter()
    with running([*command, f"PORT={port}"], tree, told) as child:
        while not answers(port):
            if child.poll() is not None or time.perf_counter() - begun > PATIENCE:
                said = (tree / "said.txt").read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]
                raise click.ClickException("\n".join(["It did not get up. It said:", *said]))
            time.sleep(PAUSE)
        return time.perf_counter() - begun


@contextmanager
def running(command: list[str], tree: Path, told: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The command for as long as the block lasts, ended as Ctrl-C would end it."""
    with (tree / "said.txt").open("ab") as said:
        child = subprocess.Popen(command, cwd=tree, env=told, stdout=said, stderr=said, start_new_session=True)
        try:
            yield child
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGINT)
            child.wait(PATIENCE)


def answers(port: int) -> bool:
    """Whether the sign-in page is there."""
    try:
        with urllib.request.urlopen(f"http://localhost:{port}{PAGE}", timeout=30) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        raise click.ClickException(f"It got up and answered {PAGE} with {error.code}.") from error
    except OSError:
        return False


def free_port() -> int:
    """A port nobody listens on."""
    with closing(socket.socket()) as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


if __name__ == "__main__":
    main()
