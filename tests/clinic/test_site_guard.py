"""What must be true of the database before a clinic runs on it, and the SQL that makes it so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from kairn.clinic.site.database import chosen_url, django_settings, owner_url
from kairn.clinic.site.guard import check_database, clinic_modes, connect, demo_stays_home, holds_tables
from kairn.clinic.site.prepare import prepare_sql
from kairn.clinic.site.refusal import CannotStart


def test_the_running_role_is_let_through(database_urls: Any) -> None:
    check_database(database_urls.run)
    assert holds_tables(database_urls.run)


def test_the_owner_is_refused_with_the_sql_that_mends_it(database_urls: Any) -> None:
    with pytest.raises(CannotStart, match="owns the clinic's tables") as refused:
        check_database(database_urls.owner)
    assert prepare_sql() in str(refused.value)


def test_a_superuser_is_refused(database_urls: Any) -> None:
    if not database_urls.superuser:
        pytest.skip("this run does not know its server's superuser")
    with pytest.raises(CannotStart, match="superuser"):
        check_database(database_urls.superuser)


@pytest.fixture
def member(superuser_connection: psycopg.Connection[Any], database_urls: Any) -> Iterator[str]:
    """A role that owns nothing itself but may act as the owner."""
    owner = conninfo_to_dict(database_urls.owner)["user"]
    superuser_connection.execute(f"CREATE ROLE kairn_member LOGIN IN ROLE {owner}")
    superuser_connection.execute(f'GRANT CONNECT ON DATABASE "{conninfo_to_dict(database_urls.owner)["dbname"]}" TO kairn_member')
    yield make_conninfo(database_urls.owner, user="kairn_member")
    superuser_connection.execute("DROP OWNED BY kairn_member")
    superuser_connection.execute("DROP ROLE kairn_member")


def test_a_member_of_the_owner_is_refused_too(member: str) -> None:
    with pytest.raises(CannotStart, match="owns the clinic's tables"):
        check_database(member)


@pytest.mark.parametrize("power", ["SUPERUSER", "CREATEROLE", "BYPASSRLS"])
@pytest.mark.parametrize("through", [False, True], ids=["directly", "through another role"])
def test_a_member_of_a_powerful_role_is_refused_too(power: str, through: bool, superuser_connection: psycopg.Connection[Any], database_urls: Any) -> None:
    """What a role may become with SET ROLE counts, however many steps away, also where it inherits nothing."""
    powerful, between, becomes = (f"kairn_{name}_{uuid4().hex[:8]}" for name in ("powerful", "between", "becomes"))
    said = [f"CREATE ROLE {powerful} {power}", f"CREATE ROLE {between} IN ROLE {powerful}"]
    said += [f"CREATE ROLE {becomes} LOGIN NOINHERIT IN ROLE {between if through else powerful}"]
    said += [f'GRANT CONNECT ON DATABASE "{conninfo_to_dict(database_urls.owner)["dbname"]}" TO {becomes}']
    try:
        for statement in said:
            superuser_connection.execute(statement)  # type: ignore[call-overload]
        with pytest.raises(CannotStart, match=f"{becomes}, which may act as {powerful}, which is superuser or may pass") as refused:
            check_database(make_conninfo(database_urls.owner, user=becomes))
    finally:
        superuser_connection.execute(f"DROP OWNED BY {becomes}")  # type: ignore[call-overload]
        superuser_connection.execute(f"DROP ROLE {becomes}, {between}, {powerful}")  # type: ignore[call-overload]
    assert prepare_sql() in str(refused.value)


@pytest.mark.parametrize("name", ["synchronous_commit"])
def test_a_role_that_acknowledges_before_it_keeps_is_refused(name: str, database_urls: Any) -> None:
    with pytest.raises(CannotStart, match=f"{name} = off"):
        check_database(make_conninfo(database_urls.run, options=f"-c {name}=off"))


def test_a_database_that_is_away_gets_a_sentence() -> None:
    with pytest.raises(CannotStart, match="cannot be reached"):
        connect("postgresql://kairn_app@/kairn?host=/nowhere")


def test_the_running_role_cannot_rewrite_the_ledger(database: Any) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT string_agg(privilege_type, ' ' ORDER BY privilege_type) FROM information_schema.table_privileges"
                       " WHERE table_name = 'ledger_entry' AND grantee = current_user")  # fmt: skip
        granted = set((cursor.fetchone()[0] or "").split())
    assert not granted & {"UPDATE", "DELETE", "TRUNCATE"}


def test_a_demo_clinic_never_leaves_loopback(database: Any, database_urls: Any, clinic_id: Any, owner_connection: Any) -> None:
    owner_connection.execute("UPDATE people_clinic SET mode = 'demo' WHERE id = %s", [clinic_id])
    assert "demo" in clinic_modes(database_urls.run)
    demo_stays_home(database_urls.run, loopback=True)
    with pytest.raises(CannotStart, match="passwords are printed"):
        demo_stays_home(database_urls.run, loopback=False)
    owner_connection.execute("UPDATE people_clinic SET mode = 'live' WHERE id = %s", [clinic_id])


def test_without_the_owners_address_the_owners_work_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIRN_DATABASE_URL", "postgresql://kairn_app@db.example/kairn")
    monkeypatch.delenv("KAIRN_DATABASE_OWNER_URL", raising=False)
    with pytest.raises(CannotStart, match="without KAIRN_DATABASE_OWNER_URL"):
        owner_url()


def test_the_role_of_this_process_chooses_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIRN_DATABASE_URL", "postgresql://runs@db.example/kairn")
    monkeypatch.setenv("KAIRN_DATABASE_OWNER_URL", "postgresql://owns@db.example/kairn")
    assert "runs@" in chosen_url()
    monkeypatch.setenv("KAIRN_DATABASE_ROLE", "owner")
    assert "owns@" in chosen_url()


def test_an_address_is_read_whole() -> None:
    entry = django_settings("postgresql://someone:secret@db.example:6000/kairn?sslmode=verify-full")
    assert (entry["USER"], entry["PASSWORD"], entry["HOST"], entry["PORT"], entry["NAME"]) == ("someone", "secret", "db.example", "6000", "kairn")
    assert entry["OPTIONS"] == {"sslmode": "verify-full"}


def test_an_address_that_is_none_gets_a_sentence() -> None:
    with pytest.raises(CannotStart, match="cannot be read"):
        django_settings("not an address")


def test_names_in_the_sql_are_quoted() -> None:
    text = prepare_sql('clinic"; DROP', "owner's", "app")
    assert '"clinic""; DROP"' in text and '"owner\'s"' in text and "'owner''s'" in text
