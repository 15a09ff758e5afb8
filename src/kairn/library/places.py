"""Where a clinic's data and its own protocols lie; the surroundings are an argument, so that nothing here asks the machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

OWN = "protocols"


def data_folder(told: Mapping[str, str]) -> Path:
    """The folder that keeps everything: KAIRN_HOME, or the usual place for a program's data. `told` is the environment."""
    home = told.get("KAIRN_HOME")
    if home:
        return Path(home).expanduser().absolute()
    shelf = told.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(shelf).expanduser().absolute() / "kairn"


def own_protocols(home: Path) -> Path:
    """The folder, in a data folder, that holds the clinic's own protocols as <id>/<version>/."""
    return home / OWN
