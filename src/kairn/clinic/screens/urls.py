"""The addresses of the screens, one line a screen; every name has its entry in the access table."""

from __future__ import annotations

from django.urls import include, path

from kairn.clinic.screens.pwa.view import favicon, manifest, robots, service_worker
from kairn.clinic.screens.shelf.view import shelf
from kairn.clinic.screens.theme.view import theme

urlpatterns = [
    path("sw.js", service_worker, name="service_worker"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("favicon.ico", favicon, name="favicon"),
    path("robots.txt", robots, name="robots"),
    path("theme", theme, name="theme"),
    path("shelf", shelf, name="shelf"),
    path("", include("kairn.clinic.screens.urls_desk")),
    path("", include("kairn.clinic.screens.urls_protocols")),
    path("", include("kairn.clinic.screens.urls_chair")),
    path("", include("kairn.clinic.screens.urls_measures")),
    path("", include("kairn.clinic.screens.urls_stock")),
]
