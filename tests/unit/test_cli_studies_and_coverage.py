"""Published studies and rule coverage from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kairn.cli.coverage import coverage_of, coverage_words, stories_with
from kairn.cli.protocol import protocol
from kairn.cli.scenario import scenarios
from kairn.library.studies import STATEMENTS, STUDIES
from kairn.pathway.mutants import alone, mutants_of_dose
from kairn.protocol.load import load_protocol

PROTOCOL = load_protocol("iv-ketamine-oud", "1.0")
RULE = "no-psychosis"
BOOK = """casebook: whether psychosis was looked at
story: One fact of an assessment, told on both sides of its window.
person: {given_name: Odd, family_name: Nilsen, birth_date: "1979-06-01", sex: male}
now: 2026-11-22T09:00:00Z
given:
  - {event: referral.received, at: "-100 d", by: "clinician Ruth Abel", source: clinician}
  - {event: stage.entered, at: "-99 d", by: "coordinator Sam Ortiz", stage: assessment}
cases:
"""
CASE = '  - {case: %s, given: [%s], then: {rules: {%s: "%s"}}}\n'
READ = '{event: observed, at: "%s", by: "nurse Nia Okafor", readings: {psychosis_active: "%s"}}'


def book(folder: Path, *cases: tuple[str, str, str]) -> Path:
    """A folder with one book: for each case when psychosis was asked, the answer, and what the rule says."""
    told = "".join(CASE % (f"case {number}", READ % (at, value) if at else "", RULE, then) for number, (at, value, then) in enumerate(cases))
    (folder / "book.yaml").write_text(BOOK + told, "utf-8")
    return folder


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(scenarios, [str(word) for word in words])


def test_a_study_is_told_with_what_is_not_established() -> None:
    told = json.loads(CliRunner().invoke(protocol, ["studies", "krupitsky-2002", "--json"]).stdout)["studies"]
    assert [one["name"] for one in told] == ["krupitsky-2002"] and told[0]["doses"][0] == {"arm": "high", "dose": "2 mg/kg"}
    assert told[0]["monitoring"] is None and {"monitoring", "inclusion", "duration"} <= set(told[0]["not_established"])
    words = CliRunner().invoke(protocol, ["studies", "krupitsky-2002"]).stdout
    assert "not established here: inclusion" in words and "2 mg/kg (high)" in words


def test_every_study_is_told_and_the_statements_beside_them() -> None:
    told = json.loads(CliRunner().invoke(protocol, ["studies", "--json"]).stdout)
    assert [one["name"] for one in told["studies"]] == list(STUDIES)
    assert [one["statement"] for one in told["statements"]] == list(STATEMENTS)
    assert all(one["citation"] for one in told["studies"])


def test_a_study_that_is_not_there_is_refused_with_those_that_are() -> None:
    done = CliRunner().invoke(protocol, ["studies", "nobody-1900"])
    assert done.exit_code == 2 and "krupitsky-2007" in done.stderr


def test_a_case_that_asks_takes_its_answer_off_the_list(tmp_path: Path) -> None:
    rule = PROTOCOL.by_id[RULE]
    one = alone(PROTOCOL, rule)
    (before,) = coverage_of(one, stories_with(one, None))
    assert "no" in before.left
    cases = book(tmp_path, ("-1 h", "yes", "no"))
    (after,) = coverage_of(one, stories_with(PROTOCOL, cases))
    assert after.left == before.left - {"no"} and after.cases == before.cases + 1


def test_a_window_that_no_case_stands_at_can_move_unseen(tmp_path: Path) -> None:
    one = alone(PROTOCOL, PROTOCOL.by_id[RULE])
    seconds = int(one.rules[0].condition.within.delta.total_seconds())  # type: ignore[union-attr]
    far = coverage_of(one, stories_with(PROTOCOL, book(tmp_path, ("-1 h", "no", "yes"))))[0]
    assert len([moved for moved in far.unseen if "within" in moved]) == 2
    near = coverage_of(one, stories_with(PROTOCOL, book(tmp_path, (f"-{seconds - 1} s", "no", "yes"), (f"-{seconds} s", "no", "unknown"))))[0]
    assert [moved for moved in near.unseen if "within" in moved] == []


def test_the_report_exits_with_one_while_a_rule_is_left_over(tmp_path: Path) -> None:
    done = run("--coverage", "--cases", book(tmp_path, ("-1 h", "yes", "no")))
    assert done.exit_code == 1 and f"of {len(PROTOCOL.rules)} rules have nothing left over" in done.stdout
    told = json.loads(run("--coverage", "--json").stdout)
    assert [one["rule"] for one in told] == [rule.id for rule in PROTOCOL.rules] and any(one["left"] for one in told)


def test_a_rule_with_nothing_left_over_is_not_listed(tmp_path: Path) -> None:
    cases = [("-1 h", "yes", "no"), ("-1 h", "no", "yes"), ("", "", "unknown")]
    one = alone(PROTOCOL, PROTOCOL.by_id[RULE])
    found = coverage_of(one, stories_with(PROTOCOL, book(tmp_path, *cases)))
    told = coverage_words(found, PROTOCOL.infusion)
    assert not found[0].left and "nothing asks" not in told and "unseen" in told


def test_the_report_says_that_it_does_not_look_at_the_dose_block() -> None:
    told = coverage_words((), PROTOCOL.infusion)
    assert f"Not covered: {len(list(mutants_of_dose(PROTOCOL.infusion)))} moves of the numbers under `infusion`" in told


@pytest.mark.parametrize("text", ["casebook: half\n", "nothing: here\n"])
def test_a_broken_book_exits_with_two(tmp_path: Path, text: str) -> None:
    (tmp_path / "book.yaml").write_text(text, "utf-8")
    done = run("--coverage", "--cases", tmp_path)
    assert done.exit_code == 2 and "book.yaml" in done.stderr


def test_what_is_excused_is_taken_off_and_nothing_else(tmp_path: Path) -> None:
    excuses = tmp_path / "excused.toml"
    excuses.write_text(f'[answers.{RULE}]\nno = "why"\n\n[numbers.{RULE}]\n"condition.within: 30 days to 2592001 seconds" = "why"\n', "utf-8")
    plain = {one["rule"]: one for one in json.loads(run("--coverage", "--json").stdout)}
    less = {one["rule"]: one for one in json.loads(run("--coverage", "--json", "--excused", excuses).stdout)}
    assert set(plain[RULE]["left"]) - set(less[RULE]["left"]) == {"no"} and len(plain[RULE]["unseen"]) == len(less[RULE]["unseen"]) + 1
    assert {rule: one for rule, one in plain.items() if rule != RULE} == {rule: one for rule, one in less.items() if rule != RULE}


@pytest.mark.parametrize("text", ["[numbers\n", '[other.rule]\nno = "why"\n', "numbers = 1\n"])
def test_odd_excuses_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.toml").write_text(text, "utf-8")
    done = run("--coverage", "--excused", tmp_path / "odd.toml")
    assert done.exit_code == 2 and "odd.toml" in done.stderr
