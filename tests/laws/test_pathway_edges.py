"""What random histories seldom hit: a late entry, the end of an override, a list that nobody has reviewed, a hold nobody can judge."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

import pytest

from kairn.instruments.definition import INSTRUMENTS
from kairn.library.facts import FACTS
from kairn.pathway.assess import assess
from kairn.pathway.course import course_of, visits_of
from kairn.pathway.ground import Ground
from kairn.pathway.standing import Verdict
from kairn.pathway.weigh import weigh
from kairn.protocol.conditions import AtMost, Listed
from kairn.protocol.rule import Level, Rule, RuleKind
from kairn.record.event import Author, Event, StreamKind
from kairn.record.history import History
from kairn.record.payloads import (
    Observed,
    OverrideSigned,
    Payload,
    PhaseEntered,
    PumpPaused,
    PumpStarted,
    PumpStopped,
    Reading,
    Referred,
    StageEntered,
    VisitBooked,
)  # fmt: skip
from kairn.record.payloads_care import Answered, InstrumentAnswered
from kairn.terms.answer import Answer
from kairn.terms.quantity import parse_quantity
from tests.laws.people import CONDITIONS, DEMO_CLINIC, NOW, PATIENT, PROTOCOL, SIGNATURE, VISITS

NURSE = Author("nurse", "Nia", "nurse")
LISTED = sorted({part for part in CONDITIONS if isinstance(part, Listed)}, key=repr)
OVERRIDABLE = [rule for rule in PROTOCOL.rules if rule.override and not rule.while_.phases]


def history(*told: tuple[timedelta, Payload], by: Author = NURSE) -> History:
    """Payloads in the order they were recorded, each so long before NOW."""
    made = [
        Event(uuid5(PATIENT, str(seq)), DEMO_CLINIC, PATIENT, StreamKind.PATIENT, seq, NOW - ago, NOW, by, by, payload)
        for seq, (ago, payload) in enumerate(told, start=1)
    ]
    return History.of(made)


def ground(known: History, now: datetime = NOW) -> Ground:
    """The ground of a history."""
    return Ground(PROTOCOL, known, now, course_of(known), visits_of(known))


def pressure(value: str) -> Observed:
    """One systolic pressure."""
    return Observed((Reading("systolic", value, "mm[Hg]"),))


def test_a_late_entry_of_an_earlier_reading_does_not_become_the_latest() -> None:
    known = history((timedelta(minutes=1), pressure("120")), (timedelta(minutes=9), pressure("190")))
    at_most = AtMost("systolic", parse_quantity("160 mm[Hg]"), None)
    assert weigh(at_most, ground(known), None).answer is Answer.YES


@pytest.mark.parametrize("condition", LISTED, ids=repr)
def test_an_empty_list_answers_no_only_after_a_review(condition: Listed) -> None:
    assert weigh(condition, ground(History()), None).answer is Answer.UNKNOWN
    said = {name: history((timedelta(0), Observed((Reading(f"{condition.what}_reviewed", name),)))) for name in ("yes", "no")}
    assert weigh(condition, ground(said["yes"]), None).answer is Answer.NO
    assert weigh(condition, ground(said["no"]), None).answer is Answer.UNKNOWN


def overridden(rule: Rule, role: str, now: datetime) -> Verdict:
    """The verdict on a rule that somebody of this role has set aside at NOW for as long as they could write."""
    stage = (timedelta(0), StageEntered((rule.while_.stages or PROTOCOL.stages)[0], SIGNATURE))
    signed = (timedelta(0), OverrideSigned(rule.id, "agreed by telephone", NOW + timedelta(days=999), SIGNATURE))
    verdict = assess(PROTOCOL, history(stage, signed, by=Author(role, role, role)), now).verdict(rule.id)
    assert verdict
    return verdict


@pytest.mark.parametrize("rule", OVERRIDABLE, ids=lambda rule: rule.id)
def test_an_override_ends_when_the_rule_says_and_is_never_a_pass(rule: Rule) -> None:
    assert rule.override
    role, end = rule.override.roles[0], NOW + rule.override.lasts.delta
    shown = overridden(rule, role, end - timedelta(microseconds=1))
    assert shown.override and not shown.blocks and shown.answer is not Answer.YES
    assert overridden(rule, role, end).override is None
    assert overridden(rule, "coordinator", NOW).override is None


def running(visit: UUID) -> History:
    """An infusion that runs, with not one reading."""
    entered = (PhaseEntered(visit, phase, SIGNATURE) for phase in ("pre-flight", "infusion"))
    told = [VisitBooked(visit, "infusion", NOW, 180, "1", 1), *entered, PumpStarted(visit, "60 mL/h", SIGNATURE)]
    return history((timedelta(hours=1), StageEntered("treatment", SIGNATURE)), *((timedelta(minutes=30), payload) for payload in told))


def test_a_hold_that_nobody_can_judge_stands() -> None:
    standing = assess(PROTOCOL, running(VISITS[0]), NOW)
    unknown = {v.rule.id for v in standing.verdicts if v.rule.kind is RuleKind.HOLD and v.answer is Answer.UNKNOWN and v.applies is not Answer.NO}
    assert unknown and unknown <= {hold.verdict.rule.id for hold in standing.holds}


def in_infusion(*readings: tuple[int, dict[str, str]]) -> History:
    """Somebody in treatment, the pump started half an hour ago and paused now; readings at minutes since the start."""
    visit, start = VISITS[0], timedelta(minutes=30)
    told: list[tuple[timedelta, Payload]] = [
        (start + timedelta(days=1), StageEntered(stage="treatment", signature=SIGNATURE)),
        (start + timedelta(hours=1), VisitBooked(visit=visit, purpose="infusion", starts_at=NOW, minutes=180, chair="1", number=1)),
        (start, PhaseEntered(visit=visit, phase="infusion", signature=SIGNATURE)),
        (start, PumpStarted(visit=visit, rate_ml="60 mL/h", signature=SIGNATURE)),
    ]
    for minute, values in readings:
        told.append((start - timedelta(minutes=minute), Observed(tuple(Reading(fact, value, FACTS[fact].unit) for fact, value in values.items()), visit)))
    return history(*told, (timedelta(), PumpPaused(visit=visit)))


def held(known: History, level: Level) -> set[str]:
    """The rules of that level that are met now."""
    return {hold.verdict.rule.id for hold in assess(PROTOCOL, known, NOW).holds if hold.level is level and hold.verdict.answer is Answer.YES}


def test_a_stop_once_reached_lasts_though_the_next_value_is_calm() -> None:
    calm = {"systolic": "128", "diastolic": "80"}
    assert "pressure-stop" in held(in_infusion((10, {"systolic": "205", "diastolic": "110"}), (28, calm)), Level.STOP)
    assert "pressure-stop" not in held(in_infusion((10, {"systolic": "199", "diastolic": "110"}), (28, calm)), Level.STOP)


def test_a_stop_that_an_answered_scale_brought_lasts() -> None:
    def scale(value: str, seq: int, minute: int) -> Event:
        answered = InstrumentAnswered(
            "moaas", INSTRUMENTS["moaas"].version, uuid5(PATIENT, f"scale {seq}"), (Answered("alertness", value),), True, visit=VISITS[0]
        )
        return Event(uuid5(PATIENT, str(seq)), DEMO_CLINIC, PATIENT, StreamKind.PATIENT, seq, NOW + timedelta(minutes=minute - 30), NOW, NURSE, NURSE, answered)

    begun = in_infusion().events
    assert "sedation-stop" in held(History((*begun, scale("1", 91, 20), scale("4", 92, 29))), Level.STOP)
    assert "sedation-stop" not in held(History((*begun, scale("4", 91, 20), scale("4", 92, 29))), Level.STOP)


def test_a_course_begins_when_somebody_was_referred() -> None:
    known = history((timedelta(days=9000), pressure("120")), (timedelta(days=1), Referred("import")))
    assert course_of(known).since == NOW - timedelta(days=1)
    assert course_of(history((timedelta(days=9), pressure("120")))).since == NOW - timedelta(days=9)
    late = [due for due in assess(PROTOCOL, known, NOW).due if due.due_at and due.due_at < NOW - timedelta(days=1)]
    assert late == []


def test_the_worst_values_get_the_strongest_answer() -> None:
    assert "breathing-stop" in held(in_infusion((29, {"respiratory_rate": "0"})), Level.STOP)
    assert "sedation-stop" in held(in_infusion((29, {"moaas": "0"})), Level.STOP)
    assert {"oxygen-pause", "heart-rate-pause"} <= held(in_infusion((29, {"spo2": "0", "heart_rate": "0"})), Level.PAUSE)


@pytest.mark.parametrize(("value", "method", "state"), [("absent", "patient", "missing"), ("present", "patient", "good"), ("absent", "person", "good")])
def test_what_a_person_says_of_themselves_raises_but_never_lifts(value: str, method: str, state: str) -> None:
    said = Observed((Reading("suicide_intent", value),), VISITS[0], method)  # type: ignore[arg-type]
    assert ground(history((timedelta(), said))).finding("suicide_intent", None, None).state.value == state


@pytest.mark.parametrize(
    ("fact", "value"), [("spo2", "88"), ("respiratory_rate", "5"), ("moaas", "1"), ("systolic", "182"), ("heart_rate", "0"), ("apnoea", "yes")]
)
def test_the_worst_values_are_seen_in_recovery_too(fact: str, value: str) -> None:
    known = in_infusion()
    stopped = [(PumpStopped(visit=VISITS[0]), 91), (PhaseEntered(visit=VISITS[0], phase="recovery", signature=SIGNATURE), 92)]
    told = [*stopped, (Observed((Reading(fact, value, FACTS[fact].unit),), VISITS[0]), 93)]
    later = [Event(uuid5(PATIENT, str(seq)), DEMO_CLINIC, PATIENT, StreamKind.PATIENT, seq, NOW, NOW, NURSE, NURSE, payload) for payload, seq in told]
    assert "recovery-danger" in held(History((*known.events, *later)), Level.STOP)
