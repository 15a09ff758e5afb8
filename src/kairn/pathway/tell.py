"""A standing as plain values and as lines of words, for scripts and for reading."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kairn.pathway.standing import Due, Finding, Flag, Move, Standing, Verdict
from kairn.protocol.say import cite
from kairn.terms.answer import Answer


def tell(standing: Standing) -> dict[str, Any]:
    """The standing as JSON-ready values with stable keys; `words` are its lines for a reader."""
    return {
        "protocol": standing.protocol,
        "version": standing.version,
        "content_hash": standing.content_hash,
        "seq": standing.seq,
        "now": _time(standing.now),
        "stage": standing.course.stage,
        "visits": [{"id": str(v.id), "phase": v.phase, "starts_at": _time(v.starts_at), "pump": v.pump, "ending": v.ending} for v in standing.visits],
        "gates": [_verdict(v) for v in standing.verdicts],
        "moves": [_move(m) for m in standing.moves],
        "holds": [{"level": hold.level.value, "rule": hold.verdict.rule.id, "answer": hold.verdict.answer.value} for hold in standing.holds],
        "flags": [_flag(f) for f in standing.flags],
        "as_needed": [_move(m) for m in standing.as_needed],
        "due": [_due(d) for d in standing.due],
        "changes_at": _time(standing.changes_at),
        "words": _words(standing),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "rule": verdict.rule.id,
        "title": verdict.rule.title,
        "kind": verdict.rule.kind.value,
        "visit": str(verdict.visit) if verdict.visit else None,
        "applies": verdict.applies.value,
        "answer": verdict.answer.value,
        "overridden_by": verdict.override.by if verdict.override else None,
        "findings": [_finding(f) for f in verdict.findings],
        "citations": list(cite(verdict.rule)),
        "grade": verdict.rule.grade,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "fact": finding.fact,
        "state": finding.state.value,
        "event": str(finding.event) if finding.event else None,
        "value": finding.value,
        "unit": finding.unit,
        "at": _time(finding.at),
        "good_until": _time(finding.good_until),
    }


def _move(move: Move) -> dict[str, Any]:
    return {
        "kind": move.kind.value,
        "to": move.to,
        "visit": str(move.visit) if move.visit else None,
        "answer": move.answer.value,
        "blocking": [verdict.rule.id for verdict in move.blocking],
    }


def _flag(flag: Flag) -> dict[str, Any]:
    says = flag.says
    return _verdict(flag.verdict) | {
        "topic": says.topic, "severity": says.severity.value, "effect": says.effect, "consider": says.consider, "option": says.option or None,
    }  # fmt: skip


def _due(due: Due) -> dict[str, Any]:
    return {
        "what": due.what,
        "rule": due.rule.id if due.rule else None,
        "owner": due.owner,
        "state": due.state.value,
        "due_at": _time(due.due_at),
        "visit": str(due.visit) if due.visit else None,
        "urgent": due.urgent,
    }


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _heard(flag: Flag) -> str:
    unsure = Answer.UNKNOWN in (flag.verdict.applies, flag.verdict.answer)
    return f"Not known ({flag.says.severity.value})" if unsure else flag.says.severity.value.capitalize()


def _words(standing: Standing) -> list[str]:
    lines = [f"Stage: {standing.course.stage}"]
    lines += [f"Visit of {visit.starts_at:%d %b %Y %H:%M}: {visit.phase}" for visit in standing.visits]
    for move in standing.moves:
        if not move.always_open:
            waits = "; waits for: " + "; ".join(v.rule.title for v in move.blocking) if move.blocking else ""
            lines.append(f"To {move.to}: {move.answer.value}{waits}")
    lines += [f"{hold.level.value.capitalize()}: {hold.verdict.rule.title} ({hold.verdict.answer.value})" for hold in standing.holds]
    lines += [f"{_heard(flag)}: {flag.verdict.rule.title}. Consider: {flag.says.consider}" for flag in standing.flags]
    lines += [f"As needed, {move.to}: {'within its limits' if move.answer is Answer.YES else 'beyond its limits, or unknown'}" for move in standing.as_needed]
    lines += [f"{due.state.value.capitalize()}: {due.what} ({due.owner}, {due.due_at:%d %b %H:%M})" for due in standing.due]
    return lines
