"""The three grammars of numbers: a typed dose, a measured value, a parameter; none takes an exponent or a NaN."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal

from kairn.terms.problem import unreadable

_TYPED_DOSE = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")
_PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
TYPED_STEP = Decimal("0.001")
"""How near two typed doses can lie."""
MEASURED_DIGITS = 18
PARAMETER_DIGITS = 12


def typed_dose(text: str, where: str = "") -> Decimal:
    """A dose as a person types it: up to 4 digits, then up to 3 decimals. Raises Unreadable."""
    if not _TYPED_DOSE.fullmatch(text):
        raise unreadable(f"{text!r}", "up to 4 digits and up to 3 decimals, such as 0.5 or 41", "Type the number again; nothing was kept.", where)
    return Decimal(text)


def measured_value(text: str, where: str = "") -> Decimal:
    """A value from a person, device, import or laboratory, kept as received: at most 18 significant digits. Raises Unreadable."""
    return _plain(text, MEASURED_DIGITS, where)


def parameter(text: str, where: str = "") -> Decimal:
    """A number in a protocol or model file: at most 12 digits. Raises Unreadable."""
    return _plain(text, PARAMETER_DIGITS, where)


def rounded_to(value: Decimal, step: Decimal) -> Decimal:
    """The value rounded half-even to a multiple of `step`, as a rule sees it."""
    return (value / step).quantize(Decimal(1), rounding=ROUND_HALF_EVEN) * step


def plain_text(value: Decimal) -> str:
    """The number as people read it: 0.5 never .5, 5 never 5.0, no exponent."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _plain(text: str, digits: int, where: str) -> Decimal:
    if not _PLAIN.fullmatch(text):
        raise unreadable(f"{text[:40]!r}", "a plain number such as 142 or 36.6", "Send the number without exponent, spaces or other signs.", where)
    significant = text.lstrip("+-").replace(".", "").lstrip("0")
    if len(significant) > digits or len(text) > digits + digits:
        raise unreadable(f"{len(significant)} digits in {text[:40]!r}", f"at most {digits} significant digits", "Send the value as it was measured.", where)
    return Decimal(text)
