"""Checks of rules among each other: words, repeats, shadows, medicines, counts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from kairn.library.medicines import MEDICINES
from kairn.protocol.check_found import fault, met, probes
from kairn.protocol.conditions import AnyOf, AtLeast, AtMost, Between, Count, EveryOf, Given, Is
from kairn.protocol.parts import conditions_of
from kairn.protocol.rule import Protocol, Rule, RuleKind
from kairn.terms.problem import Problem


def words_missing(protocol: Protocol) -> Iterator[Problem]:
    """A rule without a title, a rationale or what it does not consider, or whose rationale only says its title again."""
    for rule in protocol.rules:
        for name, text in (("title", rule.title), ("rationale", rule.rationale), ("not_considered", rule.not_considered)):
            if not text.strip(" .-"):
                yield fault(rule, f"no {name}", "a sentence", f"Write the {name}.")
        if _bare(rule.rationale) == _bare(rule.title) != "":
            yield fault(rule, "a rationale that says the title again", "why the rule is there", "Say why.")


def _bare(text: str) -> str:
    return text.strip(" .").lower()


def same_title(protocol: Protocol) -> Iterator[Problem]:
    """Two rules of one kind with the same title: nobody could tell them apart on a screen."""
    for one, other in combinations(protocol.rules, 2):
        if one.kind is other.kind and _bare(one.title) == _bare(other.title) and one.guards == other.guards:
            yield fault(other, f"the title {other.title!r}, which {one.id} has too", "a title of its own", "Say in the title what it asks beyond the other.")


def duplicate(protocol: Protocol) -> Iterator[Problem]:
    """Two rules that ask the same of the same people at the same time."""
    for one, other in combinations(protocol.rules, 2):
        if one.condition is not None and _asks(one) == _asks(other):
            yield fault(other, f"the very rule {one.id} under another name", "each rule once", "Remove one of them.")


def _asks(rule: Rule) -> tuple[object, ...]:
    return rule.kind, rule.while_, rule.applies, rule.condition, rule.guards, rule.level, rule.schedule, rule.says


def shadowed(protocol: Protocol) -> Iterator[Problem]:
    """A rule that another one of the same place makes idle: whatever it answers to, the other answers to with the same strength or more."""
    for one in protocol.rules:
        for other in protocol.rules:
            if one.id != other.id and _comparable(one, other) and _asks(one) != _asks(other) and _implied(one, other):
                yield fault(one, f"nothing that {other.id} does not answer to already", "a rule that makes a difference", f"Remove it, or mend {other.id}.")


def _comparable(one: Rule, other: Rule) -> bool:
    """Whether two rules speak in one place, and the other no more mildly."""
    if (one.kind, one.while_, one.applies, one.guards, one.says) != (other.kind, other.while_, other.applies, other.guards, other.says):
        return False
    if one.kind is RuleKind.GATE:
        return other.override is None or one.override == other.override
    return one.kind is RuleKind.HOLD and one.level == other.level


def _implied(one: Rule, other: Rule) -> bool:
    mine, theirs = (_plain_parts(rule) for rule in (one, other))
    if not mine or not theirs or {_window(part) for part in mine} - {_window(part) for part in theirs}:
        return False
    shut = one.kind is not RuleKind.GATE
    tried = {part.fact: probes(part.fact, one, other) for part in mine}
    return all(met(one.condition, fact, values, answer=shut) <= met(other.condition, fact, values, answer=shut) for fact, values in tried.items())


def _plain_parts(rule: Rule) -> tuple[AtMost | AtLeast | Between | Is, ...]:
    """The comparisons of a rule that holds nothing else and joins them in the one way in which each counts alone; otherwise none."""
    joined = EveryOf if rule.kind is RuleKind.GATE else AnyOf
    parts = rule.condition.of if isinstance(rule.condition, joined) else (rule.condition,)
    kept = tuple(part for part in parts if isinstance(part, AtMost | AtLeast | Between | Is))
    return kept if len(kept) == len(parts) else ()


def _window(part: AtMost | AtLeast | Between | Is) -> tuple[object, ...]:
    return part.fact, part.within, part.this_visit


def unknown_drug(protocol: Protocol) -> Iterator[Problem]:
    """An as-needed medicine that the library's books do not name."""
    for rule in protocol.rules:
        named = [part.drug for part in conditions_of(rule) if isinstance(part, Given)]
        named += [rule.guards.partition(":")[2]] if rule.guards.startswith("prn:") else []
        for drug in dict.fromkeys(named):
            if drug not in MEDICINES:
                yield fault(rule, f"the medicine {drug!r}", "a medicine of library/medicines.yaml by its generic name", "Correct it or add it there.")


def counts_clash(protocol: Protocol) -> Iterator[Problem]:
    """A cap in a longer window that is no higher than the cap in a shorter one: the shorter could never be reached."""
    caps = [(rule, part) for rule in protocol.rules for part in conditions_of(rule) if isinstance(part, Count) and part.window]
    for rule, longer in caps:
        for other, shorter in caps:
            same = longer.what == shorter.what and longer.window and shorter.window and rule.kind is other.kind is RuleKind.GATE
            if same and longer.window.delta > shorter.window.delta and longer.at_most < shorter.at_most:  # type: ignore[union-attr]
                yield fault(rule, f"at most {longer.at_most} in {longer.window} beside at most {shorter.at_most} in {shorter.window} (rule {other.id})",
                            "a longer window with a higher cap", "Correct one of them.")  # fmt: skip


def flag_says_nothing(protocol: Protocol) -> Iterator[Problem]:
    """A flag that does not say what happens, or what to consider."""
    for rule in protocol.rules:
        if rule.says and not (rule.says.effect.strip(" .-") and rule.says.consider.strip(" .-")):
            yield fault(rule, "a flag without effect or without what to consider", "both", "Write them.")
