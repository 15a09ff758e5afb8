"""`kairn protocol draft`: the clinic's own folder, written from a template that ships or from the clinic's version before."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import click

from kairn.library.places import data_folder, own_protocols
from kairn.protocol.check import check_protocol
from kairn.protocol.load import PROTOCOLS, load_protocol
from kairn.protocol.rule import Protocol, Use
from kairn.terms.problem import Unreadable

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
HEAD = "protocol.yaml"


@dataclass(frozen=True)
class Wanted:
    """What is copied from where, and what the copy is called."""

    origin: Path
    root: Path
    protocol: str
    version: str

    @property
    def folder(self) -> Path:
        """Where the copy goes."""
        return self.root / self.protocol / self.version


@click.command()
@click.argument("protocol_id")
@click.option("--version", default="", help="Version to begin from; the newest when left out.")
@click.option("--as", "own_name", default="", help="What the clinic calls its own, such as harbour-iv.")
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), default=None, help="Folder for own protocols; beside the clinic's data when left out.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, and nothing else.")
def draft(protocol_id: str, version: str, own_name: str, to: Path | None, *, as_json: bool) -> None:
    """Write the clinic's own copy of a protocol, check it, and say what to do next.

    Exit code 0: written and sound. 1: written, with faults to mend. 2: nothing written.
    """
    try:
        wanted = _wanted(protocol_id, version, own_name, to or own_protocols(data_folder(os.environ)))
        template = load_protocol(wanted.origin.parent.name, wanted.origin.name, wanted.origin.parents[1])
        _may_be_drafted(template)
    except Unreadable as fault:
        raise _nothing(str(fault)) from None
    _write(wanted, template)
    problems = _problems(wanted)
    _tell_json(wanted, template, problems) if as_json else _tell(wanted, template, problems)
    raise SystemExit(1 if problems else 0)


def _wanted(protocol_id: str, version: str, own_name: str, root: Path) -> Wanted:
    origin = _origin(protocol_id, version, root)
    name = own_name or (protocol_id if origin.is_relative_to(root) else f"own-{protocol_id}")
    if not NAME.fullmatch(name):
        raise _nothing(f"saw the name {name!r}; expected small letters and digits joined by hyphens, such as harbour-iv. Choose another with --as.")
    if (PROTOCOLS / name).is_dir():
        raise _nothing(f"saw the name {name!r}, which a template that ships has; expected one of your own. Choose another with --as.")
    return Wanted(origin, root, name, _next_version(root / name))


def _origin(protocol_id: str, version: str, root: Path) -> Path:
    """The clinic's own protocol of that name where there is one, otherwise the template."""
    for place in (root / protocol_id, PROTOCOLS / protocol_id):
        versions = sorted((path.name for path in place.glob("*") if (path / HEAD).is_file()), key=_order)
        if version in versions or (versions and not version):
            return place / (version or versions[-1])
    shipped = ", ".join(sorted(path.name for path in PROTOCOLS.glob("*") if path.is_dir()))
    raise _nothing(f"saw no protocol {f'{protocol_id} {version}'.strip()}; expected one of {shipped}, or one of your own in {root}. Correct the name.")


def _order(version: str) -> tuple[tuple[int, str], ...]:
    """2 before 10."""
    return tuple((int(part) if part.isdigit() else 0, part) for part in version.split("."))


def _next_version(place: Path) -> str:
    """1, then 2: a version of one's own is a whole number, since what was published is never changed."""
    numbers = [int(path.name) for path in place.glob("*") if path.name.isascii() and path.name.isdigit()]
    return str(max(numbers, default=0) + 1)


def _may_be_drafted(template: Protocol) -> None:
    if template.use is not Use.CLINIC:
        raise _nothing(f"{template.id} {template.version} is for comparison, not for treating people. Draft from a protocol that is for a clinic.")


def _write(wanted: Wanted, template: Protocol) -> None:
    """Every file of the origin, the head under its own name and with a line that says where it comes from."""
    for path in sorted(wanted.origin.rglob("*")):
        if path.is_file():
            copy = wanted.folder / path.relative_to(wanted.origin)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    head = wanted.folder / HEAD
    text = re.sub(r"^protocol: .*$", f"protocol: {wanted.protocol}", head.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
    text = re.sub(r"^version: .*$", f'version: "{wanted.version}"', text, count=1, flags=re.MULTILINE)
    came = f"# Drafted from {template.id} {template.version}, content {template.content_hash}. That text is frozen; this one is the clinic's own to change.\n"
    head.write_text(came + text, encoding="utf-8")


def _problems(wanted: Wanted) -> list[str]:
    """What the check finds in what was written."""
    try:
        return [str(problem) for problem in check_protocol(load_protocol(wanted.protocol, wanted.version, wanted.root))]
    except Unreadable as fault:
        return [str(fault)]


def _tell_json(wanted: Wanted, template: Protocol, problems: list[str]) -> None:
    origin = {"protocol": template.id, "version": template.version, "content": template.content_hash}
    told = {"protocol": wanted.protocol, "version": wanted.version, "root": str(wanted.root), "folder": str(wanted.folder)}
    click.echo(json.dumps({**told, "from": origin, "faults": problems}))


def _tell(wanted: Wanted, template: Protocol, problems: list[str]) -> None:
    said = f"{wanted.protocol} --version {wanted.version} --root {wanted.root}"
    click.echo(f"Written: {wanted.folder}, from {template.id} {template.version}.")
    for problem in problems:
        click.echo(problem, err=True)
    click.echo(f"Checked: {len(problems) or 'no'} fault{'' if len(problems) == 1 else 's'}. It is a draft: nobody is treated under it.")
    click.echo("Next:")
    click.echo("  1. Change its files with an editor; a rule that you change is your own judgement, so cite it as such.")
    click.echo(f"  2. kairn protocol check {said}")
    click.echo(f"  3. kairn protocol say {said}   (read it aloud to a colleague; --pdf FILE for a paper to sign)")
    click.echo("  4. In the clinic, on the page Protocols: one person proposes it, another one publishes it.")


class _Nothing(click.ClickException):
    """Nothing was written."""

    exit_code = 2


def _nothing(sentence: str) -> click.ClickException:
    return _Nothing(f"{sentence} Nothing was written.")
