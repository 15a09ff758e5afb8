"""`kairn protocol draft`: the clinic's own folder, its name and its number, what it says, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kairn.cli.protocol import protocol
from kairn.library.places import data_folder, own_protocols
from kairn.protocol.load import PROTOCOLS, content_hash, load_protocol, reached

TEMPLATE = ("iv-ketamine-oud", "1.0")


def run(*words: str, home: Path | None = None) -> Any:
    return CliRunner().invoke(protocol, [*words], env={"KAIRN_HOME": str(home)} if home else None)


def test_a_draft_is_the_template_under_the_clinics_own_name(tmp_path: Path) -> None:
    said = run("draft", TEMPLATE[0], "--version", TEMPLATE[1], "--as", "harbour-iv", home=tmp_path)
    assert said.exit_code in (0, 1) and "Next:" in said.output and "another one publishes it" in said.output
    place = own_protocols(tmp_path)
    found, template = load_protocol("harbour-iv", "1", place), load_protocol(*TEMPLATE)
    assert (found.id, found.version) == ("harbour-iv", "1")
    assert [replace(rule, file="") for rule in found.rules] == [replace(rule, file="") for rule in template.rules]
    assert found.content_hash != template.content_hash
    assert f"content {template.content_hash}" in (place / "harbour-iv" / "1" / "protocol.yaml").read_text("utf-8").splitlines()[0]
    assert template.content_hash == content_hash(reached(*TEMPLATE)), "the template was touched"


def test_the_next_draft_is_the_next_number_from_ones_own_newest(tmp_path: Path) -> None:
    to = tmp_path / "elsewhere"
    for number in ("1", "2"):
        name = TEMPLATE[0] if number == "1" else "harbour-iv"
        run("draft", name, "--as", "harbour-iv", "--to", str(to))
        assert (to / "harbour-iv" / number / "protocol.yaml").is_file()
    lines = (to / "harbour-iv" / "2" / "protocol.yaml").read_text("utf-8").splitlines()
    assert lines[0].startswith("# Drafted from harbour-iv 1,") and lines[1].startswith(f"# Drafted from {TEMPLATE[0]} {TEMPLATE[1]},")


def test_a_script_is_told_what_was_drafted_from_what(tmp_path: Path) -> None:
    said = run("draft", TEMPLATE[0], "--version", TEMPLATE[1], "--as", "harbour-iv", "--json", home=tmp_path)
    told = json.loads(said.output)
    assert (told["protocol"], told["version"], said.exit_code) == ("harbour-iv", "1", 1 if told["faults"] else 0)
    assert load_protocol(told["protocol"], told["version"], Path(told["root"])).id == "harbour-iv"
    assert told["from"] == {"protocol": TEMPLATE[0], "version": TEMPLATE[1], "content": load_protocol(*TEMPLATE).content_hash}
    assert (Path(told["folder"]) / "protocol.yaml").is_file()


def test_check_and_say_work_on_the_drafted_folder(tmp_path: Path) -> None:
    run("draft", TEMPLATE[0], "--as", "harbour-iv", home=tmp_path)
    place = ("harbour-iv", "--root", str(own_protocols(tmp_path)))
    assert run("check", *place).output == run("check", TEMPLATE[0]).output.replace(f"{TEMPLATE[0]} {TEMPLATE[1]}", "harbour-iv 1")
    assert "harbour-iv" in run("say", *place).output
    paper = tmp_path / "paper.pdf"
    assert run("say", *place, "--pdf", str(paper)).exit_code == 0
    assert paper.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["no-such"], "saw no protocol no-such"),
        ([TEMPLATE[0], "--version", "99"], "saw no protocol iv-ketamine-oud 99"),
        ([TEMPLATE[0], "--as", "Harbour IV"], "small letters and digits"),
        ([TEMPLATE[0], "--as", "../climb"], "small letters and digits"),
        ([TEMPLATE[0], "--as", TEMPLATE[0]], "a template that ships has"),
    ],
)
def test_what_is_refused_writes_nothing(tmp_path: Path, words: list[str], reason: str) -> None:
    said = run("draft", *words, home=tmp_path)
    assert said.exit_code == 2 and reason in said.output and "Nothing was written" in said.output
    assert list(tmp_path.iterdir()) == []


def test_a_protocol_for_comparison_is_not_drafted(tmp_path: Path) -> None:
    run("draft", TEMPLATE[0], "--as", "harbour-iv", home=tmp_path)
    head = own_protocols(tmp_path) / "harbour-iv" / "1" / "protocol.yaml"
    head.write_text(head.read_text("utf-8").replace("consent:\n", "use: reference\nconsent:\n", 1), "utf-8")
    said = run("draft", "harbour-iv", home=tmp_path)
    assert said.exit_code == 2 and "for comparison" in said.output


def test_where_the_data_lies() -> None:
    assert data_folder({"KAIRN_HOME": "/srv/kairn"}) == Path("/srv/kairn")
    assert data_folder({"XDG_DATA_HOME": "/srv/shelf"}) == Path("/srv/shelf/kairn")
    assert data_folder({}) == Path("~/.local/share/kairn").expanduser()
    assert own_protocols(Path("/srv/kairn")) == Path("/srv/kairn/protocols") and not own_protocols(Path("/srv/kairn")).is_relative_to(PROTOCOLS)
