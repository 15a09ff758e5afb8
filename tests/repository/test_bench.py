"""The page of figures is what was measured beside what was meant: no aim is missed in silence, and none is forgotten."""

from __future__ import annotations

import importlib.util
import json
import sys
from types import ModuleType
from typing import Any

import click
import pytest
from repository_tree import ROOT

FIGURE = {"what": "it: whole", "n": 3, "median": 6.0, "low": 5.0, "high": 7.0}
FOUND: dict[str, Any] = {
    "bench": "assess", "about": "About.", "figures": [FIGURE], "load_before": 3.0, "at": "then", "commit": "none", "machine": "4 processors (x), 1 GiB",
}  # fmt: skip


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_all", ROOT / "scripts" / "bench.py")
    assert spec and spec.loader
    module = sys.modules["bench_all"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_made_of_the_kept_figures_and_the_aims(bench: ModuleType) -> None:
    kept = bench.PAGE.read_text(encoding="utf-8")
    measured = json.loads(bench.RESULTS.read_text(encoding="utf-8"))
    assert bench.renewed(kept, bench.page(measured, bench.aims())) == kept, "write it again: python scripts/bench.py --page"


def test_every_aim_stands_beside_its_figure(bench: ModuleType) -> None:
    page = bench.PAGE.read_text(encoding="utf-8")
    for aim in bench.aims():
        assert aim.bench in bench.BENCHES
        assert [line for line in page.splitlines() if line.startswith(f"| {aim.what}") and f"| {aim.said} |" in line], aim


@pytest.mark.parametrize(
    ("bound", "said", "missed"),
    [({"at_most": 5}, "at most 5", True), ({"at_most": 6}, "at most 6", False), ({"at_least": 6}, "at least 6", False), ({"at_least": 7}, "at least 7", True)],
)
def test_an_aim_is_told_and_a_missed_one_with_its_reason(bench: ModuleType, bound: dict[str, float], said: str, missed: bool) -> None:
    text = bench.section(FOUND, [bench.Aim("assess", "it", **bound, why="It is slow.")])
    assert f"| 6.0 | {said} |" in text and (f"Missed: *it: whole* is 6.0; the aim is {said}. It is slow." in text) is missed


def test_a_missed_aim_without_a_reason_is_refused(bench: ModuleType) -> None:
    with pytest.raises(click.ClickException, match="why it is missed"):
        bench.section(FOUND, [bench.Aim("assess", "it", at_most=5)])


def test_an_aim_of_nothing_is_refused(bench: ModuleType) -> None:
    with pytest.raises(click.ClickException, match="does not measure"):
        bench.section(FOUND, [bench.Aim("assess", "else", at_most=5, why="x")])


def test_without_an_aim_there_is_no_column_for_it(bench: ModuleType) -> None:
    assert "aim" not in bench.section(FOUND, [])
