"""The addresses of stock, none of which names what is stocked; every name has its entry in the access table."""

from __future__ import annotations

from django.urls import path

from kairn.clinic.screens.drug_account.view import visit_stock, visit_stock_act
from kairn.clinic.screens.stock.days import stock_day, stock_register, stock_reports
from kairn.clinic.screens.stock.view import stock, stock_confirm, stock_lot, stock_lot_act, stock_receive, stock_strike

VISIT = "patients/<uuid:patient>/visits/<uuid:visit>"

urlpatterns = [
    path("stock", stock, name="stock"),
    path("stock/receive", stock_receive, name="stock_receive"),
    path("stock/confirm", stock_confirm, name="stock_confirm"),
    path("stock/day", stock_day, name="stock_day"),
    path("stock/register", stock_register, name="stock_register"),
    path("stock/reports", stock_reports, name="stock_reports"),
    path("stock/entries/<uuid:entry>/strike", stock_strike, name="stock_strike"),
    path("stock/lots/<uuid:lot>", stock_lot, name="stock_lot"),
    path("stock/lots/<uuid:lot>/<slug:act>", stock_lot_act, name="stock_lot_act"),
    path(f"{VISIT}/stock", visit_stock, name="visit_stock"),
    path(f"{VISIT}/stock/<slug:act>", visit_stock_act, name="visit_stock_act"),
]
