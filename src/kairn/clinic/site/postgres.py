"""The embedded database server: start it once, however many ask, and stop it when the last one leaves."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from kairn.clinic.site.binaries import BUILTIN_LOCALE_SINCE, Binaries, Disguise, disguise, find_binaries
from kairn.clinic.site.home import locked, writable
from kairn.clinic.site.prepare import APP, DATABASE, OWNER, Names, database_sql, inside_sql, roles_sql
from kairn.clinic.site.refusal import CannotStart, cannot_start

SUPERUSER = "postgres"
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 100
START_SECONDS = 60
TRIES = 5

CONFIG = """\
listen_addresses = ''
port = 5432
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
fsync = on
synchronous_commit = on
full_page_writes = on
timezone = 'UTC'
log_timezone = 'UTC'
log_error_verbosity = terse
log_min_error_statement = panic
"""


@dataclass(frozen=True)
class Cluster:
    """One data folder and the server on it; its addresses are known before it runs."""

    home: Path

    @property
    def data(self) -> Path:
        """The server's own folder."""
        return self.home / "postgres"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.home / "postgres.log"

    @property
    def socket_folder(self) -> Path:
        """Beside the data, or a short name in the temporary folder where that path is too long for a socket."""
        near = self.home / "socket"
        if len(str(near / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return near
        name = hashlib.sha256(str(self.home).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"kairn-{os.geteuid()}-{name}"

    @property
    def owner_url(self) -> str:
        """Migrates, seeds and restores."""
        return self._url(OWNER, DATABASE)

    @property
    def run_url(self) -> str:
        """Runs; owns nothing."""
        return self._url(APP, DATABASE)

    @property
    def superuser_url(self) -> str:
        """Prepares roles and databases, and nothing else."""
        return self._url(SUPERUSER, "postgres")

    def _url(self, user: str, database: str) -> str:
        return f"postgresql://{user}@/{database}?host={quote(str(self.socket_folder), safe='')}&port=5432"

    def running(self) -> bool:
        """Whether the server answers now."""
        try:
            psycopg.connect(self.superuser_url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Stop the server, letting commits finish; nothing happens when it does not run."""
        with locked(self.home / "postgres.lock"):
            _stop(self)


def start(home: Path) -> Cluster:
    """A running, prepared server on this data folder; raises CannotStart with a sentence."""
    cluster = Cluster(writable(home).resolve())
    with locked(cluster.home / "postgres.lock"):
        if not _pg_ctl_status(cluster) or not cluster.running():
            _start(cluster)
        _prepare(cluster)
    return cluster


@contextmanager
def in_use(home: Path) -> Iterator[Cluster]:
    """A running server for as long as the block lasts; the last user out stops it."""
    with (writable(home) / "postgres.use").open("a+", encoding="utf-8") as used:
        fcntl.flock(used, fcntl.LOCK_SH)
        try:
            yield start(home)
        finally:
            _leave(Cluster(home.resolve()), used.fileno())


def _leave(cluster: Cluster, used: int) -> None:
    with locked(cluster.home / "postgres.lock"):
        try:
            fcntl.flock(used, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        _stop(cluster)


def _binaries(cluster: Cluster) -> Binaries:
    made_by = cluster.data / "PG_VERSION"
    return find_binaries(int(made_by.read_text(encoding="ascii")) if made_by.exists() else None)


def _run(cluster: Cluster, program: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    command = [*disguise().words, _binaries(cluster).program(program), *words]
    # The server inherits these streams: a pipe would never end, so what it says goes to a file.
    with cluster.log.open("ab") as log:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=cluster.home, timeout=START_SECONDS * 2)


def _pg_ctl_status(cluster: Cluster) -> bool:
    if not (cluster.data / "PG_VERSION").exists():
        return False
    _forget_stale_pid(cluster)
    return _run(cluster, "pg_ctl", "status", "-D", str(cluster.data)).returncode == 0


def _forget_stale_pid(cluster: Cluster) -> None:
    """After a crash another program may wear the old server's number; PostgreSQL would then refuse to start for ever."""
    note = cluster.data / "postmaster.pid"
    try:
        number = int(note.read_text(encoding="utf-8").split("\n", 1)[0])
        if Path(f"/proc/{number}/cwd").readlink() != cluster.data:
            note.unlink()
    except (OSError, ValueError):
        return


def _start(cluster: Cluster) -> None:
    if not (cluster.data / "PG_VERSION").exists():
        _initdb(cluster)
    _make_socket_folder(cluster)
    (cluster.data / "kairn.conf").write_text(CONFIG.format(socket=cluster.socket_folder), encoding="utf-8")
    _own(cluster, disguise())
    for attempt in range(TRIES):
        if _run(cluster, "pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-D", str(cluster.data)).returncode == 0:
            return
        # A server killed a moment ago still holds its memory until its children notice.
        time.sleep(0.5 * (attempt + 1))
    raise _server_refused(cluster, "start")


def _server_refused(cluster: Cluster, what: str) -> CannotStart:
    said = cluster.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:] if cluster.log.exists() else []
    return cannot_start(f"a database server that did not {what} ({' / '.join(said)})", "a running server", "Read the log.", str(cluster.log))


def _initdb(cluster: Cluster) -> None:
    fresh = cluster.home / "postgres.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    _own_tree(fresh, disguise())
    binaries = _binaries(cluster)
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= BUILTIN_LOCALE_SINCE else []
    words = ["-D", str(fresh), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C", *locale, "--data-checksums"]
    if _run(cluster, "initdb", *words).returncode != 0:
        raise _server_refused(cluster, "make its data folder")
    with (fresh / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\ninclude 'kairn.conf'\n")
    fresh.rename(cluster.data)


def _make_socket_folder(cluster: Cluster) -> None:
    folder = cluster.socket_folder
    folder.mkdir(mode=0o700, exist_ok=True)
    # Beside the data nobody else can stand; in the temporary folder somebody may have made that name first.
    if folder.is_symlink() or folder.stat().st_uid not in (os.geteuid(), disguise().owner):
        raise cannot_start(
            "a socket folder that belongs to somebody else", "one of this user's own", "Remove it, or set KAIRN_HOME to a shorter path.", str(folder)
        )
    folder.chmod(0o700)


def _own(cluster: Cluster, guise: Disguise) -> None:
    for tree in (cluster.data, cluster.socket_folder):
        _own_tree(tree, guise)


def _own_tree(tree: Path, guise: Disguise) -> None:
    if guise.owner is None or tree.stat().st_uid == guise.owner:
        return
    os.chown(tree, guise.owner, -1)
    for folder, folders, files in os.walk(tree):
        for name in (*folders, *files):
            os.chown(Path(folder) / name, guise.owner, -1, follow_symlinks=False)


def _stop(cluster: Cluster) -> None:
    if not _pg_ctl_status(cluster):
        return
    _run(cluster, "pg_ctl", "stop", "-w", "-m", "fast", "-t", str(START_SECONDS), "-D", str(cluster.data))
    if cluster.socket_folder.parent != cluster.home:
        shutil.rmtree(cluster.socket_folder, ignore_errors=True)


def _prepare(cluster: Cluster) -> None:
    names = Names()
    with psycopg.connect(cluster.superuser_url, autocommit=True) as server:
        if server.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() == ("prepared",):
            return
        server.execute(roles_sql(names, may_create_databases=True))
        if not server.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            server.execute(database_sql(names))
        with psycopg.connect(cluster.superuser_url, dbname=DATABASE, autocommit=True) as inside:
            inside.execute(inside_sql(names))
        server.execute(f"COMMENT ON DATABASE {DATABASE} IS 'prepared'")


def empty(cluster: Cluster) -> None:
    """Forget everything in the clinic's database; for a demo clinic whose making was broken off."""
    with psycopg.connect(cluster.superuser_url, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    _prepare(cluster)
