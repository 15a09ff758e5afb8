"""Lines that many readers see alike, drawn once: `{% load drawn %}{% drawn "kairn/today_person.html" row %}`."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache

from django import template
from django.template.loader import render_to_string

register = template.Library()
KEPT = 4096


@register.simple_tag(name="drawn")
def drawn(name: str, row: Hashable) -> str:
    """The template `name` with a frozen line of plain values as `row`, and nothing else: the same line is always drawn the same."""
    return _drawn(name, row)


@lru_cache(maxsize=KEPT)
def _drawn(name: str, row: Hashable) -> str:
    return render_to_string(name, {"row": row})
