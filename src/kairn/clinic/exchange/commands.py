"""`kairn import`: patient records from other systems, taken whole or refused whole."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kairn.clinic.exchange.arrivals import Arrived

ALL_TAKEN, SOME_REFUSED, NOTHING_TRIED = 0, 1, 2


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="FILE...")
@click.option("--clinic", help="The clinic's name or id; not needed where there is one clinic.")
@click.option("--source", default="", help="The name of the sending system. Its ids are unique under this name: use the same name each time.")
@click.option("--dry-run", is_flag=True, help="Read and report; record nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, and nothing else.")
def import_(files: tuple[Path, ...], clinic: str | None, source: str, dry_run: bool, as_json: bool) -> None:
    """Take FHIR R4 patient Bundles (.json, .json.gz, or folders of them) into the record.

    Each file is taken whole or refused whole. The same file again changes nothing; a corrected one corrects.

    Exit code 0: all taken. 1: some refused. 2: nothing was tried.
    """
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kairn.clinic.site.settings")
    django.setup()
    try:
        arrived = _arrived(files, clinic, source, dry_run=dry_run, quiet=as_json or not sys.stderr.isatty())
    except NothingTried as fault:
        click.echo(json.dumps({"state": "nothing tried", "sentence": str(fault)}) if as_json else str(fault), err=not as_json)
        sys.exit(NOTHING_TRIED)
    _told(arrived, dry_run=dry_run, plain=as_json)
    sys.exit(SOME_REFUSED if any(each.refused for each in arrived) else ALL_TAKEN)


class NothingTried(Exception):
    """No file, no clinic, or no database."""


def _arrived(files: tuple[Path, ...], clinic: str | None, source: str, *, dry_run: bool, quiet: bool) -> list[Arrived]:
    import psycopg
    from django.db import OperationalError, ProgrammingError
    from rich.console import Console
    from rich.progress import Progress

    from kairn.clinic.exchange.arrivals import arrive, operator
    from kairn.clinic.exchange.files import found

    paths = found(files)
    if not paths:
        raise NothingTried("Nothing to import: saw no .json or .json.gz file there. Name a file, or a folder that holds some.")
    try:
        who = operator(clinic)
        with Progress(console=Console(stderr=True), disable=quiet, transient=True) as bar:
            return list(bar.track((arrive(who, path, named, source, dry_run=dry_run) for path, named in paths), total=len(paths), description="Importing"))
    except LookupError as fault:
        raise NothingTried(str(fault)) from fault
    except (psycopg.OperationalError, OperationalError, ProgrammingError) as fault:
        said = str(fault).strip().splitlines()[0]
        raise NothingTried(
            f"Could not import: the database does not answer, or has no tables yet ({said}). Start it with kairn serve, then import again."
        ) from fault


def _told(arrived: list[Arrived], *, dry_run: bool, plain: bool) -> None:
    from rich.console import Console

    from kairn.clinic.exchange.telling import as_json, tell

    if plain:
        click.echo(as_json(arrived, dry_run=dry_run))
    else:
        tell(Console(highlight=False), arrived, dry_run=dry_run)
