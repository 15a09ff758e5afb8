"""No import circle between modules, and no import that the contracts cannot see."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

import grimp
import pytest
from repository_tree import files, parsed, place

LATE = {"__import__", "import_module", "eval", "exec", "compile"}


def circles(imports: Mapping[str, set[str]]) -> list[list[str]]:
    """Sets of modules that reach each other: one list per circle."""
    reach = {module: reached(module, imports) for module in imports}
    found = {frozenset(m for m in reach[module] if module in reach.get(m, set())) for module in imports if module in reach[module]}
    return sorted(sorted(circle) for circle in found)


def reached(start: str, imports: Mapping[str, set[str]]) -> set[str]:
    """Every module that importing `start` brings in, itself only when by a circle."""
    seen: set[str] = set()
    todo = list(imports.get(start, ()))
    while todo:
        module = todo.pop()
        if module not in seen:
            seen.add(module)
            todo.extend(imports.get(module, ()))
    return seen


def late_imports(tree: ast.Module) -> Iterator[str]:
    """Calls that bind a module or code by name, which no contract can follow."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if called in LATE and not is_regular_expression(node):
                yield f"line {node.lineno}: {called}"


def is_regular_expression(call: ast.Call) -> bool:
    """`re.compile` compiles a pattern, not code."""
    return isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == "re"


def test_no_module_reaches_itself() -> None:
    graph = grimp.build_graph("kairn", include_external_packages=False, cache_dir=None)
    found = circles({module: graph.find_modules_directly_imported_by(module) for module in graph.modules})
    assert not found, found


def test_nothing_below_the_clinic_is_imported_by_name() -> None:
    pure = [path for path in files(".py", under="src/kairn/") if not place(path).startswith(("src/kairn/clinic/", "src/kairn/cli/"))]
    faults = {place(path): seen for path in pure if (seen := list(late_imports(parsed(path))))}
    assert not faults, faults


def test_a_circle_is_caught_at_any_depth() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert not circles({"a": {"b", "c"}, "b": {"c"}, "c": set()})


@pytest.mark.parametrize("source", ["__import__('time')", "importlib.import_module('time')", "eval('1')", "def f():\n    exec('import time')"])
def test_a_late_import_is_caught(source: str) -> None:
    assert list(late_imports(ast.parse(source)))
    assert not list(late_imports(ast.parse("import re\nre.compile('x')")))
