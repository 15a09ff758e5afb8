"""`kairn downtime`: the sheets for a time without Kairn, written at once."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), help="The folder to write to; otherwise the one the server writes to.")
def downtime(folder: Path | None) -> None:
    """Write one sheet for every visit under way: who, order, pump, latest vital signs, what is due, limits, and an empty flowsheet.

    A sheet opens from disk in any browser, with server and network down. The server writes them by itself once a minute.
    """
    from django.conf import settings

    from kairn.clinic.screens.downtime.write import FOLDER, write_sheets

    place = folder or settings.KAIRN_HOME / FOLDER
    written = write_sheets(place)
    click.echo(f"{len(written)} sheets in {place}." if written else f"No visit is under way, so no sheet is in {place}.")
