"""Today, tasks, aftercare and follow-up, the protocol, and where each role begins."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.screens.desk_walk import INPUT, REFUSED, SEE_OTHER, Desk, done, new_id, reasons

from kairn.clinic.acts import tasks
from kairn.protocol.load import load_protocol
from kairn.record.payloads import ContactMade, TaskClosed, TaskOpened


@pytest.fixture
def desk(clinic_id: UUID) -> Desk:
    return Desk(clinic_id)


def _task(desk: Desk, urgent: bool = True) -> UUID:
    opened = desk.walk.do(tasks.open_task, "coordinator", what="Call Luis back", owner="coordinator", due_at=timezone.now() + timedelta(hours=1), urgent=urgent)
    return opened.events[0]


def test_sign_in_lands_where_each_role_begins(desk: Desk) -> None:
    for role, view in (("nurse", "today"), ("coordinator", "today"), ("clinic-lead", "today")):
        assert desk.browser(role).get(reverse("home")).url == reverse(view)
    administrator = desk.walk.make("administrator")
    desk.browser("nurse").force_login(administrator)
    assert desk.browser("nurse").get(reverse("home")).url == reverse("people_list")


def test_today_puts_who_needs_somebody_first_with_owner_and_clock(desk: Desk) -> None:
    quiet = desk.get(reverse("today"), "coordinator")
    assert "Nobody waits" in quiet and "Luis Farah" in quiet
    _task(desk)
    page = desk.get(reverse("today"), "coordinator")
    risks = page.partition("Everybody in care")[0]
    assert "Call Luis back" in risks and "Coordinator" in risks and "data-left" in risks and "mark--high" in risks
    assert "Luis Farah" not in desk.get(reverse("today") + "?stage=treatment", "coordinator").partition("Everybody in care")[2]
    assert desk.browser("coordinator").get(reverse("today") + "?from=x&stage=nonsense").status_code == 200


def test_today_is_refused_to_somebody_without_patients(desk: Desk) -> None:
    researcher = desk.walk.make("researcher")
    desk.browser("nurse").force_login(researcher)
    assert desk.browser("nurse").get(reverse("today")).status_code == REFUSED


def test_a_task_closes_only_with_an_outcome(desk: Desk) -> None:
    task = _task(desk)
    where = desk.url("task_close", task)
    assert "Call Luis back" in desk.get(reverse("tasks"), "coordinator")
    empty = desk.send(reverse("tasks"), where, {"how": " "}, role="coordinator")
    assert empty.status_code == INPUT and "how it was done" in reasons(empty) and desk.latest(TaskClosed) is None
    done(desk.send(reverse("tasks"), where, {"how": "Reached him, he is well."}, role="coordinator"))
    assert desk.latest(TaskClosed).how == "Reached him, he is well."
    assert "Call Luis back" not in desk.get(reverse("tasks"), "coordinator")


def test_a_contact_does_a_duty_and_keeps_what_was_said(desk: Desk) -> None:
    page, where = desk.url("aftercare"), desk.url("contact")
    assert "Call the person and offer an assessment" in desk.get(page)
    empty = desk.send(page, where, {"duty": "", "how": ""}, role="nurse")
    assert empty.status_code == INPUT and "no duty" in reasons(empty) and "way of contact" in reasons(empty)
    said = {"duty": "referral-answered", "how": "phone", "note": "Will come on Monday.", "fact-craving": "44", "fact-suicide_intent": "absent"}
    done(desk.send(page, where, said, role="nurse"))
    made = desk.latest(ContactMade)
    assert (made.duty, made.how, made.note) == ("referral-answered", "phone", "Will come on Monday.")
    assert {one.fact: one.value for one in made.readings} == {"craving": "44", "suicide_intent": "absent"}
    assert "Will come on Monday." in desk.get(page)


def test_a_positive_suicide_answer_in_a_contact_opens_an_urgent_task(desk: Desk) -> None:
    said = {"duty": "referral-answered", "how": "phone", "fact-suicide_intent": "present"}
    done(desk.send(desk.url("aftercare"), desk.url("contact"), said, role="nurse"))
    assert desk.latest(TaskOpened).urgent
    page = desk.get(desk.url("aftercare"), "nurse")
    assert "988" in page and "urgent task is open" in page, "help is named in the very next answer"
    assert "mark--high" in desk.get(reverse("today"))


def test_a_coordinator_records_a_contact_without_reading_what_was_said(desk: Desk) -> None:
    said = {"duty": "referral-answered", "how": "phone", "note": "Afraid of the first visit.", "fact-craving": "44"}
    done(desk.send(desk.url("aftercare"), desk.url("contact"), said, role="coordinator"))
    page = desk.get(desk.url("aftercare"), "coordinator")
    assert "Afraid of the first visit." not in page and "not shown to your role" in page
    assert "Afraid of the first visit." in desk.get(desk.url("aftercare"), "therapist")


def test_a_follow_up_without_any_answer_is_refused_unless_nobody_was_reached(desk: Desk) -> None:
    body = {"event_id": new_id(), "duty": "follow-up-1-week", "how": "phone"}
    nothing = desk.browser("therapist").post(desk.url("follow_up"), body)
    assert nothing.status_code == INPUT and "no answer" in reasons(nothing)
    assert desk.browser("therapist").post(desk.url("follow_up"), {**body, "how": "no-answer"}).status_code == SEE_OTHER
    assert desk.browser("therapist").get(desk.url("follow_up")).url == desk.url("aftercare")


def test_a_duty_nobody_knows_is_refused(desk: Desk) -> None:
    body = {"event_id": str(uuid4()), "duty": "no-such-duty", "how": "phone"}
    answer = desk.browser("nurse").post(desk.url("contact"), body)
    assert answer.status_code == INPUT and "no-such-duty" in reasons(answer)


def test_the_protocol_reads_aloud_with_its_sources(desk: Desk) -> None:
    page = unescape(desk.get(reverse("protocol_read")))
    unsaid = [rule.title for rule in load_protocol("iv-ketamine-oud", "1.0").rules if rule.title not in page]
    assert unsaid == [] and "Nobody may set it aside" in page and "all of these hold" in page
    assert "*" not in page.partition("<article")[2].partition("</article>")[0], "no marks of the source text"
