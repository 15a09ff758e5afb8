"""The Django app that carries the screens' templates and static files."""

from __future__ import annotations

from django.apps import AppConfig


class ScreensConfig(AppConfig):
    """Screens keep no tables; the app exists for its templates, components and static files."""

    name = "kairn.clinic.screens"
    label = "screens"
    verbose_name = "Screens"
