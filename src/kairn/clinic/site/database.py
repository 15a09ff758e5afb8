"""Which database this process talks to, and as whom."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from kairn.clinic.site.home import data_folder
from kairn.clinic.site.postgres import Cluster
from kairn.clinic.site.prepare import APP
from kairn.clinic.site.refusal import cannot_start

RUN_URL = "KAIRN_DATABASE_URL"
OWNER_URL = "KAIRN_DATABASE_OWNER_URL"
ROLE = "KAIRN_DATABASE_ROLE"


def embedded() -> bool:
    """Whether Kairn runs its own server: no address was given."""
    return not os.environ.get(RUN_URL)


def run_url(home: Path | None = None) -> str:
    """The address with which the clinic runs."""
    return os.environ.get(RUN_URL) or Cluster((home or data_folder()).resolve()).run_url


def owner_url(home: Path | None = None) -> str:
    """The address that migrates, seeds and restores; raises CannotStart when only the other one was given."""
    told = os.environ.get(OWNER_URL)
    if told:
        return told
    if embedded():
        return Cluster((home or data_folder()).resolve()).owner_url
    raise cannot_start(
        f"{RUN_URL} without {OWNER_URL}",
        "both addresses: one runs the clinic, the other owns its tables",
        f"Set {OWNER_URL} for this command; kairn database prepare --print shows how to make both roles.",
    )


def chosen_url() -> str:
    """The address of this process: the owner's where KAIRN_DATABASE_ROLE=owner, else the running role's."""
    return owner_url() if os.environ.get(ROLE) == "owner" else run_url()


def django_settings(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for a PostgreSQL address."""
    parts = _parts(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": parts,
        "CONN_HEALTH_CHECKS": True,
    }


def running_role() -> str:
    """The name of the role that runs the clinic, for the grants a migration makes."""
    return str(_parts(run_url()).get("user") or APP)


def _parts(url: str) -> dict[str, Any]:
    try:
        return {key: value for key, value in conninfo_to_dict(url).items() if value is not None}
    except ProgrammingError as error:
        raise cannot_start("a database address that cannot be read", "postgresql://user@host/database", "Correct it.", RUN_URL) from error
