"""Every address the clinic answers at, by room."""

from __future__ import annotations

from django.urls import include, path

from kairn.clinic.site.health import healthz
from kairn.clinic.site.tablets import certificate, tablets

urlpatterns = [
    path("", include("kairn.clinic.people.urls")),
    path("healthz", healthz, name="healthz"),
    path("tablets", tablets, name="tablets"),
    path("tablets/kairn-ca.crt", certificate, name="tablets-certificate"),
    path("", include("kairn.clinic.screens.urls")),
    path("", include("kairn.clinic.exchange.urls")),
]
