"""FHIR JSON out of plain values; a NumberText is written as the number it is, digit for digit."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from kairn.terms.strict_json import NumberText


def write_json(value: Any, indent: int = 2) -> str:
    """The JSON text of a value as `read_json` gives it, ending in a line break; what `read_json` reads from it is equal."""
    return _written(value, " " * indent, "\n") + "\n"


def _written(value: Any, step: str, line: str) -> str:
    inner = line + step
    if isinstance(value, dict):
        return _around("{}", (f"{json.dumps(name, ensure_ascii=False)}: {_written(part, step, inner)}" for name, part in value.items()), inner, line)
    if isinstance(value, list):
        return _around("[]", (_written(part, step, inner) for part in value), inner, line)
    return str(value) if isinstance(value, NumberText) else json.dumps(value, ensure_ascii=False)


def _around(brackets: str, parts: Iterable[str], inner: str, line: str) -> str:
    joined = f",{inner}".join(parts)
    return f"{brackets[0]}{inner}{joined}{line}{brackets[1]}" if joined else brackets
