"""The bytes of protocols, kept beside the entries that pin them, and who may do what with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import migrations
from psycopg import sql

SQL = Path(__file__).parent.parent / "sql"
DROP = "DROP TABLE IF EXISTS ledger_protocol, ledger_file CASCADE; DROP DOMAIN IF EXISTS ledger_hex;"


def _text(name: str) -> str:
    return (SQL / name).read_text(encoding="utf-8")


def give_rights(apps: Any, schema_editor: Any) -> None:
    """What the running role may do with these tables; nothing to do where no such role exists."""
    role = settings.KAIRN_APP_ROLE
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolname <> current_user", [role])
        if cursor.fetchone() is not None:
            cursor.execute(sql.SQL(_text("0002_rights.sql")).format(role=sql.Identifier(role)).as_string(None))


class Migration(migrations.Migration):
    """Tables, triggers and rights."""

    dependencies = [("ledger", "0001_ledger")]

    operations = [migrations.RunSQL(_text("0002_protocols.sql"), DROP), migrations.RunPython(give_rights, migrations.RunPython.noop)]
