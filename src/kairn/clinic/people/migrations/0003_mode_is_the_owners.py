"""Whether a clinic is live, a demo or restored is written once: the running role may change everything of a clinic but that."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import migrations
from psycopg import sql

RIGHTS = """
REVOKE UPDATE ON people_clinic FROM {role};
GRANT UPDATE (name, time_zone) ON people_clinic TO {role};
"""
BACK = """
GRANT UPDATE ON people_clinic TO {role};
"""


def _say(statements: str, schema_editor: Any) -> None:
    """Nothing to do where no such role exists."""
    role = settings.KAIRN_APP_ROLE
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolname <> current_user", [role])
        if cursor.fetchone() is not None:
            cursor.execute(sql.SQL(statements).format(role=sql.Identifier(role)).as_string(None))


def narrow(apps: Any, schema_editor: Any) -> None:
    """Take away the right to change the mode."""
    _say(RIGHTS, schema_editor)


def widen(apps: Any, schema_editor: Any) -> None:
    """Give it back."""
    _say(BACK, schema_editor)


class Migration(migrations.Migration):
    """Rights by column."""

    dependencies = [("people", "0002_guards")]

    operations = [migrations.RunPython(narrow, widen)]
