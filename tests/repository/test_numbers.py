"""No clinical number outside the library: whoever writes a limit into code, a template or a script is told so."""

from __future__ import annotations

from fnmatch import fnmatch

import pytest
from repository_numbers import CLOSED_ROOMS, FREE, Allowance, allowances, allowed, in_python, in_script, in_template, numbers_of, read_files
from repository_tree import place

LIMIT_IN_SCRIPT = "if (systolic > 180) { hold(); }"


def caught(found: object) -> list[str]:
    """The numbers of a source that would need a reason."""
    return [number.text for number in found if number.text not in FREE]  # type: ignore[attr-defined]


def test_no_number_without_a_reason() -> None:
    listed = allowances()
    faults = [f"{where}:{n.line} {n.text}" for path in read_files() if (where := place(path)) for n in numbers_of(path) if not allowed(where, n.text, listed)]
    assert not faults, "\n" + "\n".join(faults)


def test_every_reason_is_still_needed() -> None:
    seen = {(place(path), number.text) for path in read_files() for number in numbers_of(path)}
    idle = [
        (entry.files, number)
        for entry in allowances()
        for number in sorted(entry.numbers)
        if not any(fnmatch(where, entry.files) and number == text for where, text in seen)
    ]
    assert not idle, f"listed in numbers.toml, found nowhere: {idle}"


def test_every_reason_is_given() -> None:
    assert all(len(entry.reason.split()) > 2 for entry in allowances())


def test_nothing_is_listed_for_the_rooms_that_judge() -> None:
    assert not [entry.files for entry in allowances() if entry.files.startswith(CLOSED_ROOMS) or fnmatch("src/kairn/pathway/x.py", entry.files)]
    for room in CLOSED_ROOMS:
        assert not allowed(f"{room}x.py", "180", [Allowance("*", frozenset({"180"}), "planted")])


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("limit = 180", "180"),
        ("limit = int('180')", "180"),
        ("wait = timedelta(days=7)", "7"),
        ("limit = '0.5 mg/kg'", "0.5 mg/kg"),
        ("limit = Decimal('94')", "94"),
        ("limit = '30 min'", "30 min"),
        ("limit = -40", "-40"),
        ("limit = 1_80", "180"),
        ("if systolic > 1.8e2: hold()", "180"),
        ("match systolic:\n    case 180: hold()", "180"),
        ("words = f'{fact} above {180}'", "180"),
        ("limit = b'180'", "180"),
        ("hold(status=180)", "180"),
    ],
)
def test_a_limit_in_python_is_caught(source: str, number: str) -> None:
    assert caught(in_python(source)) == [number]


@pytest.mark.parametrize(
    "source",
    [
        "x = rows[-1]",
        "x = y[:2]",
        '"""Below 180 mmHg."""',
        "def f():\n    '180'\n",
        "flag = True",
        "name = 'phase-2a'",
        "text = 'on the 3rd day'",
        "page(status=404)",
    ],
)
def test_what_is_no_limit_in_python_is_let_be(source: str) -> None:
    assert not caught(in_python(source))


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("{% if reading.systolic > 180 %}high{% endif %}", "180"),
        ("<p>Call when SpO2 is under 94 %</p>", "94"),
        ('<input name="systolic" max="300">', "300"),
        ('{{ reading|add:"180" }}', "180"),
        ("<p>at most 140/90</p>", "140"),
        ("<p>180mmHg</p>", "180"),
        ("<p>a 40-minute infusion</p>", "40"),
        ("<p>0.5 mg/kg</p>", "0.5"),
    ],
)
def test_a_limit_in_a_template_is_caught(source: str, number: str) -> None:
    assert number in caught(in_template(source))


@pytest.mark.parametrize(
    "source",
    [
        '<h3 class="lane-3">',
        "{# above 180 #}",
        '<svg viewBox="0 0 24 24"><path d="M4 12h16"/></svg>',
        "<p>PHQ-9 and COVID-19</p>",
        "&#8212;",
        '<td colspan="5">',
    ],
)
def test_what_is_no_limit_in_a_template_is_let_be(source: str) -> None:
    assert not caught(in_template(source))


@pytest.mark.parametrize(
    ("source", "number"), [(LIMIT_IN_SCRIPT, "180"), ("const limits = {spo2: '94'};", "94"), ("const limit = `0.5 mg`;", "0.5"), ("x > -40", "-40")]
)
def test_a_limit_in_a_script_is_caught(source: str, number: str) -> None:
    assert caught(in_script(source)) == [number]


@pytest.mark.parametrize("source", ["// above 180", "/* 180\n 90 */", "const h1 = x2;", "colour = '#112233'", "import 'uplot-1';"])
def test_what_is_no_limit_in_a_script_is_let_be(source: str) -> None:
    assert not caught(in_script(source))
