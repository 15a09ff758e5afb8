"""Who a person is, written anew at the desk: what changed is in the record, what stood there before is kept, nobody overwrites another's change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from html import unescape
from threading import Barrier, BrokenBarrierError
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connections
from tests.screens.desk_walk import CONFLICT, INPUT, SEE_OTHER, Desk, done

from kairn.clinic.acts import amending
from kairn.clinic.acts.outcome import Done
from kairn.clinic.people.models import Amended, Patient
from kairn.record.payloads import NoteWritten, Observed


@pytest.fixture
def desk(clinic_id: UUID) -> Desk:
    return Desk(clinic_id)


def amend(desk: Desk, role: str = "coordinator", **fields: str) -> object:
    """The form, opened by somebody and sent with these fields changed."""
    url = desk.url("person_details")
    now = {name.removeprefix("shown-"): text for name, text in desk.hidden(desk.get(url, role), "").items() if name.startswith("shown-")}
    return desk.send(url, url, {**now, **fields}, role)


def row(desk: Desk) -> Patient:
    return Patient.objects.get(id=desk.patient)


def test_another_telephone_is_written_and_the_one_before_is_kept(desk: Desk) -> None:
    before, seq = row(desk).phone, desk.history.seq
    done(amend(desk, phone="555 0199"))
    assert row(desk).phone == "555 0199" and desk.history.seq == seq + 1
    assert desk.latest(NoteWritten).text == "Written anew: telephone."
    assert [(one.field, one.was) for one in Amended.objects.filter(patient=desk.patient)] == [("phone", before)]
    page = unescape(desk.get(desk.url("person_details"), "coordinator"))
    assert f"<dt>Telephone</dt><dd>{before or 'empty'}" in page
    assert "555 0199" in desk.get(desk.url("patient"), "nurse")


def test_the_record_says_which_fields_and_never_the_values(desk: Desk) -> None:
    done(amend(desk, family_name="Okonkwo-Reyes", safe_contact="Only by text"))
    said = desk.latest(NoteWritten).text
    assert said == "Written anew: family name, when and how it is safe." and "Okonkwo" not in said
    assert "Okonkwo-Reyes" in desk.get(desk.url("patient"))


def test_a_birth_date_is_a_reading_of_the_record_too(desk: Desk) -> None:
    done(amend(desk, birth_date="1979-02-28"))
    assert str(row(desk).birth_date) == "1979-02-28"
    assert [(one.fact, one.value) for one in desk.latest(Observed).readings] == [("birth_date", "1979-02-28")]
    assert desk.walk.history.events[-2].occurred_at == desk.walk.history.events[-1].occurred_at


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({}, "Nothing was changed"),
        ({"family_name": " "}, "at least one letter"),
        ({"birth_date": ""}, "taken away"),
        ({"birth_date": "2999-01-01"}, "still to come"),
        ({"birth_date": "1990-02-30"}, "a day that exists"),
        ({"sex": "x"}, "sex"),
        ({"email": "nobody"}, "valid email"),
        ({"phone": "5" * 41}, "40"),
        ({"given_name": "a\x00"}, "cannot be kept"),
    ],
)
def test_what_cannot_be_kept_changes_nothing(desk: Desk, typed: dict[str, str], says: str) -> None:
    before, seq = Patient.objects.filter(id=desk.patient).values().get(), desk.history.seq
    answer = amend(desk, **typed)
    assert answer.status_code == INPUT and says.lower() in unescape(answer.content.decode()).lower()
    assert Patient.objects.filter(id=desk.patient).values().get() == before and desk.history.seq == seq
    assert not Amended.objects.filter(patient=desk.patient).exists()


def test_two_people_with_the_form_open_do_not_overwrite_each_other(desk: Desk) -> None:
    url = desk.url("person_details")
    first = desk._own(desk.get(url, "coordinator"), url, {})
    second = desk._own(desk.get(url, "nurse"), url, {})
    assert desk.browser("nurse").post(url, second | {"phone": "555 0101"}).status_code == SEE_OTHER
    answer = desk.browser("coordinator").post(url, first | {"phone": "555 0202"})
    assert answer.status_code == CONFLICT and "is 555 0101 now" in unescape(answer.content.decode())
    fresh = desk._own(desk.get(url, "coordinator"), url, {})
    other = {**first, "event_id": fresh["event_id"], "email": "luis@mail.example"}
    assert desk.browser("coordinator").post(url, other).status_code == SEE_OTHER, "another field was free to change"
    assert (row(desk).phone, row(desk).email) == ("555 0101", "luis@mail.example")


def test_the_same_form_twice_is_one_change(desk: Desk) -> None:
    url = desk.url("person_details")
    form = desk._own(desk.get(url, "coordinator"), url, {}) | {"phone": "555 0303"}
    for _ in range(2):
        assert desk.browser("coordinator").post(url, form).status_code == SEE_OTHER
    assert Amended.objects.filter(patient=desk.patient).count() == 1
    assert len([said for _, said in desk.history.all(NoteWritten) if said.text.startswith("Written anew")]) == 1


def test_the_running_role_changes_no_row_of_what_stood_before(desk: Desk, database_urls: object) -> None:
    done(amend(desk, phone="555 0404"))
    for deed in ("UPDATE people_amended SET was = ''", "DELETE FROM people_amended"):
        with psycopg.connect(database_urls.run, autocommit=True) as running, pytest.raises(psycopg.errors.InsufficientPrivilege):
            running.execute(deed)


def test_of_two_at_the_very_same_moment_one_is_told_what_the_other_wrote(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each waits, once it has read the row, for the other to have read it too, which no second one can before the first is done."""
    both_have_read, shown = Barrier(2), amending.written_of(row(desk))
    desk.walk.users |= {name: desk.walk.make("coordinator") for name in ("one", "other")}

    def read_and_wait(found: Patient) -> dict[str, str]:
        with suppress(BrokenBarrierError):
            both_have_read.wait(timeout=2)
        return written_of(found)

    def write(name: str) -> object:
        try:
            context = desk.walk.context(name)
            return amending.amend_person(context, desk.patient, event_id=uuid4(), shown=shown, typed={"phone": f"555 {name}"})
        finally:
            connections.close_all()

    written_of = amending.written_of
    monkeypatch.setattr(amending, "written_of", read_and_wait)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(write, ("one", "other")))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Done", "Refused"]
    won = ("one", "other")[isinstance(outcomes[1], Done)]
    assert row(desk).phone == f"555 {won}" and f"555 {won}" in outcomes[won == "one"].reasons[0].text  # type: ignore[attr-defined]
