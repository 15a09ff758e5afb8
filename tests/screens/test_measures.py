"""Measures at the desk and questions on the phone: forms that keep what was answered, scores that say what they do not say, help in the same answer."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, expect
from tests.browser import context_for, session_of, watched
from tests.clinic.test_answering import PHQ, pack_of, patient_of, save, tasks
from tests.screens.desk_walk import INPUT, REFUSED, SEE_OTHER, Desk, done, reasons

from kairn.clinic.acts.answering import answered
from kairn.clinic.acts.tasks import close_task
from kairn.clinic.screens.measures.code import code_of
from kairn.instruments.definition import INSTRUMENTS
from kairn.instruments.packs import keep_pack
from kairn.record.payloads import TaskOpened
from kairn.record.payloads_care import InstrumentAnswered

HELP = ('href="tel:988"', 'href="tel:911"')
TARGET = 48


@pytest.fixture
def desk(clinic_id: UUID) -> Desk:
    return Desk(clinic_id)


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    """A data folder without packs but those of this test."""
    settings.KAIRN_HOME = tmp_path
    return tmp_path


@pytest.fixture
def phone(desk: Desk) -> Client:
    """The person's own phone, signed in."""
    client = Client()
    client.force_login(patient_of(desk.walk))
    return client


def fill(desk: Desk, name: str, answers: dict[str, str], do: str = "finish", role: str = "nurse", **more: str) -> Any:
    """Open the form, fill it, press a button."""
    page = desk.url("instrument_answer", name) + more.pop("query", "")
    return desk.send(page, desk.url("instrument_answer", name), {**{f"a-{key}": value for key, value in answers.items()}, "do": do, **more}, role)


