"""Draft, for each rule, the fewest cases that ask for every answer and see every number move; what stands already is not changed."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from itertools import combinations, islice
from pathlib import Path
from typing import Any

from kairn.library.reader import Node, read_yaml
from kairn.pathway.assess import assess
from kairn.pathway.casebook import case_of, load_scenarios
from kairn.pathway.coverage import asked_of, possible_answers
from kairn.pathway.mutants import Mutant, alone, asks, mutants_of, survives
from kairn.pathway.scenario import Expected, Scenario, scenario_files
from kairn.pathway.standing import Standing
from kairn.protocol.load import load_protocol
from kairn.protocol.rule import Protocol, Rule, RuleKind
from kairn.terms.answer import Answer
from kairn.terms.problem import Unreadable
from tests.spec.drafting.ground import Here
from tests.spec.drafting.tries import Try, tries_of, tries_of_override, tries_of_schedule

CASES = Path(__file__).parents[1] / "cases"
PAIRS = 1200
WORKERS = 3
PHASES = ("booked", "pre-flight", "infusion", "recovery")


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
            path.stem: Here(path.stem, protocol, read_yaml(path).fields(("casebook", "story", "person", "now", "given", "cases"), ("visit",)))
            for path in sorted(CASES.glob("*.yaml"))
        }
        self.asked = tuple(s for path in (*scenario_files(), *sorted(CASES.glob("*.yaml"))) for s in load_scenarios(path, protocol))
        self.new: dict[str, list[dict[str, Any]]] = {}

    def draft(self, rule: Rule) -> list[str]:
        """Add what is missing for one rule; what is left is said."""
        mine = tuple(s for s in self.asked if asks(s.expected, rule.id))
        alive = [mutant for mutant in mutants_of(rule) if survives(mutant, self.protocol, mine)]
        wanted = set(possible_answers(rule) - asked_of(mine).get(rule.id, frozenset()))
        for here in self.places(rule):
            tries = list(self.tries(rule, here))
            for tried in self.ordered(tries):
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
        yield Try("everything as it should be")
        for condition in (rule.condition, rule.applies):
            if condition:
                yield from tries_of(condition, here)
        if rule.schedule:
            yield from tries_of_schedule(rule, here)
        yield from tries_of_override(rule, here)

    def ordered(self, tries: list[Try]) -> Iterable[Try]:
        """Single tries first, then two at a time."""
        yield from tries
        yield from islice((first + second for first, second in combinations(tries[1:], 2)), PAIRS)

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
        entry = entry_of(replace(tried, words=f"{rule.title}: {tried.words}"), then, here.visit)
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
