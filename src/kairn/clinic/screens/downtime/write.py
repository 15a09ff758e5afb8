"""Writing the sheets: each whole or not at all, and those of visits that are over taken away."""

from __future__ import annotations

import os
from base64 import b64encode
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone

from kairn.clinic.acts.downtime import UnderWay, people_under_way, visits_under_way
from kairn.clinic.screens.downtime.page import sheet_of
from kairn.library.emergency_card import EMERGENCY_CARD

FOLDER = "downtime"
"""Under the data folder."""
STYLE = Path(__file__).parents[1] / "static" / "kairn" / "downtime.css"
OURS, PRIVATE = 0o700, 0o600


def each_minute(seals: Path) -> None:
    """The sheets of this minute, beside the folder of the seals."""
    write_sheets(seals.parent / FOLDER)


def write_sheets(folder: Path, now: datetime | None = None) -> list[Path]:
    """Write a sheet for every visit under way and answer the files. Names are the visits' own numbers: no name of a person, no clinical word.

    One chart that cannot be told leaves all others, and its own former sheet; nothing is taken away in such a round, and the fault is raised at its end.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=OURS)
    moment = now or timezone.now()
    written: list[Path] = []
    faults: list[Exception] = []
    for clinic, person in people_under_way():
        try:
            written += [_write(folder, found, moment) for found in visits_under_way(clinic, person, moment)]
        except Exception as fault:
            faults.append(fault)
    if faults:
        raise faults[0]
    for place in folder.iterdir():
        if _is_sheet(place) and place not in written:
            place.unlink(missing_ok=True)
    return written


def _write(folder: Path, found: UnderWay, now: datetime) -> Path:
    place = folder / f"{found.visit.id}.html"
    told = {"page": sheet_of(found, now), "card": EMERGENCY_CARD, "style": b64encode(STYLE.read_bytes()).decode()}
    _replace(place, render_to_string("kairn/downtime.html", told))
    return place


def _is_sheet(place: Path) -> bool:
    """Whether a file is a sheet, or one whose writing was broken off; anything else in the folder is not ours to take away."""
    try:
        UUID(place.stem.removesuffix(".html"))
    except ValueError:
        return False
    return place.suffix in (".html", ".part")


def _replace(place: Path, text: str) -> None:
    """The whole sheet in place of the former one, on the disk before it has its name."""
    part = place.with_suffix(".html.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(place)
