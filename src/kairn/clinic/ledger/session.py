"""Django's own connection, spoken to in psycopg's plain words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import OperationalError, connection
from psycopg.types.json import JsonbLoader

PREPARE_AFTER = 2


@contextmanager
def plain_cursor() -> Iterator[psycopg.Cursor[Any]]:
    """A cursor inside Django's connection and transaction; statements are prepared by the server and bound there. It reads jsonb as text."""
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    if raw.prepare_threshold is None:
        # Django turns prepared statements off; its own cursors bind on this side and never prepare.
        raw.prepare_threshold = PREPARE_AFTER
    with psycopg.Cursor(raw) as opened:
        try:
            yield opened
        except psycopg.OperationalError as lost:
            if not raw.closed:
                raise
            connection.errors_occurred = True
            raise OperationalError(*lost.args) from lost


@contextmanager
def cursor() -> Iterator[psycopg.Cursor[Any]]:
    """The same, reading jsonb as plain values."""
    with plain_cursor() as opened:
        # Django leaves jsonb as text on its connections.
        opened.adapters.register_loader("jsonb", JsonbLoader)
        yield opened


def in_transaction() -> bool:
    """Whether somebody's transaction is open, so that what is read may yet be rolled back."""
    return connection.in_atomic_block
