"""An instrument in an address: a code instead of its name, so that no address, log line or browser's history tells what was asked."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from kairn.instruments.definition import INSTRUMENTS

DIGITS = 8


class MeasureConverter:
    """For `<measure:instrument>`: views and templates name the instrument, the address carries its code."""

    regex = f"[0-9a-f]{{{DIGITS}}}"

    def to_python(self, value: str) -> str:
        """The instrument's name. Raises ValueError (no such address) for a code nobody has."""
        if value not in _names():
            raise ValueError(value)
        return _names()[value]

    def to_url(self, value: str) -> str:
        """The code of an instrument."""
        return code_of(value)


def code_of(name: str) -> str:
    """The same for the same name for ever; no clinical word is in it."""
    return sha256(name.encode()).hexdigest()[:DIGITS]


@cache
def _names() -> dict[str, str]:
    return {code_of(name): name for name in INSTRUMENTS}
