"""What tests share: one real PostgreSQL for the whole run, one migrated template, and a clone of it for each worker.

Fixtures for other tests:

- `database`: Django's connection, opened as the running role (kairn_app), really committing. Nothing is ever flushed or rolled back,
  so each test makes its own clinic and stream ids (`uuid4()`); rows of other tests may be there. Threads close their own connection.
- `clinic_id`: the id of a fresh `people.Clinic` row (brings `database` along).
- `owner_connection`: a psycopg connection as the owner of the tables (kairn_owner), autocommit.
- `superuser_connection`: the same as superuser, where the run has its own server; else the test is skipped.
- `database_urls`: `.run`, `.owner` and `.superuser` addresses of this worker's database, for a process of its own.
- `pytest.mark.django_db` works too (rolled back); with `transaction=True` it commits like `database` and truncates nothing.

Without `KAIRN_DATABASE_OWNER_URL` the run starts the embedded server in a temporary folder; with it (and `KAIRN_DATABASE_URL`) the
databases are made on that server, by an owner that has CREATEDB. A run that touches no database starts none.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import hypothesis
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

PREFIX = "kairn-test-"
RUN, OWNER = "KAIRN_DATABASE_URL", "KAIRN_DATABASE_OWNER_URL"

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # a worker that has driven a browser keeps an event loop in its main thread

hypothesis.settings.register_profile("kairn", deadline=None)
hypothesis.settings.load_profile("kairn")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], browser_type: Any) -> dict[str, Any]:
    """The Chromium of this machine or Playwright's own, asking nobody for anything; without either every test in a browser is skipped, but for CI."""
    from tests.browser import MEND, QUIET, chromium

    found = chromium(browser_type.executable_path)
    if not found:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"No Chromium here for tests in a browser. This mends it: {MEND}")
    return browser_type_launch_args | {"args": QUIET, "executable_path": found}


@pytest.fixture(autouse=True)
def nothing_left_open(request: pytest.FixtureRequest) -> Iterator[None]:
    """Pages that a test leaves open would go on asking for news beside every test after it."""
    browser = request.getfixturevalue("browser") if "browser" in request.fixturenames else None
    yield
    for context in browser.contexts if browser else ():
        context.close()


def _is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def _sweep() -> None:
    """Stop and remove what a killed run left behind: its folder carries the number of a process that is no more."""
    from kairn.clinic.site.postgres import Cluster

    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        number = left.name.removeprefix(PREFIX).split("-", 1)[0]
        if number.isdigit() and _is_ours(left) and not Path(f"/proc/{number}").exists():
            Cluster(left).stop()
            shutil.rmtree(left, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    """Whether it is there, which another run that ends just now may undo, and of this user."""
    try:
        return folder.stat().st_uid == os.geteuid()
    except FileNotFoundError:
        return False


def _arrange() -> None:
    """Before Django reads its settings: a data folder of this run's own, the same for all its workers."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kairn.clinic.site.settings")
    if not _is_worker():
        if Path("/proc/self").exists():
            _sweep()
        os.environ["KAIRN_HOME"] = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")


_arrange()


LEAVE_MS = 30_000
"""How long a connection that is ended is waited for."""


@dataclass(frozen=True)
class Addresses:
    """One database under its three roles; `superuser` is empty where the server is not ours."""

    run: str
    owner: str
    superuser: str = ""

    def named(self, database: str) -> Addresses:
        """The same roles in another database of that server."""
        return Addresses(*(url and make_conninfo(url, dbname=database) for url in (self.run, self.owner, self.superuser)))

    def name(self) -> str:
        """The name of the database."""
        return str(conninfo_to_dict(self.owner)["dbname"])

    def role(self) -> str:
        """The name of the running role."""
        return str(conninfo_to_dict(self.run)["user"])


def _home() -> Path:
    return Path(os.environ["KAIRN_HOME"])


@contextmanager
def _alone() -> Iterator[None]:
    """One worker at a time."""
    with (_home() / "tests.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _server() -> Addresses:
    """The server of this run, started by whoever needs it first."""
    if os.environ.get(OWNER):
        return Addresses(os.environ.get(RUN, ""), os.environ[OWNER])
    from kairn.clinic.site.postgres import start

    cluster = start(_home())
    return Addresses(cluster.run_url, cluster.owner_url, cluster.superuser_url)


def _template(server: Addresses) -> Addresses:
    """The migrated template, made once a run."""
    made = server.named(f"{PREFIX}template-{_home().name.removeprefix(PREFIX)}".replace("-", "_"))
    with _alone():
        if not (_home() / "template.ready").exists():
            _migrate(server, made)
            (_home() / "template.ready").touch()
    return made


def _migrate(server: Addresses, made: Addresses) -> None:
    from kairn.clinic.site.prepare import Names, inside_sql

    _create(server, made.name(), "template0")
    with psycopg.connect(made.owner, autocommit=True) as inside:
        inside.execute(inside_sql(Names(made.name(), str(conninfo_to_dict(made.owner)["user"]), made.role())))
    told = os.environ | {RUN: made.run, OWNER: made.owner, "KAIRN_DATABASE_ROLE": "owner"}
    done = subprocess.run([sys.executable, "-m", "django", "migrate", "--no-input", "--skip-checks", "-v", "0"], env=told, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"The test database could not be migrated:\n{done.stdout}\n{done.stderr}")


def _create(server: Addresses, name: str, template: str) -> None:
    with psycopg.connect(make_conninfo(server.owner), autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'").format(sql.Identifier(name), sql.Identifier(template)))


@pytest.fixture(scope="session")
def database_urls() -> Iterator[Addresses]:
    """This worker's own clone of the migrated template."""
    server = _server()
    template = _template(server)
    clone = server.named(f"{template.name()}_{os.environ.get('PYTEST_XDIST_WORKER', 'only')}")
    with _alone():
        _create(server, clone.name(), template.name())
    kept = {key: os.environ.get(key) for key in (RUN, OWNER)}
    os.environ.update({RUN: clone.run, OWNER: clone.owner})
    yield clone
    for key, value in kept.items():
        os.environ.pop(key, None) if value is None else os.environ.update({key: value})
    if not server.superuser:
        _drop(server, clone.name())


def _drop(server: Addresses, name: str) -> None:
    """Each role ends its own connections and waits until they are gone: an owner that is no superuser may not end the running role's."""
    with psycopg.connect(server.run, autocommit=True) as running:
        end = "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity WHERE datname = %s AND usename = current_user"
        running.execute(end, (LEAVE_MS, name))
    with psycopg.connect(server.owner, autocommit=True) as owner:
        owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def django_db_setup(database_urls: Addresses) -> Iterator[None]:
    """Point Django at this worker's clone as the running role, and let no test truncate it."""
    from django.db import connections
    from django.test import TransactionTestCase

    from kairn.clinic.site.database import django_settings

    connections["default"].close()
    connections.settings["default"].update(django_settings(database_urls.run))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _self: None)
        yield
        connections.close_all()


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """Django's connection as the running role; what a test commits stays committed."""
    from django.db import connection, connections

    with django_db_blocker.unblock():
        yield connection
        connections.close_all()


