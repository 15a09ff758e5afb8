"""Every address the clinic answers at, by room."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path

from kairn.clinic.site.tablets import certificate, tablets

ROOMS = ("kairn.clinic.screens.urls", "kairn.clinic.exchange.urls")

urlpatterns = [
    path("", include("kairn.clinic.people.urls")),
    path("tablets", tablets, name="tablets"),
    path("tablets/kairn-ca.crt", certificate, name="tablets-certificate"),
    *(path("", include(room)) for room in ROOMS if find_spec(room.rpartition(".")[0]) and find_spec(room)),
]
