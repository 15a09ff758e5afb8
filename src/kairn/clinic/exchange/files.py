"""Finding the files to import, and reading each with a bound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from kairn.fhir.unpack import check_size, unpack
from kairn.terms.problem import Unreadable, unreadable

SUFFIXES = (".json", ".json.gz")
_SIGN = b'"resourceType"'


def found(paths: Iterable[Path]) -> list[tuple[Path, bool]]:
    """Every file to import, each once, and whether it was named itself (true) or found in a named folder (false). Folders are read in order of name."""
    seen: dict[Path, bool] = {}
    for path in paths:
        for file in _inside(path):
            seen[file] = seen.get(file, False) or file == path
    return list(seen.items())


def _inside(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.name.endswith(SUFFIXES) and file.is_file())
    else:
        yield path


def read(path: Path) -> bytes:
    """The bytes of a file, refused before reading where there are too many. Raises Unreadable."""
    try:
        check_size(path.stat().st_size, str(path))
        return path.read_bytes()
    except OSError as fault:
        raise unreadable(
            f"a file that cannot be read ({fault.strerror})",
            "a file that this user may read",
            "Give this user the right to read it, or name another file.",
            str(path),
        ) from fault


def is_fhir(raw: bytes) -> bool:
    """Whether these bytes speak FHIR at all; a list of files that lies in the same folder does not. What cannot be unpacked is taken to."""
    try:
        return _SIGN in unpack(raw)
    except Unreadable:
        return True
