"""One clinic with a protocol in force and one person walked through it by acts only; time goes as the test says."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any, Self
from uuid import UUID, uuid4

from django.utils import timezone

from kairn.clinic.acts import aftercare, course, endings, facts, orders, pump, signing, visits
from kairn.clinic.acts.context import Context, context_of
from kairn.clinic.acts.outcome import Done, Refused
from kairn.clinic.acts.seeding import publication
from kairn.clinic.acts.standings import stand
from kairn.clinic.ledger.answers import Appended
from kairn.clinic.ledger.append import append
from kairn.clinic.ledger.read import head, history
from kairn.clinic.people.accounts import make_account
from kairn.clinic.people.models import User
from kairn.pathway.standing import Standing
from kairn.record.history import History
from kairn.record.payloads import Reading

ROLES = ("prescriber", "nurse", "therapist", "coordinator", "clinic-lead")
ASSESSED = {
    "oud_diagnosis": "yes", "psychosis_active": "no", "mania_recent": "no", "hypersensitivity_ketamine": "no", "aneurysmal_disease": "no",
    "intracerebral_haemorrhage": "no", "cardiovascular_unstable": "no", "cirrhosis": "no", "alt_times_limit": "1", "raised_pressure": "no",
    "pregnancy": "not-possible", "breastfeeding": "no", "ketamine_misuse": "no", "lung_or_sleep_apnoea": "no", "naloxone_in_hand": "yes",
    "overdose_plan": "yes", "medicines_reviewed": "yes", "conditions_reviewed": "yes", "allergies_reviewed": "yes",
    "moud_status": "on", "systolic": "124", "diastolic": "78", "suicide_intent": "absent", "cardiac_event_recent": "no", "intracranial_mass": "no",
    "porphyria": "no", "thyrotoxicosis": "no", "cystitis_unexplained": "no", "other_use_disorder": "none", "ketamine_treatment_recent": "no",
    "physical_done": "yes", "substance_history": "yes", "pdmp_checked": "yes", "stop_bang": "2", "height": "178", "weight": "82", "cows": "4",
    "alp_times_limit": "0.8", "bilirubin_times_limit": "0.6",
}  # fmt: skip
BASELINE = {
    "craving": "60", "cows": "4", "use_days": "9", "suicide_intent": "absent", "phq9": "12", "gad7": "8", "pc_ptsd_5": "1", "urinary_symptoms": "no",
    "ggt": "40", "creatinine": "0.9", "urinalysis": "normal", "urine_toxicology": "as-told", "fentanyl_assay": "negative", "ecg": "normal", "qtc": "421",
}  # fmt: skip
CALM = {"systolic": "122", "diastolic": "76", "heart_rate": "70", "spo2": "98", "respiratory_rate": "14", "moaas": "5"}
CHECKED = {
    **CALM, "identity_checked": "yes", "weight": "82", "intoxicated": "no", "cows": "3", "fasting_kept": "yes", "suicide_intent": "absent",
    "naloxone_in_hand": "yes", "staff_ready": "yes", "pump_checked": "yes", "capacity": "yes", "changed_since": "no", "alcohol_day": "no",
    "sedative_adulterant": "no",
    "on_air": "yes", "recent_use": "none", "tox_indicated": "no", "stomach_slow": "no", "urinary_symptoms": "no", "moud_status": "on",
}  # fmt: skip
READY = {
    **CALM, "oriented": "yes", "dissociation_resolved": "yes", "psychotic_symptom": "no", "walks_steadily": "yes", "drinks": "yes", "nausea": "none",
    "suicide_intent": "absent", "cows": "2", "naloxone_in_hand": "yes", "next_contact_booked": "yes", "moud_supply": "yes", "instructions_given": "yes",
    "no_driving_explained": "yes", "cannula_out": "yes",
    "on_air": "yes", "aldrete": "10", "padss": "9", "pressure_symptoms": "no", "apnoea": "no", "distress": "calm",
}  # fmt: skip
TAUGHT = {"off_label": "no", "not_instead": "no", "can_stop": "yes", "no_driving": "no"}


def readings(**values: str) -> list[Reading]:
    """Readings of facts without their units, which then are the facts' own."""
    return [Reading(fact, value) for fact, value in values.items()]


def within_a_day(now: datetime, **length: float) -> datetime:
    """This moment, or the midnight to come where the day would be over before a story of this length is."""
    if (now + timedelta(**length)).date() == now.date():
        return now
    return datetime.combine(now.date() + timedelta(days=1), time.min, now.tzinfo)


