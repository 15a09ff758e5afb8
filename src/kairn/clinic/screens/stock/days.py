"""A day of the drug ledger and its closing, the register, and the reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from kairn.clinic.acts.drug_account import DrugAccount
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.stock_days import Day, close_day, day_of, unsettled
from kairn.clinic.acts.stock_reads import Difference, Kept, Row, Span, kept_of, pairs, register, variances, within, zone_of
from kairn.clinic.screens.forms.answers import Again, answer, event_id, expected_seq, fresh
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.stock.told import Line, line, signed
from kairn.clinic.screens.stock.view import Reader, day_typed, reader_of, titled, turned_away
from kairn.record.history import History
from kairn.record.stock import Pair, volume_text
from kairn.terms.problem import Unreadable


@dataclass(frozen=True)
class AccountLine:
    """One visit of the day: whose, whether its account is settled, and what it waits for."""

    name: str
    url: str
    said: str
    word: str
    waits: tuple[str, ...]


@dataclass(frozen=True)
class DayPage:
    """One day: whether it may be closed, what stands in the way, who closed it."""

    day: str
    title: str
    said: str
    word: str
    stops: tuple[str, ...]
    accounts: tuple[AccountLine, ...]
    lots: tuple[tuple[str, str], ...]
    closed: str
    closes: bool
    seq: int
    again: Again
    before: str
    after: str


@require_http_methods(["GET", "HEAD", "POST"])
def stock_day(request: HttpRequest) -> HttpResponse:
    """One day (`day`, today by default); a POST closes it."""
    if request.method != "POST":
        return _day(request, _asked(request, "day"), fresh())
    reader, day = reader_of(request), _posted(request)
    outcome = close_day(reader.context, event_id=event_id(request), expected_seq=expected_seq(request), day=day)
    here = f"{reverse('stock_day')}?day={day or ''}"
    return answer(request, outcome, here, "The day is closed.", lambda again: _day(request, day or _today(reader), again))


def _posted(request: HttpRequest) -> date | None:
    try:
        return day_typed(request.POST.get("day", ""), "day")
    except Unreadable:
        return None


def _asked(request: HttpRequest, word: str, otherwise: date | None = None) -> date:
    """The day an address asks for; one that cannot be read is taken as not asked."""
    try:
        found = day_typed(request.GET.get(word, ""), word)
    except Unreadable:
        found = None
    return found or otherwise or _today(reader_of(request))


def _today(reader: Reader) -> date:
    return reader.clock.local(reader.clock.now).date()


def _day(request: HttpRequest, day: date, again: Again) -> HttpResponse:
    reader = reader_of(request)
    found = day_of(reader.context, day)
    if isinstance(found, Refused):
        return turned_away(request)
    return render(request, "kairn/stock/day.html", {"page": _day_page(reader, day, found, titled(again))}, status=again.status)


def _day_page(reader: Reader, day: date, found: Day, again: Again) -> DayPage:
    said, word = _decided(found)
    here, today = reverse("stock_day"), _today(reader)
    by = f"{found.closed.by.name}, {reader.clock.when(found.closed.recorded_at)}" if found.closed else ""
    lots = tuple((lot.received.lot, volume_text(lot.amount)) for lot in found.kept.lots.values() if lot.received)
    neighbours = [date.fromordinal(day.toordinal() + step) for step in (-1, 1) if 1 < day.toordinal() + step < date.max.toordinal()]
    after = neighbours[-1] if day < today else None
    return DayPage(
        day.isoformat(), reader.clock.day(day), said, word, found.stops, tuple(_accounts(found.kept)), lots, by,
        reader.may("stock.record") and not found.is_closed and day <= today, found.seq, again, f"{here}?day={neighbours[0]}",
        f"{here}?day={after}" if after else "",
    )  # fmt: skip


def _decided(found: Day) -> tuple[str, str]:
    if found.is_closed:
        return "yes", "Closed"
    if found.stops:
        return "no", "Cannot be closed yet"
    return ("unknown", "Closed, and something came since") if found.closed else ("yes", "Can be closed")


def _accounts(kept: Kept) -> Iterable[AccountLine]:
    for visit, whose in kept.whose.items():
        account = kept.accounts.get(visit)
        url = reverse("visit_stock", args=[whose.patient, visit]) if whose.patient else ""
        yield AccountLine(whose.name, url, *said_of(account))


def said_of(account: DrugAccount | None) -> tuple[str, str, tuple[str, ...]]:
    """The answer to whether an account is settled, its words, and what it waits for."""
    if account is None:
        return "no", "In no book", ()
    if not account.begun:
        return "unknown", "Nothing drawn", ()
    waits = tuple(unsettled(account))
    if account.settled:
        return "yes", "Closes" if account.closes else "Explained by two people", waits
    if not account.over:
        return "unknown", "Open", waits
    return "no", "Not explained" if account.unexplained else "Waits for a second person", waits


# --- the register ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RegisterLine:
    """One line of the register."""

    line: Line
    lot: str
    whose: str
    change: str
    after: str


@dataclass(frozen=True)
class SpanPage:
    """A stretch of time and what is told of it."""

    first: str
    last: str
    known: str
    lines: tuple[RegisterLine, ...] = ()
    variances: tuple[VarianceLine, ...] = ()
    pairs: tuple[Pair, ...] = ()
    accounts: int = 0
    hidden: str = ""


@dataclass(frozen=True)
class VarianceLine:
    """One difference, and who explained it."""

    of: str
    url: str
    difference: str
    said: str
    reason: str
    names: str


@require_safe
def stock_register(request: HttpRequest) -> HttpResponse:
    """Everything from one day to another in the order it happened, to read and to print."""
    reader, kept = _kept(request)
    if isinstance(kept, Refused):
        return turned_away(request)
    lines = tuple(_line(row, kept, reader) for row in register(kept))
    return render(request, "kairn/stock/register.html", {"page": SpanPage(*_told(kept, reader.clock), lines=lines)})


def _kept(request: HttpRequest) -> tuple[Reader, Kept | Refused]:
    reader = reader_of(request)
    today = _today(reader)
    first, last = sorted((_asked(request, "from", today.replace(day=1)), _asked(request, "to", today)))
    return reader, kept_of(reader.context, Span(first, last, zone_of(reader.context)))


def _told(kept: Kept, clock: Clock) -> tuple[str, str, str]:
    return kept.span.first.isoformat(), kept.span.last.isoformat(), clock.full(clock.now)


def _line(row: Row, kept: Kept, reader: Reader) -> RegisterLine:
    history: History = kept.histories[row.event.stream]
    visit = getattr(row.event.payload, "visit", None)
    lot = row.lot.received.lot if row.lot and row.lot.received else ""
    change, after = (signed(row.step.change), volume_text(row.step.after)) if row.step else ("", "")
    whose = kept.whose.get(visit) if visit else None
    return RegisterLine(line(row.event, history, reader.clock, reader.id), lot, whose.name if whose else "", change, after)


# --- reports ---------------------------------------------------------------------------------------------------------


@require_safe
def stock_reports(request: HttpRequest) -> HttpResponse:
    """Every difference with its reason and names, what the scales hid added up, and who stood by whom how often."""
    reader, kept = _kept(request)
    if isinstance(kept, Refused):
        return turned_away(request)
    hidden = within(kept)
    page = SpanPage(
        *_told(kept, reader.clock), variances=tuple(_variance(each, kept, reader.clock) for each in variances(kept)), pairs=pairs(kept),
        accounts=hidden.accounts, hidden=volume_text(hidden.total),
    )  # fmt: skip
    return render(request, "kairn/stock/reports.html", {"page": page})


def _variance(each: Difference, kept: Kept, clock: Clock) -> VarianceLine:
    one = each.variance
    of, url = _of(each, kept, clock)
    names = f"{one.explained.by.name}, {one.second.by.name}" if one.explained and one.second else one.explained.by.name if one.explained else ""
    reason = getattr(one.explained.payload, "reason", "") if one.explained else ""
    return VarianceLine(of, url, volume_text(one.difference), "yes" if one.settled else "no", reason, names)


def _of(each: Difference, kept: Kept, clock: Clock) -> tuple[str, str]:
    if each.visit is not None:
        whose = kept.whose[each.visit]
        return whose.name, _visit_url(whose.patient, each.visit)
    counted = each.variance.of
    lot = each.lot.received.lot if each.lot and each.lot.received else ""
    return f"Count of lot {lot}, {clock.when(counted.occurred_at) if counted else ''}", reverse("stock_lot", args=[counted.stream]) if counted else ""


def _visit_url(patient: UUID | None, visit: UUID) -> str:
    return reverse("visit_stock", args=[patient, visit]) if patient else ""
