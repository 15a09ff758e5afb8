"""The site's own Django app: before tables are made, it says what the running role may do with them."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import pre_migrate


class SiteConfig(AppConfig):
    """Holds no tables."""

    name = "kairn.clinic.site"
    label = "kairn_site"

    def ready(self) -> None:
        """Ask to be told before each migration, and hand the people's room what it asks of the record."""
        from kairn.clinic.acts.lookups import hand_in_lookups

        pre_migrate.connect(grant_default_rights, sender=self)
        hand_in_lookups()


def grant_default_rights(sender: AppConfig, using: str, **_rest: Any) -> None:
    """Tables made from here on may be used by the running role; a database made for tests gets the same rights as a real one."""
    from django.conf import settings

    from kairn.clinic.site.prepare import default_rights_sql

    connection = connections[using]
    if connection.settings_dict["USER"] != settings.KAIRN_APP_ROLE:
        with connection.cursor() as cursor:
            cursor.execute(default_rights_sql(settings.KAIRN_APP_ROLE))
