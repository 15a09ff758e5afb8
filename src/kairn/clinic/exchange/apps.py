"""The room as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """App label `exchange`; it keeps no tables."""

    name = "kairn.clinic.exchange"
    label = "exchange"
    verbose_name = "Exchange"