def text(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def of_result(desk: Desk, answer: Any) -> str:
    """The page of the score that a finished form leads to."""
    return unescape(desk.get(done(answer).url, "nurse"))


# --- at the desk ---


def test_no_address_names_what_is_asked(desk: Desk) -> None:
    for name in INSTRUMENTS:
        assert name not in desk.url("instrument_answer", name) and code_of(name) in reverse("patient_question", args=[name])
    assert len({code_of(name) for name in INSTRUMENTS}) == len(INSTRUMENTS)
    assert desk.browser("nurse").get(f"{desk.url('measures')}/00000000").status_code == 404


def test_a_finished_form_leads_to_its_score_with_what_it_does_not_say(desk: Desk) -> None:
    page = of_result(desk, fill(desk, "phq-9", PHQ))
    assert "8 of 27, mild" in page and "Own wording, not comparable" in page and "it is not the score of the published PHQ-9" in page
    assert "A score is no diagnosis" in page and "Not answered" not in page and "Suicide was spoken of" not in page
    assert INSTRUMENTS["phq-9"].licence.notice in page and "1, some days" in page
    line = desk.get(desk.url("patient_timeline"))
    assert "Mood check-list, after the PHQ-9: finished" in line and "total 8, mild" in line and "not comparable" in line


def test_a_form_shows_its_period_and_chooses_nothing(desk: Desk) -> None:
    page = desk.get(desk.url("instrument_answer", "phq-9"), "nurse")
    assert "<b>2 weeks</b>" in page and " checked" not in page.split("<main")[1]
    assert page.count("<fieldset") - 1 == len(INSTRUMENTS["phq-9"].items), "one for each item, and one for the theme"
    assert "The total stands here once every answer is there." in page


def test_what_is_missing_is_named_and_the_rest_is_kept(desk: Desk) -> None:
    answer = fill(desk, "phq-9", {key: value for key, value in PHQ.items() if key != "sleep"})
    assert answer.status_code == INPUT and "Saved, and not finished" in reasons(answer) and "Sleep: too little or too much" in reasons(answer)
    said = desk.latest(InstrumentAnswered)
    assert not said.complete and len(said.answers) == len(PHQ) - 1
    form = desk._own(answer.content.decode(), desk.url("instrument_answer", "phq-9"), {})
    more = {f"a-{key}": value for key, value in PHQ.items()}
    assert "8 of 27" in of_result(desk, desk.browser("nurse").post(desk.url("instrument_answer", "phq-9"), {**form, **more, "do": "finish"}))


def test_save_and_come_back(desk: Desk) -> None:
    answer = done(fill(desk, "phq-9", {"mood": "2"}, do="save"))
    page = desk.get(answer.url, "nurse")
    assert re.search(r'name="a-mood" value="2" checked', page)
    assert "Go on" in desk.get(desk.url("measures"), "nurse")
    assert "One was begun" in desk.get(desk.url("instrument_answer", "phq-9"), "nurse")
    assert "Not finished" in desk.get(desk.url("instrument_result", desk.latest(InstrumentAnswered).response), "nurse")


def test_the_total_is_added_up_only_when_every_answer_is_there_and_stores_nothing(desk: Desk) -> None:
    before = desk.history.seq
    assert "8 of 27, mild" in text(fill(desk, "phq-9", PHQ, do="add-up"))
    assert "once every answer" in text(fill(desk, "phq-9", {"mood": "1"}, do="add-up"))
    assert desk.history.seq == before


@pytest.mark.parametrize("do", ["save", "finish"])
@pytest.mark.parametrize("value", ["1", "left-out"])
def test_help_stands_in_the_same_answer_and_a_task_is_open(desk: Desk, do: str, value: str) -> None:
    answer = fill(desk, "phq-9", {**PHQ, "self-harm": value}, do=do)
    page = answer.content.decode()
    assert answer.status_code == 200 and "Suicide was spoken of, or left out" in page and all(link in page for link in HELP)
    assert [task.owner for task in tasks(desk.walk)] == ["prescriber"]
    assert "A question about suicide" in desk.get(reverse("tasks"), "nurse")


def test_a_positive_answer_on_a_form_that_cannot_be_finished_is_seen_all_the_same(desk: Desk) -> None:
    answer = fill(desk, "phq-9", {"self-harm": "3"})
    assert answer.status_code == INPUT and "Suicide was spoken of" in answer.content.decode() and len(tasks(desk.walk)) == 1


def test_a_score_says_whether_somebody_spoke_with_the_person_since(desk: Desk) -> None:
    fill(desk, "phq-9", {**PHQ, "self-harm": "1"})
    url = desk.url("instrument_result", desk.latest(InstrumentAnswered).response)
    assert "An urgent task is open for the prescriber" in desk.get(url)
    desk.walk.do(close_task, "prescriber", task=tasks(desk.walk)[0].task, how="Spoken with, safe tonight.")
    assert "Somebody spoke with the person since" in desk.get(url)
    typed = fill(desk, "phq-9", {"self-harm": "1"}, do="save", occurred_at="nonsense")
    assert typed.status_code == INPUT and "save it, and the prescriber is called" in typed.content.decode()


def test_the_same_form_sent_twice_is_one_event_and_one_task(desk: Desk) -> None:
    url = desk.url("instrument_answer", "phq-9")
    same = {"event_id": str(uuid4()), "response": str(uuid4()), "of": " ".join(PHQ), "do": "finish", **{f"a-{key}": "1" for key in PHQ}}
    for _ in range(2):
        assert desk.browser("nurse").post(url, same).status_code == 200
    assert len(desk.history.all(InstrumentAnswered)) == len(tasks(desk.walk)) == 1


def test_a_question_that_follows_from_another_is_asked_then(desk: Desk) -> None:
    page = desk.get(desk.url("instrument_answer", "pc-ptsd-5"), "nurse")
    assert "Bad dreams" not in page
    answer = fill(desk, "pc-ptsd-5", {"exposure": "1"})
    assert answer.status_code == INPUT and "Bad dreams" in reasons(answer) and 'name="a-nightmares"' in answer.content.decode()
    assert "0 of 5" in of_result(desk, fill(desk, "pc-ptsd-5", {"exposure": "0"}))


def test_a_number_is_typed_and_one_that_is_none_is_refused(desk: Desk) -> None:
    answer = fill(desk, "craving-vas", {"now": "101"})
    assert answer.status_code == INPUT and "expected one of 0 to 100" in reasons(answer) and 'value="101"' not in answer.content.decode()
    assert "40 of 100" in of_result(desk, fill(desk, "craving-vas", {"now": "40"}))


def test_what_cannot_be_shown_says_why_and_what_to_do(desk: Desk, home: Path) -> None:
    page = desk.get(desk.url("instrument_answer", "who-5"), "nurse")
    assert "This one cannot be shown here" in page and "kairn instrument import" in page and "<form" not in page.split("<main")[1]
    assert "forms that wait for their words" in desk.get(desk.url("measures"), "nurse")


def test_an_imported_pack_is_shown_with_its_notice(desk: Desk, home: Path) -> None:
    keep_pack(home, "who-5", pack_of("who-5"))
    page = desk.get(desk.url("instrument_answer", "who-5"), "nurse")
    assert "Official WHO-5" in page and "Asked officially, 1" in page and "by the owner" in page and "not comparable" not in page
    found = of_result(desk, fill(desk, "who-5", {item.key: item.options[0].value for item in INSTRUMENTS["who-5"].items}))
    assert "Asked officially, 1" in found and desk.latest(InstrumentAnswered).wording == "official"


def test_a_pulse_measured_before_is_shown_and_never_filled_in(desk: Desk) -> None:
    desk.walk.record(heart_rate="92")
    page = desk.get(desk.url("instrument_answer", "cows"), "nurse")
    assert "heart rate 92 /min" in page and "That would be: 81 to 100. Look again, and choose." in page and " checked" not in page.split("<main")[1]


def test_the_pressure_share_of_recovery_is_shown_from_the_visit(clinic_id: UUID) -> None:
    desk = Desk.__new__(Desk)
    from tests.clinic.acts_walk import CALM, Walk

    desk.walk, desk.browsers = Walk(clinic_id).to_recovery(), {}
    desk.patient = desk.walk.patient
    desk.walk.record(visit=desk.walk.visit, **{**CALM, "systolic": "152"})
    page = desk.get(f"{desk.url('instrument_answer', 'aldrete')}?visit={desk.walk.visit}", "nurse")
    assert "before the start systolic pressure 122 mmHg" in page and "That would be: 20 % to below 50 % from baseline" in page
    home = desk.get(desk.url("discharge", desk.walk.visit), "nurse")
    for name in ("aldrete", "padss", "cows", "moaas"):
        assert desk.url("instrument_answer", name) in home, name
    answers = {"activity": "2", "breathing": "2", "circulation": "1", "consciousness": "2", "oxygen": "2"}
    done(fill(desk, "aldrete", answers, query=f"?visit={desk.walk.visit}"))
    assert desk.latest(InstrumentAnswered).visit == desk.walk.visit
    gate = next(one for one in desk.walk.standing.verdicts if any(finding.fact == "aldrete" for finding in one.findings))
    assert next(finding for finding in gate.findings if finding.fact == "aldrete").value == "9"


def test_withdrawal_and_preflight_lead_to_the_items(clinic_id: UUID) -> None:
    from tests.clinic.acts_walk import Walk

    desk = Desk.__new__(Desk)
    desk.walk, desk.browsers = Walk(clinic_id).to_preflight(), {}
    desk.patient = desk.walk.patient
    where = desk.url("instrument_answer", "cows")
    assert where in desk.get(desk.url("withdrawal"), "nurse") and where in desk.get(desk.url("preflight", desk.walk.visit), "nurse")


def test_the_latest_the_change_and_the_trend_are_told(desk: Desk) -> None:
    fives = {key: "3" for key in PHQ} | {"self-harm": "0"}
    save(desk.walk, fives, finish=True)
    desk.walk.later(seconds=60)
    save(desk.walk, PHQ, finish=True)
    desk.walk.record(phq9="19")
    page = desk.get(desk.url("measures"), "nurse")
    assert "8 of 27, mild" in page and "16 lower than at the start" in page and "(67 % of it, better)" in page and "only the total was entered" in page
    assert "The same numbers as a table" in page and "24, severe" in page
    result = desk.get(desk.url("instrument_result", desk.latest(InstrumentAnswered).response), "nurse")
    assert "Response: half of the baseline gone" in result


def test_staff_ask_and_it_stands_on_the_phone(desk: Desk, phone: Client) -> None:
    page = desk.url("measures")
    done(desk.send(page, desk.url("instrument_ask"), {"instrument": "peg"}, "nurse"))
    assert INSTRUMENTS["peg"].check_list in phone.get(reverse("patient_questions")).content.decode()
    assert "1 to answer" in phone.get(reverse("patient_home")).content.decode()
    refused = desk.browser("nurse").post(desk.url("instrument_ask"), {"event_id": str(uuid4()), "instrument": "peg"})
    assert refused.status_code == INPUT and "asked for this already" in reasons(refused)


def test_who_may_see_and_who_may_not(desk: Desk) -> None:
    save(desk.walk, PHQ, finish=True)
    response = desk.latest(InstrumentAnswered).response
    stranger = Client()
    stranger.force_login(desk.walk.make("nurse", joins=False))
    for url in (desk.url("measures"), desk.url("instrument_answer", "phq-9"), desk.url("instrument_result", response)):
        assert desk.browser("coordinator").get(url).status_code == stranger.get(url).status_code == REFUSED
    assert "You can read this form" in desk.get(desk.url("instrument_answer", "phq-9"), "clinic-lead")
    assert desk.browser("clinic-lead").post(desk.url("instrument_answer", "phq-9"), {"do": "save"}).status_code == REFUSED
    assert desk.browser("nurse").get(desk.url("instrument_result", uuid4())).status_code == 404


# --- on the phone ---


def ask(phone: Client, name: str, at: int | str = "") -> Any:
    return phone.get(reverse("patient_question", args=[name]) + (f"?at={at}" if at else ""))


def say(phone: Client, name: str, at: int | str, value: str = "", do: str = "next", page: Any = None) -> Any:
    """Answer the question on the screen, with the hidden fields it carries."""
    shown = (page or ask(phone, name, at)).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(event_id|response|pack)" value="([^"]*)"', shown))
    field = re.search(r'name="(a-[a-z-]+)"', shown)
    given = {field[1]: value} if field and value else {}
    return phone.post(f"{reverse('patient_question', args=[name])}?at={at}", {**hidden, **given, "do": do})


def test_one_question_a_screen_saved_as_it_is_answered(phone: Client, desk: Desk) -> None:
    page = ask(phone, "phq-9").content.decode()
    assert "1 of 10" in page and page.count("data-question") == 1 and all(link in page for link in HELP) and 'tabindex="-1"' in page
    answer = say(phone, "phq-9", 1, "2")
    assert answer.status_code == SEE_OTHER and answer.url.endswith("?at=2")
    said = desk.latest(InstrumentAnswered)
    assert (said.method, said.complete, len(said.answers)) == ("patient", False, 1)
    assert "2 of 10" in ask(phone, "phq-9").content.decode(), "the first that is open"
    assert re.search(r'value="2" checked', ask(phone, "phq-9", 1).content.decode()), "and back"


def test_to_the_end_and_sent_without_a_score(phone: Client, desk: Desk) -> None:
    for place in range(1, 9):
        assert say(phone, "phq-9", place, "1").status_code == SEE_OTHER
    end = ask(phone, "phq-9", "end")
    assert "Not done yet" in text(end) and "Thoughts of death" in text(end)
    say(phone, "phq-9", 9, "0")
    say(phone, "phq-9", 10, "0")
    end = ask(phone, "phq-9", "end")
    assert "10 of 10 answered" in text(end)
    answer = say(phone, "phq-9", "end", do="finish", page=end)
    assert answer.status_code == SEE_OTHER and desk.latest(InstrumentAnswered).complete
    thanks = text(phone.get(answer.url))
    assert "Thank you" in thanks and "mild" not in thanks and "of 27" not in thanks


def test_rather_not_say_is_kept_as_that_and_never_as_none(phone: Client, desk: Desk) -> None:
    assert say(phone, "phq-9", 1, do="skip").status_code == SEE_OTHER
    said = desk.latest(InstrumentAnswered)
    assert said.skipped == ("interest",) and said.answers == ()
    assert "rather not say" in text(ask(phone, "phq-9", 2))
    assert "rather not say" not in text(ask(phone, "gad-7", 1)) and "This form needs an answer here." in text(ask(phone, "gad-7", 1))
    assert "rather not say" in text(ask(phone, "phq-9", 10)), "what is never needed can be left too"


def test_nothing_chosen_goes_nowhere_and_says_so(phone: Client, desk: Desk) -> None:
    before = desk.history.seq
    answer = say(phone, "phq-9", 1)
    assert answer.status_code == INPUT and "Choose an answer first" in text(answer) and 'role="alert"' in answer.content.decode()
    assert say(phone, "phq-9", 1, do="later").url == reverse("patient_home") and desk.history.seq == before


@pytest.mark.parametrize(("value", "do"), [("1", "next"), ("3", "later"), ("", "skip")])
def test_a_person_who_speaks_of_suicide_sees_help_in_the_same_answer(phone: Client, desk: Desk, value: str, do: str) -> None:
    answer = say(phone, "phq-9", 9, value, do)
    page = answer.content.decode()
    assert answer.status_code == 200 and "Talk to a person now" in page and all(link in page for link in HELP)
    assert "Your team is being told now" in page and [task.owner for task in tasks(desk.walk)] == ["prescriber"]
    assert desk.history.all(TaskOpened)[-1][0].by.role == "patient"


def test_what_is_said_on_a_form_that_was_sent_already_is_seen_all_the_same(phone: Client, desk: Desk) -> None:
    stale = ask(phone, "phq-9", 9)
    response = UUID(re.search(r'name="response" value="([^"]*)"', stale.content.decode())[1])  # type: ignore[index]
    for place in range(1, 10):
        shown = ask(phone, "phq-9", place).content.decode().replace(str(response), str(response))
        hidden = dict(re.findall(r'<input type="hidden" name="(event_id|response|pack)" value="([^"]*)"', shown))
        field = re.search(r'name="(a-[a-z-]+)"', shown)[1]  # type: ignore[index]
        phone.post(f"{reverse('patient_question', args=['phq-9'])}?at={place}", {**hidden, "response": str(response), field: "0", "do": "next"})
    say(phone, "phq-9", "end", do="finish", page=ask(phone, "phq-9", "end"))
    assert answered(desk.history, response).complete and not tasks(desk.walk)  # type: ignore[union-attr]
    answer = say(phone, "phq-9", 9, "2", page=stale)
    assert "Talk to a person now" in answer.content.decode() and len(tasks(desk.walk)) == 1


def test_staff_forms_and_made_up_places_are_not_on_the_phone(phone: Client, home: Path) -> None:
    assert ask(phone, "cows").status_code == 404
    for at in ("0", "99", "x", "1e0"):
        assert ask(phone, "phq-9", at).status_code == 404
    assert "does not have the words" in text(ask(phone, "who-5"))


# --- by hand ---


def test_digits_choose_arrows_move_and_enter_goes_on(browser: Browser, site: str, desk: Desk) -> None:
    seen = watched(context_for(browser, site, session=session_of(desk.walk.users["nurse"])), site)
    page = seen.open(desk.url("instrument_answer", "phq-9"))
    page.locator("input[name='a-interest']").first.focus()
    for digit in ("1", "2", "0"):
        page.keyboard.press(digit)
        page.keyboard.press("Enter")
    chosen = "all => all.map(one => [one.name, one.value])"
    assert page.eval_on_selector_all("[data-answering] input:checked", chosen) == [["a-interest", "1"], ["a-mood", "2"], ["a-sleep", "0"]]
    assert page.evaluate("document.activeElement.name") == "a-energy"
    page.keyboard.press("3")
    page.keyboard.press("ArrowLeft")
    assert page.locator("input[name='a-energy']:checked").get_attribute("value") == "2"
    for key in ("appetite", "self-worth", "concentration", "movement", "self-harm"):
        assert "once every answer" in page.locator("#total").inner_text()
        page.keyboard.press("Enter")
        page.keyboard.press("0")
        assert page.evaluate("document.activeElement.name") == f"a-{key}"
    page.get_by_text("Total 5 of 27, mild").wait_for()
    assert seen.complaints == [] and desk.history.seq == desk.walk.history.seq
    seen.page.context.close()


def test_a_question_fits_the_narrowest_phone_and_takes_the_focus(browser: Browser, site: str, desk: Desk) -> None:
    session = session_of(patient_of(desk.walk))
    seen = watched(context_for(browser, site, width=320, session=session), site)
    for name in ("phq-9", "peg", "craving-vas", "use-calendar"):
        page = seen.open(reverse("patient_question", args=[name]))
        assert page.evaluate("document.activeElement.tagName") == "H1", "it is read aloud at once"
        heights = page.eval_on_selector_all("main .opt, main .btn, .struggling .btn", "all => all.map(one => [one.offsetHeight, one.textContent.trim()])")
        assert heights and [one for one in heights if one[0] < TARGET] == []
        assert seen.overflow() == 0 and seen.serious() == []
    page.keyboard.press("Tab")
    page.keyboard.press("1")
    page.get_by_role("button", name="Next").click()
    page.get_by_text("2 of 28").first.wait_for()
    page.get_by_role("button", name="Next").click()
    page.get_by_text("Choose an answer first", exact=False).first.wait_for()
    expect(page.locator("[role=alert]:focus")).to_have_count(1)
    assert [said for said in seen.complaints if "422" not in said] == []
    seen.page.context.close()
