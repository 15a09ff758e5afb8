"""Today with 1,000 and 10,000 people: the read, and the whole page over HTTP: python bench/today.py [--times 60]."""

from __future__ import annotations

import http.client
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import psycopg

from measuring import as_owner, clinic_server, milliseconds, say, slow_end

PEOPLE = (1000, 10_000)
SHOWN = 100
ABOUT = """The coordinator's board, which counts everybody and shows the hundred most urgent. The people of the stories are copied until there are so many.
*Read* is the board from the database with its row in the log of reads; *page* is the whole answer of the web server to a signed-in browser on this
machine, without compression. In milliseconds."""
COPY = """WITH told AS (SELECT s.*, row_number() OVER (ORDER BY stream) AS place FROM ledger_standing s WHERE stream = ANY(%(told)s)),
  copies AS (INSERT INTO ledger_standing (stream, clinic, seq, as_of, stage, changes_at, board)
    SELECT gen_random_uuid(), clinic, seq, as_of, stage, changes_at, board FROM told, generate_series(1, %(more)s) AS n
    WHERE place = 1 + n %% (SELECT count(*) FROM told) RETURNING stream, clinic)
  INSERT INTO people_patient (id, clinic_id, family_name, given_name, sex, phone, email, safe_contact, created_at)
    SELECT stream, clinic, 'Byrne', 'Maeve', 'female', '', '', '', now() FROM copies"""


@click.command()
@click.option("--times", default=60, show_default=True, help="How often the board and the page are asked for.")
def main(times: int) -> None:
    """Print JSON."""
    with clinic_server() as cluster:
        as_owner(cluster, "-m", "kairn.clinic.site.seeding")
        import django

        django.setup()
        with serving() as port, psycopg.connect(cluster.owner_url, autocommit=True) as owner:
            told = [row[0] for row in owner.execute("SELECT stream FROM ledger_standing").fetchall()]
            figures = [figure for people in PEOPLE for figure in measured(owner, told, people, port, times)]
    say("today", ABOUT, figures)


def measured(owner: psycopg.Connection[Any], told: list[Any], people: int, port: int, times: int) -> list[dict[str, Any]]:
    """Both figures with so many people."""
    from kairn.clinic.acts.boards import Board, today
    from kairn.clinic.acts.context import context_of
    from kairn.clinic.people.models import User

    stored = owner.execute("SELECT count(*) FROM ledger_standing").fetchone()
    owner.execute(COPY, {"told": told, "more": people - (stored[0] if stored else 0)})
    owner.execute("ANALYZE")
    coordinator = User.objects.get(email="coordinator@kairn.example")
    context = context_of(coordinator)
    board = today(context, limit=SHOWN)
    assert isinstance(board, Board)
    reads = milliseconds(lambda: today(context, limit=SHOWN), times)
    ask = Asking(port, session_of(coordinator))
    pages = milliseconds(ask, times)
    what = f"{people:,} people ({board.total:,} in care)"
    return [{"what": f"{what}: read", **slow_end(reads)}, {"what": f"{what}: page of {ask.size // 1000} kB", **slow_end(pages)}]


class Asking:
    """A browser that asks for the page again and again on one connection."""

    def __init__(self, port: int, session: str) -> None:
        self.connection = http.client.HTTPConnection("localhost", port)
        self.told = {"Cookie": f"sessionid={session}"}
        self.size = 0

    def __call__(self) -> None:
        """One page."""
        self.connection.request("GET", "/today", headers=self.told)
        answer = self.connection.getresponse()
        self.size = len(answer.read())
        if answer.status != http.client.OK:
            raise click.ClickException(f"The page answered {answer.status}; expected 200.")


def session_of(user: Any) -> str:
    """A signed-in session, as the sign-in page would make it."""
    from django.test import Client

    client = Client()
    client.force_login(user)
    return str(client.cookies["sessionid"].value)


@contextmanager
def serving() -> Iterator[int]:
    """The site on uvicorn in a thread; answers its port."""
    import socket

    import uvicorn

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    from kairn.clinic.site.asgi import application

    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application, lifespan="off", log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield int(door.getsockname()[1])
    server.should_exit = True
    thread.join(timeout=5)


if __name__ == "__main__":
    main()
