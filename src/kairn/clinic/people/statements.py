"""Questions that nearly every page asks, put to PostgreSQL in SQL of our own.

Django composes a statement anew for every question, which takes it several times as long as PostgreSQL takes to answer one of these; and a page asks many.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model

M = TypeVar("M", bound=Model)


def answered(statement: str, **asked: Any) -> list[tuple[Any, ...]]:
    """The rows that answer a statement, which names what it is asked with as %(name)s."""
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return cursor.fetchall()


def told(statement: str, **said: Any) -> None:
    """Run a statement that answers nothing."""
    with connection.cursor() as cursor:
        cursor.execute(statement, said)


def columns(model: type[Model], alias: str) -> str:
    """All columns of a model's table, as a SELECT names them; `made` reads them."""
    return ", ".join(f"{alias}.{field.column}" for field in model._meta.concrete_fields)


def made(model: type[M], values: Iterator[Any]) -> M | None:
    """The row of a model of which the columns come next in `values`, and no more of them is taken; None where a join found none."""
    names = _names(model)
    row = list(islice(values, len(names)))
    return None if row[names.index(model._meta.pk.attname)] is None else model.from_db(DEFAULT_DB_ALIAS, names, row)


@cache
def _names(model: type[Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in model._meta.concrete_fields)
