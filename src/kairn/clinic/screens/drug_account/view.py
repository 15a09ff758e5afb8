"""The drug account of a visit: what was drawn, infused, left, wasted and returned, and whether it closes."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kairn.clinic.acts import drug_account as acts
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, Refused, refused_field
from kairn.clinic.acts.stock_entry import Typed
from kairn.clinic.acts.stock_reads import one_entry, shelf
from kairn.clinic.screens.drug_account.page import account_page
from kairn.clinic.screens.forms.answers import Again, answer, event_id, fresh, readable_uuid
from kairn.clinic.screens.stock.told import Line, line
from kairn.clinic.screens.stock.view import WAITS, Reader, reader_of, titled
from kairn.clinic.screens.visit.entering import attempted, earlier
from kairn.clinic.screens.visit.seat import Seat, seated
from kairn.record.event import Event

Act = Callable[[HttpRequest, Context, UUID, UUID], Outcome]


@require_safe
def visit_stock(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """The account as it stands."""
    return _shown(request, patient, visit, "", fresh())


@require_POST
def visit_stock_act(request: HttpRequest, patient: UUID, visit: UUID, act: str) -> HttpResponse:
    """One thing that happened to the medicine of a visit: one form, one act."""
    if act not in ACTS:
        raise Http404
    context = reader_of(request).context
    outcome = attempted(lambda: ACTS[act](request, context, patient, visit))
    here = reverse("visit_stock", args=[patient, visit])
    return answer(request, outcome, here, WAITS, lambda again: _shown(request, patient, visit, act, again))


def _typed(request: HttpRequest, name: str) -> Typed:
    return Typed(request.POST.get(name, ""), request.POST.get("syringe" if name == "volume" else f"{name}_syringe", ""), name)


def _drawn(request: HttpRequest, context: Context, patient: UUID, visit: UUID) -> Outcome:
    lot = readable_uuid(request.POST.get("lot", ""))
    if lot is None:
        return refused_field("lot", "Saw no lot; expected the one that was drawn from. Choose it.")
    return acts.draw(context, patient, event_id=event_id(request), visit=visit, lot=lot, typed=_typed(request, "volume"), occurred_at=earlier(request))


def _measured(request: HttpRequest, context: Context, patient: UUID, visit: UUID) -> Outcome:
    left, wasted = (_typed(request, name) if request.POST.get(name, "").strip() else None for name in ("left", "wasted"))
    after = acts.After(left, wasted, request.POST.get("reason", ""), readable_uuid(request.POST.get("lot", "")))
    return acts.measure(context, patient, event_id=event_id(request), visit=visit, after=after, occurred_at=earlier(request))


def _returned(request: HttpRequest, context: Context, patient: UUID, visit: UUID) -> Outcome:
    lot = readable_uuid(request.POST.get("lot", ""))
    if lot is None:
        return refused_field("lot", "Saw no lot; expected the one it goes back to. Choose it.")
    typed, reason = _typed(request, "back"), request.POST.get("reason", "")
    return acts.give_back(context, patient, event_id=event_id(request), visit=visit, lot=lot, typed=typed, reason=reason, occurred_at=earlier(request))


def _explained(request: HttpRequest, context: Context, patient: UUID, visit: UUID) -> Outcome:
    difference, reason = request.POST.get("difference", ""), request.POST.get("reason", "")
    return acts.explain(context, patient, event_id=event_id(request), visit=visit, difference=difference, reason=reason)


ACTS: dict[str, Act] = {"draw": _drawn, "after": _measured, "return": _returned, "explain": _explained}
FORM_NAMES = {act: act.replace("return", "back") for act in ACTS}


def _shown(request: HttpRequest, patient: UUID, visit: UUID, act: str, again: Again) -> HttpResponse:
    return seated(request, patient, visit, lambda seat: _page(request, seat, act, titled(again)))


def _page(request: HttpRequest, seat: Seat, act: str, again: Again) -> HttpResponse:
    reader = reader_of(request)
    found = acts.drug_account(reader.context.clinic, seat.desk.chart.history, seat.visit.id, seat.clock.now)
    listed = shelf(reader.context)
    forms = {name: again if each == act else fresh() for each, name in FORM_NAMES.items()}
    lines = _lines(reader, found.account.entries), _lines(reader, found.account.waiting)
    page = account_page(seat, found, lines, () if isinstance(listed, Refused) else listed, (forms, again), seat.desk.may("visit_stock_act"))
    return render(request, "kairn/stock/account.html", {"page": page}, status=again.status)


def _lines(reader: Reader, entries: tuple[Event, ...]) -> tuple[Line, ...]:
    found = (one_entry(reader.context, entry.id) for entry in entries)
    return tuple(line(event, history, reader.clock, reader.id) for event, history in filter(None, found))
