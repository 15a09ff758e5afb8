"""Which files belong to the repository, and the functions, classes and modules in them."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "kairn"
NOT_OURS = re.compile(r"(^|/)(vendor|fonts|_build|node_modules|\.venv|\.git|__pycache__|\.kairn|build|dist)(/|$)|(^|/)\.[a-z_]+_cache(/|$)|\.egg-info(/|$)")
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def listed_by_git() -> list[str]:
    """The paths git tracks or would track; empty where there is no git."""
    asked = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False)
    return asked.stdout.splitlines() if asked.returncode == 0 else []


def files(*suffixes: str, under: str = "") -> list[Path]:
    """Our own files with one of the suffixes (any where none is given), vendored and built ones left out."""
    paths = listed_by_git() or [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]
    ours = (path for path in paths if path.startswith(under) and not NOT_OURS.search(path) and (ROOT / path).is_file())
    return sorted(ROOT / path for path in ours if not suffixes or path.endswith(suffixes))


def place(path: Path) -> str:
    """The path as it is written in this repository."""
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@dataclass(frozen=True)
class Function:
    """A function where it stands, with its length in lines; decorators and docstring are not counted."""

    name: str
    line: int
    lines: int


def docstring_of(node: ast.AST) -> ast.Expr | None:
    """The docstring expression of a module, class or function, or None."""
    if not isinstance(node, (ast.Module, ast.ClassDef, *FUNCTION)):
        return None
    first = node.body[0] if node.body else None
    text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return first if text else None  # type: ignore[return-value]


def functions(tree: ast.Module) -> Iterator[Function]:
    """Every function of a module, methods and inner functions included."""
    for node in ast.walk(tree):
        if isinstance(node, FUNCTION):
            said = docstring_of(node)
            talk = (said.end_lineno or said.lineno) - said.lineno + 1 if said else 0
            yield Function(node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1 - talk)


def words(name: str) -> list[str]:
    """The words of a snake_case, kebab-case or CamelCase name, in lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]
