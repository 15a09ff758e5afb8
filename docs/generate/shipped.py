"""The shipped protocol and its stories as pages."""

from __future__ import annotations

from collections.abc import Sequence

from generate.tables import SHIPPED, deeper, loaded
from kairn.pathway.assess import assess
from kairn.pathway.scenario import Scenario, load_scenario, scenario_files
from kairn.pathway.tell import tell
from kairn.protocol.say import say_protocol


def protocol() -> str:
    """The shipped protocol as its own grammar says it."""
    return deeper(say_protocol(loaded(*SHIPPED)))


def scenarios() -> str:
    """Every scenario: who, the story, what is wrong in it, and where the person stands at the end."""
    shipped = loaded(*SHIPPED)
    told = [load_scenario(path, shipped) for path in scenario_files()]
    return "\n".join(_scenario(scenario, tell(assess(shipped, scenario.history, scenario.now))["words"]) for scenario in told)


def _scenario(scenario: Scenario, words: Sequence[str]) -> str:
    wrong = f"\n**What is wrong:** {scenario.wrong.strip()}\n" if scenario.wrong else ""
    person = f"*{scenario.person.given_name} {scenario.person.family_name}*"
    stands = "\n".join(f"- {line}" for line in words)
    return f"## {scenario.title}\n\n{person}. {scenario.story.strip()}\n{wrong}\n{stands}\n"
