"""The import act against a real database: one person a transaction, whole or not at all, once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from tests import bundles
from tests.bundles import bundle, person, weight


@pytest.fixture
def member(clinic_id: UUID) -> Callable[[str], Any]:
    """Makes an account of the clinic with one role, and its context."""
    from kairn.clinic.acts.context import context_of
    from kairn.clinic.people.accounts import make_account

    return lambda role: context_of(make_account(clinic_id, f"A {role}", f"{role}-{clinic_id.hex}@example.org", [role]).user)


def imported(clinic: UUID, raw: bytes, **more: Any) -> Any:
    from django.utils import timezone

    from kairn.clinic.acts.imports import import_at_the_server

    return import_at_the_server(clinic, "root", raw, now=timezone.now(), **more)


def history_of(stream: UUID) -> Any:
    from kairn.clinic.ledger.read import history

    return history(stream)


def stage_of(stream: UUID) -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT stage FROM ledger_standing WHERE stream = %s", [stream])
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def test_a_record_is_taken_and_the_person_stands_at_referral(clinic_id: UUID) -> None:
    from kairn.clinic.people.models import Patient

    done = imported(clinic_id, bundles.living_adult())
    assert done.created and done.seq == len(done.events) and done.report.adds_up
    row = Patient.objects.get(id=done.patient)
    assert (row.name, str(row.birth_date), row.sex, row.phone, row.clinic_id) == ("Nadia Ife Okafor", "1986-04-12", "female", "555-0102", clinic_id)
    assert stage_of(done.patient) == "referral"
    assert bundles.SIXTEEN in {reading.value for event in history_of(done.patient).events for reading in getattr(event.payload, "readings", ())}


def test_the_same_again_adds_nothing(clinic_id: UUID) -> None:
    first, again = imported(clinic_id, bundles.living_adult()), imported(clinic_id, bundles.living_adult())
    assert (again.patient, again.events, again.seq, again.created) == (first.patient, (), first.seq, False)


def test_a_corrected_resource_is_a_correction_and_no_conflict(clinic_id: UUID) -> None:
    from kairn.record.payloads import Observed

    for value in ("70", "71", "70", "72"):
        done = imported(clinic_id, bundle(person(), weight(value=value, meta={"versionId": "1"})))
    standing = [reading.value for _, payload in history_of(done.patient).all(Observed) for reading in payload.readings if reading.fact == "weight"]
    assert standing == ["72"]


def test_the_dead_are_died_and_nothing_is_due(clinic_id: UUID) -> None:
    from django.utils import timezone

    from kairn.clinic.acts.standings import stand

    done = imported(clinic_id, bundles.dead_adult())
    found = stand(clinic_id, history_of(done.patient), timezone.now())
    assert stage_of(done.patient) == found.standing.course.stage == "died"
    assert not found.standing.due


@pytest.mark.parametrize("name", [*bundles.broken(), *bundles.malformed()])
def test_a_broken_bundle_leaves_nothing_behind(clinic_id: UUID, name: str) -> None:
    from django.db import connection

    from kairn.clinic.people.models import Patient

    raw, _ = (bundles.broken() | bundles.malformed())[name]
    refused = imported(clinic_id, raw, where="nadia.json")
    assert refused.kind == "input" and refused.problem.where.startswith("nadia.json")
    assert not Patient.objects.filter(clinic=clinic_id).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_entry WHERE clinic = %s", [clinic_id])
        assert cursor.fetchone() == (0,)


def test_a_dry_run_stores_nothing(clinic_id: UUID) -> None:
    from kairn.clinic.people.models import Patient

    done = imported(clinic_id, bundles.living_adult(), dry_run=True)
    assert done.report.adds_up and not done.events
    assert not history_of(done.patient).events and not Patient.objects.filter(id=done.patient).exists()


def test_who_keeps_the_clinic_may_import_and_a_researcher_may_not(member: Callable[[str], Any]) -> None:
    from kairn.clinic.acts.imports import import_bundle

    assert import_bundle(member("researcher"), bundles.living_adult()).kind == "permission"  # type: ignore[union-attr]
    context = member("coordinator")
    done = import_bundle(context, bundles.living_adult())
    assert {event.by for event in history_of(done.patient).events} == {context.author}  # type: ignore[union-attr]


def test_meeting_somebody_known_is_noted_in_the_log_of_reads(member: Callable[[str], Any]) -> None:
    from kairn.clinic.acts.imports import import_bundle
    from kairn.clinic.people.audit import who_looked

    context = member("nurse")
    first: Any = import_bundle(context, bundles.living_adult())
    assert not who_looked(first.patient)
    import_bundle(context, bundles.living_adult())
    assert [looked.what for looked in who_looked(first.patient)] == ["import"]


def test_the_clinics_own_record_of_a_person_is_kept(clinic_id: UUID) -> None:
    from kairn.clinic.people.models import Patient

    imported(clinic_id, bundle(person()))
    done = imported(clinic_id, bundle(person(telecom=[{"system": "phone", "value": "555-0199"}])))
    assert Patient.objects.get(id=done.patient).phone == "555-0102"
    assert "another telephone" in done.report.notes[0]


def test_another_person_under_the_same_id_is_refused(clinic_id: UUID) -> None:
    imported(clinic_id, bundle(person("7")))
    other = bundle(person("7", birthDate="1971-01-30", name=[{"family": "Marsh", "given": ["Tom"]}]))
    refused = imported(clinic_id, other)
    assert refused.kind == "input" and "--source" in refused.reasons[0].text
    assert imported(clinic_id, other, source="surgery").created


def test_a_name_that_fits_nowhere_is_refused_whole(clinic_id: UUID) -> None:
    assert imported(clinic_id, bundle(person(name=[{"family": "O" * 300}]))).kind == "input"
    done = imported(clinic_id, bundle(person(telecom=[{"system": "phone", "value": "5" * 300}])))
    assert done.created and "telephone is too long" in done.report.notes[0]


def test_two_clinics_keep_two_records_of_one_export(clinic_id: UUID) -> None:
    from kairn.clinic.people.accounts import new_clinic

    first, other = imported(clinic_id, bundles.living_adult()), imported(new_clinic("Harbour").id, bundles.living_adult())
    assert other.created and other.patient != first.patient and len(other.events) == len(first.events)


def test_eight_at_once_store_it_once(clinic_id: UUID) -> None:
    from django.db import connections

    def once(_: int) -> Any:
        try:
            return imported(clinic_id, bundles.living_adult())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(once, range(8)))
    assert len({one.patient for one in done}) == 1
    events = history_of(done[0].patient).events
    assert len(events) == max(len(one.events) for one in done) == 8


def test_nothing_was_due_of_an_imported_person_before_they_came(clinic_id: UUID) -> None:
    from django.utils import timezone

    from kairn.clinic.acts.standings import stand

    began = timezone.now()
    done = imported(clinic_id, bundle(person(), weight(value="70", meta={"versionId": "1"})))
    standing = stand(clinic_id, history_of(done.patient), timezone.now()).standing
    assert standing.course.since is not None and standing.course.since >= began
    assert [due for due in standing.due if due.due_at and due.due_at < began] == []
