"""Commands of other rooms that need the database: each is run while one stands."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

import click

from kairn.clinic.site.stand import django_standing

PLACES = {
    "clinic": "kairn.clinic.people.commands:clinic",
    "downtime": "kairn.clinic.screens.downtime.commands:downtime",
    "import_": "kairn.clinic.exchange.commands:import_",
    "verify": "kairn.clinic.acts.commands:verify",
}


def __getattr__(name: str) -> click.Command:
    if name not in PLACES:
        raise AttributeError(name)
    module, _, attribute = PLACES[name].partition(":")
    return stood(getattr(import_module(module), attribute))


def stood(command: click.Command) -> click.Command:
    """The same command, every part of it run with Django set up and a database that answers."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            stood(each)
    elif command.callback is not None:
        command.callback = _while_standing(command.callback)
    return command


def _while_standing(inner: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(inner)
    def outer(*words: Any, **options: Any) -> Any:
        with django_standing():
            from django.db.utils import ProgrammingError  # late, so that `kairn --help` stays quick
            from psycopg.errors import UndefinedTable

            try:
                return inner(*words, **options)
            except ProgrammingError as fault:
                if not isinstance(fault.__cause__, UndefinedTable):
                    raise
                raise click.ClickException("saw a database without Kairn's tables; expected them. Make them once: kairn database migrate") from None

    return outer
