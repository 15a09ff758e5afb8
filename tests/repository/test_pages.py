"""Templates and static files keep the promises of the content policy: nothing inline, nothing marked safe, nobody else asked."""

from __future__ import annotations

import re

import pytest
from repository_tree import files, place

UNSAFE = {
    "marks text as safe": re.compile(r"\|\s*safe(seq)?\b|\{%\s*autoescape\s+off"),
    "holds a script": re.compile(r"<script\b(?![^>]*\bsrc\s*=)(?![^>]*\btype\s*=\s*[\"']application/(ld\+)?json)", re.IGNORECASE),
    "holds a style": re.compile(r"<style\b|(?<![\w-])style\s*=\s*[\"'{]", re.IGNORECASE),
    "hands a part a list with a name in it, which comes out empty": re.compile(r":[\w-]+=\"\[\s*[A-Za-z]"),
    "holds a script in an attribute": re.compile(r"<[^>]*\s(on[a-z]+|hx-on[:a-z-]*)\s*=|javascript:", re.IGNORECASE),
}
ELSEWHERE = re.compile(r"(https?:)?//[\w-]+\.[\w.-]+", re.IGNORECASE)
NAMES_ONLY = re.compile(r"https?://(www\.w3\.org|localhost|127\.0\.0\.1)\b|\bxmlns\S*")
TALK = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?endcomment\s*%\}|<!--.*?-->|/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
MARKED_SAFE = re.compile(r"\bmark_safe\b|\bSafeString\b|\bSafeText\b")


def template_faults(source: str) -> list[str]:
    """What a template does that the content policy forbids."""
    return [fault for fault, pattern in UNSAFE.items() if pattern.search(TALK.sub("", source))]


def asks_elsewhere(source: str) -> list[str]:
    """Addresses of other parties in a template, style sheet or script."""
    return [found.group() for found in ELSEWHERE.finditer(NAMES_ONLY.sub("", TALK.sub("", source)))]


def test_templates_keep_the_content_policy() -> None:
    faults = {place(path): bad for path in files(".html", under="src/kairn/") if (bad := template_faults(path.read_text(encoding="utf-8")))}
    assert not faults, faults


def test_no_page_asks_anybody_else() -> None:
    faults = {
        place(path): bad
        for path in files(".html", ".css", ".js", ".svg", ".webmanifest", under="src/kairn/clinic/")
        if (bad := asks_elsewhere(path.read_text(encoding="utf-8")))
    }
    assert not faults, faults


def test_no_code_marks_text_as_safe() -> None:
    faults = [place(path) for path in files(".py", under="src/") if MARKED_SAFE.search(path.read_text(encoding="utf-8"))]
    assert not faults, faults


@pytest.mark.parametrize(
    "source",
    [
        "{{ note|safe }}",
        "{% autoescape off %}",
        "<script>go()</script>",
        "<style>b{}</style>",
        '<c-errors :reasons="[page.problem]" />',
        '<p style="color:red">',
        '<button type="button" onclick="go()">',
        '<a href="javascript:go()">',
        '<div hx-on:click="go()">',
    ],
)
def test_a_breach_in_a_template_is_caught(source: str) -> None:
    assert template_faults(source)


@pytest.mark.parametrize(
    "source",
    [
        '<script src="{% static "kairn/chair.js" %}" defer></script>',
        "{{ note }}",
        '<script type="application/json" id="lanes"></script>',
        "{# style='x' #}",
        '<p data-style="calm">',
    ],
)
def test_a_clean_template_is_let_be(source: str) -> None:
    assert not template_faults(source)


@pytest.mark.parametrize(
    "source",
    [
        '<img src="https://pixel.example.org/x">',
        '<script src="//cdn.example.org/x.js">',
        "@import url(https://fonts.example.org/x)",
        "fetch('https://api.example.org')",
    ],
)
def test_an_address_elsewhere_is_caught(source: str) -> None:
    assert asks_elsewhere(source)
    assert not asks_elsewhere('<svg xmlns="http://www.w3.org/2000/svg">')
