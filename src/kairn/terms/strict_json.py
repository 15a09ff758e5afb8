"""The one reader of JSON: duplicate keys, NaN, Infinity, overflow and what no database can hold are refused with the place."""

from __future__ import annotations

import contextlib
import json
import re
from json.decoder import JSONObject  # type: ignore[attr-defined]
from json.scanner import py_make_scanner  # type: ignore[attr-defined]
from typing import Any, NoReturn

from kairn.terms.problem import Unreadable, unreadable

_SURROGATE = re.compile("[\ud800-\udfff]")
_LITERAL_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


class NumberText(str):
    """A JSON number, kept as the text that was received."""

    __slots__ = ()


class _Refused(Exception):
    def __init__(self, seen: str, needle: str, *, twice: bool = False) -> None:
        super().__init__(seen)
        self.seen, self.needle, self.twice = seen, needle, twice


def read_json(raw: bytes | str, where: str = "", max_bytes: int | None = None) -> Any:
    """The value of a JSON text with numbers as NumberText. Raises Unreadable naming the line and column.

    max_bytes: refuse a longer text before reading it.
    """
    if max_bytes is not None and len(raw) > max_bytes:
        raise unreadable(f"{len(raw):,} bytes", f"at most {max_bytes:,} bytes", "Send it in smaller parts.", where)
    text = raw if isinstance(raw, str) else _decode(raw, where)
    try:
        value = _DECODER.decode(text)
        _holdable(value)
    except json.JSONDecodeError as fault:
        raise unreadable(f"broken JSON ({fault.msg})", "a complete JSON text", "Send the file again, whole.", _place(where, text, fault.pos)) from None
    except RecursionError:
        raise unreadable("JSON nested too deep to read", "ordinary nesting", "Send the record without the deep nesting.", where) from None
    except _Refused as fault:
        position = _find(text, fault)
        raise unreadable(
            fault.seen, "JSON that says each thing once, in plain numbers and text", "Mend it there and send it again.", _place(where, text, position)
        ) from None
    return value


def _decode(raw: bytes, where: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise unreadable(f"a byte that is not UTF-8 at position {fault.start}", "UTF-8 text", "Save the file as UTF-8.", where) from None


def _place(where: str, text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return f"{where + ', ' if where else ''}line {line}, column {column}"


def _find(text: str, fault: _Refused) -> int:
    """Where the refused thing stands: read again, slowly, noting where each object begins; the innermost one holds it."""
    spans: list[int] = []
    decoder = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=_number, parse_int=_number, parse_constant=_constant)

    def parse_object(state: tuple[str, int], *rest: Any) -> Any:
        spans.append(state[1])
        found = JSONObject(state, *rest)
        spans.pop()
        return found

    decoder.parse_object = parse_object  # type: ignore[attr-defined]
    decoder.scan_once = py_make_scanner(decoder)  # type: ignore[attr-defined]
    with contextlib.suppress(_Refused):
        decoder.decode(text)
    position = text.find(fault.needle, spans[-1] if spans else 0)
    second = text.find(fault.needle, position + 1) if fault.twice else position
    return max(second, position, 0)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Refused(f"the key {twice!r} twice in one object", json.dumps(twice, ensure_ascii=False), twice=True)
    for key, value in pairs:
        _holdable(key)
        _holdable(value)
    return found


def _holdable(value: Any) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise _Refused("a NUL character in a text", "\\u0000")
        if _SURROGATE.search(value):
            raise _Refused("half of a surrogate pair in a text", "\\ud")
    elif isinstance(value, list):
        for item in value:
            _holdable(item)


def _number(text: str) -> NumberText:
    if not _LITERAL_NUMBER.fullmatch(text) or float(text) in (float("inf"), float("-inf")):
        raise _Refused(f"the number {text[:40]}, too large to hold", text)
    return NumberText(text)


def _constant(text: str) -> NoReturn:
    raise _Refused(f"{text}, which is not a number", text)


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=_number, parse_int=_number, parse_constant=_constant, strict=True)

__all__ = ["NumberText", "Unreadable", "read_json"]
