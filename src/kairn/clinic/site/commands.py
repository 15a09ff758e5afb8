"""`kairn run`, `serve`, `doctor` and `database`: everything heavy is imported only when its command is called."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from kairn.clinic.site.refusal import cannot_start

PORT = click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, envvar="KAIRN_PORT", help="Where to listen.")

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object, and nothing else.")


@click.command()
@PORT
def run(port: int) -> None:
    """Start the demo clinic on localhost and print one sign-in per role.

    The first start makes the database and the clinic; later starts find them as they were left. Ctrl-C stops it.
    """
    from kairn.clinic.site.address import plain_door
    from kairn.clinic.site.saying import Saying
    from kairn.clinic.site.serve import serve as serve_clinic

    serve_clinic(plain_door("localhost", port), Saying(), demo=True)


@click.command()
@click.option("--host", default="localhost", show_default=True, help="The address to listen on; 0.0.0.0 is every address of this machine.")
@PORT
@click.option("--tls-cert", type=click.Path(path_type=Path), help="A PEM certificate chain.")
@click.option("--tls-key", type=click.Path(path_type=Path), help="Its private key.")
@click.option("--tls-local", is_flag=True, help="Make a certificate of the clinic's own; /tablets shows how tablets come to trust it.")
@click.option(
    "--name", "names", multiple=True, help="A name browsers use for this machine, such as clinic.lan; may be given again. Passkeys need a name, not a number."
)
@click.option("--web-servers", type=click.IntRange(1, 16), help="How many answer at once. [default: one for each processor, up to four]")
def serve(host: str, port: int, tls_cert: Path | None, tls_key: Path | None, tls_local: bool, names: tuple[str, ...], web_servers: int | None) -> None:
    """Run a clinic: the database, the web servers, the worker and the seals.

    On localhost nothing more is needed. On any other address TLS is, because browsers give no passkey and no offline chart without it.

    Behind a proxy of yours on this machine stay on localhost and set KAIRN_ORIGIN to the address the proxy answers at, such as
    https://clinic.example; the proxy passes Host on and sets X-Forwarded-Proto.
    """
    from kairn.clinic.site import address
    from kairn.clinic.site.home import data_folder, writable
    from kairn.clinic.site.saying import Saying
    from kairn.clinic.site.serve import serve as serve_clinic

    if tls_local:
        door = address.own_door(host, port, writable(data_folder()), names)
    elif tls_cert and tls_key:
        door = address.given_door(host, port, tls_cert, tls_key, names)
    elif tls_cert or tls_key:
        raise cannot_start("only one of --tls-cert and --tls-key", "both, or neither", "Give both files.")
    else:
        door = address.plain_door(host, port)
    serve_clinic(door, Saying(), web_servers=web_servers)


@click.command()
@JSON
@PORT
def doctor(as_json: bool, port: int) -> None:
    """Say what this machine lacks for running Kairn, and how to mend it.

    Exit code 0: a clinic can run. 1: something must be mended first.
    """
    from kairn.clinic.site.doctor import as_lines, as_plain, examine

    found = examine(port)
    click.echo(json.dumps(as_plain(found), indent=2) if as_json else "\n".join(as_lines(found)))
    sys.exit(0 if all(each.good or not each.needed for each in found) else 1)


@click.group()
def database() -> None:
    """Prepare, migrate and find the database."""


@database.command()
@click.option("--print", "only_print", is_flag=True, help="Print the SQL for an administrator.")
@click.option("--database", "name", default="kairn", show_default=True, help="The database's name.")
@click.option("--owner", default="kairn_owner", show_default=True, help="The role that migrates, seeds and restores.")
@click.option("--app", default="kairn_app", show_default=True, help="The role that runs, and owns nothing.")
@JSON
def prepare(only_print: bool, name: str, owner: str, app: str, *, as_json: bool) -> None:
    """Make two roles and one database; on a server of yours an administrator does that, with the SQL this prints."""
    from kairn.clinic.site.database import embedded
    from kairn.clinic.site.prepare import prepare_sql
    from kairn.clinic.site.stand import standing

    if only_print:
        text = prepare_sql(name, owner, app)
        click.echo(json.dumps({"sql": text}) if as_json else text, nl=as_json)
        return
    if not embedded():
        raise cannot_start("a database server that is not Kairn's own", "an administrator's hand", "kairn database prepare --print | psql -d postgres")
    with standing() as home:
        click.echo(json.dumps({"state": "prepared", "home": str(home)}) if as_json else f"The database in {home} is prepared.")


@database.command()
@JSON
def migrate(*, as_json: bool) -> None:
    """Bring the tables up to date, as their owner."""
    from kairn.clinic.site.stand import migrate as migrate_tables
    from kairn.clinic.site.stand import standing

    with standing() as home:
        migrate_tables(home)
        click.echo(json.dumps({"state": "up to date", "home": str(home)}) if as_json else "The tables are up to date.")


@database.command()
@click.option("--owner", is_flag=True, help="The owner's address instead of the running role's.")
@JSON
def url(owner: bool, *, as_json: bool) -> None:
    """Print the database's address, for psql or a backup; it may hold a password."""
    from kairn.clinic.site.database import owner_url, run_url

    found = owner_url() if owner else run_url()
    click.echo(json.dumps({"role": "owner" if owner else "run", "url": found}) if as_json else found)
