"""`kairn clinic`: the first clinic and its lead, who makes everybody else on the Accounts page, and a way back in for a lead who lost theirs."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo, available_timezones

import click

LEAD_ROLES = ("clinic-lead", "administrator")


@click.group()
def clinic() -> None:
    """Found a clinic of your own, or let somebody back into it."""


@clinic.command()
@click.option("--name", required=True, help="The clinic's name.")
@click.option("--lead-name", required=True, help="The name of its lead, as the record will show it.")
@click.option("--lead-email", required=True, help="The lead's e-mail; they sign in with it.")
@click.option("--time-zone", default="UTC", show_default=True, help="The clinic's time zone, such as America/New_York.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def found(name: str, lead_name: str, lead_email: str, time_zone: str, *, as_json: bool) -> None:
    """Make a clinic with one account, its lead's, and print the password once.

    No protocol is in force in it: two people publish one when a medical director has signed it. Exit code 1: nothing was made.
    """
    if time_zone not in available_timezones():
        raise click.ClickException(f"saw the time zone {time_zone!r}; expected one such as America/New_York or Europe/Lisbon. Nothing was made.")
    email, password = _found(name, lead_name, lead_email, ZoneInfo(time_zone).key)
    if as_json:
        click.echo(json.dumps({"clinic": name, "email": email, "password": password}))
        return
    click.echo(f"{name} is founded. {lead_name} signs in with {email} and the password {password}")
    click.echo("It is shown this once. Sign in, add a passkey, then make the others' accounts on the Accounts page.")


@clinic.command()
@click.option("--email", required=True, help="The e-mail of the account.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def recover(email: str, *, as_json: bool) -> None:
    """Give an account a new password, printed once, and remove its passkeys, codes and PIN.

    For a lead whom no other lead can help; for others the Accounts page does the same. Exit code 1: nothing was changed.
    """
    password = _recovered(email.strip().lower())
    if as_json:
        click.echo(json.dumps({"email": email.strip().lower(), "password": password}))
        return
    click.echo(f"{email} signs in with the password {password}")
    click.echo("It is shown this once. Passkeys, codes and PIN were removed and open sessions ended: sign in and add a passkey.")


def _recovered(email: str) -> str:
    from kairn.clinic.people.accounts import recover
    from kairn.clinic.people.audit import log_reads
    from kairn.clinic.people.models import User

    user = User.objects.filter(email=email, is_active=True).first()
    if user is None:
        raise click.ClickException(f"saw the e-mail {email}, which has no open account; expected one that has. Nothing was changed.")
    password = recover(user)
    if user.clinic_id:
        log_reads(user, [], "people.recover", reason="a new password by the command line, on the machine itself")
    return password


def _found(name: str, lead_name: str, lead_email: str, time_zone: str) -> tuple[str, str]:
    from django.db import IntegrityError, transaction

    from kairn.clinic.people.accounts import make_account, new_clinic

    try:
        with transaction.atomic():
            made = new_clinic(name)
            made.time_zone = time_zone
            made.save(update_fields=["time_zone"])
            lead = make_account(made.id, lead_name, lead_email, LEAD_ROLES)
    except IntegrityError:
        raise click.ClickException(f"saw the e-mail {lead_email}, which has an account already; expected a new one. Nothing was made.") from None
    return lead.user.email, lead.password
