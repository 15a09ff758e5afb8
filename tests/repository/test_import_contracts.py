"""The contracts of .importlinter hold, cover every room, and each one catches the violation planted for it."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from repository_tree import PACKAGE, ROOT

CONTRACTS = configparser.ConfigParser()
CONTRACTS.read(ROOT / ".importlinter", encoding="utf-8")
CLOCKLESS = ("framework", "clock-and-chance", "no-late-binding")


@dataclass(frozen=True)
class Planted:
    """One import that must not be: the contract that should see it, the module it is put in, the line."""

    contract: str
    module: str
    line: str

    @property
    def dotted(self) -> str:
        """How the contract's report names the module (a room without a place by itself, a circle by its folder)."""
        if self.contract == "no-circles":
            return "No cycles are allowed in kairn.record."
        name = self.module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        return name.rpartition(".")[2] if name.endswith("attic") else f"kairn.{name}"


PLANTS = (
    Planted("rooms", "terms/planted.py", "import kairn.pathway"),
    Planted("rooms", "record/planted.py", "def hidden():\n    import kairn.protocol"),
    Planted("rooms", "pharmacology/__init__.py", "import kairn.record"),
    Planted("rooms", "instruments/__init__.py", "import kairn.record"),
    Planted("rooms", "outcomes/__init__.py", "import kairn.fhir"),
    Planted("rooms", "cli/planted.py", "import kairn.clinic"),
    Planted("rooms", "attic/__init__.py", ""),
    Planted("clinic-rooms", "clinic/people/planted.py", "import kairn.clinic.acts"),
    Planted("clinic-rooms", "clinic/people/planted.py", "import kairn.clinic.ledger"),
    Planted("clinic-rooms", "clinic/screens/planted.py", "import kairn.clinic.exchange"),
    Planted("clinic-rooms", "clinic/ledger/planted.py", "import kairn.clinic.people"),
    Planted("clinic-rooms", "clinic/seals.py", "import kairn.clinic.people"),
    Planted("clinic-rooms", "clinic/attic/__init__.py", ""),
    Planted("framework", "pathway/planted.py", "import django.db"),
    Planted("framework", "record/planted.py", "import psycopg"),
    Planted("framework", "fhir/planted.py", "import urllib.request"),
    Planted("clock-and-chance", "pathway/planted.py", "import time"),
    Planted("clock-and-chance", "record/planted.py", "import random"),
    Planted("no-late-binding", "library/planted.py", "import importlib"),
    Planted("ledger-behind-acts", "clinic/screens/planted.py", "import kairn.clinic.ledger"),
    Planted("ledger-behind-acts", "clinic/site/planted.py", "import kairn.clinic.ledger.planted_too"),
    Planted("ledger-never-judges", "clinic/ledger/planted.py", "import kairn.pathway"),
    Planted("predictions-judge-nothing", "pathway/planted.py", "import kairn.pharmacology"),
    Planted("predictions-judge-nothing", "protocol/planted.py", "import kairn.pharmacology"),
    Planted("no-circles", "record/planted.py", "import kairn.record.planted_too"),
)
BESIDE = {"planted_too.py": '"""Planted."""\n', "circle": "def later():\n    import kairn.record.planted\n"}


def lint(package: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """import-linter's word on a package."""
    chosen = [part for contract in contracts for part in ("--contract", contract)]
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", str(ROOT / ".importlinter"), "--no-cache", "--no-logo", *chosen]
    path = {**os.environ, "PYTHONPATH": str(package.parent)}
    return subprocess.run(command, cwd=package.parent, env=path, capture_output=True, text=True, check=False)


def planted_copy(where: Path, planted: Planted) -> Path:
    """A copy of the package's Python files with the import planted in it."""
    package = where / "kairn"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("static", "templates", "__pycache__", "*.yaml", "*.po"))
    module = package / planted.module
    for folder in (module.parent, *module.parent.parents):
        if folder == package:
            break
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
    module.write_text(f'"""Planted."""\n{planted.line}\n', encoding="utf-8")
    circle = BESIDE["circle"] if planted.contract == "no-circles" else ""
    for room in ("record", "clinic/ledger"):
        beside = package / room / "planted_too.py"
        beside.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(BESIDE["planted_too.py"] + (circle if room == "record" else ""), encoding="utf-8")
        (beside.parent / "__init__.py").touch()
    return package


def named(contract: str, key: str) -> set[str]:
    """The modules one contract names under a key, without the kairn prefix."""
    return {line.strip().removeprefix("kairn.") for line in CONTRACTS[f"importlinter:contract:{contract}"][key].splitlines() if line.strip()}


def rooms_on_disk() -> set[str]:
    """Packages directly under kairn."""
    return {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


def test_the_contracts_hold() -> None:
    said = lint(PACKAGE)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("planted", PLANTS, ids=lambda planted: f"{planted.contract}-{planted.module}")
def test_a_planted_violation_is_caught(planted: Planted, tmp_path: Path) -> None:
    said = lint(planted_copy(tmp_path, planted), planted.contract)
    assert said.returncode != 0, said.stdout
    assert "BROKEN" in said.stdout and planted.dotted in said.stdout, said.stdout + said.stderr


def test_every_contract_has_a_planted_violation() -> None:
    contracts = {name.rpartition(":")[2] for name in CONTRACTS.sections() if ":contract:" in name}
    assert contracts == {planted.contract for planted in PLANTS}


@pytest.mark.parametrize("contract", CLOCKLESS)
def test_every_room_below_the_clinic_is_under_the_contract(contract: str) -> None:
    """The layers contract is exhaustive by itself; these are lists, and a new room must be put on them."""
    free = {"clinic"} if contract == "framework" else {"clinic", "cli"}
    assert named(contract, "source_modules") == rooms_on_disk() - free
