"""The pages of withdrawal and of the plan of care: what is entered is kept, what cannot be read is refused, and who may see what."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.clinic.acts_walk import Walk
from tests.screens.desk_walk import CONFLICT, INPUT, REFUSED, STALE, Desk, done, reasons

from kairn.clinic.acts.caring import sign_care_plan
from kairn.clinic.acts.outcome import Done
from kairn.clinic.acts.standings import stand
from kairn.clinic.acts.withdrawal import record_medicine, report_use
from kairn.clinic.people.accounts import make_account
from kairn.clinic.people.models import PatientAccount
from kairn.pathway.care_plan import draft
from kairn.pathway.care_templates import templates
from kairn.record.payloads import Observed
from kairn.record.payloads_care import CarePlanSigned, CareProblem, CareStep, MedicineTaken, UseReported

FORM = "%Y-%m-%dT%H:%M"


@pytest.fixture
def desk(clinic_id: UUID) -> Desk:
    return Desk(clinic_id)


def enter(desk: Desk, form: str, role: str = "nurse", **typed: str) -> object:
    page = desk.url("withdrawal")
    return desk.send(page, page, {"form": form, **typed}, role, form=form)


# --- withdrawal ---


def test_score_medicine_and_use_are_kept_and_told_on_the_timeline(desk: Desk) -> None:
    assert "Nothing recorded yet" in desk.get(desk.url("withdrawal"))
    used = timezone.now() - timedelta(hours=9)
    done(enter(desk, "score", cows="14"))
    done(enter(desk, "dose", drug="buprenorphine", amount="4", unit="mg", purpose="moud-start", witnessed="yes"))
    done(enter(desk, "use", substance="heroin", latest_at=f"{used:{FORM}}", route="injected"))
    assert (desk.latest(Observed).readings[0].value, desk.latest(Observed).readings[0].unit) == ("14", "{score}")
    assert desk.latest(MedicineTaken) == MedicineTaken("buprenorphine", "4 mg", "moud-start", True)
    assert desk.latest(UseReported).substance == "heroin" and abs(desk.latest(UseReported).latest_at - used) < timedelta(minutes=1)
    page = desk.get(desk.url("withdrawal"))
    assert "14</span> moderate" in page and "Usual course, heroin" in page and "Differs between people" in page and "buprenorphine 4 mg" in page
    assert "Starting buprenorphine, as sources say" in page and "A nurse" in page and "tel:911" in page
    line = desk.get(desk.url("patient_timeline"))
    assert "Use told: heroin" in line and "Medicine for opioid use disorder started: buprenorphine 4 mg" in line


@pytest.mark.parametrize(
    ("form", "typed", "said"),
    [
        ("score", {"cows": ""}, "Nothing was entered"),
        ("score", {"cows": "49"}, "Withdrawal score"),
        ("score", {"cows": "1e1"}, "Withdrawal score"),
        ("dose", {"drug": "", "amount": "4", "unit": "mg", "purpose": "moud"}, "which medicine it was"),
        ("dose", {"drug": "methadone", "amount": "", "unit": "mg", "purpose": "moud"}, "expected"),
        ("dose", {"drug": "methadone", "amount": "4", "unit": "", "purpose": "moud"}, "unit"),
        ("dose", {"drug": "methadone", "amount": "4,5", "unit": "mg", "purpose": "moud"}, "up to 4 digits"),
        ("dose", {"drug": "methadone", "amount": "40", "unit": "mg", "purpose": ""}, "moud-start"),
        ("use", {"substance": ""}, "heroin"),
        ("use", {"substance": "heroin", "latest_at": "2099-01-01T00:00"}, "before it"),
        ("use", {"substance": "heroin", "latest_at": "2020-01-01T00:00", "never": "yes"}, "one of the two"),
        ("use", {"substance": "heroin", "latest_at": "yesterday"}, "Nothing was saved"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence_and_kept_in_the_form(desk: Desk, form: str, typed: dict[str, str], said: str) -> None:
    before = desk.history.seq
    answer = enter(desk, form, **typed)
    assert answer.status_code == INPUT and said in reasons(answer) and desk.history.seq == before  # type: ignore[attr-defined]
    for value in (text for name, text in typed.items() if text and name != "substance"):
        assert value in answer.content.decode()  # type: ignore[attr-defined]


def test_the_same_form_sent_twice_is_one_event_and_another_body_under_its_id_is_refused(desk: Desk) -> None:
    page = desk.url("withdrawal")
    same = {"event_id": str(uuid4()), "form": "dose", "drug": "methadone", "amount": "40", "unit": "mg", "purpose": "moud"}
    for _ in range(2):
        done(desk.browser("nurse").post(page, same))
    assert len(desk.history.all(MedicineTaken)) == 1
    assert desk.browser("nurse").post(page, same | {"amount": "60"}).status_code == CONFLICT


def test_a_score_soon_after_an_infusion_is_marked_in_words(clinic_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = Walk(clinic_id).to_recovery()
    walk.later(minutes=10)
    walk.record(cows="11")
    monkeypatch.setattr(timezone, "now", lambda: walk.now)
    browser = Client()
    browser.force_login(walk.users["nurse"])
    page = browser.get(reverse("withdrawal", args=[walk.patient])).content.decode()
    assert "Rated too near an infusion" in page and "Broken diamond" in page


def test_a_coordinator_and_a_stranger_see_nothing_of_it(desk: Desk) -> None:
    stranger = Client()
    stranger.force_login(desk.walk.make("nurse", joins=False))
    for view in ("withdrawal", "care_plan", "care_plan_signed"):
        assert desk.browser("coordinator").get(desk.url(view)).status_code == REFUSED
        assert stranger.get(desk.url(view)).status_code == REFUSED


def test_acts_refuse_whoever_is_not_near(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    assert walk.refused(report_use, "coordinator", substance="heroin").kind == "permission"
    assert walk.refused(record_medicine, "clinic-lead", drug="methadone", dose="40 mg", purpose="moud").kind == "permission"
    assert isinstance(walk.act(report_use, "therapist", substance="heroin"), Done), "asked, and not known when"


# --- the plan of care ---


def whole_plan() -> list[CareProblem]:
    step = CareStep("We talk about it.", "therapist", "every week")
    return [CareProblem(one.says, one.goals, (step,), one.beside) for one in templates().problems if one.beside]


def test_a_plan_is_signed_as_edited_and_the_person_reads_it_without_rules(desk: Desk) -> None:
    desk.consented()
    url = desk.url("care_plan")
    page = desk.get(url, "therapist")
    fields = form_of(page)
    gone, changed = fields["p0s0-what"], next(name for name, value in fields.items() if name.endswith("-what") and value and name != "p0s0-what")
    fields |= {changed: "We ring you on Mondays.", "agreed": "yes", "p0s9-what": ""}
    fields.pop("p0s0-keep")
    done(desk.browser("therapist").post(url, fields))
    plan = desk.latest(CarePlanSigned)
    said = [step.what for one in plan.problems for step in one.steps]
    assert gone not in said and "We ring you on Mondays." in said and plan.agreed_with_person and plan.signature.protocol
    assert {one.kind for one in templates().beside} <= {one.beside for one in plan.problems}
    paper = desk.get(desk.url("care_plan_signed"))
    assert "We ring you on Mondays." in paper and "A therapist" in paper and "On paper" in paper
    own = phone_of(desk.walk).get(reverse("patient_plan")).content.decode()
    assert "We ring you on Mondays." in own and "your therapist" in own and "tel:988" in own
    assert not [rule for rule in PROTOCOL_RULES if rule in own] and "A therapist" not in own
    assert "ketamine" not in own.split("<title>")[1].split("</title>")[0].lower()


PROTOCOL_RULES = ("moud-asked-early", "coping-plan", "naloxone-early", "check-in</")


def test_a_new_version_says_what_changed_and_the_earlier_one_stays_readable(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_treatment()
    walk.do(sign_care_plan, problems=whole_plan(), agreed_with_person=True)
    first = walk.history.seq
    anew = [*whole_plan()[1:], CareProblem(whole_plan()[0].problem, (), (CareStep("Another word.", "nurse", "today"),), "moud")]
    walk.do(sign_care_plan, "therapist", problems=anew, agreed_with_person=False)
    browser = Client()
    browser.force_login(walk.users["prescriber"])
    page = browser.get(reverse("care_plan_signed", args=[walk.patient])).content.decode()
    assert "What changed" in page and "Another word. (nurse, today)" in page and f"entry={first}" in page and "Not yet agreed" in page
    old = browser.get(reverse("care_plan_signed", args=[walk.patient]) + f"?entry={first}").content.decode()
    assert "Another word." not in old and "The person agreed" in old
    assert browser.get(reverse("care_plan_signed", args=[walk.patient]) + "?entry=1").status_code == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda plan: [], "no problem at all"),
        (lambda plan: plan[1:], "medicine for opioid use disorder"),
        (lambda plan: [*plan[:-1], CareProblem("P", (), (), plan[-1].beside)], "no step is kept"),
        (lambda plan: [*plan, CareProblem("", (), (CareStep("x", "nurse", "today"),))], "what the problem is"),
        (lambda plan: [*plan, CareProblem("P", (), (CareStep("x", "nurse", ""),))], "when it is done"),
        (lambda plan: [*plan, CareProblem("P", (), (CareStep("x", "janitor", "today"),))], "janitor"),
    ],
)  # fmt: skip
def test_a_plan_that_is_not_whole_is_refused(clinic_id: UUID, change: object, said: str) -> None:
    walk = Walk(clinic_id).register()
    refusal = walk.refused(sign_care_plan, problems=change(whole_plan()), agreed_with_person=True)  # type: ignore[operator]
    assert refusal.kind == "input" and said in " ".join(reason.text for reason in refusal.reasons)


def test_a_plan_decided_on_an_older_chart_is_refused_and_what_was_typed_stays(desk: Desk) -> None:
    url = desk.url("care_plan")
    fields = form_of(desk.get(url)) | {"p0-problem": "In my own words"}
    done(enter(desk, "score", cows="3"))
    late = desk.browser("prescriber").post(url, fields)
    assert late.status_code == STALE and "In my own words" in late.content.decode() and "New since you opened the page" in late.content.decode()
    assert desk.latest(CarePlanSigned) is None


def test_nurses_read_the_plan_and_do_not_sign_it(desk: Desk, clinic_id: UUID) -> None:
    assert "signs it here" in desk.get(desk.url("care_plan"), "nurse")
    assert desk.browser("nurse").post(desk.url("care_plan"), {}).status_code == REFUSED
    walk = Walk(clinic_id).register()
    assert walk.refused(sign_care_plan, "nurse", problems=whole_plan(), agreed_with_person=True).kind == "permission"


def test_ketamine_alone_is_said_on_the_page(clinic_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = Walk(clinic_id).to_treatment()
    monkeypatch.setattr(timezone, "now", lambda: walk.now)
    walk.record(moud_status="declined", therapy_offered="declined", support_group="declined")
    browser = Client()
    browser.force_login(walk.users["prescriber"])
    assert "Ketamine would stand alone" in browser.get(reverse("care_plan", args=[walk.patient])).content.decode()
    walk.later(minutes=1)
    walk.record(moud_status="on")
    assert "Ketamine would stand alone" not in browser.get(reverse("care_plan", args=[walk.patient])).content.decode()


def test_what_the_page_offers_is_the_draft_and_a_signed_plan_comes_back_with_what_is_new(desk: Desk) -> None:
    desk.consented()
    url = desk.url("care_plan")
    offered = {value for name, value in form_of(desk.get(url)).items() if name.endswith("-what") and value}
    found = stand(desk.walk.clinic, desk.history, timezone.now())
    sketch = draft(found.protocol, desk.history, found.standing)
    assert offered == {step.step.what for one in sketch.problems for step in one.steps}
    done(desk.browser("prescriber").post(url, form_of(desk.get(url))))
    assert "New</span>" not in desk.get(url)
    done(enter(desk, "score", cows="15"))
    assert "Withdrawal is hard on you now" in desk.get(url) and "new since the signed plan" in desk.get(url)


def form_of(page: str) -> dict[str, str]:
    """What the plan's form holds as the page offers it."""
    form = page.split('<form method="post" class="stack">', 1)[1].split("</form>", 1)[0]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (' type="checkbox"' not in tag or " checked" in tag):
            fields[name[1]] = unescape(value[1] if value else "")
    for name, value in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        fields[name] = unescape(value)
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return fields


def phone_of(walk: Walk) -> Client:
    """The person's own phone."""
    made = make_account(walk.clinic, "Luis Farah", f"{uuid4().hex[:12]}@test.example", [])
    PatientAccount.objects.create(user=made.user, patient_id=walk.patient)
    client = Client()
    client.force_login(made.user)
    return client


def test_before_a_plan_is_signed_the_persons_page_says_so(desk: Desk) -> None:
    own = phone_of(desk.walk).get(reverse("patient_plan"))
    assert own.status_code == 200 and "Not yet" in own.content.decode() and 'href="tel:988"' in own.content.decode()
