"""`kairn verify`: are the record and the log of reads what was recorded?"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

if TYPE_CHECKING:
    from kairn.clinic.ledger.verify import Verification
    from kairn.clinic.people.chain import Verification as Reads

SOUND, BROKEN, COULD_NOT_CHECK = 0, 1, 2
EXITS = {"sound": SOUND, "broken": BROKEN, "unsealed": COULD_NOT_CHECK}
WORDS = {"sound": "is sound", "broken": "is BROKEN", "unsealed": "could not be checked in full"}


@dataclass(frozen=True)
class Walked:
    """What was found of one clinic: in its record, and in its log of reads."""

    record: Verification
    reads: Reads


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, and nothing else.")
@click.option("--clinic", type=click.UUID, help="Only this clinic; otherwise every clinic.")
@click.option("--seals", type=click.Path(path_type=Path, file_okay=False), help="The folder with the seals; otherwise the one Kairn keeps.")
def verify(as_json: bool, clinic: UUID | None, seals: Path | None) -> None:
    """Walk each clinic's two chains, the record and the log of reads, compare them with the seals kept outside the database, and say what is wrong where.

    Exit code 0: sound. 1: broken. 2: could not check.
    """
    try:
        found = _checked(clinic, seals, quiet=as_json or not sys.stderr.isatty())
    except CouldNotCheck as fault:
        _could_not(str(fault), as_json)
    click.echo(json.dumps([_plain(each) for each in found], indent=2) if as_json else "\n".join(line for each in found for line in _lines(each)))
    sys.exit(_exit_code(found))


class CouldNotCheck(Exception):
    """The database or the seals cannot be read."""


def _could_not(sentence: str, as_json: bool) -> None:
    click.echo(json.dumps({"state": "could not check", "sentence": sentence}) if as_json else sentence, err=not as_json)
    sys.exit(COULD_NOT_CHECK)


def _checked(clinic: UUID | None, folder: Path | None, *, quiet: bool) -> list[Walked]:
    import django
    import psycopg

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kairn.clinic.site.settings")
    django.setup()
    from django.conf import settings
    from django.db import Error

    if folder is not None and not folder.is_dir():
        raise CouldNotCheck(f"Could not check: saw no folder {folder}; expected the folder with the seals. Name the right one with --seals.")
    try:
        return _walked(clinic, folder or Path(settings.KAIRN_HOME) / "seals", quiet=quiet)
    except (psycopg.Error, Error) as fault:
        said = str(fault).strip().splitlines()[0]
        raise CouldNotCheck(f"Could not check: the database does not answer ({said}). Start it with kairn serve, then run kairn verify again.") from fault
    except OSError as fault:
        raise CouldNotCheck(f"Could not check: the seals cannot be read ({fault}). Give this user the right to read them.") from fault


def _walked(clinic: UUID | None, folder: Path, *, quiet: bool) -> list[Walked]:
    from rich.console import Console
    from rich.progress import Progress

    from kairn.clinic.ledger.read import clinics
    from kairn.clinic.ledger.verify import count, verify
    from kairn.clinic.people import chain
    from kairn.clinic.seals import READS, read_seals, sealed_clinics

    chosen = [clinic] if clinic else sorted({*clinics(), *chain.logged_clinics(), *sealed_clinics(folder)})
    with Progress(console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task("Walking the chains", total=sum(map(count, chosen)))
        return [
            Walked(verify(each, read_seals(each, folder), lambda rows: bar.advance(task, rows)), chain.verify(each, read_seals(each, folder, READS)))
            for each in chosen
        ]


def _exit_code(found: list[Walked]) -> int:
    codes = {EXITS[chain.state] for each in found for chain in (each.record, each.reads)}
    if BROKEN in codes:
        return BROKEN
    return max(codes, default=SOUND)


def _plain(found: Walked) -> dict[str, Any]:
    record, reads = found.record, found.reads
    return {**asdict(record), "clinic": str(record.clinic), "state": record.state, "reads": {**asdict(reads), "state": reads.state}}


def _lines(found: Walked) -> list[str]:
    record, reads = found.record, found.reads
    told = "" if record.mode == "live" else f" ({record.mode}: recorded times were written by the owner)"
    return [
        f"The record of clinic {record.clinic}{told} {WORDS[record.state]}: {record.entries} entries, sealed up to {record.sealed}.",
        *(f"  {fault.sentence}" for fault in record.faults),
        *(f"  {note}" for note in record.notes),
        f"The log of reads of clinic {record.clinic} {WORDS[reads.state]}: {reads.rows} rows, sealed up to {reads.sealed}.",
        *(f"  {said}" for said in (*reads.faults, *reads.notes)),
    ]
