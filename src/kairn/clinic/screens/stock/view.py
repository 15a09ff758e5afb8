"""The shelf and one lot of it: receive, count, waste, explain, stand by, strike out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kairn.clinic.acts import stock as acts
from kairn.clinic.acts.context import Context, context_of
from kairn.clinic.acts.outcome import Outcome, Refused, refused
from kairn.clinic.acts.stock_entry import Typed
from kairn.clinic.acts.stock_reads import Shelf, all_waiting, one_entry, one_lot, shelf
from kairn.clinic.people.may import may, relations
from kairn.clinic.screens.forms.answers import Again, answer, event_id, fresh, readable_uuid
from kairn.clinic.screens.forms.clock import Clock, clock_of
from kairn.clinic.screens.stock.page import LotPage, StockPage, Unexplained, lot_line, step_lines
from kairn.clinic.screens.stock.told import MEASURED, Line, line
from kairn.clinic.screens.visit.entering import attempted, earlier
from kairn.library.products import PRODUCTS
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.stock import Variance, volume_text
from kairn.terms.problem import unreadable

Act = Callable[[HttpRequest, Context, UUID], Outcome]
WAITS = "Recorded. It waits for a second person."


@dataclass(frozen=True)
class Reader:
    """Who reads, and the clinic's clock."""

    context: Context
    clock: Clock

    @property
    def id(self) -> str:
        """How the record names them."""
        return self.context.author.id

    def may(self, action: str) -> bool:
        """Whether the access table lets them."""
        return may(self.context.user, action, relations(self.context.user, None)).granted


def reader_of(request: HttpRequest) -> Reader:
    """Whoever asks."""
    context = context_of(request.user)  # type: ignore[arg-type]
    return Reader(context, clock_of(context.user, context.now))


def titled(again: Again) -> Again:
    """The reasons under a heading that fits: no protocol and no chart stood in the way."""
    return replace(again, title="Not saved") if again.reasons else again


def turned_away(request: HttpRequest) -> HttpResponse:
    """The page that refuses."""
    return render(request, "people/refused.html", {"break_glass": ""}, status=403)


# --- the shelf -------------------------------------------------------------------------------------------------------


@require_safe
def stock(request: HttpRequest) -> HttpResponse:
    """Every lot with what is left of it, and every entry that waits for a second person."""
    return _shelf(request, fresh())


def _shelf(request: HttpRequest, again: Again) -> HttpResponse:
    reader = reader_of(request)
    listed = shelf(reader.context)
    if isinstance(listed, Refused):
        return turned_away(request)
    lots = [(each.lot.amount > 0, lot_line(each, reader.clock)) for each in listed]
    page = StockPage(
        tuple(one for left, one in lots if left), tuple(one for left, one in lots if not left), waiting_lines(reader, all_waiting(reader.context)),
        titled(again), reader.may("stock.record"), reader.clock.when(reader.clock.now),
    )  # fmt: skip
    return render(request, "kairn/stock/shelf.html", {"page": page}, status=again.status)


def waiting_lines(reader: Reader, waiting: Iterable[tuple[Event, History]]) -> tuple[Line, ...]:
    """Entries that wait, each as a line."""
    return tuple(line(event, history, reader.clock, reader.id) for event, history in waiting)


@require_http_methods(["GET", "HEAD", "POST"])
def stock_receive(request: HttpRequest) -> HttpResponse:
    """Some of a lot came in."""
    if request.method != "POST":
        return _receiving(request, fresh())
    outcome = attempted(lambda: _received(request))
    return answer(request, outcome, reverse("stock"), WAITS, lambda again: _receiving(request, again))


def _received(request: HttpRequest) -> Outcome:
    typed = request.POST
    return acts.receive(
        reader_of(request).context, event_id=event_id(request), product=typed.get("product", ""), lot=typed.get("lot", ""),
        expires=day_typed(typed.get("expires", ""), "expires"), volume=typed.get("volume", ""), supplier=typed.get("supplier", ""),
        occurred_at=earlier(request),
    )  # fmt: skip


def day_typed(typed: str, field: str) -> date | None:
    """The day a field holds, None where it is blank. Raises Unreadable."""
    try:
        return date.fromisoformat(typed.strip()) if typed.strip() else None
    except ValueError:
        raise unreadable(repr(typed.strip()), "a day that exists", "Correct it.", field) from None


def _receiving(request: HttpRequest, again: Again) -> HttpResponse:
    products = tuple((product.key, product.label) for product in PRODUCTS.values())
    return render(request, "kairn/stock/receive.html", {"page": {"again": titled(again), "products": products}}, status=again.status)