class Walk:
    """A person in a clinic. `act` gives an act the event id, the chart's seq and the moment it asks for."""

    def __init__(self, clinic: UUID, *, protocol: bool = True) -> None:
        self.clinic, self.patient, self.visit, self.chair = clinic, uuid4(), uuid4(), "Chair 1"
        self.now = timezone.now()
        self.users = {role: self.make(role) for role in ROLES}
        if protocol:
            self.publish()

    def make(self, *roles: str, joins: bool = True) -> User:
        """An account of this clinic."""
        return make_account(self.clinic, f"A {roles[0]}", f"{uuid4().hex[:12]}@test.example", roles, joins_new_patients=joins).user

    def publish(self) -> None:
        """Two people have put the protocol in force; how they do it is asked in test_publishing."""
        first, second = (self.context(role).author for role in ("prescriber", "clinic-lead"))
        _, drafts = publication(self.clinic, ("iv-ketamine-oud", "1.0"), first, second, self.now)
        assert isinstance(append(self.clinic, drafts, expected_seq={self.clinic: head(self.clinic)}), Appended)

    def context(self, role: str) -> Context:
        """Somebody of that role, now."""
        return context_of(self.users[role], now=self.now)

    def later(self, **length: float) -> None:
        """Time goes on."""
        self.now += timedelta(**length)

    def within_a_day(self, **length: float) -> Self:
        """Begin early enough in a day for a story of this length."""
        self.now = within_a_day(self.now, **length)
        return self

    @property
    def history(self) -> History:
        """The record as it stands."""
        return history(self.patient)

    @property
    def standing(self) -> Standing:
        """Where the person stands now."""
        return stand(self.clinic, self.history, self.now).standing

    def act(self, act: Callable[..., Any], role: str = "prescriber", **given: Any) -> Any:
        """The act in somebody's name, as its page would send it."""
        self.later(seconds=1)
        wants = inspect.signature(act).parameters
        given.setdefault("event_id", uuid4())
        if "expected_seq" in wants:
            given.setdefault("expected_seq", self.history.seq)
        if "visit" in wants and wants["visit"].default is inspect.Parameter.empty:
            given.setdefault("visit", self.visit)
        return act(self.context(role), self.patient, **given)

    def do(self, act: Callable[..., Any], role: str = "prescriber", **given: Any) -> Done:
        """The act, which must be done."""
        outcome = self.act(act, role, **given)
        assert isinstance(outcome, Done), outcome
        return outcome

    def refused(self, act: Callable[..., Any], role: str = "prescriber", **given: Any) -> Refused:
        """The act, which must be refused with reasons and leave nothing behind."""
        before = self.history.seq
        outcome = self.act(act, role, **given)
        assert isinstance(outcome, Refused) and outcome.reasons and all(reason.text for reason in outcome.reasons), outcome
        assert self.history.seq == before
        return outcome

    def record(self, role: str = "nurse", visit: UUID | None = None, at: datetime | None = None, **values: str) -> Done:
        """Readings, which must be taken."""
        second = {"read_with": str(self.users["nurse" if role == "prescriber" else "prescriber"].id)} if "pump_checked" in values else {}
        return self.do(facts.record_readings, role, readings=readings(**values), visit=visit, occurred_at=at, **second)

    def stage(self, stage: str) -> Done:
        """The next stage, which must be open."""
        return self.do(course.enter_stage, stage=stage)

    # --- the way, step by step ---

    def register(self) -> Walk:
        """At referral."""
        who = {"family_name": "Farah", "given_name": "Luis", "birth_date": "1990-02-28", "sex": "male"}
        outcome = course.register_person(self.context("coordinator"), event_id=uuid4(), patient=self.patient, **who)
        assert isinstance(outcome, Done), outcome
        self.now = max(self.now, timezone.now())
        return self

    def to_consent(self) -> Walk:
        """Assessed and eligible."""
        self.register().stage("assessment")
        self.record(**ASSESSED)
        self.do(signing.sign_assessment, eligible="yes", summary="Opioid use disorder, stable on methadone, wishes to try.")
        self.stage("consent")
        return self

    def to_treatment(self) -> Walk:
        """Consent and plan signed."""
        self.to_consent().record(capacity="yes", education_given="yes", intoxicated="no")
        self.do(signing.sign_consent, teach_back=TAUGHT, signed_name="Luis Farah")
        self.stage("planning")
        self.do(signing.sign_plan, infusions=6, spacing_days=3, dose="0.5 mg/kg", duration="40 min", goals="Fewer days of use.")
        self.record(**BASELINE)
        self.stage("treatment")
        return self

    def to_booked(self) -> Walk:
        """Booked for today, not there yet."""
        self.to_treatment()
        self.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=self.now, minutes=180, chair=self.chair)
        return self

    def to_preflight(self) -> Walk:
        """In pre-flight."""
        self.to_booked().do(visits.enter_phase, "nurse")
        return self

    def read_pump(self) -> Done:
        """The pump set by the order that stands, and read by two people."""
        return self.record(visit=self.visit, pump_checked="yes")

    def to_ordered(self, product: str = "ketamine-1") -> Walk:
        """Everything checked, ordered, and the pump read: it may start."""
        self.to_preflight()
        self.do(visits.name_escort, "coordinator", name="Ana-Maria", state="confirmed")
        self.record(visit=self.visit, **CHECKED)
        self.do(orders.sign_order, product=product)
        self.read_pump()
        return self

    def to_infusion(self) -> Walk:
        """The pump running."""
        self.to_ordered().do(pump.start_infusion, "nurse")
        return self

    def to_recovery(self) -> Walk:
        """The pump stopped after its time."""
        self.to_infusion().later(minutes=40)
        self.do(pump.stop_pump, "nurse", volume_shown="41")
        return self

    def to_ready(self) -> Walk:
        """Everything for going home is there, not signed yet."""
        self.to_recovery().later(minutes=121)
        self.record(visit=self.visit, **READY)
        self.do(visits.name_escort, "nurse", name="Ana-Maria", state="present")
        return self

    def to_follow_up(self) -> Walk:
        """Home, called, the series over."""
        self.to_ready().do(endings.end_visit, "nurse", ending="ready", expected_seq=self.history.seq)
        self.later(hours=20)
        self.do(
            aftercare.record_contact, "nurse", duty="call-next-day", how="phone", visit=self.visit, readings=readings(suicide_intent="absent", craving="30")
        )
        self.stage("follow-up")
        return self
