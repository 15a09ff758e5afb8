"""Fetches the browser packages named in vendor.toml with the ordinary npm client, checks each sha512, and copies the named files."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import tarfile
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIST = HERE / "vendor.toml"
TARGET = HERE.parent / "src" / "kairn" / "clinic" / "screens" / "static" / "vendor"
SUMS = TARGET / "SHA512SUMS"


def integrity(data: bytes) -> str:
    """The npm spelling of a sha512: `sha512-` and base64."""
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


def fetch(name: str, version: str, into: Path) -> bytes:
    """The bytes of one package's tarball, taken by `npm pack`."""
    subprocess.run(["npm", "pack", f"{name}@{version}", "--silent", "--pack-destination", str(into)], check=True, cwd=into)
    return next(into.glob("*.tgz")).read_bytes()


def copy(package: dict[str, object], tarball: Path) -> None:
    """Copies the files a package names out of its tarball."""
    folder = TARGET / str(package["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(tarball) as archive:
        for wanted in package["files"]:  # type: ignore[attr-defined]
            member = archive.extractfile(f"package/{wanted}")
            if member is None:
                raise SystemExit(f"{package['name']}: {wanted} is not a file of version {package['version']}. Correct it in {LIST.name}.")
            (folder / Path(wanted).name).write_bytes(member.read())


def take(package: dict[str, object]) -> None:
    """Fetches, checks and copies one package."""
    with tempfile.TemporaryDirectory() as place:
        data = fetch(str(package["name"]), str(package["version"]), Path(place))
        seen = integrity(data)
        if seen != package["integrity"]:
            raise SystemExit(f"{package['name']} {package['version']}: its sha512 is {seen}, {LIST.name} says {package['integrity']!r}. Nothing was copied.")
        copy(package, next(Path(place).glob("*.tgz")))


def sums() -> str:
    """One line a vendored file: its sha512 in hexadecimal and its name."""
    files = sorted(p for p in TARGET.rglob("*") if p.is_file() and p != SUMS)
    return "".join(f"{hashlib.sha512(p.read_bytes()).hexdigest()}  {p.relative_to(TARGET).as_posix()}\n" for p in files)


def main() -> None:
    """Takes every package of the list, then writes the sums a test compares with."""
    for package in tomllib.loads(LIST.read_text(encoding="utf-8"))["package"]:
        take(package)
        print(f"{package['name']} {package['version']} ({package['licence']})")
    SUMS.write_text(sums(), encoding="utf-8")


if __name__ == "__main__":
    main()
