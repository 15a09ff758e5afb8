"""Answering instruments: saved and resumed, never complete while something is missing, and nobody who speaks of suicide goes unseen."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from tests.clinic.acts_walk import Walk

from kairn.clinic.acts import endings
from kairn.clinic.acts.answering import Sheet, answered, save_answers
from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.outcome import Done, Refused
from kairn.clinic.acts.questions import ask_person, asked_of, begun, due_now, questions_for
from kairn.clinic.acts.tasks import close_task
from kairn.clinic.acts.wordings import shown_words
from kairn.clinic.people.accounts import make_account
from kairn.clinic.people.models import PatientAccount, User
from kairn.fhir.questionnaire_out import to_questionnaire
from kairn.fhir.write_json import write_json
from kairn.instruments.definition import INSTRUMENTS
from kairn.instruments.packs import keep_pack
from kairn.instruments.wording import Wording
from kairn.library.urgent_tasks import URGENT_TASKS
from kairn.pathway.standing import MoveKind
from kairn.record.payloads import TaskClosed, TaskOpened
from kairn.record.payloads_care import InstrumentAnswered
from kairn.terms.answer import Answer

PHQ = {item.key: "1" for item in INSTRUMENTS["phq-9"].required} | {"self-harm": "0"}
WITHIN = timedelta(seconds=60)


@pytest.fixture
def walk(clinic_id: UUID) -> Walk:
    return Walk(clinic_id).register()


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    """A data folder without packs but those of this test."""
    settings.KAIRN_HOME = tmp_path
    return tmp_path


def patient_of(walk: Walk) -> User:
    """The person's own account."""
    made = make_account(walk.clinic, "Luis Farah", f"{uuid4().hex[:12]}@test.example", []).user
    PatientAccount.objects.create(user=made, patient_id=walk.patient)
    return User.objects.get(id=made.id)


def save(walk: Walk, answers: dict[str, str], *, of: str = "phq-9", response: UUID | None = None, role: str = "nurse", **more: Any) -> Any:
    """Save or finish; `skipped`, `asked` and `pack` go into the sheet."""
    sheet = Sheet(answers, *(more.pop(name, default) for name, default in (("skipped", ()), ("asked", None), ("pack", ""))))
    return walk.act(save_answers, role, instrument=of, response=response or uuid4(), sheet=sheet, **more)


def as_patient(walk: Walk, user: User, answers: dict[str, str], *, of: str = "phq-9", response: UUID, **more: Any) -> Any:
    walk.later(seconds=1)
    sheet = Sheet(answers, *(more.pop(name, default) for name, default in (("skipped", ()), ("asked", None), ("pack", ""))))
    context = context_of(user, clinic=walk.clinic, role="patient", now=walk.now)
    return save_answers(context, walk.patient, event_id=more.pop("event_id", uuid4()), instrument=of, response=response, sheet=sheet, method="patient", **more)


def tasks(walk: Walk) -> list[TaskOpened]:
    return [task for _, task in walk.history.all(TaskOpened) if task.urgent]


def fact(walk: Walk, name: str) -> str:
    """The value the rules see, empty where they see none."""
    from kairn.clinic.acts.protocols import in_force_for
    from kairn.pathway.course import course_of, visits_of
    from kairn.pathway.ground import Ground

    protocol = in_force_for(walk.clinic, walk.history, walk.now).protocol
    assert protocol is not None
    return Ground(protocol, walk.history, walk.now, course_of(walk.history), visits_of(walk.history)).finding(name, None, None).value


# --- save, go on, finish ---


def test_each_save_takes_the_place_of_the_former_and_only_a_finished_one_counts(walk: Walk) -> None:
    response, keys = uuid4(), list(PHQ)
    for key in keys:
        assert isinstance(save(walk, {key: PHQ[key]}, response=response, asked=(key,)), Done)
        assert fact(walk, "phq9") == "", "an unfinished answering is no score"
    assert len(walk.history.all(InstrumentAnswered)) == len(keys)
    said = answered(walk.history, response)
    assert said and not said.complete and {one.item: one.value for one in said.answers} == PHQ
    assert begun(walk.history, walk.now)["phq-9 person"][1] == said
    assert isinstance(save(walk, {}, response=response, asked=(), finish=True), Done)
    assert fact(walk, "phq9") == str(len(PHQ) - 1) and not begun(walk.history, walk.now)


def test_what_was_begun_is_gone_on_with_for_a_day_only(walk: Walk) -> None:
    save(walk, {"mood": "1"})
    assert begun(walk.history, walk.now + timedelta(hours=23)) and not begun(walk.history, walk.now + timedelta(days=1))


