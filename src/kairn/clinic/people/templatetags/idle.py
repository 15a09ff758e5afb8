"""The idle lock in the page: `{% load idle %}{% idle_lock %}` at the end of the head of every page of somebody signed in."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse

register = template.Library()


@register.inclusion_tag("people/idle.html", takes_context=True)
def idle_lock(context: dict[str, Any]) -> dict[str, Any]:
    """The script with its addresses and seconds; nothing for nobody, and nothing on the lock itself."""
    request = context.get("request")
    view = request.resolver_match.view_name if request is not None and request.resolver_match else ""
    watched = request is not None and request.user.is_authenticated and view not in ("locked", "account_login", "account_logout")
    return {
        "watched": watched,
        "seconds": settings.KAIRN_IDLE_MINUTES * 60,
        "locked": reverse("locked"),
        "seen": reverse("seen"),
        "dimmed": getattr(request, "kairn_dimmed", False),
    }
