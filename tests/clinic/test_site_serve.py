"""The running product, from outside: real processes, real ports, real refusals."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from site_house import a_free_port, environment, fetch, is_open, kairn, processes, serving, until, until_said

from kairn.clinic.site.demo_clinic import UNFINISHED, known_sign_ins
from kairn.clinic.site.postgres import Cluster
from kairn.clinic.site.saying import Saying

pytestmark = pytest.mark.xdist_group("site-serve")
UNPRIVILEGED = 65534


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose tables are made, so that each start after is a warm one."""
    made = tmp_path_factory.mktemp("house")
    done = kairn(made, "database", "migrate")
    assert done.returncode == 0, done.stderr
    return made


def test_the_database_commands_speak_to_scripts(home: Path) -> None:
    assert json.loads(kairn(home, "database", "migrate", "--json").stdout) == {"state": "up to date", "home": str(home.resolve())}
    assert json.loads(kairn(home, "database", "prepare", "--json").stdout) == {"state": "prepared", "home": str(home.resolve())}
    assert "CREATE ROLE" in json.loads(kairn(home, "database", "prepare", "--print", "--json").stdout)["sql"]
    for words, role in (((), "run"), (("--owner",), "owner")):
        plain = kairn(home, "database", "url", *words).stdout.strip()
        assert plain and json.loads(kairn(home, "database", "url", *words, "--json").stdout) == {"role": role, "url": plain}


def test_it_serves_is_single_and_stops_without_leaving_anything(home: Path) -> None:
    port = a_free_port()
    with serving(home, "serve", "--port", str(port)) as child:
        until_said(child, f"http://localhost:{port}/")
        assert fetch(port, "/tablets")[0] == 200
        assert fetch(port, "/static/kairn/kairn.css")[0] == 200
        second = kairn(home, "serve", "--port", str(a_free_port()))
        assert second.returncode == 1
        assert f"another copy of Kairn running on this data folder, at http://localhost:{port}/" in second.stderr
    assert not is_open(port)
    until(lambda: not processes(home), 10)


def test_a_killed_server_process_and_a_killed_database_come_back(home: Path) -> None:
    port = a_free_port()
    with serving(home, "serve", "--port", str(port)) as child:
        until_said(child, "Data:")
        for each in web_servers(home):
            os.kill(each, signal.SIGKILL)
        until_said(child, "web server stopped by itself")
        until(lambda: fetch_or_none(port) == 200)
        os.kill(int((Cluster(home).data / "postmaster.pid").read_text().split("\n", 1)[0]), signal.SIGKILL)
        until_said(child, "database stopped by itself")
        until(lambda: fetch_or_none(port) == 200 and Cluster(home).running())


def test_one_of_several_web_servers_may_end_and_the_clinic_goes_on(home: Path) -> None:
    port = a_free_port()
    with serving(home, "serve", "--port", str(port), "--web-servers", "3") as child:
        until_said(child, "Data:")
        servers = web_servers(home)
        assert len(servers) == 3
        os.kill(servers[0], signal.SIGKILL)
        assert [fetch(port, "/tablets")[0] for _ in range(20)] == [200] * 20, "the others answer meanwhile"
        until(lambda: len(web_servers(home)) == 3, 30)
        until_said(child, "web server stopped by itself")
        assert set(servers[1:]) < set(web_servers(home)), "those that went on are still there"
    until(lambda: not processes(home), 10)


def web_servers(home: Path) -> list[int]:
    return [each for each in processes(home) if "kairn.clinic.site.web" in Path(f"/proc/{each}/cmdline").read_text()]


def test_what_one_web_server_remembers_the_other_knows(home: Path) -> None:
    """A code of an authenticator that was used at one must be used at all: allauth remembers that in the cache."""
    add = "import django; django.setup(); from django.core.cache import cache; print(cache.add('a code of somebody', 'y', 30))"
    said = [
        subprocess.run([sys.executable, "-c", add], env=environment(home, DJANGO_SETTINGS_MODULE="kairn.clinic.site.settings"), capture_output=True, text=True)
        for _ in range(2)
    ]
    assert [one.stdout.strip() for one in said] == ["True", "False"], said


def fetch_or_none(port: int) -> int | None:
    try:
        return fetch(port, "/tablets")[0]
    except OSError:
        return None


def test_when_the_supervisor_is_killed_its_children_go_too(home: Path) -> None:
    port = a_free_port()
    child = subprocess.Popen([sys.executable, "-m", "kairn", "serve", "--port", str(port)], env=environment(home), stdout=subprocess.PIPE, text=True)
    until_said(child, "Data:")
    child.kill()
    child.wait()
    assert child.stdout is not None
    child.stdout.close()
    try:
        until(lambda: not is_open(port), 15)
    finally:
        for left in processes(home):
            if "kairn.clinic.site" in Path(f"/proc/{left}/cmdline").read_text():
                os.kill(left, signal.SIGKILL)
    with serving(home, "serve", "--port", str(port)) as again:
        until_said(again, "Data:")
        assert fetch(port, "/tablets")[0] == 200


