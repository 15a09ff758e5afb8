"""The readings of a protocol from the command line: what they print, as words and as JSON, and how they exit."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kairn.cli.protocol import EVERY, protocol
from kairn.protocol.check import CHECKS
from kairn.protocol.load import load_protocol
from kairn.protocol.say import say_protocol

from .wrong_protocols import built, examples


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(protocol, [str(word) for word in words])


def test_every_protocol_under_a_root_is_looked_over_in_one_command(tmp_path: Path) -> None:
    root = built(tmp_path, ())
    shutil.copytree(root / "small" / "1", root / "small" / "2")
    told = json.loads(run("check", "--all", "--root", root, "--json").stdout)
    assert told["library"] == [] and [one["problems"] for one in told["protocols"]] == [[], []]
    assert run("check", "--all", "--root", root).exit_code == 0


def test_a_fault_is_printed_with_its_check_and_exits_with_one(tmp_path: Path) -> None:
    root = built(tmp_path, examples()["inverted-limits"].wrong)
    done = run("check", "small", "--root", root)
    assert done.exit_code == 1 and done.stdout.startswith("inverted-limits: rules.yaml, line") and "1 fault." in done.stdout
    told = json.loads(run("check", "small", "--root", root, "--json").stdout)
    assert [problem["check"] for problem in told["problems"]] == ["inverted-limits"] and told["checks"] == list(CHECKS)
    assert run("check", "small", "--root", root, "--all").exit_code == 1


def test_what_cannot_be_read_exits_with_two(tmp_path: Path) -> None:
    root = built(tmp_path, examples()["missing-unit"].wrong)
    for words in (("check", "small"), ("say", "small"), ("diff", "small", "small")):
        done = run(*words, "--root", root)
        assert done.exit_code == 2 and "expected a number, a space and a unit" in done.stderr
    assert run("say", "nothing").exit_code == 2


def test_every_check_is_listed_with_what_it_looks_for() -> None:
    assert [line.partition(":")[0] for line in run("check", "--list").stdout.splitlines()] == list(EVERY)
    assert list(json.loads(run("check", "--list", "--json").stdout)) == list(EVERY) and len(EVERY) > len(CHECKS)


def test_it_is_said_as_markdown_and_as_structure(tmp_path: Path) -> None:
    root = built(tmp_path, ())
    loaded = load_protocol("small", "1", root)
    assert run("say", "small", "--root", root).stdout == say_protocol(loaded)
    told = json.loads(run("say", "small", "--root", root, "--json").stdout)
    assert told["content_hash"] == loaded.content_hash and told["sections"] and told["sources"]


def test_two_folders_are_told_apart(tmp_path: Path) -> None:
    root, folder = built(tmp_path / "old", ()), built(tmp_path / "new", ()) / "small" / "1"
    same = run("diff", "small@1", folder, "--root", root)
    assert (same.exit_code, same.stdout) == (0, "No difference.\n")
    path = folder / "rules.yaml"
    path.write_text(path.read_text("utf-8").replace('limit: "200 mm[Hg]"', 'limit: "190 mm[Hg]"'), "utf-8")
    done = run("diff", "small", folder, "--root", root, "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 1 and told["rules"] == ["pressure-stop"] and "ben-pressure-high" in told["scenarios"]
    assert told["lines"][0] == {
        "kind": "limit-lowered", "effect": "tightened", "rules": ["pressure-stop"],
        "said": "stop limit for systolic pressure lowered from 200 to 190 mmHg (rule pressure-stop)",
    }  # fmt: skip
    words = run("diff", "small@1", folder, "--root", root).stdout
    assert "[tightened]" in words and "Scenarios touched:" in words and told["digest"] in words


@pytest.mark.parametrize("name", ["protocol", "rules", "scenario", "instrument"])
def test_a_schema_is_printed(name: str) -> None:
    assert json.loads(run("schema", name).stdout)["$id"].endswith(name)
