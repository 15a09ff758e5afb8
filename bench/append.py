"""Appends per second against a bare INSERT loop on the same server, as a ratio: python bench/append.py [--rounds 5] [--seconds 1.5]."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import click
import psycopg

from measuring import clinic_server, say, spread

STREAMS = 20
WARM_UP = 50
WAYS = {"one writer": (1, 1), "eight writers in one process": (1, 8), "eight writers in eight processes": (8, 1)}
ABOUT = """Rows a second that are on disk: one set of vitals an append, as a screen sends it. *Append* goes through the ledger (stream and chain
locked, hash, news); *with projection* stores the person's standing in the same transaction; *bare* is a prepared `INSERT` of the same row,
committed each time, into a plain table with the same columns and unique indexes, driven by the same driver. The three take turns on one
server; a ratio is taken of neighbours in one round. In one process, as within each web server, appends
that wait go together in one transaction. Separate processes queue for the chain of their clinic, one commit after another. Rates in rows/s."""
TABLE = """CREATE TABLE bare_entry (clinic uuid NOT NULL, stream uuid NOT NULL, stream_kind text NOT NULL, seq bigint NOT NULL,
  event_id uuid NOT NULL UNIQUE, kind text NOT NULL, schema bigint NOT NULL, occurred_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL,
  by_id text NOT NULL, by_name text NOT NULL, by_role text NOT NULL, sent_by_id text NOT NULL, sent_by_name text NOT NULL, sent_by_role text NOT NULL,
  payload jsonb NOT NULL, position bigint NOT NULL, prev_hash bytea NOT NULL, hash bytea NOT NULL, UNIQUE (stream, seq), UNIQUE (clinic, position))"""
BARE = f"INSERT INTO bare_entry VALUES ({', '.join(['%s'] * 19)})"

Once = Callable[[], Any]


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Rounds of each kind, in turn.")
@click.option("--seconds", default=1.5, show_default=True, help="Length of one round.")
def main(rounds: int, seconds: float) -> None:
    """Measure on an embedded server of its own and print JSON."""
    with clinic_server() as cluster:
        with psycopg.connect(cluster.owner_url, autocommit=True) as owner:
            owner.execute(TABLE)
        figures = [figure for name, way in WAYS.items() for figure in measured(name, cluster.run_url, way, rounds, seconds)]
        say("append", ABOUT, figures, seconds=seconds)


def measured(name: str, url: str, way: tuple[int, int], rounds: int, seconds: float) -> list[dict[str, Any]]:
    """Rounds of all kinds in turn, so that a busy moment of the machine falls on each."""
    turns = [{kind: rate(kind, url, way, seconds) for kind in KINDS} for _ in range(rounds)]
    rows = [{"what": f"{name}: {kind}", **spread([turn[kind] for turn in turns])} for kind in KINDS]
    ratios = [
        {"what": f"{name}: {kind} / bare", **spread([turn[kind] / turn["bare"] for turn in turns])} for kind in KINDS if kind != "bare"
    ]  # fmt: skip
    return [*rows, *ratios]


def rate(kind: str, url: str, way: tuple[int, int], seconds: float) -> float:
    """Rows a second over all writers, started together."""
    count, threads = way
    context = multiprocessing.get_context("spawn")
    gate, clinic = context.Barrier(count * threads), uuid4()
    done: Any = context.Queue()
    processes = [context.Process(target=write, args=(kind, url, clinic, threads, gate, seconds, done)) for _ in range(count)]
    for process in processes:
        process.start()
    total = sum(done.get() for _ in range(count * threads))
    for process in processes:
        process.join()
    return float(total)


def write(kind: str, url: str, clinic: UUID, threads: int, gate: Any, seconds: float, done: Any) -> None:
    """One process and its writers, each a thread with a connection of its own."""
    os.environ["KAIRN_DATABASE_URL"] = url
    import django

    django.setup()
    writers = [threading.Thread(target=lambda: done.put(timed(KINDS[kind](url, clinic), gate, seconds))) for _ in range(threads)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()


def timed(once: Once, gate: Any, seconds: float) -> float:
    """How often a second `once` returns, after a warm-up."""
    for _ in range(WARM_UP):
        once()
    gate.wait()
    count, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds:
        once()
        count += 1
    return count / passed


def plain(_url: str, clinic: UUID) -> Once:
    """One set of vitals a call, through the ledger."""
    from kairn.clinic.ledger.append import append

    streams = [uuid4() for _ in range(STREAMS)]
    return lambda: append(clinic, [vitals(streams)])


def projected(_url: str, clinic: UUID) -> Once:
    """The same with a standing stored beside it."""
    from kairn.clinic.ledger.append import append
    from kairn.clinic.ledger.projection import Projection

    streams = [uuid4() for _ in range(STREAMS)]
    return lambda: append(clinic, [vitals(streams)], project=lambda _stream, past: Projection("treatment", datetime.now(UTC), None, {"seq": past.seq}))


def vitals(streams: list[UUID]) -> Any:
    """One blood pressure in one of the streams."""
    from kairn.record.event import Author, Draft
    from kairn.record.payloads import Observed, Reading

    streams.append(streams.pop(0))
    readings = (Reading("systolic", "128", "mm[Hg]"), Reading("diastolic", "81", "mm[Hg]"))
    return Draft(uuid4(), streams[-1], datetime.now(UTC), Author("7f0c", "Marta Lind", "nurse"), Observed(readings))


def bare(url: str, _clinic: UUID) -> Once:
    """The same row as plain values."""
    payload = json.dumps({"readings": [{"fact": "systolic", "value": "128", "unit": "mm[Hg]"}, {"fact": "diastolic", "value": "81", "unit": "mm[Hg]"}]})
    at, person, digest, own = datetime.now(UTC), ("7f0c", "Marta Lind", "nurse"), bytes(32), uuid4()
    opened = psycopg.connect(url, autocommit=True)
    places = iter(range(1, 1 << 62))

    def once() -> None:
        place = next(places)
        row = (own, own, "patient", place, uuid4(), "observed", 1, at, at, *person, *person, payload, place, digest, digest)
        opened.execute(BARE, row, prepare=True)

    return once


KINDS = {"append": plain, "with projection": projected, "bare": bare}

if __name__ == "__main__":
    main()
