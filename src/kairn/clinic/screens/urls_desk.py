"""The desk's addresses; every name has its entry in the access table."""

from __future__ import annotations

from django.urls import path

from kairn.clinic.screens.patient.view import patient, patient_known_then, patient_timeline
from kairn.clinic.screens.today.view import home, today

PERSON = "patients/<uuid:patient>"

urlpatterns = [
    path("", home, name="home"),
    path("today", today, name="today"),
    path(PERSON, patient, name="patient"),
    path(f"{PERSON}/timeline", patient_timeline, name="patient_timeline"),
    path(f"{PERSON}/known/<int:seq>", patient_known_then, name="patient_known_then"),
]
