"""Which sources the library's own files cite, whichever file it is: a source that none of them cites is refused by the check."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.library.sources import SOURCES

NOT_READ = ("sources.yaml", "scenarios")


@cache
def cited_in_library() -> frozenset[str]:
    """The keys of sources that any file of the library cites in a `source`. Raises Unreadable."""
    paths = [path for path in sorted(LIBRARY.rglob("*.yaml")) if not set(path.relative_to(LIBRARY).parts) & set(NOT_READ)]
    return frozenset(key for path in paths for key in _cited(read_yaml(path), inside=False))


def _cited(node: Node, *, inside: bool) -> Iterator[str]:
    if isinstance(node.value, str):
        if inside and node.value in SOURCES:
            yield node.value
        return
    children = node.value.items() if isinstance(node.value, dict) else (("", child) for child in node.value)
    for name, child in children:
        yield from _cited(child, inside=inside or name in ("source", "sources"))
