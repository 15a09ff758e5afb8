"""The draft of a plan of care: what it draws in and on what grounds, what stands beside ketamine, and what changed between two versions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kairn.library.reader import LIBRARY, read_yaml_text
from kairn.pathway.assess import assess
from kairn.pathway.care_plan import beside_missing, changes, draft, when_of
from kairn.pathway.care_templates import read_templates, templates
from kairn.pathway.scenario import Scenario, load_scenario, scenario_files
from kairn.pathway.standing import Standing
from kairn.protocol.load import load_protocol
from kairn.protocol.rule import RuleKind, Schedule
from kairn.record.payloads import Signature
from kairn.record.payloads_care import CarePlanSigned, CareProblem, CareStep
from kairn.terms.answer import Answer
from kairn.terms.problem import Unreadable
from kairn.terms.times import parse_duration
from tests.screens.test_desk_consent_words import SIXTH_GRADE, grade

PROTOCOL = load_protocol("iv-ketamine-oud", "1.0")
STORIES = {path.stem: load_scenario(path, PROTOCOL) for path in scenario_files()}
TEXT = (LIBRARY / "care_plan.yaml").read_text("utf-8")
LONGEST = 30
SIGNED = Signature("p", "1", "h", "k", 1)


def standing(story: Scenario) -> Standing:
    return assess(PROTOCOL, story.history, story.now)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_every_plan_holds_what_stands_beside_ketamine_and_every_step_says_what_who_when_and_why(story: Scenario) -> None:
    found = draft(PROTOCOL, story.history, standing(story))
    assert beside_missing([one.problem for one in found.problems]) == ()
    for one in found.problems:
        assert one.citations and one.problem.goals and one.problem.steps
        for step in one.steps:
            assert step.citations and step.grade and step.step.what and step.step.who and step.step.when


def test_no_duty_of_the_course_ahead_is_left_out() -> None:
    story = STORIES["grace-aftercare"]
    found = draft(PROTOCOL, story.history, standing(story))
    held = {step.step.rule for one in found.problems for step in one.steps}
    ahead = {"treatment", "follow-up"}
    duties = [rule for rule in PROTOCOL.rules if rule.kind is RuleKind.DUTY and not rule.while_.phases and ahead & set(rule.while_.stages)]
    weighed = {verdict.rule.id: verdict.applies for verdict in standing(story).verdicts}
    wanted = {rule.id for rule in duties if weighed.get(rule.id) is not Answer.NO and rule.applies is None}
    assert wanted and wanted <= held


def test_a_duty_nobody_has_plain_words_for_is_told_in_the_rules_own() -> None:
    story = STORIES["grace-aftercare"]
    one = next(rule for rule in PROTOCOL.rules if rule.id == "coping-plan")
    odd = replace(one, id="new-duty", title="Something new is asked")
    known = replace(PROTOCOL, rules=(*PROTOCOL.rules, odd), by_id={**PROTOCOL.by_id, odd.id: odd})
    (step,) = [step for found in draft(known, story.history, standing(story)).problems for step in found.steps if step.step.rule == odd.id]
    assert step.step.what == odd.title and step.grade == odd.grade


def test_withdrawal_and_flags_are_drawn_in_for_who_has_them_and_for_nobody_else() -> None:
    sick, well = (draft(PROTOCOL, STORIES[name].history, standing(STORIES[name])) for name in ("priya-precipitated", "hugo-follow-up"))
    assert "Withdrawal is hard on you now" in [one.problem.problem for one in sick.problems]
    assert sick.problems[0].problem.problem == "Your prescriber looks at this first"
    assert {"withdrawal-severe", "withdrawal-hospital"} <= {step.step.rule for step in sick.problems[0].steps}
    assert not {"Withdrawal is hard on you now", "Your prescriber looks at this first"} & {one.problem.problem for one in well.problems}


def test_what_is_not_known_is_told_and_never_filled_in() -> None:
    found = draft(PROTOCOL, STORIES["omar-withdrawal-heroin"].history, standing(STORIES["omar-withdrawal-heroin"]))
    assert "Your mood is low" in found.open and "Your mood is low" not in [one.problem.problem for one in found.problems]
    assert not any("ketamine" in said for said in found.open), "a plan not signed yet is not a question to the person"
    assert "ketamine visit" not in " ".join(step.step.what for one in found.problems for step in one.steps)


def alone_story(tmp_path: object, readings: str) -> Scenario:
    path = tmp_path / "s.yaml"  # type: ignore[operator]
    path.write_text(
        f"""scenario: s
story: s
person: {{given_name: A, family_name: B, birth_date: "1990-01-01", sex: male}}
now: 2026-11-22T12:00:00Z
given:
  - {{block: planned, at: "-2 d"}}
  - {{event: observed, at: "-1 d", by: "nurse N", readings: {{{readings}}}}}
