"""The handbook's command for pictures selects the test of the whole story."""

from __future__ import annotations

import re

from repository_tree import ROOT


def test_the_documented_command_takes_the_pictures_of_the_whole_story() -> None:
    asked = re.search(r'KAIRN_PICTURES=1 make test ARGS="-k (\w+)"', (ROOT / "docs/handbook/journey.md").read_text(encoding="utf-8"))
    assert asked is not None, "the handbook's page names no command"
    story = (ROOT / "tests/journeys/test_whole_story.py").read_text(encoding="utf-8")
    taking = re.findall(r"^def (test_\w+)\([^)]*\bpictures: Path", story, re.MULTILINE)
    assert taking and all(asked[1] in name for name in taking), f"-k {asked[1]} selects none of {taking}"
