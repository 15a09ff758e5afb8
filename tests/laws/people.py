"""Strategies for histories whose values lie at the protocol's own limits, where faults live."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid5

from hypothesis import strategies as st

from kairn.instruments.definition import INSTRUMENTS
from kairn.library.facts import FACTS
from kairn.library.substances import SUBSTANCES
from kairn.pathway.scenario_events import DEMO_CLINIC
from kairn.protocol.check import parts_of
from kairn.protocol.conditions import AtLeast, AtMost, Between, Change, Is, Since, SinceUse
from kairn.protocol.load import load_protocol
from kairn.record.event import Author, Event, StreamKind
from kairn.record.history import History
from kairn.record.payloads import (
    AssessmentSigned,
    Coding,
    ConsentSigned,
    ConsentWithdrawn,
    ContactMade,
    DrugGiven,
    EnteredInError,
    EscortNamed,
    MedicationNoted,
    Observed,
    OverrideSigned,
    Payload,
    PhaseEntered,
    PlanSigned,
    PumpPaused,
    PumpStarted,
    PumpStopped,
    Reading,
    Signature,
    StageEntered,
    TaskOpened,
    VisitBooked,
    VisitCancelled,
    VisitEnded,
)  # fmt: skip
from kairn.record.payloads_calls import PrescriberCalled
from kairn.record.payloads_cannula import CannulaPlaced, CannulaRemoved, CannulaSeen
from kairn.record.payloads_care import Answered, InstrumentAnswered, MedicineTaken, UseReported
from kairn.record.payloads_harm import AdverseEventHandedOver, AdverseEventNoted
from kairn.terms.numbers import plain_text

PROTOCOL = load_protocol("iv-ketamine-oud", "1.0")
PATIENT = uuid5(DEMO_CLINIC, "laws")
VISITS = tuple(uuid5(PATIENT, f"visit {n}") for n in range(2))
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
AUTHORS = tuple(Author(role, name, role) for role, name in [("nurse", "Nia"), ("prescriber", "Marta"), ("clinic-lead", "Ada"), ("system", "Import")])
SIGNATURE = Signature("iv-ketamine-oud", "1.0", PROTOCOL.content_hash, "test", 0)

CONDITIONS = [part for rule in PROTOCOL.rules for c in (rule.applies, rule.condition) if c for part in parts_of(c)]


def _limits() -> dict[str, list[str]]:
    """fact -> values just below, at and just above every limit the protocol names for it."""
    found: dict[str, set[Decimal]] = {}
    for part in CONDITIONS:
        limits = {AtMost: ("limit",), AtLeast: ("limit",), Between: ("low", "high")}.get(type(part), ())
        for name in limits:
            fact = FACTS[part.fact]
            exact = getattr(part, name).to(fact.unit)
            limit = Decimal(exact.numerator) / Decimal(exact.denominator)
            found.setdefault(fact.name, set()).update({limit - fact.step, limit, limit + fact.step})
    return {fact: [plain_text(value) for value in sorted(values) if value >= 0] for fact, values in found.items()}


LIMITS = _limits()
CHOSEN = sorted({part.fact for part in CONDITIONS if isinstance(part, Is)})
WINDOWS = sorted(
    {
        w.delta
        for part in CONDITIONS
        for w in (
            getattr(part, "within", None),
            *(_bounds for _bounds in (getattr(part, "at_least", None), getattr(part, "at_most", None)) if isinstance(part, Since | SinceUse)),
        )
        if w
    }
)
MOMENTS = sorted({timedelta(0), *WINDOWS, *(w + timedelta(seconds=1) for w in WINDOWS), *(w - timedelta(seconds=1) for w in WINDOWS)})
assert Change in {type(part) for part in CONDITIONS}


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    """A reading at, beside or far from a limit; or a choice; or garbage."""
    fact = draw(st.sampled_from(sorted(LIMITS) + CHOSEN))
    if FACTS[fact].kind == "choice":
        return Reading(fact, draw(st.sampled_from(FACTS[fact].choices)), "")
    garbage = ["NaN", "1e400", "٣", "1_000", "", "0", "99999"]
    value = draw(st.one_of(st.sampled_from(LIMITS[fact]), st.sampled_from(LIMITS[fact]), st.sampled_from(garbage)))
    return Reading(fact, value, draw(st.sampled_from([FACTS[fact].unit] * 9 + ["mg"])))


VISIT = st.sampled_from(VISITS)
RIGHT = tuple(Reading(key, answer) for _, answer, key in PROTOCOL.teach_back)
SIGNED = st.just(SIGNATURE)
RULES = st.sampled_from([rule.id for rule in PROTOCOL.rules])
OVERRIDABLE = st.sampled_from([rule.id for rule in PROTOCOL.rules if rule.override])
EARLIER = st.integers(1, 15).map(lambda seq: uuid5(PATIENT, str(seq)))
"""The id of an event of this history, which may be of any kind or not there."""
LATER = st.sampled_from([NOW, NOW + timedelta(hours=1), NOW + timedelta(days=9)])

ENTERED: st.SearchStrategy[Payload] = st.one_of(
    st.builds(StageEntered, stage=st.sampled_from([*PROTOCOL.stages, "withdrawn", "lost"]), signature=SIGNED),
    st.builds(PhaseEntered, visit=VISIT, phase=st.sampled_from(["pre-flight", "infusion", "recovery", "closed"]), signature=SIGNED),
    st.builds(VisitBooked, visit=VISIT, purpose=st.just("infusion"), starts_at=st.just(NOW), minutes=st.just(180), chair=st.just("1"), number=st.just(1)),
    st.builds(PumpStarted, visit=VISIT, rate_ml=st.just("60 mL/h"), signature=SIGNED),
    st.builds(PumpPaused, visit=VISIT),
    st.builds(PumpStopped, visit=VISIT),
    st.builds(EscortNamed, visit=VISIT, name=st.just("Jo"), phone=st.just(""), state=st.sampled_from(["asked", "confirmed", "cancelled", "present"])),
    st.builds(AssessmentSigned, eligible=st.sampled_from(["yes", "no", "unknown"]), summary=st.just(""), signature=SIGNED),
    st.builds(
        ConsentSigned, document=st.just("expectations-and-risks"), version=st.sampled_from(["1", "0"]), teach_back=st.sampled_from([RIGHT, RIGHT[:1]]),
        signed_name=st.just(""), signature=SIGNED,
    ),
    st.builds(ConsentWithdrawn),
    st.just(PlanSigned(infusions=6, spacing_days=3, dose="0.5 mg/kg", weight_basis="actual", duration="40 min", goals="", signature=SIGNATURE)),
    st.builds(OverrideSigned, rule=OVERRIDABLE, reason=st.just("r"), expires_at=LATER, signature=SIGNED, visit=st.sampled_from([None, *VISITS])),
    st.builds(ContactMade, duty=RULES, how=st.sampled_from(["phone", "no-answer"]), visit=st.sampled_from([None, *VISITS])),
    st.builds(TaskOpened, task=VISIT, what=st.just("Call"), owner=st.just("nurse"), due_at=st.just(NOW + timedelta(hours=2)), urgent=st.booleans()),
)  # fmt: skip
OBSERVED: st.SearchStrategy[Payload] = st.builds(
    Observed,
    readings=st.lists(readings(), min_size=1, max_size=4).map(tuple),
    visit=st.sampled_from([None, *VISITS, *VISITS]),
    method=st.sampled_from(["person", "person", "person", "device"]),
)
ITEMS = st.sampled_from([item.key for name in ("asq", "phq-9", "cows") for item in INSTRUMENTS[name].items])
ANSWERS = st.builds(Answered, ITEMS, st.sampled_from("013"))
USED = st.sampled_from([None, *(NOW - ago for ago in MOMENTS)])
MEDICINES = st.sampled_from(["Methadone 5 mg", "lorazepam 1 mg", "theophylline", "something nobody has heard of"])
TOLD: st.SearchStrategy[Payload] = st.one_of(
    st.builds(UseReported, substance=st.sampled_from(sorted(SUBSTANCES)), latest_at=USED, never=st.booleans()),
    st.builds(MedicineTaken, drug=MEDICINES, dose=st.just("1"), purpose=st.sampled_from(["moud", "comfort"])),
    st.builds(DrugGiven, visit=VISIT, drug=st.sampled_from(["ondansetron", "Oxygen"]), dose=st.just("4 mg")),
    st.builds(MedicationNoted, code=st.builds(Coding, st.just(""), st.just(""), MEDICINES), state=st.sampled_from(["active", "stopped"])),
    st.builds(
        AdverseEventNoted,
        severity=st.sampled_from(["mild", "severe"]),
        visit=st.sampled_from([None, *VISITS]),
        outcome=st.sampled_from(["open", "open", "resolved", "unknown"]),
        follows=st.none() | EARLIER,
    ),
    st.builds(AdverseEventHandedOver, follows=EARLIER, visit=VISIT, call=st.just("the clinic"), signature=SIGNED),
    st.builds(CannulaPlaced, visit=VISIT, site=st.just("left-forearm"), gauge=st.just("20")),
    st.builds(CannulaSeen, follows=EARLIER, visit=VISIT, site=st.just("left-forearm"), looks=st.sampled_from(["fine", "swollen"])),
    st.builds(CannulaRemoved, follows=EARLIER, visit=VISIT, site=st.just("left-forearm"), looks=st.sampled_from(["", "fine"])),
    st.builds(PrescriberCalled, visit=VISIT, who=st.just("Paula"), answered=st.sampled_from(["yes", "no"])),
    st.builds(VisitCancelled, visit=VISIT),
    st.builds(
        InstrumentAnswered,
        instrument=st.sampled_from(["asq", "phq-9", "cows", "nothing-known"]),
        version=st.just("1"),
        complete=st.booleans(),
        response=st.sampled_from(VISITS),
        answers=st.lists(ANSWERS, max_size=9, unique_by=lambda one: one.item).map(tuple),
        wording=st.sampled_from(["own", "official"]),
        method=st.sampled_from(["person", "patient"]),
        visit=st.sampled_from([None, *VISITS]),
    ),
    st.builds(VisitEnded, visit=VISIT, ending=st.sampled_from(["ready", "left-unseen", "hospital"])),
)
STRIKE = st.builds(EnteredInError, event=EARLIER, reason=st.just("wrong person"))
PAYLOADS = st.one_of(OBSERVED, OBSERVED, ENTERED, ENTERED, ENTERED, TOLD, STRIKE)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A person in some stage with some visits, and up to 15 more events, many exactly at the edge of a window before NOW."""
    drawn = draw(st.lists(st.tuples(PAYLOADS, st.sampled_from(MOMENTS), st.sampled_from(AUTHORS)), max_size=15))
    return History.of(
        Event(uuid5(PATIENT, str(seq)), DEMO_CLINIC, PATIENT, StreamKind.PATIENT, seq, NOW - ago, NOW, author, author, payload)
        for seq, (payload, ago, author) in enumerate(drawn, 1)
    )
