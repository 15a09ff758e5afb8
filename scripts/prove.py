"""Plants every fault of tests/plants.toml in a copy of the tree and shows which test catches it."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "tests" / "plants.toml"
COPIED = ("src", "tests", "docs", "scripts", "bench", "pyproject.toml", ".importlinter", "ruff.toml", "mypy.ini", "manage.py")
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".hypothesis", "_build", "*.pyc", "node_modules", "pictures")
PATIENCE, SOUND_PATIENCE = 300, 2400
OPTIONS = "-x -q -p no:cacheprovider -p prove_profile --hypothesis-profile=prove --no-header"
PROFILE = """from hypothesis import Phase, settings
settings.register_profile("prove", deadline=None, database=None, derandomize=True, max_examples=600, phases=[Phase.explicit, Phase.generate])
"""
FAILED_TESTS = 1


@dataclass(frozen=True)
class Plant:
    """One fault: a piece of text in a file, what replaces it, and the test that must fail then."""

    name: str
    file: str
    find: str
    replace: str
    test: str


@dataclass(frozen=True)
class Outcome:
    """What became of one plant: caught by its test, or not, and what was said."""

    plant: Plant
    caught: bool
    said: str
    seconds: float


def read_plants(path: Path = LIST) -> list[Plant]:
    """The plants of the list; a name used twice is refused."""
    with path.open("rb") as source:
        plants = [Plant(**entry) for entry in tomllib.load(source)["plant"]]
    names = [plant.name for plant in plants]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SystemExit(f"{path.name}: these names are used twice: {', '.join(twice)}. Give each plant a name of its own.")
    return plants


def misplaced(plant: Plant, root: Path = ROOT) -> str:
    """Why a plant cannot be planted (its text is gone, or stands more than once), or nothing."""
    file = root / plant.file
    if not file.is_file():
        return f"{plant.file} does not exist"
    times = file.read_text(encoding="utf-8").count(plant.find)
    return "" if times == 1 else f"its text stands {times} times in {plant.file}, where once is wanted"


def applied(plant: Plant, root: Path) -> None:
    """Puts the fault into the copy under `root`."""
    file = root / plant.file
    file.write_text(file.read_text(encoding="utf-8").replace(plant.find, plant.replace), encoding="utf-8")


@contextmanager
def copied_tree() -> Iterator[Path]:
    """A copy of what the tests need, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="kairn-prove-") as folder:
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, Path(folder) / name, ignore=LEFT_OUT)
            elif source.exists():
                shutil.copy2(source, Path(folder) / name)
        # A caught fault needs no smallest example, and the same examples each time.
        (Path(folder) / "src" / "prove_profile.py").write_text(PROFILE, encoding="utf-8")
        yield Path(folder)


def run_tests(root: Path, tests: Sequence[str], patience: int = PATIENCE, more: Sequence[str] = ()) -> tuple[int, str]:
    """Pytest's exit code on some tests of a copy, and what it said; the copy's own source is imported."""
    command = [sys.executable, "-m", "pytest", *OPTIONS.split(), *more, *tests]
    paths = {"PYTHONPATH": str(root / "src"), "PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_STORAGE_DIRECTORY": str(root / ".hypothesis")}
    try:
        ran = subprocess.run(command, cwd=root, env={**os.environ, **paths}, capture_output=True, text=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired:
        return -1, f"no answer within {patience} s"
    return ran.returncode, ran.stdout + ran.stderr


def prove(plant: Plant) -> Outcome:
    """Plants one fault and runs its test; only a test that fails catches it, a test that cannot run does not."""
    began = time.perf_counter()
    if fault := misplaced(plant):
        return Outcome(plant, caught=False, said=fault, seconds=0)
    with copied_tree() as root:
        applied(plant, root)
        code, said = run_tests(root, [plant.test])
    caught = code == FAILED_TESTS and "error" not in closing_line(said)
    return Outcome(plant, caught, "" if caught else f"{plant.test} ended with {code}: {closing_line(said)}", time.perf_counter() - began)


def closing_line(said: str) -> str:
    """Pytest's summary line."""
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "nothing was said"


def sound_tests(plants: Sequence[Plant], jobs: int) -> str:
    """What is wrong with the tests before anything is planted, or nothing: a test that always fails catches nothing."""
    with copied_tree() as root:
        code, said = run_tests(root, sorted({plant.test for plant in plants}), SOUND_PATIENCE, ["-n", str(jobs), "--dist", "loadgroup"] if jobs > 1 else [])
    return "" if code == 0 else said


def tell(outcome: Outcome) -> None:
    """One line a plant, as soon as it is known."""
    arrow = f"-> {outcome.plant.test}" if outcome.caught else f"NOT CAUGHT: {outcome.said}"
    print(f"{outcome.plant.name} {arrow}  ({outcome.seconds:.1f} s)", flush=True)


def chosen(plants: Sequence[Plant], words: Sequence[str]) -> list[Plant]:
    """The plants whose name holds every word given."""
    return [plant for plant in plants if all(word in plant.name for word in words)]


def main() -> int:
    """Proves all plants, or those whose name holds the given words; 1 when one is not caught."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("words", nargs="*", help="only plants whose name holds these words")
    asked.add_argument("--jobs", type=int, default=min(4, os.cpu_count() or 1))
    asked.add_argument("--sound", action="store_true", help="all tests have just passed on this very tree, so they are not run once more before planting")
    asked.add_argument("--minutes", type=float, help="begin no further plant after so long; which ones come first is drawn anew for each commit")
    options = asked.parse_args()
    plants = chosen(read_plants(), options.words)
    if not plants:
        print(f"No plant's name holds {' and '.join(options.words)}. Leave the words out to prove all.")
        return 1
    if not options.sound and (fault := sound_tests(plants, min(options.jobs, len(plants)))):
        print(f"The tests fail before anything is planted; mend them first.\n{fault}")
        return 1
    ends = time.monotonic() + options.minutes * 60 if options.minutes else None
    with ThreadPoolExecutor(options.jobs) as pool:
        asked_for = [pool.submit(told, plant, ends) for plant in (drawn(plants) if ends else plants)]
        outcomes = [outcome for job in as_completed(asked_for) if (outcome := job.result())]
    caught, left = sum(outcome.caught for outcome in outcomes), len(plants) - len(outcomes)
    # Said once more where a reader of a long log looks first.
    for outcome in outcomes:
        if not outcome.caught:
            tell(outcome)
    print(f"{caught} of {len(outcomes)} planted faults caught" + (f"; {left} more were not planted in {options.minutes:g} minutes" if left else ""))
    return 0 if outcomes and caught == len(outcomes) else 1


def drawn(plants: Sequence[Plant]) -> list[Plant]:
    """The plants in an order of this commit's own, so that over some commits each has its turn."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return random.Random(commit).sample(list(plants), len(plants))


def told(plant: Plant, ends: float | None = None) -> Outcome | None:
    """Proves a plant and says so; None where the time for it is over."""
    if ends is not None and time.monotonic() > ends:
        return None
    outcome = prove(plant)
    tell(outcome)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
