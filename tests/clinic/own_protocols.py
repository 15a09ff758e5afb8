"""A clinic's own protocol folder for a test: a copy of the template under a name nobody else uses."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from kairn.clinic.acts.folders import Folder, folders
from kairn.library.places import own_protocols
from kairn.protocol.load import PROTOCOLS

TEMPLATE = ("iv-ketamine-oud", "1.0")


@contextmanager
def own_copy(version: str = "1", name: str = "") -> Iterator[Path]:
    """The folder of a copy, gone again afterwards."""
    name = name or f"own-{uuid4().hex[:12]}"
    place = own_protocols(settings.KAIRN_HOME) / name / version
    shutil.copytree(PROTOCOLS.joinpath(*TEMPLATE), place)
    edit(place, "protocol.yaml", f"protocol: {TEMPLATE[0]}", f"protocol: {name}")
    edit(place, "protocol.yaml", f'version: "{TEMPLATE[1]}"', f'version: "{version}"')
    try:
        yield place
    finally:
        shutil.rmtree(place)


def edit(folder: Path, file: str, old: str, new: str) -> None:
    """One change of one file, which must be there to be made."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text, f"{old!r} does not stand in {file}"
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def as_folder(place: Path) -> Folder:
    """The folder as the acts see it now."""
    return next(each for each in folders() if each.own and (each.protocol, each.version) == (place.parent.name, place.name))
