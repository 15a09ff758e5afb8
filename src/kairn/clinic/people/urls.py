"""The addresses of accounts; every name has its entry in access.yaml."""

from __future__ import annotations

from django.urls import include, path

from kairn.clinic.people.pages.accounts import people_list, people_recover
from kairn.clinic.people.pages.lock import lock_now, locked, pin, seen
from kairn.clinic.people.pages.oversight import access_review, lockouts, opened_glass

urlpatterns = [
    path("accounts/locked", locked, name="locked"),
    path("accounts/lock", lock_now, name="lock_now"),
    path("accounts/seen", seen, name="seen"),
    path("accounts/pin", pin, name="pin"),
    path("accounts/", include("allauth.urls")),
    path("people", people_list, name="people_list"),
    path("people/recover", people_recover, name="people_recover"),
    path("people/lockouts", lockouts, name="lockouts"),
    path("people/access", access_review, name="access_review"),
    path("patients/<uuid:patient>/break-glass", opened_glass, name="break_glass"),
]
