"""The shapes of an instrument as its file describes it: items, options, scales, bands, flags, rules of change, licence."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from reprlib import repr as brief

from kairn.terms.problem import unreadable


class Basis(StrEnum):
    """How a statement about an instrument is known: read in a source, remembered and to be checked, or our own policy."""

    READ = "read"
    REMEMBERED = "remembered"
    POLICY = "policy"


@dataclass(frozen=True)
class Cited:
    """A source of library/sources.yaml, the place in it, and the basis."""

    source: str
    locator: str
    basis: Basis


class Method(StrEnum):
    """The closed set of ways in which items become a scale."""

    SUM = "sum"
    MEAN = "mean"
    COUNT = "count"
    """How many items reach their threshold."""
    DOMAIN_MAX = "domain-max"
    """The sum, over groups of items, of the highest of each group."""
    SHARE_ZERO = "share-zero"
    """The share of items answered with 0."""
    LONGEST_ZERO = "longest-zero"
    """The longest unbroken run of items answered with 0."""
    UNKNOWNS = "unknowns"
    """How many items were answered with `unknown`."""


@dataclass(frozen=True)
class Option:
    """One answer an item offers. `number` is None for the answer `unknown`.

    `bound` with `included` lets a measured amount choose the option: the first one whose bound lies above it (or at it).
    """

    value: str
    label: str
    number: Decimal | None
    loinc: str = ""
    bound: Decimal | None = None
    included: bool = False


@dataclass(frozen=True)
class ItemAtLeast:
    """The item's answer is at least this."""

    item: str
    amount: Decimal


@dataclass(frozen=True)
class ScaleAtLeast:
    """The scale is at least this."""

    scale: str
    amount: Decimal


@dataclass(frozen=True)
class ScaleAtMost:
    """The scale is at most this."""

    scale: str
    amount: Decimal


