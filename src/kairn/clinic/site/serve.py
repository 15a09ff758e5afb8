"""The supervisor: the database, the web servers and the worker get up together, are kept up, and go down together."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kairn.clinic.site.address import Door, is_loopback, listen
from kairn.clinic.site.database import embedded, run_url
from kairn.clinic.site.demo_clinic import begin_afresh, ensure_demo, known_sign_ins
from kairn.clinic.site.guard import check_database, demo_stays_home, holds_tables
from kairn.clinic.site.home import data_folder, try_lock, writable
from kairn.clinic.site.postgres import Cluster, start
from kairn.clinic.site.refusal import CannotStart, cannot_start
from kairn.clinic.site.saying import Saying
from kairn.clinic.site.stand import NEEDS_MIGRATION, environment, migrate, standing

READY_SECONDS = 90
ROUND_SECONDS = 1.0
STOP_SECONDS = 8
MOST_RESTARTS = 20
WINDOW_SECONDS = 60
MOST_WEB_SERVERS = 4
CONNECTIONS = 48
"""To the database, shared out among the web servers; PostgreSQL's own default allows a hundred, and others want some."""


@dataclass
class House:
    """A clinic that is up: its folder, its door, its processes."""

    home: Path
    door: Door
    sockets: list[socket.socket]
    saying: Saying
    web_servers: int = 1
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    restarts: list[float] = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        """What its web servers and worker are told."""
        names = ",".join(name for name in self.door.names if name not in ("localhost", "127.0.0.1", "::1"))
        told = {"KAIRN_DATABASE_POOL": str(CONNECTIONS // self.web_servers), "KAIRN_HOSTS": names, "KAIRN_PORT": str(self.door.port), **more}
        if self.door.secure:
            told |= {"KAIRN_TLS": "1", "KAIRN_TLS_CERT": str(self.door.certificate), "KAIRN_TLS_KEY": str(self.door.key)}
            told["KAIRN_TLS_LOCAL"] = "1" if self.door.authority else "0"
        return environment(self.home, "run", **told)

    @property
    def web_names(self) -> list[str]:
        """Its web servers, as `processes` calls them."""
        return [f"web server {number + 1}" for number in range(self.web_servers)]


def serve(door: Door, saying: Saying, *, demo: bool = False, web_servers: int | None = None) -> None:
    """Run the clinic until it is told to stop, with so many web servers (None: one for each processor, up to four); raises CannotStart with a sentence."""
    home = writable(data_folder()).resolve()
    with ExitStack() as held:
        held.enter_context(one_copy(home, door))
        house = House(home, door, listen(door), saying, web_servers or min(MOST_WEB_SERVERS, processors()))
        for each in house.sockets:
            held.enter_context(closing(each))
        held.enter_context(polite_stop(saying))
        with saying.getting_up():
            saying.step("Starting the database")
            held.enter_context(standing(home))
            held.callback(stop_processes, house)
            _prepare(house, demo=demo)
            _open_doors(house)
        _welcome(house)
        _keep_up(house)


@contextmanager
def one_copy(home: Path, door: Door) -> Iterator[None]:
    """Hold the folder's lock; a second copy on the same folder gets a sentence that says where the first one is."""
    path = home / "serving.lock"
    held = try_lock(path)
    if held is None:
        raise _second_copy(home, path)
    with held:
        held.truncate(0)
        held.write(f"{door.url} (process {os.getpid()})")
        held.flush()
        yield


def _second_copy(home: Path, path: Path) -> CannotStart:
    first = path.read_text(encoding="utf-8") or "an unknown address"
    return cannot_start(
        f"another copy of Kairn running on this data folder, at {first}",
        "one copy per folder",
        "Use that one, stop it, or start a second clinic in a folder of its own: KAIRN_HOME=~/another make run PORT=8001",
        str(home),
    )


@contextmanager
def polite_stop(saying: Saying) -> Iterator[None]:
    """Ctrl-C and a stop from the system end the block quietly; a second Ctrl-C does not break the first one's work."""
    # A shell that starts us in the background has Ctrl-C ignored; asked for by name it is heard again.
    before = {each: signal.signal(each, _interrupt) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        saying.line("Stopped. Everything is kept for the next start.")
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _prepare(house: House, *, demo: bool) -> None:
    url = run_url(house.home)
    check_database(url)
    if not holds_tables(url):
        house.saying.step("Making the tables")
        migrate(house.home)
    begin_afresh(house.home, house.saying)
    if demo:
        ensure_demo(house.home, house.saying)
    demo_stays_home(url, loopback=is_loopback(house.door.host) and not os.environ.get("KAIRN_ORIGIN"))


def _open_doors(house: House) -> None:
    house.saying.step("Opening the doors")
    if not _start_web(house, house.web_names):
        house.saying.step("Bringing the tables up to date")
        migrate(house.home)
        if not _start_web(house, house.web_names):
            raise cannot_start("tables of another version after a migration", "tables of this version", "kairn doctor looks for causes.", "web server")
    _start_worker(house)


def _start_web(house: House, names: list[str]) -> bool:
    """True once they answer, False where the tables are of another version; any other end is a sentence."""
    hearing = {name: _spawn_web(house, name) for name in names}
    codes = [_ready(house.processes[name], hears) for name, hears in hearing.items()]
    if all(code == 0 for code in codes):
        return True
    for name in names:
        _end(house.processes[name])
    if NEEDS_MIGRATION in codes:
        return False
    code = next(code for code in codes if code)
    raise cannot_start(f"a web server that did not get up (exit code {code})", "one that answers", "What it said stands above.", "web server")


def _spawn_web(house: House, name: str) -> int:
    """Start one; answers where it says that it is ready."""
    hears, says = os.pipe()
    numbers = [each.fileno() for each in house.sockets]
    told = house.environment(KAIRN_SOCKETS=",".join(map(str, numbers)), KAIRN_READY=str(says))
    house.processes[name] = _spawn("kairn.clinic.site.web", told, (*numbers, says))
    os.close(says)
    return hears


def _ready(child: subprocess.Popen[bytes], hears: int) -> int:
    """0 once it answers, or the code with which it ended; one that says nothing is ended."""
    ready = _answers(hears)
    os.close(hears)
    return 0 if ready else _end(child)


def _answers(hears: int) -> bool:
    readable, _, _ = select.select([hears], [], [], READY_SECONDS)
    return bool(readable) and os.read(hears, 1) == b"1"


def _end(child: subprocess.Popen[bytes]) -> int:
    try:
        return child.wait(1)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def _start_worker(house: House) -> None:
    house.processes["worker"] = _spawn("kairn.clinic.site.work", house.environment(KAIRN_DATABASE_POOL="0"), ())


def _spawn(module: str, told: dict[str, str], kept: tuple[int, ...]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches the supervisor only, which then stops its children in order.
    return subprocess.Popen([sys.executable, "-m", module], env=told, pass_fds=kept, stdin=subprocess.DEVNULL, start_new_session=True)


def _welcome(house: House) -> None:
    saying = house.saying
    saying.line(f"Kairn is open at {house.door.url}")
    if house.door.secure:
        saying.line(f"Bring tablets in at {house.door.url}tablets")
    if house.door.authority:
        saying.line(f"Fingerprint of this clinic's certificate authority: {house.door.authority}")
    made = known_sign_ins(house.home)
    if made:
        saying.sign_ins(made)
    saying.line(f"Data: {house.home}. Stop with Ctrl-C.")


def _keep_up(house: House) -> None:
    while True:
        time.sleep(ROUND_SECONDS)
        if embedded() and not Cluster(house.home).running():
            _again(house, "database")
            start(house.home)
            # The worker listens on one connection of its own, which went with the server: a fresh one listens again.
            house.processes["worker"].kill()
        gone = [name for name in house.web_names if house.processes[name].poll() is not None]
        if gone:
            _again(house, "web server")
            _try(house, gone)
        if house.processes["worker"].poll() is not None:
            _again(house, "worker")
            _start_worker(house)


def _try(house: House, gone: list[str]) -> None:
    # The database may have gone in the same moment: the next round starts it, then these.
    try:
        _start_web(house, gone)
    except CannotStart as refusal:
        house.saying.line(refusal.message)


def _again(house: House, name: str) -> None:
    now = time.monotonic()
    house.restarts = [each for each in house.restarts if now - each < WINDOW_SECONDS] + [now]
    if len(house.restarts) > MOST_RESTARTS:
        raise cannot_start(f"a {name} that keeps stopping", "one that stays up", "What it said stands above; kairn doctor looks for causes.", name)
    house.saying.line(f"The {name} stopped by itself; starting it again.")


def stop_processes(house: House) -> None:
    """Ask each to end, wait, and end those that do not."""
    heard = {each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGINT, signal.SIGTERM)}
    children = [child for child in house.processes.values() if child.poll() is None]
    for child in children:
        child.terminate()
    until = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    for each, handler in heard.items():
        signal.signal(each, handler)
