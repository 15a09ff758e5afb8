"""The doctor: looks at this machine, says what is missing and how to mend it; changes nothing."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from kairn.clinic.site.address import listen, plain_door
from kairn.clinic.site.binaries import disguise, find_binaries
from kairn.clinic.site.database import embedded, owner_url, run_url
from kairn.clinic.site.guard import check_database, connect, holds_tables
from kairn.clinic.site.home import data_folder, try_lock, writable
from kairn.clinic.site.refusal import CannotStart
from kairn.clinic.site.stand import standing

OLDEST_PYTHON = (3, 11)
ROOM_MB = 1024
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is good, what was seen, how to mend it, and whether a clinic needs it at all."""

    name: str
    good: bool
    seen: str
    mend: str = ""
    needed: bool = True


def examine(port: int) -> list[Finding]:
    """Every finding, in the order in which one would mend them."""
    first = [_python(), _folder(), _disk(), _running_copy(), _binaries(), _port(port), _compiler(), _browser()]
    return first + _database(first)


def _python() -> Finding:
    return Finding(
        "Python", sys.version_info >= (3, 11), f"{platform.python_version()} on {platform.system()} {platform.machine()}", "Install Python 3.11 or newer."
    )


def _folder() -> Finding:
    return _tried("data folder", lambda: f"{writable(data_folder())} can be written")


def _disk() -> Finding:
    place = data_folder()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free // 2**20
    return Finding("disk", free >= ROOM_MB, f"{free} MB free", f"Make room: at least {ROOM_MB} MB, or set KAIRN_HOME to a larger disk.")


def _running_copy() -> Finding:
    path = data_folder() / "serving.lock"
    held = None
    with suppress(OSError):
        held = try_lock(path)
    if held is None and path.exists():
        return Finding("copies", True, f"a clinic is running at {path.read_text(encoding='utf-8')}", needed=False)
    if held:
        held.close()
    return Finding("copies", True, "no clinic is running on this folder", needed=False)


def _binaries() -> Finding:
    if not embedded():
        return Finding("PostgreSQL programs", True, "not needed: KAIRN_DATABASE_URL names a server", needed=False)
    return _tried("PostgreSQL programs", _binaries_seen)


def _binaries_seen() -> str:
    made_by = data_folder() / "postgres" / "PG_VERSION"
    found = find_binaries(int(made_by.read_text(encoding="ascii")) if made_by.exists() else None)
    guise = disguise().words
    return f"PostgreSQL {found.major} from {found.origin}" + (f", run through {guise[0]} because this user is root" if guise else "")


def _port(port: int) -> Finding:
    return _tried("port", lambda: _try_port(port), needed=False)


def _try_port(port: int) -> str:
    for opened in listen(plain_door("localhost", port)):
        opened.close()
    return f"{port} is free"


def _compiler() -> Finding:
    return Finding("compiler", True, "not needed: every package is installed ready-made", needed=False)


def _browser() -> Finding:
    told = os.environ.get("KAIRN_CHROMIUM")
    found = told or next(filter(None, map(shutil.which, BROWSERS)), None) or _downloaded_browser()
    mend = "sudo apt-get install chromium (or: .venv/bin/playwright install --with-deps chromium); make test does it by itself where it may."
    return Finding("Chromium, for the tests", bool(found), found or "none", mend, needed=False)


def _downloaded_browser() -> str | None:
    kept = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or "~/.cache/ms-playwright").expanduser()
    return next((str(each) for each in kept.glob("chromium-*/*/chrome")), None)


def _database(first: Sequence[Finding]) -> list[Finding]:
    if not all(each.good for each in first if each.needed):
        return [Finding("database", False, "not tried", "Mend what stands above first.")]
    try:
        with standing() as home:
            return _database_seen(home)
    except CannotStart as refusal:
        return [_refused("database", refusal)]


def _database_seen(home: Path) -> list[Finding]:
    url = run_url(home)
    reached = _tried("database", lambda: _version(url))
    if not reached.good:
        return [reached]
    rights = _tried("database rights and durability", lambda: _rights(url))
    return [reached, rights, _owner(home), _tables(url)]


def _rights(url: str) -> str:
    check_database(url)
    return "the running role owns nothing; commits are kept"


def _version(url: str) -> str:
    with connect(url) as database:
        return f"PostgreSQL {database.info.server_version // 10000} answers as {database.info.user}"


def _owner(home: Path) -> Finding:
    return _tried("database owner", lambda: _version(owner_url(home)), needed=False)


def _tables(url: str) -> Finding:
    if not holds_tables(url):
        return Finding("tables", True, "none yet: the first start makes them", needed=False)
    with connect(url) as database:
        row = database.execute("SELECT count(*) FROM django_migrations").fetchone()
    return Finding("tables", True, f"{row[0] if row else 0} migrations applied", needed=False)


def _tried(name: str, look: Callable[[], str], *, needed: bool = True) -> Finding:
    try:
        return Finding(name, True, look(), needed=needed)
    except CannotStart as refusal:
        return _refused(name, refusal, needed=needed)


def _refused(name: str, refusal: CannotStart, *, needed: bool = True) -> Finding:
    return Finding(name, False, f"saw {refusal.problem.seen}", refusal.problem.mend, needed)


def as_plain(found: Sequence[Finding]) -> dict[str, object]:
    """For --json: whether a clinic can run, and each finding."""
    return {"ready": all(each.good or not each.needed for each in found), "findings": [asdict(each) for each in found]}


def as_lines(found: Sequence[Finding]) -> list[str]:
    """For a person: one line a finding, and the mend under what is not good."""
    lines = []
    for each in found:
        mark = "good   " if each.good else ("MISSING" if each.needed else "absent ")
        lines.append(f"{mark}  {each.name}: {each.seen}")
        if not each.good and each.mend:
            lines.append(f"         {each.mend}")
    return lines
