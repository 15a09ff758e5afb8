"""Draft, for each rule, the fewest cases that ask for every answer and see every number move; what stands already is not changed."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, reduce
from operator import add
from pathlib import Path
from typing import Any

from kairn.library.facts import FACTS
from kairn.library.reader import Node, read_yaml
from kairn.pathway.assess import assess
from kairn.pathway.casebook import BOOK, case_of, load_scenarios
from kairn.pathway.course import course_of, visits_of
from kairn.pathway.coverage import asked_of, possible_answers
from kairn.pathway.ground import Ground
from kairn.pathway.mutants import Mutant, alone, asks, mutants_of, survives
from kairn.pathway.scenario import Expected, Scenario, scenario_files
from kairn.pathway.standing import Standing
from kairn.pathway.weigh import flags_of, weigh
from kairn.protocol.check import parts_of
from kairn.protocol.conditions import AnyOf, Condition, EveryOf, Flagged, Not, SomeOf
from kairn.protocol.load import load_protocol
from kairn.protocol.rule import Protocol, Rule, RuleKind, Severity
from kairn.terms.answer import Answer
from kairn.terms.problem import Unreadable
from tests.spec.drafting.ground import Here
from tests.spec.drafting.tries import Try, tries_of, tries_of_override, tries_of_schedule

CASES = Path(__file__).parents[1] / "cases"
WORKERS = 3
NOTHING = Try("")
PLAIN = "everything as it should be"
BY_HAND = "meant-"
"""Books whose names begin so are written by people and are never added to."""


def sum_of(tries: Iterable[Try]) -> Try:
    """Several differences at once."""
    return reduce(add, tries, NOTHING)


def node(value: Any) -> Node:
    """A plain value as the reader would give it."""
    if isinstance(value, dict):
        return Node({key: node(inner) for key, inner in value.items()}, "draft", 0)
    if isinstance(value, list | tuple):
        return Node([node(inner) for inner in value], "draft", 0)
    return Node(str(value), "draft", 0)


def entry_of(tried: Try, then: dict[str, Any], visit: str) -> dict[str, Any]:
    """A case as its file holds it."""
    seconds = int(tried.at.total_seconds())
    parts: dict[str, Any] = {"case": tried.words}
    parts |= {"without": list(tried.without)} if tried.without else {}
    parts |= {"at": f"{'+' if seconds > 0 else '-'}{abs(seconds)} s"} if seconds else {}
    parts |= {"given": [named(one, visit) for one in tried.given]} if tried.given else {}
    parts |= {"set": dict(tried.set)} if tried.set else {}
    return parts | {"then": then}


def named(event: dict[str, Any], visit: str) -> dict[str, Any]:
    """The event with the visit called by its name."""
    return {key: visit if key == "visit" and value == "this" else value for key, value in event.items()}


def expected_of(rule: Rule, standing: Standing, here: Here) -> dict[str, Any]:
    """What stands of one rule, as `then` says it."""
    visit = here.shared.visits.get(here.visit) if rule.while_.phases else None
    name = f"{rule.id}@{here.visit}" if rule.while_.phases else rule.id
    if rule.kind is RuleKind.DUTY:
        states = [due.state.value for due in standing.due if due.rule and due.rule.id == rule.id and due.visit == visit]
        return {"due": {name: states[0] if states else "none"}}
    verdict = standing.verdict(rule.id, visit)
    answer = "not weighed" if verdict is None else "does not apply" if verdict.applies is Answer.NO else verdict.answer.value
    override = {"overrides": {name: "yes" if verdict and verdict.override else "no"}} if rule.override else {}
    return {"rules": {name: answer}} | override


def answer_of(then: dict[str, Any]) -> str:
    """The answer that is asked for."""
    return str(next(iter((then.get("rules") or then.get("due") or {}).values())))


class Drafting:
    """One protocol, its books, and what is asked so far."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.books = {
            path.stem: Here(path.stem, protocol, read_yaml(path).fields(BOOK, ("visit",)))
            for path in sorted(CASES.glob("*.yaml"))
            if not path.stem.startswith(BY_HAND)
        }
        self.asked = tuple(s for path in (*scenario_files(), *sorted(CASES.glob("*.yaml"))) for s in load_scenarios(path, protocol))
        self.new: dict[str, list[dict[str, Any]]] = {}
        self.leaves: dict[tuple[str, str], tuple[Try, ...]] = {}
        self.answered: dict[tuple[str, str, str], Answer | None] = {}

    def draft(self, rule: Rule) -> list[str]:
        """Add what is missing for one rule; what is left is said."""
        mine = tuple(s for s in self.asked if asks(s.expected, rule.id))
        alive = [mutant for mutant in mutants_of(rule) if survives(mutant, self.protocol, mine)]
        wanted = set(possible_answers(rule) - asked_of(mine).get(rule.id, frozenset()))
        for here in self.places(rule):
            for tried in self.tries(rule, here):
                if not alive and not wanted:
                    return []
                alive, wanted = self.take(rule, here, tried, alive, wanted)
        return [f"{rule.id}: no case for {answer}" for answer in sorted(wanted)] + [f"{rule.id}: unseen {mutant.moved}" for mutant in alive]

    def places(self, rule: Rule) -> list[Here]:
        """The books whose people this rule speaks of now."""
        found = []
        for here in self.books.values():
            visit, course = here.its_visit, here.ground.course
            stage = not rule.while_.stages or course.stage in rule.while_.stages
            phase = (visit is not None and visit.phase in rule.while_.phases) if rule.while_.phases else True
            if stage and phase:
                found.append(here)
        return found

    def tries(self, rule: Rule, here: Here) -> Iterator[Try]:
        """Everything to try on a rule, once each, beginning with nothing different."""
        seen = set()
        for tried in self._all(rule, here):
            if str(tried) not in seen and (here.visit or not any(one.get("visit") == "this" for one in tried.given)):
                seen.add(str(tried))
                yield tried

    def _all(self, rule: Rule, here: Here) -> Iterator[Try]:
        yield Try(PLAIN)
        roots = [root for root in (rule.condition, rule.applies) if root]
        for root in roots:
            others = [self.setting(other, True, here) for other in roots if other is not root]
            for leaf, around in self.decided_by(root, here):
                for tried in self.of_leaf(leaf, here):
                    yield sum_of([*others, around, tried])
                    yield around + tried
                    yield tried
                    if tried.at:
                        yield sum_of([tried, self.fresh(root, leaf, here)])
        applied = self.setting(rule.applies, True, here) if rule.applies else NOTHING
        rest = replace(applied, set={fact: value for fact, value in applied.set.items() if not rule.schedule or fact not in rule.schedule.facts})
        for tried in tries_of_schedule(rule, here, applied.set) if rule.schedule else ():
            yield tried
            yield rest + tried
        yield from tries_of_override(rule, here)

    def fresh(self, root: Condition, leaf: Condition, here: Here) -> Try:
        """Everything else the condition reads, taken again."""
        others = {str(part.fact) for part in parts_of(root) if hasattr(part, "fact")} - {getattr(leaf, "fact", "")}
        return Try("the rest measured again", set={fact: here.any_value(FACTS[fact]) for fact in sorted(others)}) if others else NOTHING

    def decided_by(self, root: Condition, here: Here) -> Iterator[tuple[Condition, Try]]:
        """Each leaf with a setting in which it alone decides the whole."""
        match root:
            case Not(of):
                yield from self.decided_by(of, here)
            case EveryOf(of) | AnyOf(of) | SomeOf(_, of):
                wanted = root.at_least - 1 if isinstance(root, SomeOf) else len(of) if isinstance(root, EveryOf) else 0
                for i, inner in enumerate(of):
                    rest = [self.setting(other, place < wanted, here) for place, other in enumerate(of[:i] + of[i + 1 :])]
                    for leaf, around in self.decided_by(inner, here):
                        yield leaf, sum_of([*rest, around])
            case _:
                yield root, NOTHING

    def setting(self, condition: Condition, holds: bool, here: Here) -> Try:
        """The least that makes a condition hold, or not."""
        match condition:
            case Not(of):
                return self.setting(of, not holds, here)
            case EveryOf(of) | AnyOf(of) | SomeOf(_, of):
                needed = condition.at_least if isinstance(condition, SomeOf) else len(of) if isinstance(condition, EveryOf) else 1
                count = needed if holds else len(of) - needed + 1
                return sum_of([self.setting(inner, holds, here) for inner in of[:count]])
            case _:
                return next((one for one in (NOTHING, *self.of_leaf(condition, here)) if self.answers(condition, one, here) is Answer.of(holds)), NOTHING)

    def of_leaf(self, leaf: Condition, here: Here) -> tuple[Try, ...]:
        """The tries of one leaf, worked out once."""
        key = (repr(leaf), here.name)
        if key not in self.leaves:
            self.leaves[key] = tuple(self.of_flags(leaf, here) if isinstance(leaf, Flagged) else tries_of(leaf, here))
        return self.leaves[key]

    def of_flags(self, asked: Flagged, here: Here) -> Iterator[Try]:
        """Each flag that is asked for, made to speak, and made unknown."""
        for flag in flags_of(here.ground, asked.topic, Severity(asked.severity)):
            roots = [root for root in (flag.condition, flag.applies) if root]
            speaking = sum_of([self.setting(root, True, here) for root in roots])
            yield replace(speaking, words=f"{flag.title}: yes")
            applied = self.setting(flag.applies, True, here) if flag.applies else NOTHING
            for leaf, around in self.decided_by(roots[0], here):
                missing = next((one for one in self.of_leaf(leaf, here) if self.answers(leaf, one, here) is Answer.UNKNOWN), NOTHING)
                yield replace(sum_of([applied, around, missing]), words=f"{flag.title}: not known")

    def answers(self, leaf: Condition, tried: Try, here: Here) -> Answer | None:
        """What a leaf answers after a try."""
        key = (repr(leaf), str(tried), here.name)
        if key not in self.answered:
            self.answered[key] = self._answers(leaf, tried, here)
        return self.answered[key]

    def _answers(self, leaf: Condition, tried: Try, here: Here) -> Answer | None:
        try:
            told = case_of("draft", node(entry_of(tried, {}, here.visit)), here.book, here.shared)
        except Unreadable:
            return None
        ground = Ground(self.protocol, told.history, told.now, course_of(told.history), visits_of(told.history))
        wanted = here.shared.visits.get(here.visit)
        return weigh(leaf, ground, next((visit for visit in ground.visits if visit.id == wanted), None)).answer

    def take(self, rule: Rule, here: Here, tried: Try, alive: list[Mutant], wanted: set[str]) -> tuple[list[Mutant], set[str]]:
        """Keep a try that asks for a new answer or sees a number move."""
        made = self.made(rule, here, tried)
        if made is None:
            return alive, wanted
        entry, scenario = made
        answer = answer_of(entry["then"])
        left = [mutant for mutant in alive if survives(mutant, self.protocol, (scenario,))]
        if answer not in wanted and len(left) == len(alive):
            return alive, wanted
        self.new.setdefault(here.name, []).append(entry)
        return left, wanted - {answer}

    def made(self, rule: Rule, here: Here, tried: Try) -> tuple[dict[str, Any], Scenario] | None:
        """The try as a case with what stands, or nothing where it cannot be told."""
        try:
            scenario = case_of("draft", node(entry_of(tried, {}, here.visit)), here.book, here.shared)
        except Unreadable:
            return None
        then = expected_of(rule, assess(alone(self.protocol, rule), scenario.history, scenario.now), here)
        if answer_of(then) == "not weighed":
            return None
        maps = {name: dict(value) for name, value in then.items()}
        entry = entry_of(replace(tried, words=f"{rule.title}: {tried.words or PLAIN}"), then, here.visit)
        return entry, replace(scenario, expected=Expected(**maps))


