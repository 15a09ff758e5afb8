"""Small functions, short files, a sentence on every module, and no word that says nothing."""

from __future__ import annotations

import ast
import re
import statistics
from pathlib import Path

import pytest
from repository_tree import ROOT, docstring_of, files, functions, parsed, place, words

MEDIAN_BELOW = 8
LONGEST = 60
LINES = 400
CSS_BYTES = 30 * 1024
EMPTY_WORDS = {"manager", "managers", "handler", "handlers", "processor", "processors", "helper", "helpers", "util", "utils", "info", "misc", "common"}
EMPTY_MODULES = EMPTY_WORDS | {"service", "services"}


def too_long(source: str) -> list[str]:
    """Functions over the limit, with their lines."""
    return [f"{f.name}: {f.lines} lines" for f in functions(ast.parse(source)) if f.lines > LONGEST]


def module_fault(tree: ast.Module) -> str:
    """What is wrong with a module's docstring, or nothing; what stands under a blank line is detail."""
    said = (ast.get_docstring(tree) or "").partition("\n\n")[0]
    if not said:
        return "no docstring"
    if not said.rstrip().endswith((".", "?", "!")):
        return "the docstring does not end as a sentence"
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z`])", said.strip())
    return "" if len(sentences) == 1 else f"{len(sentences)} sentences, where one is wanted"


def empty_names(path: Path, tree: ast.Module) -> list[str]:
    """Module and class names that hold a word which says nothing."""
    classes = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    bad = [name for name in classes if EMPTY_WORDS & set(words(name))]
    module = path.parent.name if path.stem == "__init__" else path.stem
    return bad + ([module] if module in EMPTY_MODULES or EMPTY_WORDS & set(words(module)) else [])


def test_no_function_is_long() -> None:
    faults = [f"{place(path)} {fault}" for path in files(".py") for fault in too_long(path.read_text(encoding="utf-8"))]
    assert not faults, faults


def test_the_median_function_is_short() -> None:
    lengths = [function.lines for path in files(".py", under="src/") for function in functions(parsed(path))]
    assert statistics.median(lengths) < MEDIAN_BELOW, f"median {statistics.median(lengths)} of {len(lengths)}"


def test_no_file_is_long() -> None:
    code = [*files(".py"), *files(".js", ".html", under="src/")]
    faults = {place(path): lines for path in code if (lines := path.read_bytes().count(b"\n")) > LINES}
    assert not faults, faults


def test_our_style_sheet_is_light() -> None:
    heavy = {place(path): path.stat().st_size for path in files(".css", under="src/") if path.stat().st_size > CSS_BYTES}
    assert not heavy, heavy


def test_every_module_says_in_one_sentence_what_it_is() -> None:
    said = [path for path in files(".py") if "/migrations/" not in place(path) and path.stat().st_size]
    faults = {place(path): fault for path in said if (fault := module_fault(parsed(path)))}
    assert not faults, faults


def test_every_public_function_of_the_pure_rooms_is_explained() -> None:
    faults = [
        f"{place(path)}:{node.lineno} {node.name}"
        for path in files(".py", under="src/kairn/")
        if "/clinic/" not in place(path)
        for node in unexplained(parsed(path))
    ]
    assert not faults, faults


def unexplained(tree: ast.Module) -> list[ast.FunctionDef]:
    """Public module-level functions without a docstring."""
    return [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not docstring_of(node)]


def test_no_name_says_nothing() -> None:
    faults = {place(path): bad for path in files(".py") if (bad := empty_names(path, parsed(path)))}
    assert not faults, faults


def test_a_long_function_is_caught() -> None:
    source = "def walk():\n" + "    step = 1\n" * LONGEST
    assert too_long(source) == [f"walk: {LONGEST + 1} lines"]
    assert not too_long('def walk():\n    """' + "word\n" * LONGEST + '"""\n    return 1\n')


@pytest.mark.parametrize(
    ("source", "fault"),
    [("x = 1", "no docstring"), ('"""One. Two."""', "2 sentences, where one is wanted"), ('"""Half a"""', "the docstring does not end as a sentence")],
)
def test_a_poor_module_docstring_is_caught(source: str, fault: str) -> None:
    assert module_fault(ast.parse(source)) == fault
    assert not module_fault(ast.parse('"""One sentence: with e.g. a colon."""'))


def test_an_unexplained_function_is_caught() -> None:
    assert [node.name for node in unexplained(ast.parse("def walk(): ...\ndef _hidden(): ..."))] == ["walk"]


@pytest.mark.parametrize("source", ["class EventManager: ...", "class HTTPHandler: ...", "class PatientInfo: ..."])
def test_an_empty_class_name_is_caught(source: str) -> None:
    assert empty_names(ROOT / "walk.py", ast.parse(source))


@pytest.mark.parametrize("name", ["utils.py", "chart_helpers.py", "service.py", "utils/__init__.py"])
def test_an_empty_module_name_is_caught(name: str) -> None:
    assert empty_names(ROOT / name, ast.parse(""))
    assert not empty_names(ROOT / "service_worker.py", ast.parse(""))
