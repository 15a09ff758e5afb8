"""The strict loader and the checks: each refuses its own wrong example with file, line and mend."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kairn.protocol.check import CHECKS, check_protocol
from kairn.protocol.load import PROTOCOLS, load_protocol
from kairn.terms.problem import Unreadable

HERE = ("iv-ketamine-oud", "1.0")
GATE = """- rule: r
  title: T
  kind: gate
  while: {stages: [referral]}
  guards: "stage:assessment"
  override: never
  source: [local-rules, here]
  grade: low
  rationale: R.
  not_considered: N.
"""
NEVER = '  condition: {every: [{at_most: {fact: cows, limit: "3 {score}"}}, {at_least: {fact: cows, limit: "4 {score}"}}]}\n'
PAUSE = '{at_least: {fact: systolic, limit: "180 mm[Hg]", within: "12 min", visit: this}}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped protocol to break."""
    shutil.copytree(PROTOCOLS / HERE[0] / HERE[1], tmp_path / HERE[0] / HERE[1])
    return tmp_path / HERE[0] / HERE[1]


def add(folder: Path, text: str) -> None:
    path = folder / "course.yaml"
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def replace(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def faults(folder: Path) -> list[str]:
    return [str(problem) for problem in check_protocol(load_protocol(*HERE, root=folder.parents[1]))]


def test_the_shipped_protocol_is_sound() -> None:
    assert check_protocol(load_protocol(*HERE)) == []


@pytest.mark.parametrize(("text", "says"), [
    ('  condition: {at_most: {fact: systolic, limit: "159"}}\n', "saw '159'"),
    ('  condition: {at_most: {fact: systolic, limit: "159 kg"}}\n', "a limit in kg"),
    ('  condition: {at_most: {fact: pressure, limit: "159 mm[Hg]"}}\n', "the fact 'pressure'"),
    ('  condition: {is: {fact: moud_status, value: "perhaps"}}\n', "'perhaps' for moud_status"),
    ('  condition: {eval: "systolic > 3"}\n', "the condition 'eval'"),
    ('  condition: {happened: {what: magic}}\n', "'magic'"),
    ('  condition: {between: {fact: spo2, low: "99 %", high: "90 %"}}\n', "the lower limit first"),
    ('  condition: {count: {what: infusions, at_most: "-1"}}\n', "a whole number"),
    ('  condition: {listed: {code_set: unheard-of}}\n', "the code set"),
    ('  condition: {known: {fact: cows, within: "soon"}}\n', "saw 'soon'"),
    ('  surprise: yes\n  condition: {known: {fact: cows}}\n', "the field 'surprise'"),
    ('', "a gate without 'condition'"),
])  # fmt: skip
def test_the_loader_refuses_with_the_line(folder: Path, text: str, says: str) -> None:
    add(folder, GATE + text)
    with pytest.raises(Unreadable, match=r"course\.yaml, line \d+") as caught:
        load_protocol(*HERE, root=folder.parents[1])
    assert says in str(caught.value)


@pytest.mark.parametrize(("old", "new", "says"), [
    ("protocol: iv-ketamine-oud", "protocol: iv-ketamine-oud\nprotocol: two", "twice"),
    ("stages: [referral", "stages: &anchor [referral", "anchor"),
    ("source:\n    - [dakwar2019", "source:\n    - [nobody1999", "nobody1999"),
    ('"0.5 mg/kg"', '"5e-1 mg/kg"', "5e-1"),
])  # fmt: skip
def test_the_loader_refuses_what_yaml_would_let_pass(folder: Path, old: str, new: str, says: str) -> None:
    replace(folder, "protocol.yaml", old, new)
    with pytest.raises(Unreadable, match=says):
        load_protocol(*HERE, root=folder.parents[1])


WRONG = {
    "unknown-guard": lambda f: add(f, GATE.replace("stage:assessment", "stage:lost") + "  condition: {known: {fact: cows}}\n"),
    "gate-never-weighed": lambda f: add(f, GATE.replace("[referral]", "[treatment]") + "  condition: {known: {fact: cows}}\n"),
    "unreachable-stage": lambda f: replace(f, "protocol.yaml", "  - [consent, planning]\n", ""),
    "unknown-stage": lambda f: add(f, GATE.replace("[referral]", "[referral, limbo]") + "  condition: {known: {fact: cows}}\n"),
    "stage-without-rule": lambda f: replace(f, "protocol.yaml", "stages: [referral,", "stages: [limbo, referral,"),
    "contradiction": lambda f: add(f, GATE + NEVER),
    "inverted-limits": lambda f: replace(f, "infusion.yaml", PAUSE, PAUSE.replace("180", "210")),
    "implausible-limit": lambda f: add(f, GATE + '  condition: {at_most: {fact: cows, limit: "480 {score}"}}\n'),
    "stale-before-due": lambda f: replace(f, "infusion.yaml", 'every: "10 min", grace: "2 min"', 'every: "15 min", grace: "2 min"'),
    "uncited": lambda f: add(f, GATE.replace("[local-rules, here]", '[local-rules, ""]') + "  condition: {known: {fact: cows}}\n"),
    "unused-source": lambda f: replace(f, "aftercare.yaml", "[smyth2010, ", "[local-rules, "),
    "hold-overridden": lambda f: replace(f, "infusion.yaml", "  level: alert\n", "  level: alert\n  override: {by: [nurse], lasts: \"1 h\"}\n"),
    "overgraded": lambda f: replace(f, "aftercare.yaml", "grade: very-low", "grade: high"),
    "dose-order": lambda f: replace(f, "protocol.yaml", 'soft: ["0.3 mg/kg"', 'soft: ["0.6 mg/kg"'),
}  # fmt: skip


def test_every_check_has_a_wrong_example() -> None:
    assert set(WRONG) == set(CHECKS)


@pytest.mark.parametrize("name", sorted(WRONG))
def test_each_check_finds_its_wrong_example(folder: Path, name: str) -> None:
    WRONG[name](folder)
    protocol = load_protocol(*HERE, root=folder.parents[1])
    found = list(CHECKS[name](protocol))
    assert found and all(problem.seen and problem.expected and problem.mend and problem.where for problem in found)


def test_one_byte_anywhere_changes_the_content_hash(folder: Path) -> None:
    before = load_protocol(*HERE, root=folder.parents[1]).content_hash
    assert before == load_protocol(*HERE).content_hash
    replace(folder, "aftercare.yaml", "A call within a day", "A call within a Day")
    assert load_protocol(*HERE, root=folder.parents[1]).content_hash != before
