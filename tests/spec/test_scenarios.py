"""Every scenario that ships comes true, from its own moment and told from another."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from kairn.pathway.assess import assess
from kairn.pathway.scenario import load_scenario, scenario_files
from kairn.pathway.spec import differences
from kairn.protocol.load import load_protocol
from kairn.terms.problem import Unreadable

PROTOCOL = load_protocol("iv-ketamine-oud", "1.0")


@pytest.mark.parametrize("path", scenario_files(), ids=lambda path: path.stem)
def test_scenario_comes_true(path: Path) -> None:
    story = load_scenario(path, PROTOCOL)
    assert differences(story, assess(PROTOCOL, story.history, story.now)) == []


@pytest.mark.parametrize("path", scenario_files(), ids=lambda path: path.stem)
def test_scenario_told_from_another_day_still_comes_true(path: Path) -> None:
    first = load_scenario(path, PROTOCOL)
    story = load_scenario(path, PROTOCOL, first.now + timedelta(days=17, minutes=3))
    assert differences(story, assess(PROTOCOL, story.history, story.now)) == []


def test_there_are_at_least_eight_people_and_two_with_something_wrong() -> None:
    stories = [load_scenario(path, PROTOCOL) for path in scenario_files()]
    assert len({story.person.family_name for story in stories}) >= 8
    assert sum(bool(story.wrong) for story in stories) >= 2


def test_a_scenario_that_does_not_come_true_says_what_stands(tmp_path: Path) -> None:
    text = (scenario_files()[0]).read_text("utf-8").replace("stage: treatment", "stage: follow-up")
    path = tmp_path / "wrong.yaml"
    path.write_text(text, "utf-8")
    story = load_scenario(path, PROTOCOL)
    assert differences(story, assess(PROTOCOL, story.history, story.now))[0] == "stage: expected follow-up, stands treatment"


def test_an_unknown_event_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(
        """scenario: odd
story: s
person: {given_name: A, family_name: B, birth_date: "1990-01-01", sex: male}
now: 2026-01-01T00:00:00Z
given:
  - {event: party, at: now, by: "nurse N"}
then: {stage: referral}
"""
    )
    with pytest.raises(Unreadable, match="line 6.*party"):
        load_scenario(path, PROTOCOL)


def test_the_handbook_s_own_example_comes_true() -> None:
    story = load_scenario(Path(__file__).parents[2] / "docs" / "handbook" / "door.yaml", PROTOCOL)
    assert differences(story, assess(PROTOCOL, story.history, story.now)) == []