then: {{}}
""",
        "utf-8",
    )
    return load_scenario(path, PROTOCOL)


@pytest.mark.parametrize(
    ("readings", "alone"),
    [
        ("moud_status: declined, therapy_offered: declined, support_group: declined", True),
        ("moud_status: declined", True),
        ('moud_status: "on"', False),
        ("moud_status: declined, therapy_offered: booked", False),
        ("moud_status: declined, support_group: attending", False),
        ('moud_status: declined, lifestyle_goals: "yes"', False),
    ],
)
def test_it_says_when_ketamine_would_stand_alone(tmp_path: object, readings: str, alone: bool) -> None:
    story = alone_story(tmp_path, readings)
    assert draft(PROTOCOL, story.history, standing(story)).alone is alone


def test_without_a_plan_of_infusions_nothing_stands_alone() -> None:
    assert not draft(PROTOCOL, STORIES["ivy-referred"].history, standing(STORIES["ivy-referred"])).alone


def test_medicine_is_spoken_of_as_it_stands_for_the_person(tmp_path: object) -> None:
    said = {}
    for status in ('"on"', "accepted", "declined", "not-asked"):
        story = alone_story(tmp_path, f"moud_status: {status}")
        found = draft(PROTOCOL, story.history, standing(story))
        said[status] = next(one for one in found.problems if one.problem.beside == "moud").steps[0].step.what
    assert len(set(said.values())) == len(said) and "no to medicine" in said["declined"] and "before anything else" in said["accepted"]


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ({"every": "7 d"}, "every week"), ({"every": "24 h"}, "every day"), ({"every": "4 h"}, "every 4 hours"), ({"every": "90 d"}, "every 90 days"),
        ({"after": "infusion-ended", "opens": "24 h", "within": "72 h"}, "1 to 3 days after each ketamine visit"),
        ({"after": "visit-ended", "opens": "12 h", "within": "36 h"}, "12 to 36 hours after each ketamine visit"),
        ({"after": "follow-up-entered", "opens": "12 h", "within": "14 d"}, "12 hours to 2 weeks after the series"),
        ({"after": "stage-entered", "within": "48 h"}, "within 2 days from now"),
    ],
)  # fmt: skip
def test_when_a_duty_is_done_is_said_as_people_say_it(schedule: dict[str, str], said: str) -> None:
    lengths = {name: parse_duration(text) for name, text in schedule.items() if name != "after"}
    assert when_of(Schedule("d", "nurse", after=schedule.get("after", ""), **lengths)) == said


def test_the_words_are_short_and_plain() -> None:
    words = [text for one in templates().problems for text in (one.says, *one.goals, *(step.what for step in one.steps))]
    jargon = ("MOUD", "buprenorphine", "COWS", "adverse", "contraindic", "pharmacol", "comorbid", "PHQ", "dissociat", "titrat", "relapse")
    assert not [text for text in words for word in jargon if word.lower() in text.lower()]
    sentences = [sentence for text in words for sentence in text.replace(":", ".").split(".")]
    assert max(len(sentence.split()) for sentence in sentences) <= LONGEST
    assert grade("\n".join(words)) < SIXTH_GRADE


def plan(*problems: CareProblem) -> CarePlanSigned:
    return CarePlanSigned(problems, True, SIGNED)


def test_what_changed_is_added_dropped_or_said_otherwise() -> None:
    kept, ruled = CareStep("Walk.", "patient", "most days"), CareStep("We call you.", "nurse", "every week", "check-in")
    before = plan(CareProblem("P", ("Sleep",), (kept, ruled), "moud"), CareProblem("Q", (), (CareStep("Old.", "nurse", "today"),)))
    after = plan(CareProblem("P anew", ("Sleep",), (kept, replaced(ruled), CareStep("New.", "nurse", "today")), "moud"))
    found = [(one.kind, one.what) for one in changes(before, after)]
    assert ("changed", "P anew") in found and ("changed", "We ring you. (nurse, every week)") in found and ("added", "New. (nurse, today)") in found
    assert ("dropped", "Q") in found and ("dropped", "Old. (nurse, today)") in found and not [one for one in found if "Walk." in one[1] or "Sleep" in one[1]]
    assert changes(None, after) == () and changes(after, after) == ()


def replaced(step: CareStep) -> CareStep:
    return CareStep("We ring you.", step.who, step.when, step.rule)


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("beside: moud\n", "beside: ketamine\n", "'ketamine'"),
        ('    rest: "yes"\n', "", "take the rest"),
        ("grade: high}", "grade: highest}", "the grade 'highest'"),
        ("who: prescriber, when: \"today\"", "who: doctor, when: \"today\"", "the role 'doctor'"),
        ("source: [sordo2017, ", "source: [sordo, ", "the source 'sordo'"),
        ("when: title", "when: soon", "the time 'soon' of a rule"),
        ("    beside: groups\n", "    beside: groups\n    if: {is: {fact: support_group, value: attending}}\n", "a condition on what stands in every plan"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_its_line(before: str, after: str, fault: str) -> None:
    assert before in TEXT
    with pytest.raises(Unreadable, match=fault) as refused:
        read_templates(read_yaml_text(TEXT.replace(before, after, 1), "care_plan.yaml"))
    assert "line" in str(refused.value)