@require_POST
def stock_confirm(request: HttpRequest) -> HttpResponse:
    """Stand by entries of somebody else; back to the page it was done on."""
    entries = [one for one in map(readable_uuid, request.POST.getlist("entry")) if one]
    outcome = acts.witness(reader_of(request).context, event_id=event_id(request), entries=entries)
    back = request.POST.get("next", "")
    where = back if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()) else reverse("stock")
    return answer(request, outcome, where, "Your name stands beside it.", lambda again: _shelf(request, again))


# --- one lot ---------------------------------------------------------------------------------------------------------


@require_safe
def stock_lot(request: HttpRequest, lot: UUID) -> HttpResponse:
    """One lot, entry by entry."""
    return _lot(request, lot, "", fresh())


@require_POST
def stock_lot_act(request: HttpRequest, lot: UUID, act: str) -> HttpResponse:
    """One thing that happened to a lot on the shelf: one form, one act."""
    if act not in LOT_ACTS:
        raise Http404
    context = reader_of(request).context
    outcome = attempted(lambda: LOT_ACTS[act](request, context, lot))
    return answer(request, outcome, reverse("stock_lot", args=[lot]), WAITS, lambda again: _lot(request, lot, act, again))


def _counted(request: HttpRequest, context: Context, lot: UUID) -> Outcome:
    return acts.count(context, event_id=event_id(request), lot=lot, volume=request.POST.get("counted", ""), occurred_at=earlier(request))


def _wasted(request: HttpRequest, context: Context, lot: UUID) -> Outcome:
    typed = Typed(request.POST.get("volume", ""), request.POST.get("syringe", ""))
    return acts.waste_from_shelf(context, event_id=event_id(request), lot=lot, typed=typed, reason=request.POST.get("reason", ""), occurred_at=earlier(request))


def _explained(request: HttpRequest, context: Context, lot: UUID) -> Outcome:
    typed, counted = request.POST, readable_uuid(request.POST.get("count", ""))
    if counted is None:
        return refused("input", "Saw no count; expected the one that differs. Choose it on the page.")
    return acts.explain_count(
        context, event_id=event_id(request), lot=lot, counted=counted, difference=typed.get("difference", ""), reason=typed.get("reason", "")
    )


LOT_ACTS: dict[str, Act] = {"count": _counted, "waste": _wasted, "explain": _explained}


def _lot(request: HttpRequest, lot: UUID, act: str, again: Again) -> HttpResponse:
    reader = reader_of(request)
    found = one_lot(reader.context, lot)
    if isinstance(found, Refused):
        return turned_away(request)
    if found is None:
        raise Http404
    return render(request, "kairn/stock/lot.html", {"page": _lot_page(reader, found, act, titled(again))}, status=again.status)


def _lot_page(reader: Reader, found: Shelf, act: str, again: Again) -> LotPage:
    said = found.lot.received
    shown = {name: again if name == act else fresh() for name in LOT_ACTS}
    return LotPage(
        lot_line(found, reader.clock), said.concentration if said else "", volume_text(found.lot.came_in), step_lines(found, reader.clock, reader.id),
        tuple(_unexplained(each, reader.clock, again if act == "explain" else fresh()) for each in found.lot.variances if not each.settled),
        shown["count"], shown["waste"], again, reader.may("stock.record"), MEASURED,
    )  # fmt: skip


def _unexplained(variance: Variance, clock: Clock, again: Again) -> Unexplained:
    told = f"{variance.explained.by.name} explained it; a second person is missing." if variance.explained else ""
    assert variance.of is not None
    of, own = variance.of, replace(again, event_id=fresh().event_id)
    return Unexplained(str(of.id), clock.when(of.occurred_at), volume_text(variance.difference), told, own)


# --- corrections -----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def stock_strike(request: HttpRequest, entry: UUID) -> HttpResponse:
    """Strike out an entry; what was right is entered anew."""
    reader = reader_of(request)
    found = one_entry(reader.context, entry)
    if found is None:
        raise Http404
    told = line(*found, reader.clock, reader.id)

    def show(again: Again) -> HttpResponse:
        return render(request, "kairn/stock/strike.html", {"page": {"again": titled(again), "entry": told}}, status=again.status)

    if request.method != "POST":
        return show(fresh())
    outcome = acts.strike(reader.context, event_id=event_id(request), entry=entry, reason=request.POST.get("reason", ""))
    return answer(request, outcome, reverse("stock"), WAITS, show)
