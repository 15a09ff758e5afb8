"""`kairn score` and `kairn instrument`: numbers come out as numbers, wrong answers as one sentence and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kairn.cli.root import kairn
from kairn.instruments.definition import INSTRUMENTS
from tests.unit.test_instruments_packs import NOTICE, asked, pack, raw

NINE = json.dumps({f"q{n}": 1 for n in range(1, 10)})


def run(*words: str) -> Result:
    """The command as typed."""
    return CliRunner().invoke(kairn, list(words))


def told(*words: str) -> Any:
    """What a command that succeeds prints as JSON."""
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own."""
    monkeypatch.setenv("KAIRN_HOME", str(tmp_path))
    return tmp_path


def test_a_score_as_json() -> None:
    said = told("score", "PHQ-9", "--responses", NINE)
    wanted = {"total": 9, "band": "mild", "complete": True, "missing": [], "flags": ["safety"], "subscales": {"symptoms": 1}}
    assert {name: said[name] for name in wanted} == wanted


def test_a_mean_is_a_json_number() -> None:
    assert told("score", "peg", "--responses", '{"q1": 1, "q2": 0, "q3": 0}')["total"] == 0.33


def test_blanks_are_named_as_the_caller_names_items() -> None:
    assert told("score", "gad7", "--responses", '{"q1": 1, "q2": null}')["missing"] == ["q2", "q3", "q4", "q5", "q6", "q7"]
    assert told("score", "gad7", "--responses", '{"nervous": 1}')["missing"][0] == "control"


def test_answers_may_be_a_file(home: Path) -> None:
    (home / "answers.json").write_text(NINE, encoding="utf-8")
    assert told("score", "phq-9", "--responses", str(home / "answers.json"))["total"] == 9


def test_a_convention_can_be_chosen() -> None:
    eight = json.dumps({f"q{n}": 1 for n in range(1, 9)})
    assert told("score", "phq-9", "--responses", eight)["total"] == 9
    said = told("score", "phq-9", "--responses", eight, "--convention", "blank-items=none")
    assert (said["total"], said["conventions"], said["flags"]) == (None, {"blank-items": "none"}, ["safety"])


def test_yes_and_no_answer_a_question_of_yes_or_no() -> None:
    told = [run("score", "pc-ptsd-5", "--responses", json.dumps({f"q{n}": value for n in range(6)}), "--json").stdout for value in (1, "yes", True)]
    assert told[0] == told[1] == told[2] and json.loads(told[0])["complete"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("phq-9", "--responses", '{"q1": 7}'), "expected one of 0"),
        (("phq-9", "--responses", '{"q11": 1}'), "the key 'q11'"),
        (("phq-9", "--responses", '{"q1": true}'), "'yes' for q1"),
        (("phq-9", "--responses", '{"q1": [1]}'), "a nested value"),
        (("phq-9", "--responses", '{"q1": 1, "q1": 2}'), "twice"),
        (("phq-9", "--responses", '{"q1": NaN}'), "NaN"),
        (("phq-9", "--responses", "[1, 2]"), "not an object"),
        (("phq-9", "--responses", "no-such-file.json"), "cannot be read"),
        (("phq-9", "--responses", '{"q1": '), "broken JSON"),
        (("phq-9",), "no answers"),
        (("phq-7", "--responses", "{}"), "the instrument 'phq-7'"),
        (("phq-9", "--responses", "{}", "--convention", "blank-items"), "NAME=CHOICE"),
        (("phq-9", "--responses", "{}", "--convention", "blank-items=zero"), "prorate, none"),
        (("phq-9", "--change", "{}", '{"q1": 9}'), "'9' for q1"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_and_exit_code_2(words: tuple[str, ...], sentence: str) -> None:
    result = run("score", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert "Traceback" not in result.output


def test_a_change_as_json() -> None:
    said = told("score", "phq-9", "--change", NINE, json.dumps({f"q{n}": 0 for n in range(1, 10)} | {"q1": 3}))
    assert (said["baseline"], said["followup"], said["change"], said["direction"]) == (9, 3, -6, "better")
    assert round(said["percent_change"], 1) == -66.7
    assert said["rules"] == {"response": "yes", "remission": "yes", "mcid": "yes", "felt-better": "yes"}


def test_a_share_of_nothing_is_not_defined() -> None:
    zero = json.dumps({f"q{n}": 0 for n in range(1, 10)})
    said = told("score", "phq-9", "--change", zero, NINE)
    assert (said["change"], said["percent_change"], said["rules"]["response"]) == (9, None, "unknown")
    assert any("not defined" in note for note in said["notes"])
    assert "not defined" in run("score", "phq-9", "--change", zero, NINE).output


def test_words_for_people() -> None:
    output = run("score", "phq-9", "--responses", NINE).output
    assert "total      9 of 0 to 27; higher is worse" in output
    assert "flag       safety: thoughts of death" in output
    assert "convention blank-items=prorate" in output


def test_help_teaches() -> None:
    assert "--responses" in run("score", "--help").output
    assert "never an owner's sentences" in " ".join(run("instrument", "--help").output.split())


def test_every_instrument_is_listed_and_can_be_shown() -> None:
    listed = told("instrument", "list")
    assert [row["name"] for row in listed] == list(INSTRUMENTS)
    assert len(run("instrument", "list").output.splitlines()) == len(INSTRUMENTS)
    for name, found in INSTRUMENTS.items():
        assert [item["key"] for item in told("instrument", "show", name)["items"]] == [item.key for item in found.items]
        assert found.licence.notice in run("instrument", "show", name).output


def test_an_instrument_without_words_is_scored_and_not_shown() -> None:
    assert told("score", "who-5", "--responses", '{"q1":5,"q2":5,"q3":5,"q4":5,"q5":5}')["total"] == 100
    result = run("instrument", "show", "who-5", "--fhir")
    assert result.exit_code == 2
    assert "Import one" in result.stderr


def test_a_pack_is_imported_listed_and_shown(home: Path) -> None:
    (home / "pack.json").write_bytes(raw(pack("who-5")))
    assert {row["name"]: row["wording"] for row in told("instrument", "list")}["who-5"] == "pack"
    said = told("instrument", "import", str(home / "pack.json"))
    assert (said["instrument"], said["items"]) == ("who-5", 5)
    row = next(row for row in told("instrument", "list") if row["name"] == "who-5")
    assert (row["wording"], row["packs"]) == ("official", [said["pack"]])
    shown = json.loads(run("instrument", "show", "who-5", "--fhir").stdout)
    assert (asked(shown)[0]["text"], shown["copyright"]) == ("Question 1", NOTICE)
    assert NOTICE in run("instrument", "import", str(home / "pack.json")).output


def test_a_pack_that_is_refused_leaves_nothing_behind(home: Path) -> None:
    body = pack("phq-9")
    body["item"] = [item for item in body["item"] if item["linkId"] != "self-harm"]
    (home / "pack.json").write_bytes(raw(body))
    result = run("instrument", "import", str(home / "pack.json"))
    assert result.exit_code == 2
    assert "item 9 (self-harm)" in result.stderr
    assert not (home / "packs").exists()
    assert run("instrument", "import", str(home / "absent.json")).exit_code == 2
