"""The sentences that are shown with an instrument: our own short labels, or those of an official pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kairn.instruments.shapes import Instrument

OWN_NOTE = "Own wording, not comparable with the published scale."


@dataclass(frozen=True)
class Wording:
    """What is read by the person who answers. `items`: item key -> question; `options`: item key -> value -> answer in words.

    `kind` own: our own short labels, a check-list. official: from a pack, whose digest is in `pack` and whose notice must be shown.
    """

    instrument: str
    kind: Literal["own", "official"]
    title: str
    notice: str
    items: Mapping[str, str]
    options: Mapping[str, Mapping[str, str]]
    pack: str = ""
    note: str = ""
    intro: str = ""
    ends: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def own_wording(instrument: Instrument) -> Wording | None:
    """Our own short labels, or None where only a pack may bring the words."""
    if instrument.wording != "own":
        return None
    return Wording(
        instrument=instrument.name,
        kind="own",
        title=instrument.check_list,
        notice=instrument.licence.notice,
        items={item.key: item.label for item in instrument.items},
        options={item.key: {option.value: option.label or option.value for option in item.options} for item in instrument.items},
        note="" if instrument.licence.terms == "own" else OWN_NOTE,
        intro=f"About: {instrument.recall}.",
        ends={item.key: (item.low_end, item.high_end) for item in instrument.items if item.low_end},
    )
