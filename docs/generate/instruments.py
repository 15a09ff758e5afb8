"""The handbook's page of instruments, out of their own files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from generate.tables import cited
from kairn.instruments.definition import INSTRUMENTS
from kairn.instruments.shapes import Basis, Cited, Instrument
from kairn.terms.numbers import plain_text

Grid = Callable[[Sequence[str], Iterable[Sequence[object]]], str]
HEADS = ("instrument", "answered by, about", "items", "range", "bands", "blanks")
WORDS = {"own": "our own short labels", "pack": "only with a pack"}


def instruments(grid: Grid) -> str:
    """Every instrument in one table, their terms, what each flags, how change counts, and what is not its developer's rule."""
    found = list(INSTRUMENTS.values())
    return "\n".join(
        [
            grid(HEADS, map(_row, found)),
            "## Terms\n",
            grid(("instrument", "terms", "source"), map(_terms, found)),
            "## Flags\n",
            grid(("instrument", "flag", "raised when", "source"), (row for one in found for row in _flags(one))),
            "## Change\n",
            grid(("instrument", "rule", "source"), ((one.title, rule.label, _cited(rule.cited)) for one in found for rule in one.changes)),
            "## Conventions\n",
            grid(("instrument", "convention", "choices", "default", "source"), (row for one in found for row in _conventions(one))),
            "## To be checked\n\nWhat follows was not read in a source. A medical director signs it, or says otherwise.\n",
            grid(("instrument", "what", "how it is known"), (row for one in found for row in _unread(one))),
        ]
    )


def _row(found: Instrument) -> tuple[object, ...]:
    scales = [f"{'' if name == found.total else scale.label + ' '}{plain_text(scale.low)} to {plain_text(scale.high)}" for name, scale in found.scales.items()]
    bands = [f"{band.name} {plain_text(band.low)} to {plain_text(band.high)}" for band in found.bands] or [level.name for level in found.levels]
    return (
        f"**{found.title}** `{found.name}`", f"{found.rater}; {found.recall}", len(found.required), "; ".join(scales), ", ".join(bands) or "none",
        found.missing.label,
    )  # fmt: skip


def _terms(found: Instrument) -> tuple[object, ...]:
    return found.title, f"{found.licence.terms}; {WORDS[found.wording]}. {found.licence.notice}", _cited(found.cited)


def _flags(found: Instrument) -> Iterator[tuple[object, ...]]:
    for flag in found.flags.values():
        yield found.title, f"`{flag.name}`{', safety' if flag.safety else ''}", flag.label, _cited(flag.cited)


def _conventions(found: Instrument) -> Iterator[tuple[object, ...]]:
    for one in found.conventions.values():
        yield found.title, f"`{one.name}`: {one.label}", ", ".join(one.choices), one.default, _cited(one.cited)


def _unread(found: Instrument) -> Iterator[tuple[object, ...]]:
    said = [("what it is", found.cited), ("its terms", found.licence.cited), ("its blanks", found.missing.cited)]
    said += [(f"flag {flag.name}", flag.cited) for flag in found.flags.values()] + [(rule.label, rule.cited) for rule in found.changes]
    said += [(convention.label, convention.cited) for convention in found.conventions.values()] + list(found.known_from)
    said += [("its bands", found.bands_cited)] if found.bands_cited else []
    yield from ((found.title, f"{what}: {cited.locator}", cited.basis) for what, cited in said if cited.basis is not Basis.READ)


def _cited(found: Cited) -> str:
    return f"{cited(found.source, found.locator)}{'' if found.basis is Basis.READ else f' ({found.basis})'}"
