"""Signatures on the course: assessment, consent, plan, and setting a rule aside for a while."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast, get_args
from uuid import UUID

from kairn.clinic.acts.check import needed, one_of, zoned
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.dose_weights import basis_to_plan
from kairn.clinic.acts.limits import within_limits, within_series
from kairn.clinic.acts.outcome import Outcome, Reason, Refused, refused, refused_field
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.clinic.acts.protocols import in_force_for
from kairn.clinic.ledger.read import history as read_history
from kairn.clinic.people.may import access_to, relations
from kairn.clinic.people.table import table
from kairn.protocol.rule import Rule
from kairn.record.payloads import (
    AssessmentSigned,
    ConsentSigned,
    ConsentWithdrawn,
    NoteWritten,
    OverrideSigned,
    Payload,
    PlanSigned,
    Reading,
    YesNo,
)  # fmt: skip


def sign_assessment(context: Context, patient: UUID, *, event_id: UUID, expected_seq: int, eligible: YesNo, summary: str) -> Outcome:
    """A specialist's judgement of fit: yes, no or unknown, with a summary. The rules are shown beside it; the judgement is the signer's."""

    def build(case: Case) -> list[Payload] | Refused:
        words = needed(summary, "summary", "what the judgement rests on")
        said = cast(YesNo, one_of(eligible, get_args(YesNo), "eligible"))
        return case.unweighed() or case.ended() or [AssessmentSigned(said, words, case.signature())]

    return perform(context, Act("assessment.sign", patient, event_id, build, expected_seq=expected_seq))


def sign_consent(context: Context, patient: UUID, *, event_id: UUID, expected_seq: int, teach_back: Mapping[str, str], signed_name: str) -> Outcome:
    """Consent to the protocol's current document. A wrong teach-back answer is kept as given: the consent then does not open the gate."""

    def build(case: Case) -> list[Payload] | Refused:
        name = needed(signed_name, "signed_name", "the name the person signs with")
        if (stop := case.unweighed() or case.ended()) or case.protocol is None:
            return stop or refused("policy", case.found.why)
        document, version = case.protocol.consent
        return _unanswered(case.protocol.teach_back, teach_back) or [
            ConsentSigned(document, version, tuple(Reading(key, teach_back[key]) for _, _, key in case.protocol.teach_back), name, case.signature())
        ]

    return perform(context, Act("consent.record", patient, event_id, build, expected_seq=expected_seq))


def _unanswered(questions: tuple[tuple[str, str, str], ...], answers: Mapping[str, str]) -> Refused | None:
    missing = [Reason(f"Not answered: {ask}", field=key) for ask, _, key in questions if answers.get(key) not in ("yes", "no")]
    return Refused("input", tuple(missing)) if missing else None


def withdraw_consent(context: Context, patient: UUID, *, event_id: UUID, reason: str = "", occurred_at: datetime | None = None) -> Outcome:
    """The person takes consent back; no reason is needed and nothing stands in the way."""
    return perform(context, Act("consent.withdraw", patient, event_id, lambda case: [ConsentWithdrawn(reason)], occurred_at=occurred_at))


def sign_plan(  # noqa: PLR0913
    context: Context,
    patient: UUID,
    *,
    event_id: UUID,
    expected_seq: int,
    infusions: int,
    spacing_days: int,
    dose: str,
    duration: str,
    goals: str,
    reason: str = "",
) -> Outcome:
    """The tailored series: `dose` such as 0.5 mg/kg, `duration` such as 40 min. Outside soft limits it needs a reason, outside hard ones nobody signs it.

    Which weight its doses are made from is a prescriber's decision on record, else what the protocol says.
    """

    def build(case: Case) -> list[Payload] | Refused:
        if (stop := case.unweighed() or case.ended()) or case.protocol is None:
            return stop or refused("policy", case.found.why)
        limits = case.protocol.infusion
        if wrong := within_series(limits, infusions, spacing_days, reason) or within_limits(limits, dose, duration, reason):
            return wrong
        basis = basis_to_plan(case.history, case.protocol, case.standing.now)
        if isinstance(basis, Refused):
            return basis
        plan = PlanSigned(infusions, spacing_days, dose, basis.name, duration, goals, case.signature())
        return [plan, *([NoteWritten(f"Plan outside the usual limits: {reason.strip()}")] if reason.strip() else [])]

    return perform(context, Act("plan.sign", patient, event_id, build, expected_seq=expected_seq))


def sign_override(
    context: Context, patient: UUID, *, event_id: UUID, expected_seq: int, rule: str, reason: str, expires_at: datetime, visit: UUID | None = None
) -> Outcome:
    """Set one rule aside until `expires_at`, by a role the rule names and no longer than it allows. It is shown as an override, never as a pass."""

    def build(case: Case) -> list[Payload] | Refused:
        why = needed(reason, "reason", "why the rule is set aside")
        until = zoned(expires_at, "expires_at")
        if (stop := case.unweighed() or case.ended()) or case.protocol is None:
            return stop or refused("policy", case.found.why)
        if visit is not None:
            case.visit(visit)
        known = case.protocol.by_id.get(rule)
        if known is None:
            return refused_field("rule", f"Saw the rule {rule!r}; expected one of the protocol in force.")
        return _may_not(case, known, until, visit) or [OverrideSigned(rule, why, until, case.signature(), visit)]

    acting = _in_a_role_for(context, patient, rule)
    return perform(acting, Act("override.sign", patient, event_id, build, expected_seq=expected_seq, alone=True))


def _in_a_role_for(context: Context, patient: UUID, rule: str) -> Context:
    """Acting in a role that may set this rule aside and stands so to this person, where the signer holds one."""
    protocol = in_force_for(context.clinic, read_history(patient), context.now).protocol
    known = protocol.by_id.get(rule) if protocol else None
    held = [role for role in (known.override.roles if known and known.override else ()) if role in context.user.roles]
    related = relations(context.user, patient, now=context.now)
    enough = [role for role in held if access_to(table(), "override.sign", frozenset({role}), related).granted]
    return context.in_role(next(iter([*enough, *held]), context.author.role))


def _may_not(case: Case, rule: Rule, until: datetime, visit: UUID | None) -> Refused | None:
    if rule.override is None:
        return Refused("policy", (Reason(f"{rule.title}: nobody can set this rule aside.", rule.id),))
    if case.context.author.role not in rule.override.roles:
        return Refused("policy", (Reason(f"{rule.title}: only a {' or '.join(rule.override.roles)} can set this rule aside.", rule.id),))
    if bool(rule.while_.phases) != (visit is not None):
        return refused_field("visit", "This rule is weighed once a visit: name the visit." if visit is None else "This rule is not about a visit: name none.")
    if case.earlier is None and not case.context.now < until <= case.context.now + rule.override.lasts.delta:
        return refused_field("expires_at", f"Saw an end at {until:%Y-%m-%d %H:%M}; expected one within {rule.override.lasts} from now.")
    return None
