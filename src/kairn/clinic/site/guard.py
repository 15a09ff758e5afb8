"""What must be true of the database before a clinic may run on it."""

from __future__ import annotations

import psycopg

from kairn.clinic.site.database import RUN_URL
from kairn.clinic.site.prepare import prepare_sql
from kairn.clinic.site.refusal import CannotStart, cannot_start

OLDEST_SERVER = 150000
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
POWERFUL_SQL = """
SELECT rolname FROM pg_roles WHERE (rolsuper OR rolcreaterole OR rolbypassrls) AND pg_has_role(current_user, oid, 'MEMBER')
ORDER BY rolname = current_user DESC LIMIT 1
"""
OWNED_SQL = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND pg_has_role(current_user, c.relowner, 'MEMBER')
"""
OWNS_DATABASE_SQL = "SELECT pg_has_role(current_user, datdba, 'MEMBER') FROM pg_database WHERE datname = current_database()"


def connect(url: str, where: str = RUN_URL) -> psycopg.Connection[tuple[object, ...]]:
    """A connection; raises CannotStart with a sentence when the database cannot be reached."""
    try:
        return psycopg.connect(url, connect_timeout=10, autocommit=True)
    except psycopg.OperationalError as error:
        said = str(error).strip().splitlines()[-1]
        raise cannot_start(f"a database that cannot be reached ({said})", "a PostgreSQL that answers", "Start it, or correct the address.", where) from error


def check_database(url: str) -> None:
    """Raises CannotStart unless this address may run a clinic: new enough, durable, and a role that owns nothing."""
    with connect(url) as database:
        for fault in (_too_old(database), _not_durable(database), _too_powerful(database)):
            if fault:
                raise fault


def _too_old(database: psycopg.Connection[tuple[object, ...]]) -> CannotStart | None:
    version = database.info.server_version
    if version >= OLDEST_SERVER:
        return None
    return cannot_start(f"PostgreSQL {version // 10000}", f"PostgreSQL {OLDEST_SERVER // 10000} or newer", "Upgrade the server.", RUN_URL)


def _not_durable(database: psycopg.Connection[tuple[object, ...]]) -> CannotStart | None:
    off = [name for name in DURABLE if _shown(database, name) == "off"]
    if not off:
        return None
    seen = " and ".join(f"{name} = off" for name in off)
    return cannot_start(seen, "a database that keeps what it has acknowledged", f"Set {', '.join(off)} to on and reload the server.", RUN_URL)


def _shown(database: psycopg.Connection[tuple[object, ...]], name: str) -> object:
    row = database.execute(f"SHOW {name}").fetchone()
    return row[0] if row else None


def _too_powerful(database: psycopg.Connection[tuple[object, ...]]) -> CannotStart | None:
    role = database.info.user
    powerful = database.execute(POWERFUL_SQL).fetchone()
    if powerful:
        acts_as = "" if powerful[0] == role else f"may act as {powerful[0]}, which "
        return _refuse_role(role, f"{acts_as}is superuser or may pass the database's own rules")
    owned, owns_database = database.execute(OWNED_SQL).fetchone(), database.execute(OWNS_DATABASE_SQL).fetchone()
    if (owned and owned[0]) or (owns_database and owns_database[0]):
        return _refuse_role(role, "owns the clinic's tables")
    return None


def _refuse_role(role: str, why: str) -> CannotStart:
    return cannot_start(
        f"the role {role}, which {why}",
        "a running role that owns nothing, so that the record can only grow",
        f"Let an administrator run this, then put the second role into {RUN_URL}:\n\n{prepare_sql()}",
        RUN_URL,
    )


def holds_tables(url: str) -> bool:
    """Whether anything was ever migrated there."""
    with connect(url) as database:
        return database.execute("SELECT to_regclass('public.people_clinic')").fetchone() != (None,)


def clinic_modes(url: str) -> frozenset[str]:
    """The modes of the clinics kept there: live, demo or restored."""
    with connect(url) as database:
        if database.execute("SELECT to_regclass('public.people_clinic')").fetchone() == (None,):
            return frozenset()
        return frozenset(str(row[0]) for row in database.execute("SELECT DISTINCT mode FROM people_clinic"))


def demo_stays_home(url: str, *, loopback: bool) -> None:
    """Raises CannotStart when a demo clinic would be reachable from the network: its passwords are printed for everybody."""
    if not loopback and "demo" in clinic_modes(url):
        raise cannot_start(
            "a demo clinic on an address other machines can reach",
            "a demo clinic on localhost only, because its passwords are printed at every start",
            "Serve it on localhost, or start a clinic of your own in another folder: KAIRN_HOME=~/clinic kairn serve ...",
            "--host",
        )