@pytest.mark.parametrize("missing", list(PHQ))
def test_incomplete_cannot_be_complete(walk: Walk, missing: str) -> None:
    before = walk.history.seq
    refused = save(walk, {key: value for key, value in PHQ.items() if key != missing}, finish=True)
    assert isinstance(refused, Refused) and [reason.field for reason in refused.reasons] == [missing]
    assert INSTRUMENTS["phq-9"].item(missing).label in refused.reasons[0].text and walk.history.seq == before


def test_a_blank_never_counts_as_zero(walk: Walk) -> None:
    """Two items left out on purpose are filled in by the mean of the others (as zeros they would make 12), and a third cannot be."""
    twos = {key: "2" for key in PHQ} | {"self-harm": "0"}
    for left, total in ((("mood", "sleep"), "15"), ((), "16")):
        given = {key: value for key, value in twos.items() if key not in left}
        assert isinstance(save(walk, given, skipped=left, finish=True), Done)
        assert fact(walk, "phq9") == total
    refused = save(walk, {key: "2" for key in list(PHQ)[3:]}, skipped=tuple(PHQ)[:3], finish=True)
    assert isinstance(refused, Refused) and {reason.field for reason in refused.reasons} == set(tuple(PHQ)[:3])
    blank = save(walk, {"now": "0"}, of="craving-vas", finish=True)
    assert isinstance(blank, Done) and fact(walk, "craving") == "0"


def test_an_instrument_that_needs_every_answer_lets_none_be_left_out(walk: Walk) -> None:
    keys = [item.key for item in INSTRUMENTS["gad-7"].items]
    refused = save(walk, {key: "1" for key in keys[1:]}, of="gad-7", skipped=(keys[0],))
    assert isinstance(refused, Refused) and "cannot be left out" in refused.reasons[0].text
    assert isinstance(save(walk, {key: "1" for key in keys[1:]}, of="gad-7"), Done), "saved it may be"


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"mood": "4"}, "mood"),
        ({"mood": ""}, "mood"),
        ({"mood": "1e0"}, "mood"),
        ({"q2": "1"}, "q2"),
        ({"nothing": "1"}, "nothing"),
        ({"mood": "\u0661"}, "mood"),
    ],
)
def test_a_wrong_key_or_value_is_refused_and_nothing_is_stored(walk: Walk, answers: dict[str, str], field: str) -> None:
    before = walk.history.seq
    refused = save(walk, {"interest": "1"} | answers)
    assert isinstance(refused, Refused) and refused.kind == "input" and [reason.field for reason in refused.reasons] == [field]
    assert walk.history.seq == before


def test_two_submissions_of_one_event_id_are_one_event_and_one_task(walk: Walk) -> None:
    same = {"response": uuid4(), "event_id": uuid4(), "asked": ("self-harm",)}
    first, second = (save(walk, {"self-harm": "2"}, **same) for _ in range(2))
    assert isinstance(second, Done) and second.repeated and first.events == second.events
    assert len(walk.history.all(InstrumentAnswered)) == len(tasks(walk)) == 1
    other = save(walk, {"self-harm": "0"}, **same)
    assert isinstance(other, Refused) and other.kind == "conflict"


