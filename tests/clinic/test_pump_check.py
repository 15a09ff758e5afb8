"""The pump's setting is read by two: the record names both, and the second one is another nurse or prescriber of the clinic."""

from __future__ import annotations

from uuid import UUID, uuid4

from acts_walk import Walk, readings

from kairn.clinic.acts import facts
from kairn.clinic.people.accounts import make_account, new_clinic
from kairn.record.payloads import Observed


def test_nobody_reads_the_pump_alone(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    elsewhere = make_account(new_clinic("Elsewhere", clinic_id=uuid4()).id, "Bo Lind", f"{uuid4().hex[:12]}@test.example", ("nurse",)).user
    for who in ("", "Bo", str(uuid4()), *(str(user.id) for user in (walk.users["nurse"], walk.users["coordinator"], elsewhere))):
        told = walk.refused(facts.record_readings, "nurse", readings=readings(pump_checked="yes", staff_ready="yes"), visit=walk.visit, read_with=who)
        assert told.reasons[0].field == "read_with" and "another nurse or prescriber" in told.reasons[0].text, who


def test_the_record_names_both_who_read_the_pump(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    form = {
        "readings": readings(pump_checked="yes"), "visit": walk.visit, "event_id": uuid4(), "note": "Set again.",
        "read_with": str(walk.users["prescriber"].id),
    }  # fmt: skip
    walk.do(facts.record_readings, "nurse", **form, occurred_at=walk.now)
    said = walk.history.latest(Observed)
    assert said is not None and said[1].note == "Set again. Pump setting read by A nurse and A prescriber."


def test_a_pump_that_was_not_read_needs_nobody(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    walk.do(facts.record_readings, "nurse", readings=readings(pump_checked="no"), visit=walk.visit)
    said = walk.history.latest(Observed)
    assert said is not None and said[1].note == ""
