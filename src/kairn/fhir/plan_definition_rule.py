"""One rule of a protocol as an action of a PlanDefinition, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kairn.fhir.canonical import LOINC, checked_id, extension
from kairn.fhir.fhirpath import Join, Text, Tree, Variable, read
from kairn.fhir.node import Node
from kairn.fhir.plan_definition_conditions import read_condition
from kairn.fhir.plan_definition_logic import one_of, tree_of
from kairn.fhir.plan_definition_parts import (
    Written,
    chosen,
    cited,
    code_in,
    coding,
    concept,
    concepts,
    condition,
    document,
    documents,
    extended,
    filled,
    graded,
    late_after,
    length,
    number,
    of_kind,
    own_codes,
    read_citations,
    read_expression,
    read_grade,
    read_length,
    stretch,
)  # fmt: skip
from kairn.library.facts import FACTS
from kairn.protocol.conditions import Condition
from kairn.protocol.rule import FlagSays, Level, OverrideBy, Rule, RuleKind, Schedule, Severity, While
from kairn.terms.times import Duration

_PRIORITIES = {Level.ALERT: "urgent", Level.PAUSE: "asap", Level.STOP: "stat"}
_WEIGHTS = {Severity.NOTE: "routine", Severity.CAUTION: "urgent", Severity.STOP: "stat"}
_OWNERS = {"patient": "patient", "escort": "related-person"}
_LINE = "line "


def write_rule(rule: Rule, step_of: Callable[[str], str]) -> Written:
    """The rule as an action. `step_of` gives the id of the action that stands for the step a gate guards. Raises Unreadable."""
    says, schedule = rule.says, rule.schedule
    return filled(
        id=checked_id(rule.id),
        extension=graded(rule.grade) + late_after(schedule.grace if schedule else None),
        title=rule.title,
        description=says.consider if says else "",
        textEquivalent=schedule.do if schedule else "",
        priority=_priority(rule),
        code=concepts(**{"rule-kind": rule.kind, "hold-level": rule.level or ""}, **_flag_codes(says)),
        reason=[filled(**concept("topic", says.topic), text=says.effect)] if says else [],
        documentation=_documentation(rule),
        condition=_conditions(rule),
        relatedAction=[{"actionId": step_of(rule.guards), "relationship": "before-start"}] if rule.guards else [],
        requiredBehavior=_behaviour(rule),
        action=[_override(rule.override)] if rule.override else [],
        **(_scheduled(schedule) if schedule else {}),
    )


def _flag_codes(says: FlagSays | None) -> dict[str, str]:
    return {"severity": says.severity, "option": says.option} if says else {}


def _priority(rule: Rule) -> str:
    return _PRIORITIES[rule.level] if rule.level else _WEIGHTS[rule.says.severity] if rule.says else ""


def _behaviour(rule: Rule) -> str:
    """A gate or hold that may be set aside must be kept unless somebody documents why not."""
    if rule.kind not in (RuleKind.GATE, RuleKind.HOLD):
        return ""
    return "must-unless-documented" if rule.override else "must"


def _documentation(rule: Rule) -> list[Written]:
    why = [document("justification", display=rule.rationale), document("documentation", "not considered", rule.not_considered)]
    return documents(*map(cited, rule.citations), *why, document("derived-from", f"{_LINE}{rule.line}"))


def _conditions(rule: Rule) -> list[Written]:
    when = {"stage": rule.while_.stages, "phase": rule.while_.phases}
    found = [condition("applicability", Join("in", (Variable(name), one_of(names)))) for name, names in when.items() if names]
    found += [condition("applicability", tree_of(rule.applies))] if rule.applies else []
    return found + ([condition("start", tree_of(rule.condition))] if rule.condition else [])


def _override(override: OverrideBy) -> Written:
    roles = [{"type": "practitioner", "role": concept("role", role)} for role in override.roles]
    return filled(title="Set aside with a reason", code=concepts(part="override"), timingDuration=length(override.lasts), participant=roles)


def _scheduled(schedule: Schedule) -> Written:
    window = stretch(schedule.opens, schedule.within)
    every = schedule.every
    repeat = filled(boundsRange=window, period=number(every.amount), periodUnit=every.unit) if every else {}
    return filled(
        trigger=[{"type": "named-event", "name": schedule.after}] if schedule.after else [],
        timingTiming={"repeat": repeat} if every else {},
        timingRange={} if every else window,
        participant=[{"type": _OWNERS.get(schedule.owner, "practitioner"), "role": concept("role", schedule.owner)}] if schedule.owner else [],
        output=[of_fact(fact) for fact in schedule.facts],
    )


def of_fact(name: str) -> Written:
    """Data that holds a fact: observations with our code for it and every LOINC code the library knows for it."""
    fact = FACTS.get(name)
    loinc = [{"system": LOINC, "code": code} for code in fact.loinc] if fact else []
    return {"type": "Observation", "codeFilter": [{"path": "code", "code": [coding("fact", name), *loinc]}]}


def read_rule(action: Node, file: str, guard_of: Mapping[str, str]) -> Rule:
    """The rule of an action. `guard_of` gives for an action id the step that action stands for. Raises Unreadable."""
    code, documentation = action.get("code"), action.get("documentation")
    kind, level = code_in(code, "rule-kind"), code_in(code, "hold-level")
    while_, applies, held = _read_conditions(action.get("condition"))
    return Rule(
        id=action.get("id").text(),
        title=action.get("title").text(),
        kind=chosen(code, kind, RuleKind),
        while_=while_,
        applies=applies,
        condition=held,
        guards=_guarded(action.get("relatedAction").first(), guard_of),
        level=chosen(code, level, Level) if level else None,
        schedule=_read_schedule(action),
        override=_read_override(action.get("action").first()),
        citations=read_citations(documentation),
        grade=read_grade(action.get("extension")),
        rationale=_shown(documentation, "justification"),
        not_considered=_shown(documentation, "documentation"),
        file=file,
        line=_line(documentation),
        says=_read_says(action),
    )


def _guarded(related: Node, guard_of: Mapping[str, str]) -> str:
    if not related:
        return ""
    target = related.get("actionId")
    if target.text() not in guard_of:
        raise target.fault("the id of an action that stands for a step")
    return guard_of[target.text()]


def _shown(documentation: Node, kind: str) -> str:
    return next((each.get("display").text() for each in of_kind(documentation, kind)), "")


def _line(documentation: Node) -> int:
    labels = [each.get("label") for each in of_kind(documentation, "derived-from")]
    if len(labels) != 1 or not labels[0].text().removeprefix(_LINE).isdigit():
        raise documentation.fault(f"one document of kind derived-from with the label `{_LINE}…`")
    return int(labels[0].text().removeprefix(_LINE))


def _read_conditions(conditions: Node) -> tuple[While, Condition | None, Condition | None]:
    names: dict[str, tuple[str, ...]] = {}
    found: dict[str, Condition] = {}
    for each in conditions.each():
        text, place = read_expression(each.get("expression")), each.get("expression").place
        when = _when(text, place)
        if when:
            names |= when
        else:
            found[each.get("kind").text()] = read_condition(text, place)
    return While(names.get("stage", ()), names.get("phase", ())), found.get("applicability"), found.get("start")


def _when(text: str, place: str) -> dict[str, tuple[str, ...]]:
    match read(text, place):
        case Join("in", (Variable("stage" | "phase" as name), values)):
            return {name: _texts(values)}
        case _:
            return {}


def _texts(tree: Tree) -> tuple[str, ...]:
    parts = tree.parts if isinstance(tree, Join) else (tree,)
    return tuple(part.value for part in parts if isinstance(part, Text))


def _read_schedule(action: Node) -> Schedule | None:
    if not action.get("textEquivalent"):
        return None
    repeat = action.get("timingTiming", "repeat")
    every = read_length(Node({"value": repeat.get("period").value, "code": repeat.get("periodUnit").value}, repeat.place)) if repeat else None
    window = repeat.get("boundsRange") if repeat else action.get("timingRange")
    return Schedule(
        do=action.get("textEquivalent").text(),
        owner=code_in(_roles(action), "role"),
        every=every,
        after=action.get("trigger").first().get("name").text(),
        opens=_end(window, "low"),
        within=_end(window, "high"),
        facts=tuple(own_code for output in action.get("output").each() for own_code in own_codes(_filtered(output), "fact")),
        grace=read_length(extended(action.get("extension"), extension("grace")).get("valueDuration")),
    )


def _end(window: Node, name: str) -> Duration | None:
    return read_length(window.get(name))


def _roles(action: Node) -> Node:
    return Node([each.get("role").value for each in action.get("participant").each()], f"{action.place}.participant")


def _filtered(output: Node) -> list[Node]:
    return list(output.get("codeFilter").first().get("code").each())


def _read_override(action: Node) -> OverrideBy | None:
    lasts = read_length(action.get("timingDuration"))
    if lasts is None:
        return None
    return OverrideBy(tuple(own_codes(_codings(_roles(action)), "role")), lasts)


def _codings(roles: Node) -> list[Node]:
    return [each for role in roles.each() for each in role.get("coding").each()]


def _read_says(action: Node) -> FlagSays | None:
    reason = action.get("reason").first()
    if not reason:
        return None
    code = action.get("code")
    return FlagSays(
        topic=code_in(action.get("reason"), "topic"),
        severity=chosen(code, code_in(code, "severity"), Severity),
        effect=reason.get("text").text(),
        consider=action.get("description").text(),
        option=code_in(code, "option"),
    )