def test_two_pages_saving_at_once_lose_no_answer(walk: Walk) -> None:
    response, keys, outcomes = uuid4(), list(PHQ), []

    def one(key: str) -> None:
        outcomes.append(save_answers(walk.context("nurse"), walk.patient, event_id=uuid4(), instrument="phq-9", response=response,
                                     sheet=Sheet({key: "1"}, (), (key,))))  # fmt: skip
        connection.close()

    threads = [threading.Thread(target=one, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = answered(walk.history, response)
    assert all(isinstance(each, Done) for each in outcomes), outcomes
    assert said and {one.item for one in said.answers} == set(keys)


def test_what_is_finished_or_begun_as_something_else_is_not_gone_on_with(walk: Walk) -> None:
    response = uuid4()
    assert isinstance(save(walk, PHQ, response=response, finish=True), Done)
    begun_ = uuid4()
    save(walk, {"mood": "1"}, response=begun_)
    for one, of in ((response, "phq-9"), (begun_, "phq-2")):
        refused = save(walk, {INSTRUMENTS[of].items[0].key: "1"}, response=one, of=of)
        assert isinstance(refused, Refused) and refused.kind == "policy"


# --- P17: a positive suicide answer is seen ---


@pytest.mark.parametrize("finish", [False, True])
@pytest.mark.parametrize("value", ["1", "2", "3", ""])
def test_a_positive_or_left_out_suicide_answer_opens_a_task_with_owner_and_clock_at_once(walk: Walk, value: str, finish: bool) -> None:
    answers = {**{key: "0" for key in PHQ}, "self-harm": value} if finish else {"self-harm": value}
    given = {key: one for key, one in answers.items() if one}
    outcome = save(walk, given, skipped=() if value else ("self-harm",), finish=finish)
    assert isinstance(outcome, Done)
    (task,), (event, _) = tasks(walk), walk.history.all(InstrumentAnswered)[-1]
    wanted = URGENT_TASKS["suicide-answer"]
    assert (task.owner, task.what, task.urgent, task.due_at) == (wanted.owner, wanted.what, True, walk.now + wanted.within.delta)
    opened = next(event for event, payload in walk.history.all(TaskOpened) if payload == task)
    assert opened.recorded_at - event.recorded_at < WITHIN and abs(opened.seq - event.seq) == 1


def test_none_of_it_opens_no_task_and_a_blank_not_reached_yet_neither(walk: Walk) -> None:
    save(walk, {"mood": "3"})
    save(walk, PHQ, finish=True)
    assert not tasks(walk)


def test_a_task_is_opened_for_what_was_said_and_not_for_each_save(walk: Walk) -> None:
    response = uuid4()
    save(walk, {"self-harm": "1"}, response=response, asked=("self-harm",))
    save(walk, {"difficulty": "1"}, response=response, asked=("difficulty",))
    assert len(tasks(walk)) == 1
    walk.do(close_task, "prescriber", task=tasks(walk)[0].task, how="Spoken with, safe.")
    save(walk, {"mood": "1"}, response=response, asked=("mood",))
    assert len(tasks(walk)) == 1, "nothing new was said"
    save(walk, {"self-harm": "3"}, response=response, asked=("self-harm",))
    assert len(tasks(walk)) == 2, "something graver was said"


@pytest.mark.parametrize(("of", "answers"), [("asq", {"wish": "1"}), ("asq", {"attempt": "1"}), ("phq-9", {"self-harm": "1"})])
def test_ready_cannot_be_signed_while_the_task_is_open(clinic_id: UUID, of: str, answers: dict[str, str]) -> None:
    walk = Walk(clinic_id).to_ready()
    assert walk.standing.move(MoveKind.READY, "ready", walk.visit).answer is Answer.YES  # type: ignore[union-attr]
    assert isinstance(save(walk, answers, of=of, visit=walk.visit), Done), "unfinished, and raised all the same"
    refused = walk.refused(endings.end_visit, "nurse", ending="ready", expected_seq=walk.history.seq)
    assert refused.kind == "policy" and len(refused.rule_ids) == 1
    assert walk.standing.move(MoveKind.READY, "ready", walk.visit).answer is not Answer.YES  # type: ignore[union-attr]
    walk.do(close_task, "prescriber", task=tasks(walk)[0].task, how="Seen, plan made, not alone tonight.")
    assert walk.standing.move(MoveKind.READY, "ready", walk.visit).answer is not Answer.YES, "a closed task is no answer"  # type: ignore[union-attr]
    walk.later(seconds=1)
    walk.record("prescriber", visit=walk.visit, suicide_intent="absent")
    assert walk.standing.move(MoveKind.READY, "ready", walk.visit).answer is Answer.YES, "a clinician asked anew"  # type: ignore[union-attr]


def test_a_suicide_screen_in_our_own_words_never_answers_no(walk: Walk) -> None:
    save(walk, dict.fromkeys(("wish", "burden", "thoughts", "attempt"), "0"), of="asq", finish=True)
    assert fact(walk, "asq_positive") == ""
    save(walk, dict.fromkeys(("wish", "burden", "thoughts"), "0") | {"attempt": "1", "now": "0"}, of="asq", finish=True)
    assert fact(walk, "asq_positive") == "yes"


# --- the person themselves ---


def test_a_person_answers_for_themselves_and_only_what_is_theirs(walk: Walk) -> None:
    user, response = patient_of(walk), uuid4()
    assert isinstance(as_patient(walk, user, {"self-harm": "1"}, response=response), Done)
    event, said = walk.history.all(InstrumentAnswered)[-1]
    assert (said.method, event.by.role) == ("patient", "patient") and len(tasks(walk)) == 1
    assert as_patient(walk, user, {"pulse": "0"}, of="cows", response=uuid4()).kind == "policy"
    assert save(walk, {"mood": "1"}, response=response).kind == "policy", "staff do not go on with the person's own answers"
    other = Walk(walk.clinic, protocol=False).register()
    assert as_patient(other, user, {"mood": "1"}, response=uuid4()).kind == "permission"


def test_questions_are_those_due_asked_for_and_begun(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_treatment()
    user = patient_of(walk)
    context = context_of(user, clinic=walk.clinic, role="patient", now=walk.now + timedelta(days=16))
    names = [one.instrument for one in questions_for(context, walk.patient)]  # type: ignore[union-attr]
    assert "phq-9" in names and "craving-vas" in names and "cows" not in names
    assert due_now(walk.standing).keys() <= set(INSTRUMENTS)
    walk.do(ask_person, "nurse", instrument="peg", due_at=walk.now + timedelta(days=1))
    assert walk.refused(ask_person, "nurse", instrument="peg", due_at=walk.now).kind == "policy"
    assert walk.refused(ask_person, "nurse", instrument="cows", due_at=walk.now).kind == "input"
    assert asked_of(walk.history) == ["peg"]
    response = uuid4()
    as_patient(walk, user, {PEG[0]: "3"}, of="peg", response=response)
    first = questions_for(context_of(user, clinic=walk.clinic, role="patient", now=walk.now), walk.patient)[0]  # type: ignore[index]
    assert (first.instrument, first.begun) == ("peg", response), "what was begun comes first"
    as_patient(walk, user, dict.fromkeys(PEG, "3"), of="peg", response=response, finish=True)
    assert asked_of(walk.history) == [] and walk.history.all(TaskClosed)[-1][1].how == "Answered."


PEG = [item.key for item in INSTRUMENTS["peg"].items]


def test_who_may_not(walk: Walk) -> None:
    for role in ("coordinator", "clinic-lead"):
        assert save(walk, {"mood": "1"}, role=role).kind == "permission"
    walk.users["stranger"] = walk.make("nurse", joins=False)
    assert save(walk, {"mood": "1"}, role="stranger").kind == "permission"


# --- whose words ---


def pack_of(name: str, notice: str = "Shown by the owner's leave.") -> bytes:
    """A pack with words of its own for every item, as an owner would give it."""
    found = INSTRUMENTS[name]
    items = {item.key: f"Asked officially, {item.number}" for item in found.items}
    options = {item.key: {option.value: f"answer {option.value}" for option in item.options} for item in found.items}
    return write_json(to_questionnaire(found, Wording(name, "official", f"Official {found.title}", notice, items, options))).encode()


def test_without_a_pack_own_words_are_shown_and_stored_as_such(walk: Walk, home: Path) -> None:
    response = uuid4()
    save(walk, {"mood": "1"}, response=response)
    said = answered(walk.history, response)
    assert said and (said.wording, said.pack) == ("own", "")
    assert shown_words(INSTRUMENTS["phq-9"]).wording.note == "Own wording, not comparable with the published scale."  # type: ignore[union-attr]


def test_what_only_a_pack_can_show_says_why_and_what_to_do(walk: Walk, home: Path) -> None:
    refused = save(walk, {INSTRUMENTS["who-5"].items[0].key: "1"}, of="who-5")
    assert isinstance(refused, Refused) and "kairn instrument import" in refused.reasons[0].text


def test_an_imported_pack_is_shown_and_named_for_ever(walk: Walk, home: Path) -> None:
    found = INSTRUMENTS["who-5"]
    digest = keep_pack(home, "who-5", pack_of("who-5"))
    shown = shown_words(found)
    assert shown.wording and shown.wording.kind == "official" and shown.wording.notice == "Shown by the owner's leave."
    response, key = uuid4(), found.items[0].key
    assert isinstance(save(walk, {key: "1"}, of="who-5", response=response, pack=shown.pack, asked=(key,)), Done)
    said = answered(walk.history, response)
    assert said and (said.wording, said.pack) == ("official", f"who-5/{digest}")
    newer = keep_pack(home, "who-5", pack_of("who-5", "A newer notice."))
    refused = save(walk, {key: "2"}, of="who-5", response=response, pack=f"who-5/{newer}")
    assert isinstance(refused, Refused) and "in other words" in refused.reasons[0].text
    assert isinstance(save(walk, {key: "2"}, of="who-5", response=response, pack=f"who-5/{digest}"), Done)
    assert save(walk, {key: "2"}, of="who-5", pack="who-5/beef").kind == "policy"


def test_a_pack_that_was_altered_is_not_shown(walk: Walk, home: Path) -> None:
    digest = keep_pack(home, "phq-9", pack_of("phq-9"))
    path = home / "packs" / "phq-9" / f"{digest}.json"
    path.write_bytes(path.read_bytes().replace(b"officially", b"otherwise"))
    shown = shown_words(INSTRUMENTS["phq-9"])
    assert shown.wording and shown.wording.kind == "own" and "altered" in shown.fault
