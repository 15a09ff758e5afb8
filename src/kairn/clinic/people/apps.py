"""The room as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """App label `people`."""

    name = "kairn.clinic.people"
    label = "people"
    verbose_name = "People"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to sign-ins, so that a device knows who signed in fully on it."""
        from kairn.clinic.people import sign_in

        sign_in.listen()