@dataclass(frozen=True)
class Skipped:
    """At least one of these items was asked and left blank."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class AnyWhere:
    """At least one of the inner statements holds."""

    of: tuple[Where, ...]


@dataclass(frozen=True)
class EveryWhere:
    """All inner statements hold."""

    of: tuple[Where, ...]


Where = ItemAtLeast | ScaleAtLeast | ScaleAtMost | Skipped | AnyWhere | EveryWhere


@dataclass(frozen=True)
class Item:
    """One question. `number` is its number on the form (positional key `q<number>`); a blank label means that a pack must bring the words.

    `asked_when`: asked only where this holds. `fixed`: the value it has unless answered. `optional`: never missing, in no scale.
    `shown` False: taken from records, not asked.
    `measure` names what can choose the option (see `Option.bound`). `ends_suffice`: a form that offers only the lowest and the highest is this item too.
    """

    key: str
    number: str
    label: str
    options: tuple[Option, ...]
    also: tuple[str, ...] = ()
    loinc: str = ""
    optional: bool = False
    asked_when: Where | None = None
    fixed: str = ""
    shown: bool = True
    measure: str = ""
    low_end: str = ""
    high_end: str = ""
    ends_suffice: bool = False

    @property
    def numbers(self) -> tuple[Decimal, ...]:
        """Every number an answer can have, as the options stand."""
        return tuple(option.number for option in self.options if option.number is not None)

    @property
    def lowest(self) -> Decimal:
        """The least an answer can be."""
        return min(self.numbers)

    @property
    def highest(self) -> Decimal:
        """The most an answer can be."""
        return max(self.numbers)

    def option(self, value: str) -> Option:
        """The option with that value. Raises KeyError."""
        return next(option for option in self.options if option.value == value)


@dataclass(frozen=True)
class Scale:
    """One number made of items. `higher` says what a higher value means: worse, better or neither.

    `unknown`: what an answer `unknown` does to it: none (no value), left-out, or highest (counted as the item's highest).
    `only_when`: outside it the scale is `otherwise`.
    """

    name: str
    label: str
    method: Method
    items: tuple[str, ...]
    low: Decimal
    high: Decimal
    step: Decimal
    higher: str
    reversed: frozenset[str] = frozenset()
    thresholds: tuple[tuple[str, Decimal], ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    times: Decimal = Decimal(1)
    only_when: Where | None = None
    otherwise: Decimal | None = None
    unknown: str = "none"
    loinc: str = ""


@dataclass(frozen=True)
class Band:
    """A named stretch of the total, both ends included."""

    name: str
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Level:
    """A row of a triage table, the gravest first; the row without `where` holds when no other does.

    `raises`: words of our own may answer it; the others need the official wording.
    """

    name: str
    where: Where | None
    raises: bool


@dataclass(frozen=True)
class FlagRule:
    """Something to be seen apart from the total. A `safety` flag in own wording may say yes and never no."""

    name: str
    label: str
    where: Where
    safety: bool
    cited: Cited


class ChangeKind(StrEnum):
    """What a rule of change looks at; percent is a share of the baseline."""

    FALL = "fall"
    RISE = "rise"
    FALL_PERCENT = "fall_percent"
    RISE_PERCENT = "rise_percent"
    AT_MOST = "at_most"
    AT_LEAST = "at_least"


@dataclass(frozen=True)
class ChangeRule:
    """When a change counts: response, remission, a smallest change that matters, a reliable change."""

    name: str
    label: str
    kind: ChangeKind
    amount: Decimal
    scale: str
    cited: Cited


@dataclass(frozen=True)
class Convention:
    """A choice that the instrument's developer does not settle; the clinic may choose otherwise than the default."""

    name: str
    label: str
    choices: tuple[str, ...]
    default: str
    cited: Cited


@dataclass(frozen=True)
class Missing:
    """What blanks do: `all` needs every item asked; `prorate` fills at most so many, in these scales, with the mean of the others."""

    rule: str
    label: str
    cited: Cited
    at_most: int = 0
    scales: tuple[str, ...] = ()


@dataclass(frozen=True)
class Licence:
    """On what terms the words and the scoring may be used, and the notice to be shown with them."""

    terms: str
    holder: str
    notice: str
    cited: Cited


@dataclass(frozen=True)
class Instrument:
    """One instrument, with one choice taken in each of its conventions (`chosen`).

    `wording` own: our own short labels may be shown. pack: only the words of an imported pack may be; without one it can be scored and not shown.
    `screens` is `suicide` for a screen whose clearing answers need the official words. `known_from`: statements that rest on another source than `cited`.
    """

    name: str
    version: str
    title: str
    check_list: str
    purpose: str
    rater: str
    recall: str
    wording: str
    licence: Licence
    cited: Cited
    items: tuple[Item, ...]
    scales: dict[str, Scale]
    total: str
    bands: tuple[Band, ...]
    levels: tuple[Level, ...]
    flags: dict[str, FlagRule]
    missing: Missing
    changes: tuple[ChangeRule, ...]
    conventions: dict[str, Convention]
    chosen: dict[str, str]
    also: tuple[str, ...] = ()
    screens: str = ""
    caution: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    bands_cited: Cited | None = None
    known_from: tuple[tuple[str, Cited], ...] = ()
    sources: tuple[str, ...] = ()

    def item(self, key: str) -> Item:
        """The item by its own key, its number (`q9`) or one of its other names, however punctuated. Raises Unreadable."""
        found = self.keys.get(plain_key(key))
        if found is None:
            raise unreadable(f"the key {brief(key)}", f"one of {self.key_words}", "Correct the key or remove it.", self.name)
        return found

    @cached_property
    def keys(self) -> dict[str, Item]:
        """Every way in which an item may be named, in plain spelling."""
        return {plain_key(name): item for item in self.items for name in (item.key, f"q{item.number}", *item.also)}

    @property
    def key_words(self) -> str:
        """The keys as a sentence lists them."""
        return ", ".join(f"q{item.number}" if item.key == f"q{item.number}" else f"q{item.number} or {item.key}" for item in self.items)

    @property
    def required(self) -> tuple[Item, ...]:
        """The items that an answering needs, where they are asked."""
        return tuple(item for item in self.items if not item.optional and not item.fixed)

    @property
    def parts(self) -> tuple[str, ...]:
        """What a fact may be made of: the total, the other scales, the flags."""
        return tuple(dict.fromkeys((*(("total",) if self.total else ()), *self.scales, *self.flags)))


def plain_key(text: str) -> str:
    """A name without case and punctuation: PHQ-9, phq_9 and phq9 are one."""
    return "".join(letter for letter in text.lower() if letter.isalnum())
