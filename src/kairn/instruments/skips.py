"""What may be left out of an answering that is finished, and which answers, or the leaving out of them, somebody must see at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from kairn.instruments.score import score
from kairn.instruments.shapes import AnyWhere, EveryWhere, FlagRule, Instrument, ItemAtLeast, ScaleAtLeast, ScaleAtMost, Skipped, Where
from kairn.terms.answer import Answer


@dataclass(frozen=True)
class Alarm:
    """What an answering raises about suicide: the flags, and what was said or left out on the items that such flags look at."""

    flags: tuple[str, ...]
    said: tuple[tuple[str, str], ...]


def may_skip(found: Instrument) -> frozenset[str]:
    """The items a person may leave out and still finish: those never needed, those a flag looks at when blank, those the missing rule fills in."""
    optional = {item.key for item in found.items if item.optional}
    filled = {key for name in found.missing.scales for key in found.scales[name].items}
    return frozenset(optional | _spoken(found) | filled)


def unmet(found: Instrument, answers: Mapping[str, str], skipped: Collection[str]) -> tuple[str, ...]:
    """The items that keep this answering from being finished, in order: asked, needed, blank, and not left out where that is allowed.

    Of items that the missing rule would fill in, more left out than it fills are all named. Raises Unreadable for wrong answers.
    """
    blank = score(found, answers).missing
    filled = [key for key in blank if key in skipped and key in may_skip(found) - _spoken(found)]
    too_many = len(filled) > found.missing.at_most
    return tuple(key for key in blank if key not in skipped or key not in may_skip(found) or (too_many and key in filled))


def alarm(found: Instrument, answers: Mapping[str, str], skipped: Collection[str], finished: bool) -> Alarm:
    """What these answers raise about suicide. A blank raises once the answering is finished, and at once where the item was left out on purpose.

    Raises Unreadable for wrong answers.
    """
    raised = score(found, answers, finished=finished).raised
    flags = tuple(flag.name for flag in watched(found) if raised[flag.name] is Answer.YES or set(_blanks(flag.where)) & set(skipped))
    looked_at = {key for flag in watched(found) for key in _items(found, flag.where)}
    return Alarm(flags, tuple((item.key, answers.get(item.key, "")) for item in found.items if item.key in looked_at & ({*answers} | set(skipped))))


def _spoken(found: Instrument) -> set[str]:
    """Items whose blank raises a flag of its own."""
    return {key for flag in found.flags.values() for key in _blanks(flag.where)}


def watched(found: Instrument) -> tuple[FlagRule, ...]:
    """The flags of an instrument that speak of suicide."""
    return tuple(flag for flag in found.flags.values() if flag.safety or found.screens)


def _blanks(where: Where) -> Iterator[str]:
    match where:
        case Skipped(items):
            yield from items
        case AnyWhere(of) | EveryWhere(of):
            for part in of:
                yield from _blanks(part)


def _items(found: Instrument, where: Where) -> Iterator[str]:
    match where:
        case ItemAtLeast(item, _):
            yield item
        case ScaleAtLeast(scale, _) | ScaleAtMost(scale, _):
            yield from found.scales[scale].items
        case Skipped(items):
            yield from items
        case AnyWhere(of) | EveryWhere(of):
            for part in of:
                yield from _items(found, part)
