"""The one strict reader of YAML: every value stays text, every value knows its line, nothing unknown passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.nodes import Node as RawNode

from kairn.terms.problem import Unreadable, unreadable

LIBRARY = Path(__file__).parent
TEXTS_KEPT = 256
"""As many texts as the library and some protocols beside it have; what is read again is not parsed again."""


@dataclass(frozen=True)
class Node:
    """One value of a file: text, a list of nodes, or a mapping of nodes, with the place it stands."""

    value: str | list[Node] | dict[str, Node]
    file: str
    line: int

    @property
    def where(self) -> str:
        """File and line, as sentences name it."""
        return f"{self.file}, line {self.line}"

    def fault(self, seen: str, expected: str, mend: str) -> Unreadable:
        """An exception that names this place."""
        return unreadable(seen, expected, mend, self.where)

    def text(self) -> str:
        """The value as text. Raises Unreadable when it is a list or a mapping."""
        if not isinstance(self.value, str):
            raise self.fault("a nested value", "one line of text", "Write it as text.")
        return self.value

    def items(self) -> list[Node]:
        """The value as a list. Raises Unreadable otherwise."""
        if not isinstance(self.value, list):
            raise self.fault("something that is not a list", "a list", "Begin each entry with a dash.")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """The value as a list of texts; one text alone counts as a list of one."""
        return (self.value,) if isinstance(self.value, str) else tuple(item.text() for item in self.items())

    def mapping(self) -> dict[str, Node]:
        """The value as a mapping. Raises Unreadable otherwise."""
        if not isinstance(self.value, dict):
            raise self.fault("something that is not a mapping", "`name: value` lines", "Write its fields, one a line.")
        return self.value

    def fields(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Node]:
        """A mapping with exactly these fields. Raises Unreadable for an unknown or a missing one."""
        found = self.mapping()
        for name in found:
            if name not in required + optional:
                raise found[name].fault(f"the field {name!r}", f"one of {', '.join(required + optional)}", "Remove it or correct its spelling.")
        for name in required:
            if name not in found:
                raise self.fault(f"no field {name!r}", f"all of {', '.join(required)}", f"Add {name}.")
        return found

    def one(self) -> tuple[str, Node]:
        """The only name and value of a mapping with one field. Raises Unreadable otherwise."""
        found = self.mapping()
        if len(found) != 1:
            raise self.fault(f"{len(found)} fields ({', '.join(found)})", "exactly one", "Split it into several entries.")
        return next(iter(found.items()))


def read_yaml(path: Path, name: str | None = None) -> Node:
    """The file as nodes. Raises Unreadable for broken YAML, a duplicate key, an alias, an anchor or an odd key."""
    shown = name or (str(path.relative_to(LIBRARY)) if path.is_relative_to(LIBRARY) else path.name)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise unreadable(f"a file that cannot be read ({fault})", "a UTF-8 text file", "Check the path and its permissions.", shown) from None
    return read_yaml_text(text, shown)


@lru_cache(maxsize=TEXTS_KEPT)
def read_yaml_text(text: str, name: str) -> Node:
    """A YAML text as nodes, which nobody may change: they are kept; see read_yaml."""
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise unreadable(f"broken YAML ({fault.problem})", "well-formed YAML", "Mend the line or the one above it.", f"{name}, line {line}") from None
    if root is None:
        raise unreadable("an empty file", "its contents", "Write them.", name)
    return _node(root, name)


def _node(raw: RawNode, name: str) -> Node:
    line = raw.start_mark.line + 1
    if raw.anchor:
        raise unreadable("a YAML anchor, for an alias to repeat", "every value written out", "Write the value again in full.", f"{name}, line {line}")
    if isinstance(raw, ScalarNode):
        return Node(str(raw.value).strip(), name, line)
    if isinstance(raw, SequenceNode):
        return Node([_node(item, name) for item in raw.value], name, line)
    assert isinstance(raw, MappingNode)
    return Node(dict(_pairs(raw, name)), name, line)


def _pairs(raw: MappingNode, name: str) -> Iterator[tuple[str, Node]]:
    seen: set[str] = set()
    for key, value in raw.value:
        place = f"{name}, line {key.start_mark.line + 1}"
        if not isinstance(key, ScalarNode):
            raise unreadable("a nested key", "a plain word as key", "Write the key as one word.", place)
        if key.value in seen:
            raise unreadable(f"the key {key.value!r} twice", "each key once", "Keep one of the two.", place)
        seen.add(key.value)
        yield key.value, _node(value, name)
