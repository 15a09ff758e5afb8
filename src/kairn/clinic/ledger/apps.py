"""The room as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """App label `ledger`. It has no models: its tables, triggers and rights are plain SQL in `sql/`."""

    name = "kairn.clinic.ledger"
    label = "ledger"
    verbose_name = "Ledger"
