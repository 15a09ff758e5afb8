"""Two versions of a protocol in clinical words: every difference a sentence, with the rules and the scenarios it touches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import PurePath

from kairn.protocol.diff_conditions import ChangeKind, Effect
from kairn.protocol.diff_head import diff_head
from kairn.protocol.diff_line import Line
from kairn.protocol.diff_rule import diff_rule
from kairn.protocol.rule import Protocol, Rule

__all__ = ["ChangeKind", "Diff", "Effect", "Line", "diff"]


@dataclass(frozen=True)
class Diff:
    """What changed between two versions. Empty exactly when the two protocols are equal, wherever they were read from."""

    lines: tuple[Line, ...]
    scenarios: tuple[str, ...] = ()

    @property
    def said(self) -> tuple[str, ...]:
        """Every difference as a sentence, most weighty kinds first within each rule."""
        return tuple(line.said for line in self.lines)

    @property
    def rules(self) -> tuple[str, ...]:
        """Ids of the rules touched, in the order of the lines."""
        return tuple(dict.fromkeys(rule for line in self.lines for rule in line.rules))

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the sentences, so that a signature can say which difference was shown."""
        return hashlib.sha256("\n".join(self.said).encode()).hexdigest()

    def __bool__(self) -> bool:
        return bool(self.lines)


def diff(old: Protocol, new: Protocol, scenarios: Mapping[str, Iterable[str]] | None = None) -> Diff:
    """Everything that differs between two protocols.

    `scenarios` names the rules each scenario speaks of (`rule` or `rule@visit`); those that speak of a touched rule come back by name.
    """
    lines = tuple(_lines(old, new))
    touched = {rule for line in lines for rule in line.rules if line.kind is not ChangeKind.PLACE}
    spoken = (scenarios or {}).items()
    return Diff(lines, tuple(name for name, rules in spoken if touched & {rule.partition("@")[0] for rule in rules}))


def _lines(old: Protocol, new: Protocol) -> Iterator[Line]:
    yield from diff_head(old, new)
    before, after = _named(old.rules), _named(new.rules)
    for rule in old.rules:
        if rule.id not in after:
            yield Line(ChangeKind.RULE_REMOVED, (rule.id,), f"{_kind(rule)} removed: {rule.title} (rule {rule.id})")
    for rule in new.rules:
        if rule.id not in before:
            yield Line(ChangeKind.RULE_ADDED, (rule.id,), f"{_kind(rule)} added: {rule.title} (rule {rule.id})")
    for rule in new.rules:
        if rule.id in before:
            yield from diff_rule(before[rule.id], rule)
    yield from _places(old, new)
    if old.content_hash != new.content_hash:
        yield _content(old, new)


def _named(rules: tuple[Rule, ...]) -> dict[str, Rule]:
    return {rule.id: rule for rule in rules}


def _kind(rule: Rule) -> str:
    return f"{rule.level} hold" if rule.level else rule.kind.value


def _places(old: Protocol, new: Protocol) -> Iterator[Line]:
    """Rules that only stand elsewhere, in one line: an added rule moves every rule below it."""
    before = _named(old.rules)
    moved = tuple(rule.id for rule in new.rules if rule.id in before and _place(rule) != _place(before[rule.id]))
    if moved:
        named = f"the rule {moved[0]}" if len(moved) == 1 else f"{len(moved)} rules, from {moved[0]} to {moved[-1]},"
        stand = "stands" if len(moved) == 1 else "stand"
        yield Line(ChangeKind.PLACE, moved, f"{named} {stand} at another place of the files")
    both = [rule.id for rule in old.rules if rule.id in _named(new.rules)]
    if both != [rule.id for rule in new.rules if rule.id in before]:
        yield Line(ChangeKind.PLACE, tuple(both), "the rules stand in another order")


def _place(rule: Rule) -> tuple[str, int]:
    """File and line; a copy in another folder stands at the same place."""
    return PurePath(rule.file).name, rule.line


def _content(old: Protocol, new: Protocol) -> Line:
    """The bytes differ, whatever else does: in comments, in layout, or in what the library holds (facts, code sets, instruments, sources)."""
    said = f"the files that the protocol rests on differ: content {old.content_hash[:12]} before, {new.content_hash[:12]} now"
    return Line(ChangeKind.CONTENT, (), said)


def fields_of(protocol: Protocol) -> tuple[str, ...]:
    """Names of every field a difference can be in."""
    return tuple(field.name for field in fields(protocol) if field.compare)
