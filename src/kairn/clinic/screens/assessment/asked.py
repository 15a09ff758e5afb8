"""What the assessment asks: our own order of a conversation, and whatever else the rules of the protocol in force read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from kairn.library.facts import FACTS, Fact
from kairn.protocol.check import parts_of
from kairn.protocol.rule import Protocol, Rule, RuleKind

BOOK = Path(__file__).with_name("asked.yaml")
STAGES = {"assessment", "consent", "planning"}
ASKING = (RuleKind.GATE, RuleKind.FLAG)
FURTHER = "Also asked by the protocol"
# Asked on pages of their own: at registration, with the lists, with the consent document.
ELSEWHERE = {"sex", "birth_date", "education_given", "conditions_reviewed", "medicines_reviewed", "allergies_reviewed"}


@dataclass(frozen=True)
class Asked:
    """A titled group of facts."""

    title: str
    facts: tuple[str, ...]


@cache
def book() -> Mapping[str, Any]:
    """Our order, read once."""
    read: Mapping[str, Any] = YAML(typ="safe", pure=True).load(BOOK.read_text(encoding="utf-8"))
    return read


def asked(protocol: Protocol | None, sex: str) -> tuple[Asked, ...]:
    """The groups of findings for one person; no fact that the rules before treatment read is left out."""
    groups = [Asked(one["title"], _known(one["facts"])) for one in book()["groups"] if one.get("unless") != sex]
    listed = {name for one in book()["groups"] for name in one["facts"]} | set(laboratory()) | ELSEWHERE
    further = tuple(name for name in read_by(protocol) if name not in listed)
    return (*groups, *((Asked(FURTHER, further),) if further else ()))


def laboratory() -> tuple[str, ...]:
    """The laboratory's facts."""
    return _known(book()["laboratory"])


def read_by(protocol: Protocol | None) -> tuple[str, ...]:
    """The facts that gates and flags before treatment read, in the order of the rules."""
    rules = protocol.rules if protocol else ()
    before = [rule for rule in rules if rule.kind in ASKING and STAGES & set(rule.while_.stages) and not rule.while_.phases]
    return tuple(dict.fromkeys(name for rule in before for name in _facts(rule) if _typed(FACTS[name])))


def _typed(fact: Fact) -> bool:
    """Not what is computed, nor the flag of an instrument: a suicide screen is answered, never ticked."""
    return not fact.derived and not (fact.of and fact.kind == "choice")


def _facts(rule: Rule) -> Iterable[str]:
    for condition in (rule.applies, rule.condition):
        for part in parts_of(condition) if condition else ():
            name = getattr(part, "fact", "")
            if name:
                yield name


def _known(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in FACTS)
