"""`kairn predict`: numbers with their label, model, citation and domain; what cannot be read is one sentence and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from kairn.cli.predict_plot import ticks
from kairn.cli.root import kairn
from kairn.library.models import MODELS

USUAL = ("--weight", "70 kg", "--infusion", "35 mg over 40 min")


def run(*words: str) -> Result:
    """The command as typed."""
    return CliRunner().invoke(kairn, ["predict", *words])


def told(*words: str) -> Any:
    """What a command that succeeds prints as JSON."""
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_points_as_json() -> None:
    said = told(*USUAL, "--at", "5,10,20,40,60", "--model", "ketamine.kamp2020", "--ke0", "0.0835 /min")
    assert said["model"] == "ketamine.kamp2020" and [point["minute"] for point in said["points"]] == [5, 10, 20, 40, 60]
    assert [round(point["plasma_ng_per_ml"]) for point in said["points"]] == [109, 155, 198, 253, 96]
    assert [round(point["effect_site_ng_per_ml"]) for point in said["points"]] == [23, 62, 130, 215, 138]
    assert said["label"] == "predicted arterial plasma, not measured" and "Kamp 2020" in said["citation"]
    assert said["known"]["metabolite"]["status"] == "exploratory" and said["ke0_per_min"] == 0.0835


def test_minutes_come_back_as_they_were_asked() -> None:
    said = told(*USUAL, "--at", "60, 5,5,0.5")
    assert [point["minute"] for point in said["points"]] == [60, 5, 5, 0.5]
    assert said["points"][1] == said["points"][2]


def test_a_dose_per_kg_a_bolus_and_a_later_start() -> None:
    per_kg = told("--weight", "70 kg", "--infusion", "0.5 mg/kg over 40 min", "--at", "40")
    later = told("--weight", "70 kg", "--infusion", "35 mg over 40 min at 2 h", "--at", "119,160")
    assert per_kg["points"][0]["plasma_ng_per_ml"] == pytest.approx(later["points"][1]["plasma_ng_per_ml"])
    assert later["points"][0]["plasma_ng_per_ml"] == 0
    once = told("--weight", "70 kg", "--infusion", "25 mg over 0 min", "--at", "0")
    assert once["points"][0]["plasma_ng_per_ml"] == pytest.approx(1000)


def test_a_band_is_added_and_is_the_same_for_the_same_seed() -> None:
    words = (*USUAL, "--at", "40,60", "--bands")
    one, again, other = told(*words), told(*words), told(*words, "--seed", "2")
    low, high = one["points"][0]["bands"]["plasma_ng_per_ml"]
    assert low < one["points"][0]["plasma_ng_per_ml"] < high
    assert one == again != other and any("disagree" in note for note in one["notes"])


@pytest.mark.parametrize("name", MODELS)
def test_every_model_answers(name: str) -> None:
    said = told(*USUAL, "--at", "40", "--model", name)
    assert said["points"][0]["plasma_ng_per_ml"] > 100 and said["domain"]
    assert ("norketamine_ng_per_ml" in said["points"][0]) == (MODELS[name].metabolite is not None)


def test_a_weight_outside_the_domain_is_said() -> None:
    assert not any("outside" in note and "lies" in note for note in told(*USUAL, "--at", "40")["notes"])
    for weight in ("45 kg", "130 kg"):
        assert any("lies outside" in note for note in told("--weight", weight, "--infusion", "35 mg over 40 min", "--at", "40")["notes"])


def test_a_heavy_person_can_be_drawn_with_clearances_that_grow_less() -> None:
    heavy = ("--weight", "140 kg", "--infusion", "70 mg over 40 min", "--at", "40,230")
    usual, less = told(*heavy), told(*heavy, "--allometry")
    assert all(mild["plasma_ng_per_ml"] < steep["plasma_ng_per_ml"] for mild, steep in zip(usual["points"], less["points"], strict=True))
    assert any("not the published model" in note for note in less["notes"]) and not any("published" in note for note in usual["notes"])
    assert told(*USUAL, "--at", "40", "--allometry")["points"] == told(*USUAL, "--at", "40")["points"]


@pytest.mark.parametrize(("name", "said"), [("esketamine.otto2021", "venous plasma"), ("ketamine.domino1982", "arterial or venous is not established")])
def test_which_plasma_is_meant_is_said_or_that_nobody_knows(name: str, said: str) -> None:
    label = told(*USUAL, "--at", "40", "--model", name)["label"]
    assert said in label and "not measured" in label


def test_people_read_a_table_with_its_label() -> None:
    said = run(*USUAL, "--at", "40", "--bands")
    assert said.exit_code == 0, said.output
    for part in ("predicted arterial plasma, not measured", "253.1 (", "Kamp 2020", "Holds for adults", "norketamine", "metabolite exploratory"):
        assert part in said.output


def test_a_plot_is_a_whole_svg_with_its_label(tmp_path: Path) -> None:
    path = tmp_path / "course.svg"
    assert run(*USUAL, "--at", "240", "--bands", "--plot", str(path)).exit_code == 0
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    kinds = [part.tag.rpartition("}")[2] for part in root]
    assert kinds.count("polyline") == 3 and kinds.count("polygon") == 2
    assert "not measured" in path.read_text(encoding="utf-8")
    ends = [float(point.partition(",")[0]) for line in root.iter("{http://www.w3.org/2000/svg}polyline") for point in line.attrib["points"].split()]
    assert min(ends) == 64 and max(ends) == 570


@pytest.mark.parametrize(("most", "wanted"), [(240.0, [0, 50, 100, 150, 200]), (1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]), (395.0, [0, 100, 200, 300])])
def test_ticks_are_round(most: float, wanted: list[float]) -> None:
    assert ticks(most) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--weight", "154 lb", "--infusion", "35 mg over 40 min", "--at", "5", "--model", "ketamine.nobody1900"), "the model 'ketamine.nobody1900'"),
        (("--weight", "70", "--infusion", "35 mg over 40 min", "--at", "5"), "--weight: saw '70'"),
        (("--weight", "70 cm", "--infusion", "35 mg over 40 min", "--at", "5"), "said in kg"),
        (("--weight", "0 kg", "--infusion", "35 mg over 40 min", "--at", "5"), "more than nothing"),
        (("--weight", "NaN kg", "--infusion", "35 mg over 40 min", "--at", "5"), "--weight"),
        (("--weight", "70 kg", "--infusion", "35 mg", "--at", "5"), "an amount over a time"),
        (("--weight", "70 kg", "--infusion", "35 mL over 40 min", "--at", "5"), "said in mg"),
        (("--weight", "70 kg", "--infusion", "35 mg over 40 mg", "--at", "5"), "said in min"),
        (("--weight", "70 kg", "--infusion", "-35 mg over 40 min", "--at", "5"), "more than nothing"),
        (("--weight", "70 kg", "--infusion", "3_5 mg over 40 min", "--at", "5"), "a number, a space and a unit"),
        ((*USUAL, "--at", "5,x"), "a plain number"),
        ((*USUAL, "--at", "-5"), "0 or later"),
        ((*USUAL, "--at", ""), "a plain number"),
        ((*USUAL, "--at", "5", "--ke0", "3 min"), "said in 1/min"),
        ((*USUAL, "--at", "5", "--model", "ketamine.domino1982", "--bands"), "Draw it without a band"),
        ((*USUAL, "--at", "5", "--plot", "course.png"), "ends in .svg"),
        ((*USUAL, "--at", "5", "--plot", "/no/such/folder/course.svg"), "cannot be written"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(words: tuple[str, ...], sentence: str) -> None:
    result = run(*words)
    assert result.exit_code == 2 and sentence in result.stderr and "Traceback" not in result.output
    assert not result.stdout
