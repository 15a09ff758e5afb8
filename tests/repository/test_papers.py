"""The papers are true: their links lead somewhere, their commands exist, their versions agree, and the handbook builds without a warning."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from repository_tree import ROOT, files, place

LINK = re.compile(r"(?<!`)!?\[[^\]]*\]\(([^)\s]+)\)")
COMMANDS = re.compile(r"^make ([a-z]+)", re.MULTILINE)
CLAUSES = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def read(name: str) -> str:
    """A paper at the top of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def dead_links(text: str, folder: Path) -> list[str]:
    """Links of a Markdown text that lead to no file of ours."""
    inside = (link.partition("#")[0] for link in LINK.findall(text) if not re.match(r"[a-z]+:", link))
    return [link for link in inside if link and not (folder / link).exists()]


def test_every_link_leads_somewhere() -> None:
    faults = {place(path): dead for path in files(".md") if (dead := dead_links(path.read_text(encoding="utf-8"), path.parent))}
    assert not faults, faults


def test_a_dead_link_is_caught() -> None:
    assert dead_links("see [there](docs/absent.md) and ![it](docs/absent.png)", ROOT) == ["docs/absent.md", "docs/absent.png"]
    assert not dead_links("see [there](README.md#two-commands) or [there](https://example.org)", ROOT)


def test_the_readme_asks_for_two_commands() -> None:
    assert COMMANDS.findall(read("README.md")) == ["run", "test"]


@pytest.mark.parametrize("paper", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_every_make_target_that_is_named_exists(paper: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)`", read(paper))) | set(COMMANDS.findall(read(paper)))
    assert named <= targets


def test_every_version_of_the_changelog_begins_with_clinical() -> None:
    clauses = CLAUSES.findall(read("CHANGELOG.md"))
    assert clauses and all(re.match(r"\s*### Clinical\n", body) for _, body in clauses)


def test_versions_agree() -> None:
    assert f"\nversion: {VERSION}\n" in read("CITATION.cff")
    assert CLAUSES.findall(read("CHANGELOG.md"))[0][0].split()[0] == VERSION


def test_every_decision_is_on_the_list_and_fits_a_page() -> None:
    pages = sorted(path.stem for path in (ROOT / "docs" / "adr").glob("[0-9]*.md"))
    listed = (ROOT / "docs" / "adr" / "index.md").read_text(encoding="utf-8")
    assert pages == re.findall(r"^\d{4}-[a-z-]+$", listed, re.MULTILINE)
    assert all(len((ROOT / "docs" / "adr" / f"{page}.md").read_text(encoding="utf-8").split()) < 500 for page in pages)


def test_the_handbook_builds_without_a_warning(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-b",
        "dummy",
        "-d",
        str(tmp_path / "seen"),
        str(ROOT / "docs"),
        str(tmp_path / "built"),
    ]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
