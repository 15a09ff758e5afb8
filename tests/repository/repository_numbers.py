"""Which numbers are written in a Python file, a template or a script, and which of them were allowed, with what reason."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from http import HTTPStatus
from pathlib import Path

from repository_tree import ROOT, docstring_of, files, place

from kairn.terms.quantity import parse_quantity
from kairn.terms.times import parse_duration

LIST = ROOT / "tests" / "repository" / "numbers.toml"
CODES = {code.value for code in HTTPStatus}
FREE = {"-1", "0", "1", "2"}
CLOSED_ROOMS = ("src/kairn/pathway/", "src/kairn/instruments/", "src/kairn/clinic/acts/")
OPEN_ROOMS = ("src/kairn/terms/", "src/kairn/library/")
AMOUNT = re.compile(r"\s*([+-]?\d+(?:[.,]\d+)?)\s?(?:[A-Za-zµ%°/\[\]]{0,12})\s*")
IN_TEXT = re.compile(r"(?<![\w.#&])(?<![\w;]-)-?\d+(?:\.\d+)?(?!\w*-\w*-)")
DRAWN = re.compile(
    r"""\b(?:d|viewBox|points|x|y|x1|x2|y1|y2|cx|cy|r|rx|ry|dx|dy|width|height|transform|stroke-[a-z]+|tabindex|colspan|rowspan|rows|cols|size|maxlength|minlength)\s*=\s*("[^"]*"|'[^']*')"""
)
TEMPLATE_TALK = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?endcomment\s*%\}|<!--.*?-->", re.DOTALL)
SCRIPT_PARTS = re.compile(r"""(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|(?P<talk>//[^\n]*|/\*.*?\*/)""", re.DOTALL)


@dataclass(frozen=True)
class Number:
    """A number where it is written, as it is written there."""

    line: int
    text: str


@dataclass(frozen=True)
class Allowance:
    """Numbers that may stand in some files, and why they are not clinical."""

    files: str
    numbers: frozenset[str]
    reason: str


def is_amount(text: str) -> bool:
    """Whether a string reads as a number or as a quantity with its unit."""
    if AMOUNT.fullmatch(text):
        return True
    return any(reads(text, reader) for reader in (parse_quantity, parse_duration))


def reads(text: str, reader: object) -> bool:
    """Whether one of our own readers takes the text."""
    try:
        reader(text)  # type: ignore[operator]
    except ValueError:
        return False
    return True


def plain(text: str) -> str:
    """The number as the list spells it: no spaces, underscores or needless zeros."""
    text = text.strip().replace("_", "")
    return text.removesuffix(".0")


def in_python(source: str) -> Iterator[Number]:
    """Numbers and amounts written in Python; docstrings are talk and are not read."""
    tree = ast.parse(source)
    talk = {id(said.value) for node in ast.walk(tree) if (said := docstring_of(node))}
    signed = {id(node.operand): "-" for node in ast.walk(tree) if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)}
    talk |= {id(code) for word in ast.walk(tree) if isinstance(word, ast.keyword) and word.arg == "status" for code in http_codes(word.value)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in talk and (text := written(node.value)) is not None:
            yield Number(node.lineno, signed.get(id(node), "") + plain(text))


def http_codes(value: ast.expr) -> Iterator[ast.Constant]:
    """Codes of HTTP in the value of `status=`, alone or either side of a choice; they need no reason."""
    for code in [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]:
        if isinstance(code, ast.Constant) and code.value in CODES:
            yield code


def written(value: object) -> str | None:
    """How a constant is spelt when it is a number or reads as one, else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | complex):
        return repr(value)
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    return value if isinstance(value, str) and is_amount(value) else None


def in_template(source: str) -> Iterator[Number]:
    """Numbers written in a template; drawing geometry and comments are not read."""
    yield from in_text(DRAWN.sub(blank, TEMPLATE_TALK.sub(blank, source)))


def in_script(source: str) -> Iterator[Number]:
    """Numbers written in JavaScript, within strings too; comments are not read."""
    yield from in_text(SCRIPT_PARTS.sub(lambda part: part.group() if part.group("text") else blank(part), source))


def blank(part: re.Match[str]) -> str:
    """Nothing, with the same number of lines."""
    return "\n" * part.group().count("\n")


def in_text(source: str) -> Iterator[Number]:
    """Numbers of a text that do not belong to a name, a colour or a character code."""
    for line, text in enumerate(source.splitlines(), start=1):
        for found in IN_TEXT.finditer(text):
            yield Number(line, plain(found.group()))


READERS = {".py": in_python, ".html": in_template, ".txt": in_template, ".js": in_script}


def numbers_of(path: Path) -> list[Number]:
    """Numbers of one file that are not free."""
    return [number for number in READERS[path.suffix](path.read_text(encoding="utf-8")) if number.text not in FREE]


def read_files() -> list[Path]:
    """Every file this rule reads."""
    return [path for path in files(*READERS, under="src/kairn/") if not place(path).startswith(OPEN_ROOMS)]


def allowances() -> list[Allowance]:
    """The list of allowed numbers."""
    with LIST.open("rb") as source:
        listed = tomllib.load(source).get("allowed", [])
    return [Allowance(entry["files"], frozenset(entry["numbers"]), entry["reason"]) for entry in listed]


def allowed(where: str, number: str, listed: list[Allowance]) -> bool:
    """Whether the list lets this number stand in this file."""
    return not where.startswith(CLOSED_ROOMS) and any(fnmatch(where, entry.files) and number in entry.numbers for entry in listed)
