"""The addresses of measures, of a person's chart and on their own phone, by code and not by name; every name has its entry in the access table."""

from __future__ import annotations

from django.urls import path, register_converter

from kairn.clinic.screens.measures.code import MeasureConverter
from kairn.clinic.screens.measures.view import instrument_answer, instrument_ask, instrument_result, measures
from kairn.clinic.screens.phone.questions import patient_question, patient_questions

register_converter(MeasureConverter, "measure")

PERSON = "patients/<uuid:patient>/measures"

urlpatterns = [
    path(PERSON, measures, name="measures"),
    path(f"{PERSON}/ask", instrument_ask, name="instrument_ask"),
    path(f"{PERSON}/<measure:instrument>", instrument_answer, name="instrument_answer"),
    path(f"{PERSON}/answers/<uuid:response>", instrument_result, name="instrument_result"),
    path("me/questions", patient_questions, name="patient_questions"),
    path("me/questions/<measure:instrument>", patient_question, name="patient_question"),
]
