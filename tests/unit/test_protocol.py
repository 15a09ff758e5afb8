"""The strict loader refuses with file and line what YAML would let pass; one byte anywhere changes the content hash."""

from __future__ import annotations

from pathlib import Path

import pytest

from kairn.protocol.load import load_protocol
from kairn.terms.problem import Unreadable

from .wrong_protocols import built

HERE = ("small", "1")
GATE = """- rule: r
  title: T
  kind: gate
  while: {stages: [referral]}
  guards: "stage:planning"
  override: never
  source: [local-rules, here]
  grade: low
  rationale: R.
  not_considered: N.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small protocol to break."""
    return built(tmp_path, ()) / HERE[0] / HERE[1]


def add(folder: Path, text: str) -> None:
    path = folder / "rules.yaml"
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def replace(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


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
    with pytest.raises(Unreadable, match=r"rules\.yaml, line \d+") as caught:
        load_protocol(*HERE, root=folder.parents[1])
    assert says in str(caught.value)


@pytest.mark.parametrize(("old", "new", "says"), [
    ("protocol: small", "protocol: small\nprotocol: two", "twice"),
    ("stages: [referral", "stages: &anchor [referral", "anchor"),
    ("source:\n    - [local-rules", "source:\n    - [nobody1999", "nobody1999"),
    ('"0.5 mg/kg"', '"5e-1 mg/kg"', "5e-1"),
])  # fmt: skip
def test_the_loader_refuses_what_yaml_would_let_pass(folder: Path, old: str, new: str, says: str) -> None:
    replace(folder, "protocol.yaml", old, new)
    with pytest.raises(Unreadable, match=says):
        load_protocol(*HERE, root=folder.parents[1])


def test_one_byte_anywhere_changes_the_content_hash(folder: Path, tmp_path: Path) -> None:
    before = load_protocol(*HERE, root=folder.parents[1]).content_hash
    assert before == load_protocol(*HERE, root=built(tmp_path / "again", ())).content_hash
    replace(folder, "rules.yaml", "# The rules of", "# the rules of")
    assert load_protocol(*HERE, root=folder.parents[1]).content_hash != before
