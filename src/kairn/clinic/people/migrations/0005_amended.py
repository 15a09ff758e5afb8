"""What was written of a patient before it was amended; the running role adds rows and changes none."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from psycopg import sql

RIGHTS = """
GRANT SELECT, INSERT ON people_amended TO {role};
REVOKE UPDATE, DELETE, TRUNCATE ON people_amended FROM {role};
"""


def give_rights(apps: Any, schema_editor: Any) -> None:
    """What the running role may do with this table; nothing to do where no such role exists."""
    role = settings.KAIRN_APP_ROLE
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolname <> current_user", [role])
        if cursor.fetchone() is not None:
            cursor.execute(sql.SQL(RIGHTS).format(role=sql.Identifier(role)).as_string(None))


class Migration(migrations.Migration):
    """The table and its rights."""

    dependencies = [("people", "0004_monitor_link")]

    operations = [
        migrations.CreateModel(
            name="Amended",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("field", models.CharField(max_length=16)),
                ("was", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("patient", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="amendments", to="people.patient")),
            ],
            options={"db_table": "people_amended"},
        ),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
