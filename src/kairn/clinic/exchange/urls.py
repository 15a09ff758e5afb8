"""The addresses of the doors; every name has its entry in the access table."""

from __future__ import annotations

from django.urls import path

from kairn.clinic.exchange.monitor.view import monitor_row
from kairn.clinic.exchange.upload.view import upload

urlpatterns = [
    path("import/", upload, name="upload"),
    path("visits/<uuid:visit>/monitor/rows", monitor_row, name="monitor_row"),
]
