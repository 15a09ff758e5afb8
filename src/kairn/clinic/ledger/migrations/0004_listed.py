"""Lists hear of what they show: a second kind of news, where a stored standing has changed."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"
DROP = """
DROP TRIGGER IF EXISTS ledger_listed ON ledger_standing;
DROP TRIGGER IF EXISTS ledger_listed_first ON ledger_standing;
DROP FUNCTION IF EXISTS ledger_listed();
"""


class Migration(migrations.Migration):
    """Two triggers and their function; the rights stay what they were."""

    dependencies = [("ledger", "0003_stock")]

    operations = [migrations.RunSQL((SQL / "0004_listed.sql").read_text(encoding="utf-8"), DROP)]
