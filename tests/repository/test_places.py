"""Nothing in the repository names a machine's own folder, a private address or a package registry."""

from __future__ import annotations

import re

import pytest
from repository_tree import ROOT, files, place

TEXT = (
    ".py",
    ".md",
    ".toml",
    ".yaml",
    ".yml",
    ".ini",
    ".cfg",
    ".txt",
    ".in",
    ".html",
    ".css",
    ".js",
    ".json",
    ".sh",
    ".cff",
    ".svg",
    "Makefile",
    "run",
    ".sql",
    ".importlinter",
    ".gitignore",
)
PLACES = {
    "a machine's folder": re.compile(r"(?<![\w.}/-])/(work|root|Users|mnt|workspace|builds)/[\w.]|(?<![\w.}/-])/home/(?!\{|<|\$|user\b|runner\b)\w"),
    "a registry address": re.compile(
        r"pypi\.org/simple|files\.pythonhosted\.org|registry\.(npmjs\.org|yarnpkg\.com)|--(extra-)?index-url\s+\S|index-url\s*=|proxy\.golang\.org|[\w.-]+\.(internal|corp|lan)/"
    ),
    "a private address": re.compile(r"https?://(10\.\d|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)"),
}
THIS = "tests/repository/test_places.py"


def named_places(text: str) -> list[str]:
    """Lines that name a place outside the repository, with what they name."""
    return [
        f"line {n}: {what}: {found.group()}"
        for n, line in enumerate(text.splitlines(), start=1)
        for what, pattern in PLACES.items()
        if (found := pattern.search(line))
    ]


def test_no_file_names_a_place_outside_the_repository() -> None:
    texts = [path for path in files(*TEXT) if place(path) != THIS]
    faults = {place(path): bad for path in texts if (bad := named_places(path.read_text(encoding="utf-8", errors="replace")))}
    assert not faults, faults


def test_no_lock_records_download_hosts() -> None:
    assert not (ROOT / "uv.lock").exists()


@pytest.mark.parametrize(
    "text",
    [
        "cp /root/x .",
        "see /home/ana/kairn",
        "--index-url https://mirror.example.org",
        "https://" + ".".join(["pypi", "org"]) + "/simple/django",
        "http://10.0.0.5/pkg",
        "open('" + "/".join(["", "work", "x"]) + "')",
    ],
)
def test_a_place_outside_is_caught(text: str) -> None:
    assert named_places(text)


@pytest.mark.parametrize("text", ["src/work/x", "https://example.org/home/x", "{{ base }}/root/x", "the root/branch", "http://localhost:8000/"])
def test_what_names_no_place_is_let_be(text: str) -> None:
    assert not named_places(text)
