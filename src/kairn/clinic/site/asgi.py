"""The door for the web server."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kairn.clinic.site.settings")
django.setup(set_prefix=False)

from kairn.clinic.site.pages import Pages  # noqa: E402 it needs Django set up

application = Pages()
