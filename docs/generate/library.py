"""The handbook's pages of what the library holds: facts, sources, medicines, interactions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generate.tables import SHIPPED, all_cited, anchor, grid, loaded
from kairn.library.code_sets import CODE_SETS, CodeSet
from kairn.library.facts import FACTS, Fact
from kairn.library.medicines import MEDICINES, Medicine
from kairn.library.sources import CONFIDENCES, SOURCES, Source
from kairn.protocol.conditions import Listed
from kairn.protocol.parts import parts_of
from kairn.protocol.rule import Rule, RuleKind, Severity

FOLDER, TOPIC = "interactions/", "interaction"
SEVERITIES = {Severity.STOP: "Not until it is resolved", Severity.CAUTION: "A prescriber decides", Severity.NOTE: "To be known"}


def facts() -> str:
    """Every fact that rules can ask about."""
    return grid(("fact", "name in rules", "unit or choices", "plausible"), map(_fact, FACTS.values()))


def _fact(fact: Fact) -> tuple[str, str, str, str]:
    between = f"{fact.plausible[0]} to {fact.plausible[1]}" if fact.kind in ("measure", "prediction") else ""
    said = f"{fact.unit}, to {fact.step}" if between else ", ".join(fact.choices)
    return fact.label, f"`{fact.name}`", said, between


def sources() -> str:
    """Every source in full; each row is where citations lead."""
    return grid(("source", "kind", "grade", "how it is known", "as of"), map(_source, SOURCES.values()))


def _source(source: Source) -> tuple[str, ...]:
    """One source, with its owner where it is a local judgement."""
    owned = f" Owner: {source.owner}; review by {source.review}." if source.owner else ""
    found = f" doi:{source.doi}" if source.doi else f" PMID {source.pmid}" if source.pmid else ""
    cited = f"[`{source.key}`]{{#{anchor(source.key)}}} {source.citation}{found}{owned}"
    return cited, source.kind, source.grade, CONFIDENCES[source.confidence], source.read


def interactions() -> str:
    """Every flag about medicines by severity, then the gates that wait for them."""
    rules = [rule for rule in loaded(*SHIPPED).rules if rule.file.startswith(FOLDER) or (rule.says and rule.says.topic == TOPIC)]
    return "\n".join([*_flags(rules), "## Gates that wait for a flag\n", *_gates(rules)])


def _flags(rules: list[Rule]) -> Iterator[str]:
    found = {severity: [rule for rule in rules if rule.says and rule.says.severity is severity] for severity in SEVERITIES}
    rows = ((f"[{rule.title}](#{_place(rule)})", SEVERITIES[severity], rule.grade) for severity, some in found.items() for rule in some)
    yield grid(("when", "what it asks", "grade"), rows)
    for severity, words in SEVERITIES.items():
        yield f"## {words}\n\nSeverity *{severity}*: {len(found[severity])} flags.\n"
        yield from map(_flag, found[severity])


def _place(rule: Rule) -> str:
    return f"flag-{rule.id}"


def _flag(rule: Rule) -> str:
    assert rule.says is not None
    said = [
        ("Effect", rule.says.effect),
        ("To consider", rule.says.consider),
        ("Why", rule.rationale),
        ("Not considered", rule.not_considered),
        ("Source", f"{all_cited(rule.citations)}. Grade {rule.grade}. Rule `{rule.id}`."),
    ]
    return f"({_place(rule)})=\n### {rule.title}\n\n" + "\n".join(f"{name}\n: {text}\n" for name, text in said)


def _gates(rules: list[Rule]) -> Iterator[str]:
    found = [rule for rule in rules if rule.kind is RuleKind.GATE]
    yield grid(("gate", "before", "set aside by", "why", "source"), map(_gate, found))


def _gate(rule: Rule) -> tuple[str, ...]:
    by = f"{' or '.join(rule.override.roles)}, for {rule.override.lasts}" if rule.override else "nobody"
    return f"**{rule.title}** `{rule.id}`", rule.guards.partition(":")[2], by, rule.rationale, all_cited(rule.citations)


def medicines() -> str:
    """The medicines the books know: by class with the rules that ask for it, and by name."""
    asked = _asked()
    classes = [found for found in CODE_SETS.values() if found.what == "medicines"]
    by_class = grid(("class", "medicines", "rules that ask for it"), (_class(found, asked.get(found.name, ())) for found in classes))
    by_name = grid(("medicine", "words that name it", "RxNorm", "classes"), (_medicine(MEDICINES[name]) for name in sorted(MEDICINES)))
    return f"The books know {len(MEDICINES)} medicines.\n\n## By class\n\n{by_class}\n## By name\n\n{by_name}"


def _asked() -> dict[str, tuple[str, ...]]:
    """The rules of the shipped protocol that look for a set of codes, by the set."""
    found: dict[str, list[str]] = {}
    for rule in loaded(*SHIPPED).rules:
        for part in _parts(rule):
            if isinstance(part, Listed) and rule.id not in found.setdefault(part.code_set, []):
                found[part.code_set].append(rule.id)
    return {name: tuple(rules) for name, rules in found.items()}


def _parts(rule: Rule) -> Iterable[object]:
    return (part for whole in (rule.applies, rule.condition) if whole for part in parts_of(whole))


def _class(found: CodeSet, rules: tuple[str, ...]) -> tuple[str, str, str]:
    members = sorted(one.name for one in MEDICINES.values() if found.name in one.classes)
    return f"**{found.label}** `{found.name}`", ", ".join(members), ", ".join(f"`{rule}`" for rule in rules) or "none"


def _medicine(found: Medicine) -> tuple[str, str, str, str]:
    codes = ", ".join(sorted(code for _, code in found.codes)) or "not read"
    return found.name, ", ".join(found.words), codes, ", ".join(CODE_SETS[name].label for name in found.classes) or "none"
