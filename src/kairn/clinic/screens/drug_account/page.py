"""The drug account of one visit as plain values: the equation, whether it closes, the entries, and a form for each thing that happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kairn.clinic.acts.drug_account import DrugAccount
from kairn.clinic.acts.stock_reads import Shelf
from kairn.clinic.screens.forms.answers import Again
from kairn.clinic.screens.stock.days import said_of
from kairn.clinic.screens.stock.page import LotLine, lot_line
from kairn.clinic.screens.stock.told import MEASURED, Line
from kairn.clinic.screens.visit.seat import Band, Seat, band
from kairn.record.payloads_stock import StockDrawn
from kairn.record.stock import NOTHING, volume_text


@dataclass(frozen=True)
class Part:
    """One part of the equation: its sign, what it is, how much, and where the figure comes from."""

    sign: str
    label: str
    volume: str
    note: str


@dataclass(frozen=True)
class AccountPage:
    """What the page shows."""

    band: Band
    visit: str
    said: str
    word: str
    waits: tuple[str, ...]
    parts: tuple[Part, ...]
    difference: str
    untold: bool
    reading: str
    done: str
    total: str
    beyond: bool
    other_strength: tuple[str, ...]
    entries: tuple[Line, ...]
    waiting: tuple[Line, ...]
    lots: tuple[LotLine, ...]
    drawn_from: tuple[LotLine, ...]
    measured: tuple[tuple[str, str], ...]
    records: bool
    explain: bool
    told: str
    forms: Mapping[str, Again]
    again: Again
    back: str

    @property
    def others(self) -> bool:
        """Whether any entry that waits is somebody else's."""
        return any(not one.mine for one in self.waiting)

    @property
    def first_act(self) -> str:
        """Drawing is the one act of the page until something is drawn."""
        return "plain" if self.drawn_from else "act"


def equation(found: DrugAccount) -> tuple[Part, ...]:
    """drawn = infused + left in line and bag + wasted + returned, part by part."""
    account = found.account
    ran = "no order stands, so nobody can reckon what ran" if found.visit.pump else "nothing ran by the record"
    infused = "by the pump's recorded times" if found.order else ran
    return (
        Part("", "Drawn", volume_text(account.drawn), "from the shelf"),
        Part("=", "Infused", volume_text(account.infused), infused),
        Part("+", "Left in line and bag", volume_text(account.left), "measured"),
        Part("+", "Wasted", volume_text(account.wasted), "measured"),
        Part("+", "Returned", volume_text(account.returned), "to the shelf"),
    )


def account_page(
    seat: Seat, found: DrugAccount, lines: tuple[tuple[Line, ...], tuple[Line, ...]], shelves: tuple[Shelf, ...], shown: tuple[Mapping[str, Again], Again],
    records: bool,
) -> AccountPage:  # fmt: skip
    """The page for one account; `lines` are its entries and those that wait, `shown` the forms by act and the refusal on top."""
    account = found.account
    said, word, waits = said_of(found)
    drawn_from = {str(event.stream) for event in account.entries if isinstance(event.payload, StockDrawn)}
    lots = tuple(lot_line(each, seat.clock) for each in shelves)
    explained = account.variance.explained
    told = f"{explained.by.name} explained it: {getattr(explained.payload, 'reason', '')}" if explained else ""
    accounted = account.drawn - account.difference
    return AccountPage(
        band(seat), str(seat.visit.id), said, word, waits, equation(found), volume_text(account.difference), found.untold, volume_text(account.reading),
        _number(volume_text(max(accounted, NOTHING))), _number(volume_text(account.drawn)), account.difference < 0,
        tuple(one.told(found.visit) for one in found.other_strength), *lines,
        tuple(lot for lot in lots if lot.amount != volume_text(NOTHING)), tuple(lot for lot in lots if lot.id in drawn_from), MEASURED, records,
        found.unexplained and not account.variance.settled, told, *shown, seat.url("chair"),
    )  # fmt: skip


def _number(volume: str) -> str:
    return volume.partition(" ")[0]
