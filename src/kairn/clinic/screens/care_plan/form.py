"""The form of a plan of care: what is offered to be kept, and what came back, as problems with goals and steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from kairn.pathway.care_plan import CareDraft, Drafted
from kairn.record.payloads import Role
from kairn.record.payloads_care import CarePlanSigned, CareProblem, CareStep

WHO = (
    ("patient", "The person"), ("prescriber", "Prescriber"), ("nurse", "Nurse"), ("therapist", "Therapist"), ("coordinator", "Coordinator"),
    ("clinic-lead", "Clinic lead"),
)  # fmt: skip
BLANK_STEP = CareStep("", "prescriber", "")


@dataclass(frozen=True)
class StepField:
    """One step to be kept, reworded or left out. `tick`: it is in unless somebody unticks it. `new`: not in the signed plan."""

    name: str
    step: CareStep
    tick: bool
    new: bool
    citations: tuple[str, ...] = ()
    grade: str = ""


@dataclass(frozen=True)
class ProblemField:
    """One problem; what stands in every plan has no tick."""

    name: str
    problem: str
    goals: str
    beside: str
    tick: bool
    new: bool
    steps: tuple[StepField, ...]

    @property
    def goal_lines(self) -> tuple[str, ...]:
        """The goals, each without its line's end."""
        return tuple(goal.strip() for goal in self.goals.splitlines() if goal.strip())

    @property
    def fixed(self) -> bool:
        """Whether it stands in every plan."""
        return bool(self.beside)


def offered(draft: CareDraft, signed: CarePlanSigned | None) -> tuple[ProblemField, ...]:
    """What the form offers: the signed plan as it stands with what is new since, or the whole draft where none is signed."""
    if signed is None:
        return _numbered(_Offer(one.problem, [(each, True, False) for each in one.steps], False) for one in draft.problems)
    drafted = {key: one for one in draft.problems for key in _keys(one.problem)}
    offers = [
        _Offer(problem, [(_as_drafted(step, draft), True, False) for step in problem.steps] + _new(problem, drafted, signed), False)
        for problem in signed.problems
    ]
    held = {key for problem in signed.problems for key in _keys(problem)}
    fresh = [one for one in draft.problems if not held & set(_keys(one.problem))]
    return _numbered([*offers, *(_Offer(one.problem, [(each, True, True) for each in one.steps if not _known(each, signed)], True) for one in fresh)])


@dataclass(frozen=True)
class _Offer:
    problem: CareProblem
    steps: list[tuple[Drafted, bool, bool]]
    new: bool


def _keys(problem: CareProblem) -> tuple[str, ...]:
    """What a problem is known by again: what it puts beside ketamine, or its words."""
    return (f"beside {problem.beside}",) if problem.beside else (problem.problem,)


def _as_drafted(step: CareStep, draft: CareDraft) -> Drafted:
    """A signed step with the sources that the same rule or the same words have in the draft."""
    every = [each for one in draft.problems for each in one.steps]
    found = next((each for each in every if (step.rule and each.step.rule == step.rule) or each.step.what == step.what), None)
    return Drafted(step, found.citations if found else (), found.grade if found else "")


def _new(problem: CareProblem, drafted: Mapping[str, Any], signed: CarePlanSigned) -> list[tuple[Drafted, bool, bool]]:
    found = next((drafted[key] for key in _keys(problem) if key in drafted), None)
    return [(each, False, True) for each in found.steps if not _known(each, signed)] if found else []


def _known(drafted: Drafted, signed: CarePlanSigned) -> bool:
    steps = [step for problem in signed.problems for step in problem.steps]
    return any((step.rule and step.rule == drafted.step.rule) or step.what == drafted.step.what for step in steps)


def _numbered(offers: Iterable[_Offer]) -> tuple[ProblemField, ...]:
    kept = [offer for offer in offers if offer.steps]
    return tuple(_field(f"p{number}", offer) for number, offer in enumerate(kept)) + (_blank(f"p{len(kept)}"),)


def _field(name: str, offer: _Offer) -> ProblemField:
    steps = [StepField(f"{name}s{place}", each.step, tick, new, each.citations, each.grade) for place, (each, tick, new) in enumerate(offer.steps)]
    more = StepField(f"{name}s{len(steps)}", BLANK_STEP, True, False)
    tick = bool(offer.problem.beside) or not offer.new
    return ProblemField(name, offer.problem.problem, "\n".join(offer.problem.goals), offer.problem.beside, tick, offer.new, (*steps, more))


def _blank(name: str) -> ProblemField:
    return ProblemField(name, "", "", "", True, False, (StepField(f"{name}s0", BLANK_STEP, True, False),))


def typed(form: Mapping[str, str]) -> tuple[ProblemField, ...]:
    """The form as it came, to be shown again after a refusal: what was ticked and what was written."""
    return tuple(_typed_problem(form, f"p{number}") for number in range(_count(form, "p")))


def _typed_problem(form: Mapping[str, str], name: str) -> ProblemField:
    steps = tuple(_typed_step(form, f"{name}s{place}") for place in range(_count(form, f"{name}s")))
    beside = form.get(f"{name}-beside", "")
    return ProblemField(name, form.get(f"{name}-problem", ""), form.get(f"{name}-goals", ""), beside, bool(beside) or f"{name}-keep" in form, False, steps)


def _typed_step(form: Mapping[str, str], name: str) -> StepField:
    step = CareStep(form.get(f"{name}-what", ""), cast(Role, form.get(f"{name}-who", "")), form.get(f"{name}-when", ""), form.get(f"{name}-rule", ""))
    return StepField(name, step, f"{name}-keep" in form, False)


def _count(form: Mapping[str, str], before: str) -> int:
    """How many rows of that kind the form holds: they are numbered from 0 without a gap."""
    field = "problem" if before == "p" else "what"
    number = 0
    while f"{before}{number}-{field}" in form:
        number += 1
    return number


def kept(form: Mapping[str, str]) -> tuple[CareProblem, ...]:
    """What is to be signed: ticked problems with their ticked steps; a blank row is nobody's."""
    return tuple(problem for field in typed(form) if field.tick and (problem := _kept(field)))


def _kept(field: ProblemField) -> CareProblem | None:
    steps = tuple(_stripped(one.step) for one in field.steps if one.tick and one.step.what.strip())
    goals = tuple(goal.strip() for goal in field.goals.splitlines() if goal.strip())
    if not (field.problem.strip() or goals or steps):
        return None
    return CareProblem(field.problem.strip(), goals, steps, field.beside)


def _stripped(step: CareStep) -> CareStep:
    return CareStep(step.what.strip(), step.who, step.when.strip(), step.rule)
