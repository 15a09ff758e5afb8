"""The door for the web server."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kairn.clinic.site.settings")

from django.core.asgi import get_asgi_application

application = get_asgi_application()
