"""A plan of care, pure: drafted from where a person stands, with what stands beside ketamine, and what changed from one version to the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from kairn.library.sources import SOURCES
from kairn.pathway.care_templates import TITLE, Grounds, ProblemText, StepText, templates
from kairn.pathway.ground import Ground
from kairn.pathway.standing import Standing
from kairn.pathway.weigh import weigh
from kairn.protocol.conditions import Condition
from kairn.protocol.rule import Protocol, Rule, RuleKind, Schedule, Severity
from kairn.protocol.say import cite
from kairn.protocol.words import HAPPENINGS
from kairn.record.history import History
from kairn.record.payloads import Role
from kairn.record.payloads_care import CarePlanSigned, CareProblem, CareStep
from kairn.terms.answer import Answer
from kairn.terms.times import Duration

AFTER = {
    "infusion-started": "after each ketamine visit begins", "infusion-ended": "after each ketamine visit", "visit-ended": "after each ketamine visit",
    "earlier-infusion-ended": "after the visit before", "follow-up-entered": "after the series", "stage-entered": "from now",
}  # fmt: skip


@dataclass(frozen=True)
class Drafted:
    """One step with what it rests on: full citations, and a grade."""

    step: CareStep
    citations: tuple[str, ...]
    grade: str


@dataclass(frozen=True)
class DraftedProblem:
    """One problem with its steps, and what it rests on."""

    problem: CareProblem
    steps: tuple[Drafted, ...]
    citations: tuple[str, ...]


@dataclass(frozen=True)
class Beside:
    """Something that stands beside ketamine: whether it does for this person."""

    kind: str
    label: str
    stands: Answer


@dataclass(frozen=True)
class CareDraft:
    """A draft. `open`: problems of which it is not known whether the person has them. `alone`: ketamine would stand with nothing of `beside` in place."""

    problems: tuple[DraftedProblem, ...]
    beside: tuple[Beside, ...]
    open: tuple[str, ...]
    alone: bool


def draft(protocol: Protocol | None, history: History, standing: Standing) -> CareDraft:
    """What a plan of care could say for this person now. A problem is drawn in on yes only; unknown is told, never filled in."""
    ground = Ground(cast(Protocol, protocol), history, standing.now, standing.course, standing.visits)
    texts = templates()
    answers = {text.key: _answer(text.only_if, ground) for text in texts.problems}
    sketch = _Sketch(protocol, standing, ground)
    problems = [sketch.problem(text) for text in texts.problems if answers[text.key] is Answer.YES]
    beside = tuple(Beside(one.kind, one.label, _answer(one.stands, ground)) for one in texts.beside)
    given = _answer(texts.ketamine, ground) is Answer.YES
    return CareDraft(
        problems=(*sketch.flagged(), *(one for one in problems if one.steps)),
        beside=beside,
        open=tuple(text.says for text in texts.problems if answers[text.key] is Answer.UNKNOWN and _asked(text.only_if, ground)),
        alone=given and not any(one.stands is Answer.YES for one in beside),
    )


def _answer(condition: Condition | None, ground: Ground) -> Answer:
    return weigh(condition, ground, None).answer if condition else Answer.YES


def _asked(condition: Condition | None, ground: Ground) -> bool:
    """Whether it is unknown for want of an answer from the person, not because something has not happened yet."""
    return condition is not None and any(finding.fact not in HAPPENINGS for finding in weigh(condition, ground, None).findings)


class _Sketch:
    """One draft in the making: which duties belong to it, and which no problem has named."""

    def __init__(self, protocol: Protocol | None, standing: Standing, ground: Ground) -> None:
        self.ground = ground
        self.rules = protocol.by_id if protocol else {}
        stages = protocol.stages if protocol else ()
        here = stages.index(standing.course.stage) if standing.course.stage in stages else 0
        self.ahead = set(stages[here:])
        named = {step.rule for text in templates().problems for step in text.steps}
        self.rest = [rule for rule in self.rules.values() if rule.kind is RuleKind.DUTY and not rule.while_.phases and rule.id not in named and self.ours(rule)]
        self.flags = [flag for flag in standing.flags if flag.verdict.answer is Answer.YES and flag.says.severity is not Severity.NOTE]

    def ours(self, rule: Rule) -> bool:
        """Whether a duty lies in this stage or one still to come, and is not known to be for somebody else."""
        reached = not rule.while_.stages or bool(self.ahead & set(rule.while_.stages))
        asked = rule.applies is None or bool(rule.while_.phases) or _answer(rule.applies, self.ground) is not Answer.NO
        return reached and asked

    def problem(self, text: ProblemText) -> DraftedProblem:
        """A problem with the steps that belong to this person."""
        steps = [one for step in text.steps if (one := self.step(step))]
        steps += [_of_rule(rule, rule.title, rule.schedule) for rule in self.rest if text.rest and rule.schedule]
        problem = CareProblem(text.says, text.goals, tuple(one.step for one in steps), text.beside)
        return DraftedProblem(problem, tuple(steps), _cited(text.grounds))

    def step(self, text: StepText) -> Drafted | None:
        """A step, None where it is not for this person, or its rule is not of this protocol or of a stage gone by."""
        if _answer(text.only_if, self.ground) is not Answer.YES:
            return None
        if text.grounds:
            return Drafted(CareStep(text.what, cast(Role, text.who), text.when), _cited(text.grounds), text.grounds.grade)
        rule = self.rules.get(text.rule)
        if rule is None or rule.schedule is None or not self.ours(rule):
            return None
        return _of_rule(rule, text.what, rule.schedule, rule.title if text.when == TITLE else "")

    def flagged(self) -> Iterable[DraftedProblem]:
        """Flags that ask a prescriber to look, as one problem."""
        said = templates().flags
        steps = tuple(
            Drafted(CareStep(flag.verdict.rule.title, cast(Role, said.who), said.when, flag.verdict.rule.id), cite(flag.verdict.rule), flag.verdict.rule.grade)
            for flag in self.flags
        )
        if steps:
            yield DraftedProblem(CareProblem(said.says, said.goals, tuple(one.step for one in steps)), steps, _cited(said.grounds))


def _of_rule(rule: Rule, what: str, schedule: Schedule, when: str = "") -> Drafted:
    return Drafted(CareStep(what, cast(Role, schedule.owner), when or when_of(schedule), rule.id), cite(rule), rule.grade)


def _cited(grounds: Grounds) -> tuple[str, ...]:
    source = SOURCES[grounds.citation.source]
    return (f"{source.citation}. {grounds.citation.locator}. Grade: {source.grade}.",)


def when_of(schedule: Schedule) -> str:
    """When a duty is done, as a person would say it."""
    if schedule.every:
        return f"every {_length(schedule.every).removeprefix('1 ')}"
    after = AFTER.get(schedule.after, "")
    if schedule.opens and schedule.within:
        begins, ends = _length(schedule.opens), _length(schedule.within)
        number, _, unit = begins.partition(" ")
        return f"{number if unit.rstrip('s') in ends else begins} to {ends} {after}".strip()
    return f"within {_length(schedule.within)} {after}".strip() if schedule.within else after


def _length(length: Duration) -> str:
    """The length in the largest of weeks, days or its own unit that holds it whole."""
    for unit, whole in (("week", timedelta(weeks=1)), ("day", timedelta(days=1))):
        if not length.delta % whole:
            number = length.delta // whole
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return str(length)


def beside_missing(problems: Iterable[CareProblem]) -> tuple[str, ...]:
    """The labels of what stands beside ketamine in every plan and is not in this one."""
    held = {one.beside for one in problems}
    return tuple(one.label for one in templates().beside if one.kind not in held)


@dataclass(frozen=True)
class PlanChange:
    """One difference between two signed versions, in words; `kind`: added, dropped or changed."""

    kind: str
    what: str
    before: str = ""


def changes(before: CarePlanSigned | None, after: CarePlanSigned) -> tuple[PlanChange, ...]:
    """What is new, gone or said otherwise, problem by problem; empty for a first plan."""
    if before is None:
        return ()
    old, new = _lines(before), _lines(after)
    gone = [line for line in old if line not in new]
    found: list[PlanChange] = []
    for line in (line for line in new if line not in old):
        earlier = next((one for one in gone if _same(one, line)), None)
        if earlier:
            gone.remove(earlier)
        found.append(PlanChange("changed", line[-1], earlier[-1]) if earlier else PlanChange("added", line[-1]))
    return (*found, *(PlanChange("dropped", line[-1]) for line in gone))


Line = tuple[str, str, str]
"""What a line is of (a problem, or a step's rule), of which kind, and its words."""


def _lines(plan: CarePlanSigned) -> list[Line]:
    return [line for problem in plan.problems for line in _of_problem(problem)]


def _of_problem(problem: CareProblem) -> Iterable[Line]:
    yield problem.beside, "problem", problem.problem
    yield from (("", "goal", f"Goal: {goal}") for goal in problem.goals)
    yield from ((step.rule, "step", f"{step.what} ({step.who}, {step.when})") for step in problem.steps)


def _same(one: Line, other: Line) -> bool:
    """Whether two lines are the same thing said otherwise: drawn from the same rule, or of the same part beside ketamine."""
    return bool(one[0]) and one[:2] == other[:2]


def as_of(history: History, seq: int | None = None) -> tuple[datetime, CarePlanSigned, int] | None:
    """The latest signed plan, or the one signed as entry `seq`: when, what, and its seq."""
    signed = [(event, plan) for event, plan in history.all(CarePlanSigned) if seq is None or event.seq == seq]
    return (signed[-1][0].occurred_at, signed[-1][1], signed[-1][0].seq) if signed else None
