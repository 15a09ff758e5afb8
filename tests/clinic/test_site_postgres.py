"""The launcher of the embedded server: starts once, is found again, survives a crash, and stops when the last user leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from kairn.clinic.site import binaries, postgres
from kairn.clinic.site.postgres import Cluster, in_use, start
from kairn.clinic.site.refusal import CannotStart

pytestmark = pytest.mark.xdist_group("site-postgres")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = start(tmp_path_factory.mktemp("house"))
    yield made
    made.stop()
    assert not made.running()


def number(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])


def asked(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as database:
        row = database.execute(question).fetchone()
    return row[0] if row else None


def test_a_second_start_finds_the_first_server(cluster: Cluster) -> None:
    before = number(cluster)
    again = start(cluster.home)
    assert number(again) == before
    assert again.run_url == cluster.run_url


def test_many_starts_at_once_are_one_server(tmp_path: Path) -> None:
    numbers: list[int] = []
    threads = [threading.Thread(target=lambda: numbers.append(number(start(tmp_path)))) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    start(tmp_path).stop()
    assert len(numbers) == 6 and len(set(numbers)) == 1


def test_the_roles_are_who_they_say(cluster: Cluster) -> None:
    assert asked(cluster.owner_url, "SELECT current_user") == "kairn_owner"
    assert asked(cluster.run_url, "SELECT current_user") == "kairn_app"
    assert asked(cluster.superuser_url, "SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolsuper") == "postgres"
    assert asked(cluster.run_url, "SELECT count(*) FROM pg_extension WHERE extname = 'btree_gist'") == 1


def test_the_running_role_can_make_nothing(cluster: Cluster) -> None:
    for attempt in ("CREATE TABLE mine (a int)", "CREATE SCHEMA mine", "CREATE DATABASE mine"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            asked(cluster.run_url, attempt)


def test_it_keeps_what_it_has_acknowledged_and_listens_to_no_network(cluster: Cluster) -> None:
    told = {name: asked(cluster.run_url, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses")}
    assert told == {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "listen_addresses": ""}
    assert asked(cluster.run_url, "SHOW log_min_error_statement") == "panic", "a statement in the log would hold what was charted"


def test_the_socket_is_its_owners_only(cluster: Cluster) -> None:
    assert cluster.socket_folder.stat().st_mode & 0o077 == 0


def test_after_a_kill_it_starts_again_with_what_was_committed(tmp_path: Path) -> None:
    cluster = start(tmp_path)
    with psycopg.connect(cluster.owner_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 1 AS one")
    os.kill(number(cluster), signal.SIGKILL)
    again = start(tmp_path)
    assert asked(again.owner_url, "SELECT count(*) FROM kept") == 1
    again.stop()


def test_a_stale_number_worn_by_another_program_does_not_keep_it_down(tmp_path: Path) -> None:
    cluster = start(tmp_path)
    note = (cluster.data / "postmaster.pid").read_text().split("\n")
    cluster.stop()
    (cluster.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *note[1:]]))
    again = start(tmp_path)
    assert again.running()
    again.stop()


def test_the_last_user_out_stops_it(tmp_path: Path) -> None:
    with in_use(tmp_path) as first:
        with in_use(tmp_path):
            pass
        assert first.running(), "somebody still used it"
    assert not first.running()


def test_a_long_folder_gets_a_short_socket(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 20)
    cluster = start(home)
    assert cluster.socket_folder.parent != cluster.home
    assert cluster.running()
    cluster.stop()
    assert not cluster.socket_folder.exists()


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres.tempfile, "gettempdir", lambda: str(tmp_path))
    cluster = Cluster(tmp_path / ("long" * 20))
    (tmp_path / "elsewhere").mkdir()
    cluster.socket_folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotStart, match="belongs to somebody else"):
        start(cluster.home)


def test_data_of_another_major_version_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(CannotStart, match="PostgreSQL 9, which made the data"):
        start(tmp_path)


def test_without_any_programs_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "installed", lambda: ())
    with pytest.raises(CannotStart, match="apt-get install postgresql"):
        binaries.find_binaries()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step down")
def test_root_without_namespaces_runs_it_as_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_namespace", lambda _user: binaries.Disguise(("false",)))
    binaries.disguise.cache_clear()
    try:
        if binaries.disguise().words[0] != "setpriv":
            pytest.skip("setpriv is not on this machine")
        cluster = start(tmp_path)
        owner = os.stat(f"/proc/{number(cluster)}").st_uid
        cluster.stop()
        assert owner == binaries.disguise().owner != 0
    finally:
        binaries.disguise.cache_clear()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step down")
def test_the_other_user_may_use_programs_that_lie_in_a_closed_folder_of_root(tmp_path: Path) -> None:
    """As in /root. A program that asks by access() before it opens is asked itself here: test -x."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "program").touch(mode=0o755)
    other = binaries._other_user(binaries._stand_in())
    if not binaries._works(other):
        pytest.skip("setpriv is not on this machine")
    assert subprocess.run([*other.words, "test", "-x", str(closed / "program")]).returncode == 0


@pytest.mark.skipif(os.geteuid() != 0 or not binaries._works(binaries._other_user(binaries._stand_in())), reason="needs root that may step down by setpriv")
def test_a_root_that_may_not_set_such_bits_steps_down_without_them() -> None:
    without = ("setpriv", "--bounding-set=-setpcap", "--inh-caps=-setpcap", sys.executable, "-c")
    asked = "from kairn.clinic.site import binaries; binaries._namespace = lambda _: binaries.Disguise(('false',)); print(*binaries.disguise().words)"
    told = subprocess.run([*without, asked], capture_output=True, text=True, check=True).stdout.split()
    assert told[0] == "setpriv" and not any(word.startswith("--securebits") for word in told)


@pytest.mark.skipif(len(binaries.installed()) < 2, reason="this machine has no second PostgreSQL")
def test_a_system_postgresql_serves_where_the_wheel_is_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = tuple(each for each in binaries.installed() if each.origin == "this system")
    monkeypatch.setattr(binaries, "installed", lambda: system)
    cluster = start(tmp_path)
    assert str(asked(cluster.run_url, "SHOW server_version_num")).startswith(str(system[0].major))
    cluster.stop()
