"""Signing a person's plan of care: the words are the signer's, and what stands beside ketamine is in every plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args
from uuid import UUID

from kairn.clinic.acts.check import holdable, needed, one_of
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, Reason, Refused, refused_field
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.pathway.care_plan import beside_missing
from kairn.record.payloads import Payload, Role
from kairn.record.payloads_care import CarePlanSigned, CareProblem


def sign_care_plan(context: Context, patient: UUID, *, event_id: UUID, expected_seq: int, problems: Sequence[CareProblem], agreed_with_person: bool) -> Outcome:
    """Sign the plan of care as edited. Every problem needs a step, every step says what, who and when.

    Medicine for opioid use disorder, therapy, a group and daily life are in every plan, also where a step says that the person does not want one now.
    """

    def build(case: Case) -> list[Payload] | Refused:
        if stop := case.unweighed() or case.ended() or _incomplete(problems):
            return stop
        for problem in problems:
            _readable(problem)
        return [CarePlanSigned(tuple(problems), agreed_with_person, case.signature())]

    return perform(context, Act("care-plan.sign", patient, event_id, build, expected_seq=expected_seq))


def _incomplete(problems: Sequence[CareProblem]) -> Refused | None:
    if not problems:
        return refused_field("problems", "Saw no problem at all; expected the plan. Keep at least one problem with one step.")
    empty = [
        Reason(f"{problem.problem or 'A problem without words'}: no step is kept. Keep one, or leave the problem out.")
        for problem in problems
        if not problem.steps
    ]
    if empty:
        return Refused("input", tuple(empty))
    missing = beside_missing(problems)
    if missing:
        said = f"Saw nothing of {', '.join(missing)}; expected each in every plan, so that ketamine does not stand alone."
        return refused_field("problems", f"{said} Where the person does not want it now, say so in a step.")
    return None


def _readable(problem: CareProblem) -> None:
    """Raises Unreadable with what is missing."""
    texts = [needed(problem.problem, "problems", "what the problem is, in plain words"), *problem.goals]
    for step in problem.steps:
        texts += [needed(step.what, "problems", f"what is done ({problem.problem})"), needed(step.when, "problems", f"when it is done ({step.what})")]
        one_of(step.who, get_args(Role), "problems")
    for text in texts:
        holdable(text, "problems")