def flow(value: Any) -> str:
    """A value in YAML's flow style, texts quoted."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(inner) for inner in value) + "]"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@cache
def _drafting() -> Drafting:
    """Read once by each worker."""
    return Drafting(load_protocol("iv-ketamine-oud", "1.0"))


def drafted(rule_ids: list[str]) -> tuple[list[str], dict[str, list[dict[str, Any]]]]:
    """What is left, and the new cases by book, for some rules."""
    drafting = _drafting()
    drafting.new = {}
    left = [line for rule in drafting.protocol.rules if rule.id in rule_ids for line in drafting.draft(rule)]
    return left, drafting.new


def main() -> None:
    """Draft for every rule of the protocol (or those named) and write what is new at the end of each book."""
    ids = sys.argv[1:] or [rule.id for rule in load_protocol("iv-ketamine-oud", "1.0").rules]
    with ProcessPoolExecutor(max_workers=WORKERS) as pool:
        parts = []
        for name, part in zip(ids, pool.map(drafted, [[one] for one in ids]), strict=True):
            print(f"{len(parts) + 1} / {len(ids)} {name}", file=sys.stderr, flush=True)
            parts.append(part)
    left, new = [line for lines, _ in parts for line in lines], [each for _, each in parts]
    for name in sorted({name for each in new for name in each}):
        entries = [entry for each in new for entry in each.get(name, [])]
        path = CASES / f"{name}.yaml"
        text = path.read_text("utf-8").removesuffix("cases: []\n")
        begun = text if text.endswith("\n") and "\ncases:\n" in text else f"{text}cases:\n"
        path.write_text(begun + "".join(f"  - {flow(entry)}\n" for entry in entries), "utf-8")
    print("\n".join(left))
    print(f"{sum(len(entries) for each in new for entries in each.values())} cases drafted, {len(left)} left")


if __name__ == "__main__":
    main()
