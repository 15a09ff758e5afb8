"""The handbook's pages of published studies, and of the reference protocols beside the one for a clinic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from generate.tables import SHIPPED, all_cited, cited, grid, loaded
from kairn.library.sources import SOURCES
from kairn.library.studies import STATEMENTS, STUDIES, Number, Outcome, Study
from kairn.protocol.load import PROTOCOLS
from kairn.protocol.rule import Protocol, Rule, Use

OWN = "study.yaml"
UNKNOWN = "*not established here*"


def studies() -> str:
    """Every record: what was given to whom, what was found, and what is not established."""
    parts = [_study(study) for study in STUDIES.values()]
    said = grid(("what is said", "where", "how it is known"), (_statement(name) for name in STATEMENTS))
    return "\n".join([f"{len(STUDIES)} records.\n", _at_a_glance(), *parts, "## What other documents say\n", said])


def _at_a_glance() -> str:
    rows = ((f"[{study.name}](#{study.name})", _dose(study), study.route, _sessions(study)) for study in STUDIES.values())
    return grid(("study", "dose", "route", "sessions"), rows)


def _study(study: Study) -> str:
    fields = [
        ("source", f"{cited(study.source, study.locator)}: {SOURCES[study.source].citation}"),
        ("design", study.design),
        ("setting", study.setting),
        ("people", f"{study.population} ({', '.join(f'{arm} {number}' for arm, number in study.people)})" if study.people else study.population),
        ("drug", f"{study.drug}, {study.route}"),
        ("dose", _dose(study)),
        ("length", study.duration or UNKNOWN),
        ("sessions", _sessions(study)),
        ("days between", _days(study.spacing_days)),
        ("beside it", study.adjunct or UNKNOWN),
        ("included", study.inclusion or UNKNOWN),
        ("excluded", study.exclusion or UNKNOWN),
        ("watched by", study.monitoring or UNKNOWN),
        ("what it bears on", study.bearing),
        ("as a reference protocol", f"{'yes' if study.executable else 'no'}: {study.because}"),
        ("how it is known", study.confidence),
    ]
    found = grid(("measured", "found", "numbers", "how it is known"), map(_outcome, study.outcomes)) if study.outcomes else ""
    return f"## {study.name}\n\n{grid(('of the study', 'what the record says'), fields)}\n{found}"


def _dose(study: Study) -> str:
    return "; ".join(f"{dose} ({arm})" for arm, dose in study.doses) if study.doses else UNKNOWN


def _sessions(study: Study) -> str:
    return "; ".join(f"{count} ({arm})" for arm, count in study.sessions) if study.sessions else UNKNOWN


def _days(days: tuple[int, int] | None) -> str:
    if days is None:
        return UNKNOWN
    return str(days[0]) if days[0] == days[1] else f"{days[0]} to {days[1]}"


def _outcome(outcome: Outcome) -> tuple[str, ...]:
    return outcome.measure, outcome.found, "; ".join(map(_number, outcome.numbers)) or UNKNOWN, outcome.confidence


def _number(number: Number) -> str:
    ends = f" ({number.low} to {number.high})" if number.low and number.high else ""
    return f"{number.name}: {number.bound + ' ' if number.bound else ''}{_plain(number.value)}{ends}"


def _plain(value: object) -> str:
    return str(value).replace("{", "").replace("}", "")


def _statement(name: str) -> tuple[str, str, str]:
    said = STATEMENTS[name]
    return said.says, "; ".join(cited(source, locator) for source, locator in said.sources), said.confidence


def references() -> str:
    """The reference protocols beside the one for a clinic, then what each says of its own."""
    clinic = loaded(*SHIPPED)
    others = [one for one in map(_load, sorted(PROTOCOLS.glob("*/*/protocol.yaml"))) if one.use is Use.REFERENCE]
    shown = [clinic, *others]
    compared = grid(("", *(f"{one.id} {one.version}" for one in shown)), ((name, *map(say, shown)) for name, say in COMPARED.items()))
    return "\n".join([compared, *map(_reference, others)])


def _load(path: object) -> Protocol:
    folder = PROTOCOLS.joinpath(str(path)).parent
    return loaded(folder.parent.name, folder.name)


def _reference(one: Protocol) -> str:
    own = [rule for rule in one.rules if rule.file.endswith(OWN)]
    rules = grid(("what the study itself asks", "why", "source", "grade"), map(_own_rule, own))
    return f"## {one.title}\n\n`{one.id}` {one.version}. {one.lead}\n\n{rules}"


def _own_rule(rule: Rule) -> tuple[str, ...]:
    return f"{rule.title} `{rule.id}`", rule.rationale, all_cited(rule.citations), rule.grade


def _limits(one: Protocol) -> str:
    (low, high), (least, most) = one.infusion.soft, one.infusion.hard
    return f"{least} and nothing else" if least == most else f"reason outside {low} to {high}, never outside {least} to {most}"


def _beside(one: Protocol) -> str:
    study = STUDIES.get(one.id)
    if study:
        return study.adjunct or UNKNOWN
    return "; ".join(_adjuncts(one.rules))


def _adjuncts(rules: Iterable[Rule]) -> Iterator[str]:
    yield "medication for opioid use disorder, asked and offered"
    names = ("therapy-window", "therapy-weekly", "support-group")
    yield from (rule.schedule.do.partition(":")[0] for rule in rules if rule.id in names and rule.schedule)


def _rules(one: Protocol) -> str:
    own = sum(rule.file.endswith(OWN) for rule in one.rules)
    return f"{len(one.rules)}, all its own or of the library" if one.use is Use.CLINIC else f"{own} of the study, {len(one.rules) - own} borrowed"


COMPARED: dict[str, Callable[[Protocol], str]] = {
    "for": lambda one: "a clinic" if one.use is Use.CLINIC else "comparison only",
    "studied in": lambda one: STUDIES[one.id].population if one.id in STUDIES else "nobody as a whole: a template",
    "drug and route": lambda one: f"{one.infusion.drug}, {one.route}",
    "dose": lambda one: f"{one.infusion.dose} of {one.infusion.weight_basis} weight",
    "limits of the dose": _limits,
    "length": lambda one: str(one.infusion.duration),
    "sessions": lambda one: str(one.infusion.infusions),
    "days between": lambda one: "does not arise" if one.infusion.infusions == 1 else _days(one.infusion.spacing_days),
    "beside it": _beside,
    "rules": _rules,
    "dose cited from": lambda one: all_cited(one.infusion.citations),
}
"""What is compared, one row each."""
