"""What the drug ledger asks of the database: a third bound of a balance, two indexes, and no second person who is the first."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"
DROP = """
DROP TRIGGER IF EXISTS ledger_second ON ledger_entry;
DROP FUNCTION IF EXISTS ledger_second();
DROP INDEX IF EXISTS ledger_entry_stock_time, ledger_entry_stock_visit, ledger_balance_clinic;
ALTER TABLE ledger_balance DROP COLUMN IF EXISTS lowest;
"""


class Migration(migrations.Migration):
    """Bounds, indexes and the trigger; the rights stay what they were."""

    dependencies = [("ledger", "0002_protocols")]

    operations = [migrations.RunSQL((SQL / "0003_stock.sql").read_text(encoding="utf-8"), DROP)]
