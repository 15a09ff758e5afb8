"""The SQL that makes a database ready for Kairn: two roles, one database, and who may do what in it."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

OWNER = "kairn_owner"
APP = "kairn_app"
DATABASE = "kairn"


@dataclass(frozen=True)
class Names:
    """The three names an administrator may choose."""

    database: str = DATABASE
    owner: str = OWNER
    app: str = APP


def roles_sql(names: Names, *, may_create_databases: bool = False) -> str:
    """Statements that make both roles where they are missing; neither is superuser."""
    rights = "CREATEDB" if may_create_databases else "NOCREATEDB"
    return "\n".join((_role(names.owner, rights), _role(names.app, "NOCREATEDB")))


def _role(name: str, rights: str) -> str:
    who, text = _quoted(name), _literal(name)
    create = f"CREATE ROLE {who} LOGIN NOSUPERUSER NOCREATEROLE {rights}"
    return f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {text}) THEN {create}; END IF; END $$;"


def database_sql(names: Names) -> str:
    """The one statement that makes the database; it cannot stand inside a transaction."""
    return f"CREATE DATABASE {_quoted(names.database)} OWNER {_quoted(names.owner)} ENCODING 'UTF8' TEMPLATE template0;"


def inside_sql(names: Names) -> str:
    """Statements to run inside the database: the extension, and rights on tables that the owner has yet to make."""
    database, owner, app = _quoted(names.database), _quoted(names.owner), _quoted(names.app)
    return "\n".join(
        (
            "CREATE EXTENSION IF NOT EXISTS btree_gist;",
            f"REVOKE ALL ON DATABASE {database} FROM PUBLIC;",
            f"GRANT CONNECT ON DATABASE {database} TO {app};",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC;",
            f"GRANT USAGE, CREATE ON SCHEMA public TO {owner};",
            f"GRANT USAGE ON SCHEMA public TO {app};",
            default_rights_sql(names.app, names.owner),
        )
    )


def default_rights_sql(app: str, owner: str | None = None) -> str:
    """What the running role gets on every table, sequence and function the owner makes from now on; the ledger takes more away."""
    whose = f"FOR ROLE {_quoted(owner)} " if owner else ""
    give = f"ALTER DEFAULT PRIVILEGES {whose}IN SCHEMA public GRANT"
    who = _quoted(app)
    return "\n".join(
        (
            f"{give} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {who};",
            f"{give} USAGE, SELECT ON SEQUENCES TO {who};",
            f"{give} EXECUTE ON FUNCTIONS TO {who};",
        )
    )


def prepare_sql(database: str = DATABASE, owner: str = OWNER, app: str = APP) -> str:
    """The whole preparation as a psql script for an administrator; safe to run twice."""
    names = Names(database, owner, app)
    make = _literal(database_sql(names).rstrip(";"))
    return "\n".join(
        (
            "-- Run once as an administrator, with psql: psql -d postgres -f prepare.sql",
            "-- Kairn runs as the second role, which owns nothing; the first role migrates, seeds and restores.",
            roles_sql(names),
            f"SELECT {make} WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = {_literal(database)}) \\gexec",
            f"\\connect {_quoted(database)}",
            inside_sql(names),
            "-- Give both roles a way in (pg_hba.conf), with passwords unless your server knows them another way:",
            f"-- \\password {owner}",
            f"-- \\password {app}",
            f"-- Then: KAIRN_DATABASE_OWNER_URL=postgresql://{owner}@HOST/{database}  KAIRN_DATABASE_URL=postgresql://{app}@HOST/{database}",
            "",
        )
    )


def _quoted(name: str) -> str:
    return sql.Identifier(name).as_string(None)


def _literal(text: str) -> str:
    return sql.Literal(text).as_string(None)
