"""The root of the `kairn` command: finds its commands late, so that asking for help is quick."""

from __future__ import annotations

import re
import sys
from importlib import import_module, metadata
from typing import Any

import click

from kairn.terms.problem import Unreadable

OWN_COMMANDS = {
    "protocol": "kairn.cli.protocol:protocol",
    "assess": "kairn.cli.scenario:assess_command",
    "scenarios": "kairn.cli.scenario:scenarios",
    "score": "kairn.cli.score:score_command",
    "instrument": "kairn.cli.instrument:instrument",
    "predict": "kairn.cli.predict:predict_command",
}
GROUP = "kairn.commands"

EPILOG = """\b
First steps
  kairn run                                a demo clinic on http://localhost:8000
  kairn doctor                             what this machine lacks, and how to mend it
  kairn protocol say iv-ketamine-oud       the protocol, read aloud in plain English
  kairn instrument list                    the scales, and whose words would be shown
\b
A clinic of your own
  kairn clinic found --help                the clinic and its lead's account
  kairn database prepare --print           the SQL for your database's administrator
  kairn serve --tls-local --host 0.0.0.0   for the tablets on your network
\b
KAIRN_HOME moves the data folder. KAIRN_DATABASE_URL and KAIRN_DATABASE_OWNER_URL
point the same product at a PostgreSQL of yours. Each command explains itself: kairn COMMAND --help
"""


class LateGroup(click.Group):
    """Commands named by entry points, imported only when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name, in order."""
        return sorted({*super().list_commands(ctx), *command_places()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None when there is no such one; a room that is not installed is said so."""
        place = command_places().get(cmd_name)
        return load_command(cmd_name, place) if place else super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Bad input is answered with its sentence, not with a traceback."""
        try:
            return super().invoke(ctx)
        except Unreadable as error:
            raise click.ClickException(str(error)) from error


def command_places() -> dict[str, str]:
    """Command name -> "module:attribute"."""
    added = {point.name: point.value for point in metadata.entry_points(group=GROUP)}
    return {**added, **OWN_COMMANDS}


def load_command(name: str, place: str) -> click.Command | None:
    """Import one command; without the packages of its room it becomes a command that says what to install.

    None where the module is gone, which is what an old installation's list of commands can name.
    """
    module, _, attribute = place.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        if error.name == module:
            return None
        if re.match(r"kairn\b", error.name or ""):
            raise
        return _not_installed(name, str(error.name))
    assert isinstance(found, click.Command), f"{place} is not a command"
    return found


def _not_installed(name: str, missing: str) -> click.Command:
    @click.command(name, short_help="Needs the clinic: pip install 'kairn[clinic]'", context_settings={"ignore_unknown_options": True})
    @click.argument("words", nargs=-1)
    def needs(words: tuple[str, ...]) -> None:
        raise click.ClickException(f"kairn {name} needs the package {missing}, which is not installed. Install the clinic: pip install 'kairn[clinic]'")

    return needs


@click.group(cls=LateGroup, epilog=EPILOG, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="kairn", prog_name="kairn")
@click.pass_context
def kairn(ctx: click.Context) -> None:
    """Run a supervised, ketamine-assisted programme for recovery from opioid use disorder out of one readable, cited protocol.

    The same protocol file is weighed for patients with gates that explain themselves, read aloud, checked and compared.
    Software advises; a licensed person decides.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main() -> None:
    """The console script."""
    sys.exit(kairn(prog_name="kairn"))
