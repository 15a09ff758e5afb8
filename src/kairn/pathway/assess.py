"""The central function: assess(protocol, history, now) -> Standing, pure and total; this plain form is the reference."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from kairn.pathway.course import PHASES, course_of, visits_of
from kairn.pathway.duties import dues_of
from kairn.pathway.ground import Ground, by_device
from kairn.pathway.standing import Due, Flag, Hold, Move, MoveKind, OverrideShown, Standing, Verdict, Visit
from kairn.pathway.weigh import ORDER, raised, weigh
from kairn.pathway.weighed import Weighed
from kairn.protocol.rule import Level, Protocol, Rule, RuleKind
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import Observed, OverrideSigned
from kairn.record.payloads_care import InstrumentAnswered
from kairn.terms.answer import Answer, every

STRENGTH = {Level.STOP: 0, Level.PAUSE: 1, Level.ALERT: 2}
NEXT_PHASE = dict(zip(PHASES, PHASES[1:], strict=False))

Weighing = tuple[Verdict, Visit | None, tuple[datetime, ...]]


def assess(protocol: Protocol, history: History, now: datetime) -> Standing:
    """Where this person stands at `now` (aware), as known in `history`, under `protocol`: stage, verdicts, moves, due, next change."""
    ground = Ground(protocol, history, now, course_of(history), visits_of(history))
    weighed = [_verdict(rule, ground, visit) for rule, visit in _asked(ground)]
    verdicts = tuple(verdict for verdict, _, _ in weighed)
    held = _held(ground, verdicts)
    due = tuple(dues_of(ground, [(verdict, visit) for verdict, visit, _ in weighed if verdict.rule.kind is RuleKind.DUTY]))
    return Standing(
        protocol=protocol.id,
        version=protocol.version,
        content_hash=protocol.content_hash,
        seq=history.seq,
        now=now,
        course=ground.course,
        visits=ground.visits,
        verdicts=verdicts,
        moves=tuple(_moves(ground, verdicts, held)),
        holds=_holds(held),
        due=due,
        changes_at=_changes_at(ground, weighed, due),
        flags=_flags(verdicts),
        as_needed=tuple(_as_needed(ground, verdicts)),
    )


def _asked(ground: Ground) -> Iterable[tuple[Rule, Visit | None]]:
    """Each rule with each visit it speaks of now; a rule without phases speaks of the course."""
    if ground.course.stage == "died" or ground.course.since is None:
        return
    for rule in ground.protocol.rules:
        if rule.while_.stages and ground.course.stage not in rule.while_.stages:
            continue
        if not rule.while_.phases:
            if not ground.course.ended:
                yield rule, None
            continue
        for visit in ground.visits:
            if visit.phase in rule.while_.phases and visit.purpose == "infusion" and not visit.cancelled:
                yield rule, visit


def _verdict(rule: Rule, ground: Ground, visit: Visit | None, *, lasting: bool = False) -> Weighing:
    """`lasting`: asked of a stop that stands for the rest of an infusion, which a device alone cannot bring about."""
    applies = weigh(rule.applies, ground, visit) if rule.applies else Weighed(Answer.YES)
    answer = weigh(rule.condition, ground, visit) if rule.condition else Weighed(Answer.YES)
    if rule.kind is RuleKind.HOLD and rule.condition and answer.answer is not Answer.YES and not lasting and ground.watched:
        answer = raised(answer, weigh(rule.condition, ground.watched, visit))
    override = _override(rule, ground, visit)
    changes = applies.changes + answer.changes + ((override.expires_at,) if override else ())
    findings = answer.findings if applies.answer is Answer.YES else applies.findings + answer.findings
    return Verdict(rule, applies.answer, answer.answer, findings, visit.id if visit else None, override), visit, changes


def _override(rule: Rule, ground: Ground, visit: Visit | None) -> OverrideShown | None:
    """The latest override in force: by a role the rule allows, not expired, no longer than the rule allows."""
    if rule.override is None:
        return None
    for event, payload in reversed(ground.history.all(OverrideSigned)):
        same = payload.rule == rule.id and payload.visit == (visit.id if visit else None)
        expires = min(payload.expires_at, event.occurred_at + rule.override.lasts.delta)
        if same and event.by.role in rule.override.roles and ground.now < expires:
            return OverrideShown(event.id, event.by.name, event.by.role, payload.reason, expires)
    return None


def _moves(ground: Ground, verdicts: tuple[Verdict, ...], held: list[Verdict]) -> Iterable[Move]:
    if ground.course.stage == "died":
        return
    if ground.course.ended:
        yield Move(MoveKind.STAGE, "referral", Answer.YES, (), always_open=True)
    else:
        for origin, target in ground.protocol.moves:
            if origin == ground.course.stage:
                yield _move(MoveKind.STAGE, target, _guarding(verdicts, f"stage:{target}", None), None)
        for exit_ in ground.protocol.exits:
            yield Move(MoveKind.STAGE, exit_, Answer.YES, (), always_open=True)
    for visit in ground.visits:
        if visit.phase != "closed" and not visit.cancelled:
            yield from _visit_moves(visit, verdicts, held)


def _visit_moves(visit: Visit, verdicts: tuple[Verdict, ...], held: list[Verdict]) -> Iterable[Move]:
    following = NEXT_PHASE[visit.phase]
    if following != "closed" and visit.purpose == "infusion":
        yield _move(MoveKind.PHASE, following, _guarding(verdicts, f"phase:{following}", visit), visit)
    if visit.phase == "infusion" and visit.pump == "paused":
        yield _move(MoveKind.RESUME, "running", [v for v in held if v.visit == visit.id and v.rule.level is not Level.ALERT], visit)
    if visit.phase == "recovery" and visit.purpose == "infusion":
        yield _move(MoveKind.READY, "ready", _guarding(verdicts, "ready", visit), visit)
    yield Move(MoveKind.PHASE, "closed", Answer.YES, (), visit.id, always_open=True)


def _flags(verdicts: tuple[Verdict, ...]) -> tuple[Flag, ...]:
    """Flags that speak, then those not known; the most severe first."""
    heard = [v for v in verdicts if v.rule.says and v.applies is not Answer.NO and v.answer is not Answer.NO]
    flags = [Flag(v.rule.says, v) for v in heard if v.rule.says]
    return tuple(sorted(flags, key=lambda flag: (_unsure(flag.verdict), -ORDER.index(flag.says.severity))))


def _unsure(verdict: Verdict) -> bool:
    return Answer.UNKNOWN in (verdict.applies, verdict.answer)


def _as_needed(ground: Ground, verdicts: tuple[Verdict, ...]) -> Iterable[Move]:
    """As-needed medicines the protocol speaks of: open while their lockout and maximum allow. Recording what was given is never in question."""
    for visit in ground.visits:
        guards = dict.fromkeys(v.rule.guards for v in verdicts if v.visit == visit.id and v.rule.guards.startswith("prn:"))
        for guard in guards:
            yield _move(MoveKind.AS_NEEDED, guard.removeprefix("prn:"), _guarding(verdicts, guard, visit), visit)


def _guarding(verdicts: tuple[Verdict, ...], guards: str, visit: Visit | None) -> list[Verdict]:
    wanted = visit.id if visit else None
    return [v for v in verdicts if v.rule.kind is RuleKind.GATE and v.rule.guards == guards and v.visit == wanted]


def _move(kind: MoveKind, to: str, gates: list[Verdict], visit: Visit | None) -> Move:
    blocking = tuple(gate for gate in gates if gate.blocks)
    answer = every(Answer.UNKNOWN if Answer.UNKNOWN in (gate.answer, gate.applies) else Answer.NO for gate in blocking)
    return Move(kind, to, answer, blocking, visit.id if visit else None)


def _holds(held: list[Verdict]) -> tuple[Hold, ...]:
    """Holds in force, strongest first; those that are met before those that are not known."""
    ordered = sorted(held, key=lambda v: (v.answer is not Answer.YES, STRENGTH[v.rule.level or Level.ALERT]))
    return tuple(Hold(v.rule.level or Level.ALERT, v) for v in ordered)


def _held(ground: Ground, verdicts: tuple[Verdict, ...]) -> list[Verdict]:
    """A hold lifts only on no, so unknown stands too and says so; a stop once reached stands for the rest of its infusion."""
    standing = [v for v in verdicts if v.rule.kind is RuleKind.HOLD and v.applies is not Answer.NO and v.answer is not Answer.NO]
    met = {(v.rule.id, v.visit) for v in standing if v.answer is Answer.YES}
    reached = [v for v in _stops_reached(ground) if (v.rule.id, v.visit) not in met]
    overtaken = {(v.rule.id, v.visit) for v in reached}
    return reached + [v for v in standing if (v.rule.id, v.visit) not in overtaken]


def _stops_reached(ground: Ground) -> list[Verdict]:
    """Stops that were met at some reading of a running infusion, as they were met then: what stops an infusion is not undone by a better value."""
    stops = [rule for rule in ground.protocol.rules if rule.level is Level.STOP and "infusion" in rule.while_.phases]
    found: dict[tuple[str, UUID], Verdict] = {}
    for visit in ground.visits:
        if visit.phase != "infusion" or visit.infusion_started is None or visit.cancelled:
            continue
        for at in _readings_since(ground, visit, visit.infusion_started):
            then = ground.at(at)
            for verdict in (_verdict(rule, then, visit, lasting=True)[0] for rule in stops):
                if verdict.answer is Answer.YES:
                    found.setdefault((verdict.rule.id, visit.id), verdict)
    return list(found.values())


def _readings_since(ground: Ground, visit: Visit, since: datetime) -> list[datetime]:
    told: list[tuple[Event, Observed | InstrumentAnswered]] = [*ground.history.all(Observed), *ground.history.all(InstrumentAnswered)]
    mine = (event.occurred_at for event, payload in told if payload.visit == visit.id and not by_device(event))
    return sorted({at for at in mine if since <= at <= ground.now})


def _changes_at(ground: Ground, weighed: list[Weighing], due: tuple[Due, ...]) -> datetime | None:
    """The first moment after now at which anything above reads otherwise with no new event."""
    moments = [at for _, _, changes in weighed for at in changes]
    moments += [event.occurred_at for event in ground.history.live]
    moments += [at for one in due for at in (one.opens_at, one.due_at, one.late_at) if at is not None]
    return min((at for at in moments if at > ground.now), default=None)
