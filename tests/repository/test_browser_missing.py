"""On a machine without a browser the tests that need one are skipped with the mending command; in CI they fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from repository_tree import ROOT

LOOKS = "def test_a_page(page):\n    page.goto('about:blank')\n"


def run(tmp_path: Path, ci: str) -> subprocess.CompletedProcess[str]:
    """Pytest on one test in a browser, with the shared fixtures, where no program is found by name and Playwright keeps none."""
    (tmp_path / "conftest.py").write_text("from tests.conftest import browser_type_launch_args\n", encoding="utf-8")
    asks = tmp_path / "test_asks_for_a_browser.py"
    asks.write_text(LOOKS, encoding="utf-8")
    told = {key: value for key, value in os.environ.items() if not key.startswith(("KAIRN_", "PYTEST_"))}
    told |= {"PATH": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "none"), "CI": ci}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "-rs", "-q", str(asks)]
    return subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("ci", "word", "code"), [("", "1 skipped", 0), ("true", "1 error", 1)])
def test_without_a_browser(tmp_path: Path, ci: str, word: str, code: int) -> None:
    done = run(tmp_path, ci)
    assert (done.returncode, word in done.stdout) == (code, True), done.stdout + done.stderr
    assert "This mends it: sudo apt-get install chromium" in done.stdout
