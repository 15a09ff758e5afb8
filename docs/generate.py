"""The parts of the handbook that the product writes itself, each as Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from generate_instruments import instruments

from kairn.clinic.people.handbook import tables
from kairn.library.facts import FACTS, Fact
from kairn.library.sources import SOURCES, Source
from kairn.pathway.assess import assess
from kairn.pathway.scenario import Scenario, load_scenario, scenario_files
from kairn.pathway.tell import tell
from kairn.protocol.load import load_protocol
from kairn.protocol.say import say_protocol

ROOT = Path(__file__).resolve().parents[1]
PROOFS = ROOT / "docs" / "reference" / "proofs"
SHIPPED = ("iv-ketamine-oud", "1.0")


def row(*cells: object) -> str:
    """One row of a Markdown table."""
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def grid(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    return "\n".join([row(*heads), row(*("---" for _ in heads)), *(row(*cells) for cells in rows)]) + "\n"


def deeper(text: str, by: int = 1) -> str:
    """Markdown with every heading lowered, so that it fits under a page's own."""
    return re.sub(r"^(#+ )", "#" * by + r"\1", text, flags=re.MULTILINE)


def protocol() -> str:
    """The shipped protocol as its own grammar says it."""
    return deeper(say_protocol(load_protocol(*SHIPPED)))


def scenarios() -> str:
    """Every scenario: who, the story, what is wrong in it, and where the person stands at the end."""
    shipped = load_protocol(*SHIPPED)
    told = [load_scenario(path, shipped) for path in scenario_files()]
    return "\n".join(tell_scenario(scenario, tell(assess(shipped, scenario.history, scenario.now))["words"]) for scenario in told)


def tell_scenario(scenario: Scenario, words: Sequence[str]) -> str:
    """One story and its standing in words."""
    wrong = f"\n**What is wrong:** {scenario.wrong.strip()}\n" if scenario.wrong else ""
    person = f"*{scenario.person.given_name} {scenario.person.family_name}*"
    stands = "\n".join(f"- {line}" for line in words)
    return f"## {scenario.title}\n\n{person}. {scenario.story.strip()}\n{wrong}\n{stands}\n"


def access() -> str:
    """The table of access, as the clinic prints it."""
    return tables()


def numbers() -> str:
    """Facts and sources of the library."""
    facts = grid(("fact", "name in rules", "unit or choices", "plausible"), map(fact_row, FACTS.values()))
    sources = grid(("source", "kind", "grade", "read on"), map(source_row, SOURCES.values()))
    return f"## Facts\n\n{facts}\n## Sources\n\n{sources}"


def fact_row(fact: Fact) -> tuple[str, str, str, str]:
    """One fact."""
    between = f"{fact.plausible[0]} to {fact.plausible[1]}" if fact.kind == "measure" else ""
    return fact.label, f"`{fact.name}`", f"{fact.unit}, to {fact.step}" if fact.kind == "measure" else ", ".join(fact.choices), between


def source_row(source: Source) -> tuple[str, str, str, str]:
    """One source, with its owner where it is a local judgement."""
    owned = f" Owner: {source.owner}; review by {source.review}." if source.owner else ""
    doi = f" doi:{source.doi}" if source.doi else ""
    return f"`{source.key}` {source.citation}{doi}{owned}", source.kind, source.grade, source.read


def proofs() -> str:
    """What the long runs found: one row per file."""
    found = [(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in sorted(PROOFS.glob("*.json"))]
    return (
        grid(("run", "n", "lost", "bound (95 %)", "seconds"), (proof_row(name, said) for name, said in found)) if found else "No long run has been kept yet.\n"
    )


def proof_row(name: str, said: dict[str, object]) -> tuple[object, ...]:
    """One run."""
    return name, *(said.get(key, "") for key in ("n", "lost", "bound95", "seconds"))


def pictures() -> str:
    """Every picture the journeys took, under the words its file is named with."""
    taken = sorted((ROOT / "docs" / "pictures").glob("**/*.png"))
    lines = [f"![{(said := path.stem.replace('-', ' '))}](/{path.relative_to(ROOT / 'docs').as_posix()})\n\n*{said}*\n" for path in taken]
    return "\n".join(lines) or "No pictures have been taken yet.\n"


def paper(name: str) -> str:
    """One of the papers that lie at the top of the repository, its links turned to pages of this handbook."""
    text = (ROOT / f"{name}.md").read_text(encoding="utf-8")
    return re.sub(r"\]\((?:docs/)?([A-Za-z/]+)\.md\)", lambda link: f"](/{link.group(1).lower()}.md)", text)


PARTS: dict[str, Callable[[], str]] = {
    "protocol": protocol,
    "scenarios": scenarios,
    "access": access,
    "numbers": numbers,
    "instruments": lambda: instruments(grid),
    "pictures": pictures,
    "proofs": proofs,
    "glossary": lambda: paper("GLOSSARY"),
    "contributing": lambda: paper("CONTRIBUTING"),
    "security": lambda: paper("SECURITY"),
    "changelog": lambda: paper("CHANGELOG"),
}
