"""Links of bedside monitors; the running role makes and closes them, and deletes none."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from psycopg import sql

RIGHTS = """
GRANT SELECT, INSERT ON people_monitor_link TO {role};
REVOKE UPDATE, DELETE, TRUNCATE ON people_monitor_link FROM {role};
GRANT UPDATE (revoked_at) ON people_monitor_link TO {role};
"""


def give_rights(apps: Any, schema_editor: Any) -> None:
    """What the running role may do with this table; nothing to do where no such role exists."""
    role = settings.KAIRN_APP_ROLE
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolname <> current_user", [role])
        if cursor.fetchone() is not None:
            cursor.execute(sql.SQL(RIGHTS).format(role=sql.Identifier(role)).as_string(None))


class Migration(migrations.Migration):
    """The table, and rights by column."""

    dependencies = [("people", "0003_mode_is_the_owners")]

    operations = [
        migrations.CreateModel(
            name="MonitorLink",
            fields=[
                ("token_digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("visit", models.UUIDField()),
                ("device", models.CharField(max_length=40)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("made_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="monitor_links", to=settings.AUTH_USER_MODEL)),
                ("patient", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="monitor_links", to="people.patient")),
            ],
            options={"db_table": "people_monitor_link", "indexes": [models.Index(fields=["visit"], name="people_monitor_visit")]},
        ),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
