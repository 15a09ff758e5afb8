"""`kairn protocol say --pdf`: the protocol as a paper to read, check and sign."""

from __future__ import annotations

import time
from pathlib import Path

import click

from kairn.protocol.load import PROTOCOLS
from kairn.protocol.paper import print_paper, unpublished
from kairn.protocol.rule import Protocol
from kairn.protocol.say import document_of
from kairn.terms.problem import Unreadable


def write_paper(protocol: Protocol, root: Path, file: Path) -> None:
    """Write the PDF and say where. Exit code 2 with a sentence where it cannot be made."""
    try:
        made = print_paper(document_of(protocol), unpublished(protocol, shipped=root == PROTOCOLS), time.strftime("%d %B %Y, %H:%M UTC", time.gmtime()))
        file.write_bytes(made)
    except (Unreadable, OSError) as fault:
        click.echo(str(fault), err=True)
        raise SystemExit(2) from None
    click.echo(f"Written: {file}, content {protocol.content_hash}.")
