"""What a protocol says beside its rules, as actions of a PlanDefinition and back: summary, stages, exits, moves, steps, consent, and the infusion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kairn.fhir.canonical import checked_id
from kairn.fhir.fhirpath import Amount, Call, Join, Member, Text, This, Tree, Variable, read, write
from kairn.fhir.node import Node
from kairn.fhir.plan_definition_conditions import read_condition
from kairn.fhir.plan_definition_logic import amount, between, call, tree_of, where
from kairn.fhir.plan_definition_parts import (
    Written,
    cited,
    code_in,
    concepts,
    condition,
    document,
    documents,
    expression,
    filled,
    number,
    of_kind,
    quantity,
    read_citations,
    read_expression,
    whole,
)  # fmt: skip
from kairn.protocol.conditions import Known
from kairn.protocol.rule import Claim, DoseLimits, Protocol
from kairn.terms.problem import unreadable
from kairn.terms.quantity import Quantity, parse_quantity
from kairn.terms.times import Duration

Pair = tuple[Quantity, Quantity]
_TIMES = ("s", "min", "h", "d", "wk")
_STAGE = "stage:"
_DOSE, _ROUTE = "dosageInstruction.doseAndRate.dose", "dosageInstruction.route.text"
_WEIGHT = "weight"


def write_head(protocol: Protocol) -> list[Written]:
    """The actions that stand before the rules. Raises Unreadable for a name FHIR cannot use."""
    steps = step_ids(protocol)
    groups = [
        _group("What this protocol is", "summary", [_claim(each) for each in protocol.summary]),
        _group("Stages of a course", "stages", [_named("stage", name) for name in protocol.stages]),
        _group("Ways out of a course", "exits", [_named("exit", name) for name in protocol.exits]),
        _group("Moves from stage to stage", "moves", [_move(origin, target) for origin, target in protocol.moves]),
        _group("Steps that gates guard", "steps", [_step(guard, name) for guard, name in steps.items() if not _is_stage(guard, protocol.stages)]),
    ]
    return [*(group for group in groups if group), _consent(protocol), _infusion(protocol.infusion, protocol.route)]


def step_ids(protocol: Protocol) -> dict[str, str]:
    """What a gate may guard -> the id of the action that stands for it."""
    guards = dict.fromkeys(rule.guards for rule in protocol.rules if rule.guards)
    stages = {_STAGE + name: checked_id(f"stage.{name}") for name in protocol.stages}
    return stages | {guard: checked_id(f"step.{guard.replace(':', '.')}") for guard in guards if guard not in stages}


def guards_of(plan: Node) -> dict[str, str]:
    """The id of each action that stands for a step -> what a gate guards by it."""
    stages = {stage.get("id").text(): _STAGE + code_in(stage.get("code"), "stage") for stage in _children(plan, "stages")}
    return stages | {step.get("id").text(): code_in(step.get("code"), "step") for step in _children(plan, "steps")}


def parts(plan: Node, name: str) -> Iterator[Node]:
    """The actions of a PlanDefinition that are a part of this name."""
    return (action for action in plan.get("action").each() if code_in(action.get("code"), "part") == name)


def _children(plan: Node, name: str) -> list[Node]:
    return [child for group in parts(plan, name) for child in group.get("action").each()]


def _is_stage(guard: str, stages: Iterable[str]) -> bool:
    return guard.startswith(_STAGE) and guard.removeprefix(_STAGE) in stages


def _group(title: str, name: str, actions: list[Written]) -> Written:
    return {"title": title, "code": concepts(part=name), "action": actions} if actions else {}


def _claim(claim: Claim) -> Written:
    return filled(description=claim.says, documentation=[cited(each) for each in claim.citations])


def read_summary(plan: Node) -> tuple[Claim, ...]:
    """The sentences of the summary with their sources, in order."""
    return tuple(Claim(each.get("description").text(), read_citations(each.get("documentation"))) for each in _children(plan, "summary"))


def _named(kind: str, name: str) -> Written:
    return {"id": checked_id(f"{kind}.{name}"), "title": name, "code": concepts(**{kind: name})}


def _step(guard: str, name: str) -> Written:
    return {"id": name, "title": guard, "code": concepts(step=guard)}


def _move(origin: str, target: str) -> Written:
    ends = [{"actionId": f"stage.{origin}", "relationship": "after-end"}, {"actionId": f"stage.{target}", "relationship": "before-start"}]
    return {"title": f"From {origin} to {target}", "relatedAction": ends}


def read_names(plan: Node, group: str, kind: str) -> tuple[str, ...]:
    """The names of the stages or of the exits, in order."""
    return tuple(code_in(action.get("code"), kind) for action in _children(plan, group))


def read_moves(plan: Node) -> tuple[tuple[str, str], ...]:
    """The moves as pairs of stages, in order."""
    return tuple(_read_move(move) for move in _children(plan, "moves"))


def _read_move(move: Node) -> tuple[str, str]:
    ends = {each.get("relationship").text(): each.get("actionId").text().removeprefix("stage.") for each in move.get("relatedAction").each()}
    if set(ends) != {"after-end", "before-start"}:
        raise move.fault("a move after the end of one stage and before the start of another")
    return ends["after-end"], ends["before-start"]


def _consent(protocol: Protocol) -> Written:
    name, version = protocol.consent
    questions = [_question(*question) for question in protocol.teach_back]
    return filled(title="Consent", code=concepts(part="consent"), documentation=documents(document("documentation", version, name)), action=questions)


def _question(ask: str, right: str, key: str) -> Written:
    """A teach-back question; what is right is the condition under which it is passed."""
    passed = Join("=", (Member(call(where("answers", question=key), "last"), "value"), Text(right)))
    return filled(title=ask, code=concepts(**{"teach-back": key}), condition=[condition("start", passed)])


def read_consent(plan: Node) -> tuple[tuple[str, str], tuple[tuple[str, str, str], ...]]:
    """The consent document with its version, and the teach-back questions."""
    consent = _only(plan, "consent")
    papers = of_kind(consent.get("documentation"), "documentation")
    found = (papers[0].get("display").text(), papers[0].get("label").text()) if papers else ("", "")
    return found, tuple(_read_question(each) for each in consent.get("action").each())


def _read_question(action: Node) -> tuple[str, str, str]:
    said = action.get("condition").first().get("expression")
    match read(read_expression(said), said.place):
        case Join("=", (_, Text(right))):
            return action.get("title").text(), right, code_in(action.get("code"), "teach-back")
        case _:
            raise said.fault("an answer that is right")


def _only(plan: Node, name: str) -> Node:
    found = list(parts(plan, name))
    if len(found) != 1:
        raise plan.fault(f"exactly one action that is the {name}")
    return found[0]


def _infusion(limits: DoseLimits, route: str) -> Written:
    known = tree_of(Known(_WEIGHT, limits.weight_within))
    values: dict[str, Tree] = {_DOSE: amount(limits.dose), _ROUTE: Text(route)}
    return filled(
        title="Infusion",
        code=concepts(part="infusion", drug=limits.drug, weight_basis=limits.weight_basis),
        documentation=[cited(each) for each in limits.citations],
        condition=[condition("start", known)],
        timingTiming={"repeat": _series(limits)},
        dynamicValue=[{"path": path, "expression": expression(value)} for path, value in values.items()],
        action=[
            _limit("hard", "must", {"dose": limits.hard, "duration": limits.duration_hard}),
            _limit("soft", "must-unless-documented", {"dose": limits.soft}),
        ],
    )


def _series(limits: DoseLimits) -> Written:
    """How many infusions, of what length, how many days apart."""
    if limits.duration.unit not in _TIMES or limits.infusions < 1:
        raise unreadable(f"{limits.infusions} infusions of {limits.duration.text}", "one or more, of a length of time", "Correct it in the protocol.")
    low, high = limits.spacing_days
    length = {"duration": number(limits.duration.value), "durationUnit": limits.duration.unit}
    return {"count": number(limits.infusions), **length, "period": number(low), "periodMax": number(high), "periodUnit": "d"}


def _limit(name: str, behaviour: str, pairs: dict[str, Pair]) -> Written:
    conditions = [condition("start", between(Variable(variable), *pair)) for variable, pair in pairs.items()]
    return {"title": f"Limits: {name}", "code": concepts(limit=name), "condition": conditions, "requiredBehavior": behaviour}


def read_infusion(plan: Node) -> tuple[DoseLimits, str]:
    """The limits of the infusion, and the route. Raises Unreadable."""
    action = _only(plan, "infusion")
    repeat = action.get("timingTiming", "repeat")
    values = {each.get("path").text(): each.get("expression") for each in action.get("dynamicValue").each()}
    if set(values) != {_DOSE, _ROUTE}:
        raise action.get("dynamicValue").fault(f"values for {_DOSE} and {_ROUTE}")
    limits = {code_in(each.get("code"), "limit"): _pairs(each) for each in action.get("action").each()}
    return DoseLimits(
        drug=code_in(action.get("code"), "drug"),
        dose=_literal(values[_DOSE]),
        soft=_pair(action, limits, "soft", "dose"),
        hard=_pair(action, limits, "hard", "dose"),
        duration=quantity(repeat.get("duration"), repeat.get("durationUnit")),
        duration_hard=_pair(action, limits, "hard", "duration"),
        weight_basis=code_in(action.get("code"), "weight-basis"),
        infusions=whole(repeat.get("count")),
        spacing_days=(whole(repeat.get("period")), whole(repeat.get("periodMax"))),
        weight_within=_weighed_within(action.get("condition").first().get("expression")),
        citations=read_citations(action.get("documentation")),
    ), _text(values[_ROUTE])


def _literal(said: Node) -> Quantity:
    match read(read_expression(said), said.place):
        case Amount() as found:
            return parse_quantity(write(found).replace("'", ""), said.place)
        case _:
            raise said.fault("a quantity with its unit")


def _text(said: Node) -> str:
    match read(read_expression(said), said.place):
        case Text(value):
            return value
        case _:
            raise said.fault("a text in single quotes")


def _pairs(action: Node) -> dict[str, Pair]:
    return dict(_bounds(each.get("expression")) for each in action.get("condition").each())


def _bounds(said: Node) -> tuple[str, Pair]:
    match read(read_expression(said), said.place):
        case Call(Variable(name), "select", (Join("and", (Join(">=", (This(), Amount() as low)), Join("<=", (This(), Amount() as high)))),)):
            return name, (parse_quantity(write(low).replace("'", ""), said.place), parse_quantity(write(high).replace("'", ""), said.place))
        case _:
            raise said.fault("a lower and an upper limit")


def _pair(action: Node, limits: dict[str, dict[str, Pair]], limit: str, variable: str) -> Pair:
    if variable not in limits.get(limit, {}):
        raise action.get("action").fault(f"a {limit} limit of the {variable}")
    return limits[limit][variable]


def _weighed_within(said: Node) -> Duration:
    match read_condition(read_expression(said), said.place):
        case Known(fact, Duration() as within) if fact == _WEIGHT:
            return within
        case _:
            raise said.fault("a weight that is known and not too old")
