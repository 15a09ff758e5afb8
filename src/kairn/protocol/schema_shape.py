"""What fields the strict reader takes, learned from the reader itself, so that an editor's schema can never say otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kairn.library.reader import Node

Schema = dict[str, Any]


@dataclass(frozen=True)
class Shape:
    """The fields of a mapping, needed and allowed; for a list or a nested condition only its `form`."""

    form: str
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


class _Seen(Exception):
    """Raised by the node that only looks: carries what the reader asked it for."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape.form)
        self.shape = shape


class _Looking(Node):
    """A node that answers the first question a reader asks by telling the question."""

    def fields(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Node]:
        raise _Seen(Shape("mapping", required, optional))

    def items(self) -> list[Node]:
        raise _Seen(Shape("list"))

    def one(self) -> tuple[str, Node]:
        raise _Seen(Shape("condition"))


def shape_of(read: Callable[..., object], *rest: object) -> Shape:
    """What a reader of one node asks of it first."""
    try:
        read(_Looking("", "", 0), *rest)
    except _Seen as seen:
        return seen.shape
    raise AssertionError(f"{read} asks nothing of its node")


PLAIN: Schema = {"type": ["string", "number", "boolean"]}
"""Any one value: the reader takes every one as text."""


def mapping(needs: tuple[str, ...], may: tuple[str, ...], fields: dict[str, Schema]) -> Schema:
    """A mapping with exactly these fields; a field without a schema of its own is one plain value."""
    properties = {name: fields.get(name, PLAIN) for name in (*needs, *may)}
    return {"type": "object", "additionalProperties": False, "required": list(needs), "properties": properties}


def listed(each: Schema, least: int = 0) -> Schema:
    """A list of these."""
    return {"type": "array", "items": each, "minItems": least}


def one_or_more(each: Schema) -> Schema:
    """One of these, or a list of them."""
    return {"anyOf": [each, listed(each)]}


def choice(*names: str) -> Schema:
    """One of these words."""
    return {"enum": list(names)}


def written(pattern: str, example: str) -> Schema:
    """Text of this form, with an example that an editor shows."""
    return {"type": "string", "pattern": pattern, "examples": [example]}


def document(name: str, title: str, schema: Schema, defs: dict[str, Schema] | None = None) -> Schema:
    """A whole schema of JSON Schema 2020-12."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:kairn:schema:{name}", "title": title}
    return {**head, **schema, **({"$defs": defs} if defs else {})}
