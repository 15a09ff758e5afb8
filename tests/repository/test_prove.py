"""The harness of planted faults is itself honest: a fault nobody sees, and a plant that has lost its place, are told."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from repository_tree import ROOT


@pytest.fixture(scope="module")
def prove() -> ModuleType:
    spec = importlib.util.spec_from_file_location("prove", ROOT / "scripts" / "prove.py")
    assert spec and spec.loader
    module = sys.modules["prove"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_plant_still_has_its_place(prove: ModuleType) -> None:
    faults = {plant.name: fault for plant in prove.read_plants() if (fault := prove.misplaced(plant))}
    assert not faults, faults


def test_every_plant_changes_something_and_names_a_test_that_exists(prove: ModuleType) -> None:
    for plant in prove.read_plants():
        file, _, name = plant.test.partition("::")
        assert plant.find != plant.replace, plant.name
        assert not name or f"def {name.partition('[')[0]}(" in (ROOT / file).read_text(encoding="utf-8"), plant.name


def test_a_fault_that_no_test_sees_is_told(prove: ModuleType) -> None:
    harmless = prove.Plant(
        "harmless",
        "src/kairn/terms/answer.py",
        "unknown never helps.",
        "unknown helps not.",
        "tests/repository/test_prove.py::test_a_name_used_twice_is_refused",
    )
    outcome = prove.prove(harmless)
    assert not outcome.caught and "1 passed" in outcome.said


def test_a_test_that_cannot_run_catches_nothing(prove: ModuleType) -> None:
    nowhere = prove.Plant("nowhere", "src/kairn/terms/answer.py", "unknown never helps.", "unknown helps not.", "tests/repository/test_prove.py::test_absent")
    assert not prove.prove(nowhere).caught


@pytest.mark.parametrize(
    ("file", "text"), [("src/kairn/absent.py", "x"), ("src/kairn/terms/answer.py", "Answer"), ("src/kairn/terms/answer.py", "no such text")]
)
def test_a_plant_that_lost_its_place_is_told(prove: ModuleType, file: str, text: str) -> None:
    outcome = prove.prove(prove.Plant("lost", file, text, "y", "tests/none.py"))
    assert not outcome.caught and file in outcome.said


def test_a_name_used_twice_is_refused(prove: ModuleType, tmp_path: Path) -> None:
    entry = '[[plant]]\nname = "a"\nfile = "f"\nfind = "x"\nreplace = "y"\ntest = "t"\n'
    listed = tmp_path / "plants.toml"
    listed.write_text(entry * 2, encoding="utf-8")
    with pytest.raises(SystemExit, match="used twice"):
        prove.read_plants(listed)
