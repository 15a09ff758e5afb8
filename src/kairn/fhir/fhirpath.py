"""The part of FHIRPath that protocols are exported in: expressions as trees, written to text and read back from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn, assert_never

from kairn.terms.problem import unreadable


@dataclass(frozen=True)
class Variable:
    """An environment variable, such as `%readings`."""

    name: str


@dataclass(frozen=True)
class Name:
    """A part of the item in focus, such as `age`."""

    name: str


@dataclass(frozen=True)
class This:
    """The item in focus itself, `$this`."""


@dataclass(frozen=True)
class Text:
    """A text in single quotes."""

    value: str


@dataclass(frozen=True)
class Number:
    """A number without a unit, exact."""

    value: Decimal


@dataclass(frozen=True)
class Amount:
    """A number with a UCUM unit, exact: `0.5 'mg/kg'`."""

    value: Decimal
    unit: str


@dataclass(frozen=True)
class Truth:
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True)
class Nothing:
    """The empty collection `{}`: what is not known."""


@dataclass(frozen=True)
class Member:
    """A part of something: `of.name`."""

    of: Tree
    name: str


@dataclass(frozen=True)
class Call:
    """A function on something, `of.name(args)`, or on nothing, `name(args)`."""

    of: Tree | None
    name: str
    args: tuple[Tree, ...] = ()


@dataclass(frozen=True)
class Join:
    """Two or more parts under one operator. A chain of one operator is one Join; a Join inside a Join stands in parentheses."""

    op: str
    parts: tuple[Tree, ...]


Tree = Variable | Name | This | Text | Number | Amount | Truth | Nothing | Member | Call | Join

_LOOSEST_FIRST = (("or",), ("and",), ("in",), ("=",), ("<=", ">=", "<", ">"), ("|",), ("+", "-"), ("*", "/"))
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}
_MEANT = {escape[1]: char for char, escape in _ESCAPES.items()} | {'"': '"', "`": "`", "/": "/"}
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<variable>%[A-Za-z_][A-Za-z0-9_]*)|(?P<this>\$this)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><=|>=|[<>=|+\-*/.,(){}]))", re.ASCII | re.DOTALL,
)  # fmt: skip
_ESCAPED = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)


def write(tree: Tree) -> str:
    """The expression as FHIRPath, in its one way of spacing and parentheses."""
    match tree:
        case Variable(name):
            return f"%{name}"
        case Name(name):
            return name
        case This():
            return "$this"
        case Text(value):
            return f"'{''.join(_escaped(char) for char in value)}'"
        case Number(value):
            return f"{value:f}"
        case Amount(value, unit):
            return f"{value:f} {write(Text(unit))}"
        case Truth(value):
            return "true" if value else "false"
        case Nothing():
            return "{}"
        case Member(of, name):
            return f"{_inside(of)}.{name}"
        case Call(of, name, args):
            return f"{_inside(of) + '.' if of else ''}{name}({', '.join(map(write, args))})"
        case Join(op, parts):
            return f" {op} ".join(_part(part, op) for part in parts)
        case _:
            assert_never(tree)


def _escaped(char: str) -> str:
    return _ESCAPES.get(char, char if char.isprintable() or ord(char) > ord("\u00ff") else f"\\u{ord(char):04x}")


def _inside(tree: Tree) -> str:
    return f"({write(tree)})" if isinstance(tree, Join | Number | Amount) else write(tree)


def _part(tree: Tree, op: str) -> str:
    """A part of a Join, in parentheses where it would otherwise be read as something else."""
    loose = isinstance(tree, Join) and (tree.op == "|" or _tightness(tree.op) <= _tightness(op))
    return f"({write(tree)})" if loose else write(tree)


def _tightness(op: str) -> int:
    return next(rank for rank, level in enumerate(_LOOSEST_FIRST) if op in level)


def read(text: str, where: str = "") -> Tree:
    """The tree of an expression. Raises Unreadable with the column for anything outside this part of FHIRPath."""
    reader = _Reader(text, where)
    try:
        tree = reader.level(0)
    except RecursionError:
        raise unreadable("an expression nested too deep to read", "ordinary nesting", "Write it with fewer parentheses.", where) from None
    if reader.kind:
        reader.refuse("the end of the expression")
    return tree


class _Reader:
    """Reads one expression from left to right, one token ahead."""

    def __init__(self, text: str, where: str) -> None:
        self.source, self.where, self.at, self.end = text, where, 0, 0
        self.kind, self.token = "", ""
        self._step()

    def _step(self) -> str:
        taken, self.at = self.token, self.end
        found = _TOKEN.match(self.source, self.at)
        if found is None and self.source[self.at :].strip():
            self.refuse("a name, a number, a text in single quotes or a sign of FHIRPath")
        self.kind, self.token = (found.lastgroup or "", found[found.lastgroup or 0]) if found else ("", "")
        self.end = found.end() if found else len(self.source)
        return taken

    def refuse(self, expected: str) -> NoReturn:
        """Raise Unreadable: what stands here instead of what was expected."""
        seen = self.source[self.at : self.at + 30].strip() or "the end"
        raise unreadable(f"{seen!r}", expected, "Export the protocol again, or mend the expression.", f"{self.where}, column {self.at + 1}".removeprefix(", "))

    def _take(self, sign: str) -> None:
        if self.token != sign or self.kind not in ("sign", "name"):
            self.refuse(f"{sign!r}")
        self._step()

    def _is(self, *signs: str) -> bool:
        return self.kind in ("sign", "name") and self.token in signs

    def level(self, rank: int) -> Tree:
        """An expression of the operators of this rank and tighter."""
        if rank == len(_LOOSEST_FIRST):
            return self._chain()
        parts = [self.level(rank + 1)]
        if not self._is(*_LOOSEST_FIRST[rank]):
            return parts[0]
        op = self.token
        while self._is(*_LOOSEST_FIRST[rank]):
            self._take(op)
            parts.append(self.level(rank + 1))
        return Join(op, tuple(parts))

    def _chain(self) -> Tree:
        tree = self._term()
        while self._is("."):
            self._step()
            name = self._name()
            tree = Call(tree, name, self._args()) if self._is("(") else Member(tree, name)
        return tree

    def _name(self) -> str:
        if self.kind != "name":
            self.refuse("a name")
        return self._step()

    def _args(self) -> tuple[Tree, ...]:
        self._take("(")
        args = [] if self._is(")") else list(self._listed())
        self._take(")")
        return tuple(args)

    def _listed(self) -> Iterator[Tree]:
        yield self.level(0)
        while self._is(","):
            self._step()
            yield self.level(0)

    def _term(self) -> Tree:
        match self.kind:
            case "text":
                return Text(_unescaped(self._step()))
            case "number":
                return self._number("")
            case "variable":
                return Variable(self._step().removeprefix("%"))
            case "this":
                self._step()
                return This()
            case "name":
                return self._named()
            case "sign":
                return self._signed()
            case _:
                self.refuse("a value")

    def _number(self, sign: str) -> Tree:
        if self.kind != "number":
            self.refuse("a number")
        value = Decimal(sign + self._step())
        return Amount(value, _unescaped(self._step())) if self.kind == "text" else Number(value)

    def _named(self) -> Tree:
        if self.token in ("or", "and", "in"):
            self.refuse("a value")
        name = self._step()
        if name in ("true", "false"):
            return Truth(name == "true")
        return Call(None, name, self._args()) if self._is("(") else Name(name)

    def _signed(self) -> Tree:
        if self._is("-"):
            return self._number(self._step())
        if self._is("{"):
            self._step()
            self._take("}")
            return Nothing()
        self._take("(")
        tree = self.level(0)
        self._take(")")
        return tree


def _unescaped(quoted: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1][1:], 16)) if len(found[1]) > 1 else _MEANT.get(found[1], found[1]), quoted[1:-1])
