"""Whose words are shown with an instrument here: those of the pack that was imported, else our own short labels, else none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from kairn.fhir.questionnaire import read_pack
from kairn.instruments.packs import kept_pack, shown_pack
from kairn.instruments.shapes import Instrument
from kairn.instruments.wording import Wording, own_wording
from kairn.terms.problem import Unreadable


@dataclass(frozen=True)
class Shown:
    """The words of one instrument, or why there are none; `fault` also says why an imported pack is not the one that is shown."""

    wording: Wording | None
    fault: str = ""

    @property
    def pack(self) -> str:
        """What a response keeps of a pack: the instrument's name and the digest of its bytes; nothing for our own words."""
        return f"{self.wording.instrument}/{self.wording.pack}" if self.wording and self.wording.pack else ""

    @property
    def name(self) -> str:
        """What the form is called in these words: the title of the pack, or of our check-list."""
        return self.wording.title if self.wording else ""


def shown_words(found: Instrument) -> Shown:
    """The words a new answering is asked in."""
    try:
        raw = shown_pack(settings.KAIRN_HOME, found.name)
        if raw:
            return Shown(_of_pack(found.name, raw))
    except Unreadable as fault:
        return Shown(own_wording(found), f"The imported pack cannot be used: {fault}")
    own = own_wording(found)
    return Shown(own) if own else Shown(None, no_words(found))


def words_of(found: Instrument, pack: str) -> Shown:
    """The words that an answering was begun in, whatever is shown by now: of that pack, or our own where it names none."""
    if not pack:
        own = own_wording(found)
        return Shown(own) if own else Shown(None, no_words(found))
    name, _, digest = pack.partition("/")
    try:
        return Shown(_of_pack(found.name, kept_pack(settings.KAIRN_HOME, found.name, digest))) if name == found.name else Shown(None, no_words(found))
    except Unreadable as fault:
        return Shown(None, str(fault))


def no_words(found: Instrument) -> str:
    """Why an instrument cannot be shown, and what to do."""
    holder = found.licence.holder
    return (
        f"Kairn may score {found.title} and may not show its sentences: they belong to {holder}. "
        "Get the form from its owner as a FHIR Questionnaire, and have it imported on the server: kairn instrument import PACK.json. "
        "Until then a total that was scored on paper can be entered where the total is asked."
    )


@lru_cache
def _of_pack(name: str, raw: bytes) -> Wording:
    return read_pack(raw, name).wording
