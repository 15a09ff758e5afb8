"""A protocol by the name a person types, or the sentence that says why not."""

from __future__ import annotations

from pathlib import Path

import click

from kairn.protocol.load import load_protocol
from kairn.protocol.rule import Protocol
from kairn.terms.problem import Unreadable

DEFAULT = "iv-ketamine-oud"


def load_named(protocol_id: str, version: str, root: Path) -> Protocol:
    """The protocol; without a version its newest. Prints the sentence and exits with 2 where it cannot be read."""
    versions = sorted((path.name for path in (root / protocol_id).glob("*") if path.is_dir()), key=_in_order)
    try:
        return load_protocol(protocol_id, version or (versions[-1] if versions else ""), root)
    except Unreadable as fault:
        click.echo(str(fault), err=True)
        raise SystemExit(2) from None


def _in_order(version: str) -> list[tuple[int, str]]:
    """1.10 comes after 1.9."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in version.split(".")]
