"""The service worker at the root (its scope is the whole clinic) and the manifest, both without a clinical word."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from kairn.clinic.people.authorship import FIELD

STATIC = Path(__file__).resolve().parent.parent / "static"
SHELL = (
    "kairn/kairn.css",
    "kairn/print.css",
    "kairn/offline.html",
    "kairn/icon.svg",
    "kairn/theme.js",
    "kairn/clock.js",
    "kairn/news.js",
    "kairn/pad.js",
    "kairn/lanes.js",
    "kairn/monitor.js",
    "kairn/replay.js",
    "kairn/undo.js",
    "kairn/opens.js",
    "kairn/queue.js",
    "kairn/offline.js",
    "people/idle.js",
    "vendor/htmx/htmx.min.js",
    "vendor/uplot/uPlot.iife.min.js",
    "vendor/uplot/uPlot.min.css",
    "vendor/source-sans-3/source-sans-3-latin-400-normal.woff2",
    "vendor/source-sans-3/source-sans-3-latin-600-normal.woff2",
)
"""The static shell. Beside it the worker keeps, encrypted, only the chair's page and what was entered there until the clinic has taken it."""


def shell_version() -> str:
    """A short name that changes when any file of the shell changes."""
    return hashlib.sha256(b"".join(Path(str(finders.find(name))).read_bytes() for name in SHELL)).hexdigest()[:12]


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker's script, with the shell's addresses and version in it."""
    shell = {
        "version": shell_version(), "files": [static(name) for name in SHELL], "offline": static("kairn/offline.html"), "queue": static("kairn/queue.js"),
        "hours": settings.KAIRN_OFFLINE_HOURS, "token": FIELD,
    }  # fmt: skip
    response = render(request, "kairn/sw.js", {"shell": json.dumps(shell)}, content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/"
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """Name, icons and colours for a home screen."""
    icons = [{"src": static("kairn/icon.svg"), "sizes": "any", "type": "image/svg+xml"}]
    icons += [{"src": static(f"kairn/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"} for size in ("192", "512")]
    page = {"id": "/", "name": "Kairn", "short_name": "Kairn", "start_url": "/", "scope": "/", "display": "standalone"}
    look = {"background_color": "#F5F4F0", "theme_color": "#F5F4F0", "icons": icons}
    return JsonResponse(page | look, content_type="application/manifest+json")


@require_safe
def favicon(request: HttpRequest) -> FileResponse:
    """The small picture browsers ask for by themselves."""
    return FileResponse((STATIC / "kairn" / "icon-192.png").open("rb"), content_type="image/png")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """No crawler is welcome anywhere."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")
