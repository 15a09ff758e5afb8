"""The addresses of protocols, by content and not by name; every name has its entry in the access table."""

from __future__ import annotations

from django.urls import path

from kairn.clinic.screens.protocols.people import protocol_move, protocol_people
from kairn.clinic.screens.protocols.prediction import prediction
from kairn.clinic.screens.protocols.sign import protocol_propose, protocol_publish, protocol_withdraw
from kairn.clinic.screens.protocols.view import protocol_compare, protocol_paper, protocol_version, protocols

urlpatterns = [
    path("protocols", protocols, name="protocols"),
    path("protocols/people", protocol_people, name="protocol_people"),
    path("protocols/prediction", prediction, name="prediction"),
    path("protocols/proposals/<uuid:proposal>", protocol_publish, name="protocol_publish"),
    path("protocols/proposals/<uuid:proposal>/withdraw", protocol_withdraw, name="protocol_withdraw"),
    path("protocols/<slug:content>", protocol_version, name="protocol_version"),
    path("protocols/<slug:content>/paper", protocol_paper, name="protocol_paper"),
    path("protocols/<slug:content>/compare", protocol_compare, name="protocol_compare"),
    path("protocols/<slug:content>/propose", protocol_propose, name="protocol_propose"),
    path("patients/<uuid:patient>/protocol", protocol_move, name="protocol_move"),
]
