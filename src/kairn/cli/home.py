"""The folder that keeps what was imported: KAIRN_HOME, or the usual place for a program's data."""

from __future__ import annotations

import os
from pathlib import Path


def data_folder() -> Path:
    """KAIRN_HOME where it is set, else `kairn` among the user's data; the clinic finds the same folder."""
    told = os.environ.get("KAIRN_HOME")
    if told:
        return Path(told).expanduser().absolute()
    shelf = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(shelf).expanduser().absolute() / "kairn"