def test_a_taken_port_is_a_sentence(home: Path) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = kairn(home, "run", "--port", str(other.getsockname()[1]))
    assert done.returncode == 1
    assert "taken by another program" in done.stderr and "Traceback" not in done.stderr
    assert not Cluster(home).running(), "nothing was started for nothing"


def test_the_network_without_tls_is_a_sentence(tmp_path: Path) -> None:
    done = kairn(tmp_path, "serve", "--host", "0.0.0.0")
    assert done.returncode == 1 and "without TLS" in done.stderr


@pytest.fixture
def unwritable(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)


def test_a_read_only_folder_is_a_sentence(unwritable: Path) -> None:
    command = [sys.executable, "-m", "kairn", "run"]
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root may write everywhere, and setpriv is not on this machine to step down")
        rights = ("--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search")
        command = ["setpriv", f"--reuid={UNPRIVILEGED}", f"--regid={UNPRIVILEGED}", "--clear-groups", *rights, "--", *command]
    done = subprocess.run(command, env=environment(unwritable / "kairn"), capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "data folder that cannot be written" in done.stderr and "KAIRN_HOME" in done.stderr and "Traceback" not in done.stderr


def test_a_running_role_that_owns_the_tables_is_refused_with_the_sql(home: Path) -> None:
    cluster = Cluster(home)
    more = {"KAIRN_DATABASE_URL": cluster.owner_url, "KAIRN_DATABASE_OWNER_URL": cluster.owner_url}
    from kairn.clinic.site.postgres import in_use

    with in_use(home):
        done = kairn(home, "serve", "--port", str(a_free_port()), **more)
    assert done.returncode == 1
    assert "owns the clinic's tables" in done.stderr and "CREATE ROLE" in done.stderr


def test_a_database_that_is_away_is_a_sentence(tmp_path: Path) -> None:
    away = "postgresql://kairn_app@127.0.0.1:1/kairn"
    done = kairn(tmp_path, "serve", KAIRN_DATABASE_URL=away)
    assert done.returncode == 1 and "cannot be reached" in done.stderr and "Traceback" not in done.stderr


def test_the_doctor_finds_this_house_ready(home: Path) -> None:
    done = kairn(home, "doctor", "--json", "--port", str(a_free_port()))
    told = json.loads(done.stdout)
    assert done.returncode == 0 and told["ready"] is True, done.stdout
    found = {each["name"]: each for each in told["findings"]}
    assert found["database"]["good"] and "kairn_app" in found["database"]["seen"]
    assert {"Python", "data folder", "disk", "PostgreSQL programs", "port", "compiler", "Chromium, for the tests"} <= set(found)


def test_the_doctor_names_what_is_missing_and_how_to_mend_it(tmp_path: Path) -> None:
    done = kairn(tmp_path, "doctor", KAIRN_DATABASE_URL="postgresql://kairn_app@127.0.0.1:1/kairn")
    assert done.returncode == 1
    assert "MISSING  database: saw a database that cannot be reached" in done.stdout and "Start it" in done.stdout


def test_the_printed_sql_prepares_a_server(tmp_path: Path) -> None:
    if not shutil.which("psql"):
        pytest.skip("psql is not on this machine")
    from kairn.clinic.site.postgres import in_use

    printed = kairn(tmp_path, "database", "prepare", "--print", "--database", "other", "--owner", "one", "--app", "two").stdout
    with in_use(tmp_path) as cluster:
        for _ in range(2):
            psql = ["psql", "-X", "-v", "ON_ERROR_STOP=1", "-d", cluster.superuser_url]
            done = subprocess.run(psql, input=printed, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        run, owner = (cluster.run_url.replace("kairn_app", user).replace("/kairn?", "/other?") for user in ("two", "one"))
        done = kairn(tmp_path, "database", "migrate", KAIRN_DATABASE_URL=run, KAIRN_DATABASE_OWNER_URL=owner)
        assert done.returncode == 0, done.stderr
        with psycopg.connect(run) as asked:
            assert asked.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (True,)


def test_a_demo_whose_making_was_broken_off_is_begun_afresh(home: Path) -> None:
    from kairn.clinic.site.demo_clinic import begin_afresh
    from kairn.clinic.site.guard import holds_tables
    from kairn.clinic.site.postgres import in_use

    with pytest.MonkeyPatch.context() as patch, in_use(home) as cluster:
        for name in ("KAIRN_DATABASE_URL", "KAIRN_DATABASE_OWNER_URL"):
            patch.delenv(name, raising=False)
        with psycopg.connect(cluster.owner_url, autocommit=True) as owner:
            owner.execute("CREATE TABLE half_made ()")
        (home / UNFINISHED).touch()
        begin_afresh(home, Saying())
        with psycopg.connect(cluster.owner_url) as owner:
            assert owner.execute("SELECT to_regclass('half_made')").fetchone() == (None,)
        assert holds_tables(cluster.run_url) and not (home / UNFINISHED).exists()
        assert known_sign_ins(home) == []