@pytest.fixture
def clinic_id(database: Any) -> UUID:
    """A clinic of this test's own."""
    from django.apps import apps

    made = uuid4()
    apps.get_model("people", "Clinic").objects.create(id=made, name=f"Test clinic {made.hex[:8]}")
    return made


@pytest.fixture
def owner_connection(database_urls: Addresses) -> Iterator[psycopg.Connection[Any]]:
    """The role that owns the tables."""
    with psycopg.connect(database_urls.owner, autocommit=True) as opened:
        yield opened


@pytest.fixture
def superuser_connection(database_urls: Addresses) -> Iterator[psycopg.Connection[Any]]:
    """The role nothing holds back."""
    if not database_urls.superuser:
        pytest.skip("KAIRN_DATABASE_OWNER_URL names a server whose superuser this run does not know.")
    with psycopg.connect(database_urls.superuser, autocommit=True) as opened:
        yield opened


def pytest_configure(config: pytest.Config) -> None:
    """Django reads its settings here, after the data folder is arranged."""
    if os.environ.get(OWNER) and not _is_worker():
        _demand_right(os.environ[OWNER])
    import django
    from django.conf import settings

    django.setup()
    settings.PASSWORD_HASHERS = [FAST_HASHER, *settings.PASSWORD_HASHERS]


FAST_HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"
"""For passwords that protect nothing. Real hashing costs a third of a second each, by intent; processes that tests start have it."""


def pytest_report_teststatus(report: pytest.TestReport | pytest.CollectReport, config: pytest.Config) -> None:
    """What fails is named at that moment: a run that is cut off has said it then."""
    if report.failed and not _is_worker() and (shown := config.pluginmanager.get_plugin("terminalreporter")):
        reason = str(report.longrepr.reprcrash.message).splitlines()[0] if hasattr(report.longrepr, "reprcrash") else ""
        took = getattr(report, "duration", 0.0)  # a file that cannot be read was not run
        shown.write_line(f"\nFAILED {report.nodeid} ({report.when}, {took:.0f} s): {reason}", red=True)


def _demand_right(owner_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        if owner.execute("SELECT 1 FROM pg_roles WHERE rolname = current_user AND (rolcreatedb OR rolsuper)").fetchone() is None:
            raise pytest.UsageError(f"Tests make databases of their own. Let an administrator run once: ALTER ROLE {owner.info.user} CREATEDB;")


def pytest_unconfigure(config: pytest.Config) -> None:
    """The run that made the data folder stops its server and removes it."""
    if _is_worker():
        return
    from kairn.clinic.site.postgres import Cluster

    if not os.environ.get(OWNER):
        Cluster(_home().resolve()).stop()
    elif (_home() / "template.ready").exists():
        server = _server()
        _drop(server, _template(server).name())
    shutil.rmtree(_home(), ignore_errors=True)
