"""What every page may show about the person signed in, as plain values."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def person(request: HttpRequest) -> dict[str, Any]:
    """`idle_minutes` for the page's own clock and `dimmed`, true while a locked session shows a running visit."""
    return {"idle_minutes": settings.KAIRN_IDLE_MINUTES, "dimmed": getattr(request, "kairn_dimmed", False)}
