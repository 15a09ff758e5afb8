"""Appends per second against a bare INSERT loop on the same server, as a ratio: python bench/append.py [--writers 1 8] [--rounds 5] [--seconds 2]."""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import click
import psycopg

STREAMS = 20
WARM_UP = 50
FIELDS = (
    "clinic, stream, stream_kind, seq, event_id, kind, schema, occurred_at, recorded_at, by_id, by_name, by_role,"
    " sent_by_id, sent_by_name, sent_by_role, payload, position, prev_hash, hash"
)
BARE = f"INSERT INTO bare_entry ({FIELDS}) VALUES ({', '.join(['%s'] * FIELDS.count(',') + ['%s'])})"


@dataclass(frozen=True)
class Figure:
    """One setting measured: rates are per second over all writers, medians of the rounds with their extremes."""

    writers: int
    n: int
    append: tuple[float, float, float]
    bare: tuple[float, float, float]
    ratio: tuple[float, float, float]


@click.command()
@click.option("--writers", multiple=True, type=int, default=(1, 8), show_default=True)
@click.option("--rounds", default=5, show_default=True, help="Rounds of each kind, in turn.")
@click.option("--seconds", default=2.0, show_default=True, help="Length of one round.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the JSON there as well.")
def main(writers: Sequence[int], rounds: int, seconds: float, out: Path | None) -> None:
    """Measure on an embedded server of its own and print JSON."""
    from kairn.clinic.site.postgres import start

    with tempfile.TemporaryDirectory(prefix="kairn-bench-") as home:
        cluster = start(Path(home))
        try:
            _prepare(home, cluster.owner_url)
            figures = [measured(cluster.run_url, count, rounds, seconds) for count in writers]
        finally:
            cluster.stop()
    text = json.dumps({"bench": "append", "seconds": seconds, "rounds": rounds, "figures": [asdict(each) for each in figures]}, indent=2)
    if out:
        out.write_text(text + "\n", encoding="utf-8")
    click.echo(text)


def _prepare(home: str, owner_url: str) -> None:
    import subprocess
    import sys

    os.environ.update({"KAIRN_HOME": home, "DJANGO_SETTINGS_MODULE": "kairn.clinic.site.settings"})
    told = os.environ | {"KAIRN_DATABASE_ROLE": "owner"}
    subprocess.run([sys.executable, "-m", "django", "migrate", "--skip-checks", "-v", "0"], env=told, check=True)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE bare_entry (LIKE ledger_entry INCLUDING INDEXES)")


def measured(url: str, writers: int, rounds: int, seconds: float) -> Figure:
    """Rounds of both kinds in turn, so that a busy moment of the machine falls on both."""
    pairs = [(rate(appending, url, writers, seconds), rate(bare, url, writers, seconds)) for _ in range(rounds)]
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return Figure(writers, rounds, spread(ours), spread(theirs), spread([a / b for a, b in pairs]))


def spread(values: list[float]) -> tuple[float, float, float]:
    """Median, least and most, to four figures."""
    return tuple(float(f"{each:.4g}") for each in (statistics.median(values), min(values), max(values)))  # type: ignore[return-value]


def rate(work: Callable[..., Any], url: str, writers: int, seconds: float) -> float:
    """Rows a second, all writers in processes of their own and started together."""
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(writers)
    done: Any = context.Queue()
    clinic = uuid4()
    processes = [context.Process(target=work, args=(url, clinic, gate, seconds, done)) for _ in range(writers)]
    for process in processes:
        process.start()
    total = sum(done.get() for _ in processes)
    for process in processes:
        process.join()
    return float(total)


def timed(once: Callable[[], Any], gate: Any, seconds: float) -> float:
    """How often a second `once` returns, after a warm-up."""
    for _ in range(WARM_UP):
        once()
    gate.wait()
    count, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds:
        once()
        count += 1
    return count / passed


def appending(url: str, clinic: UUID, gate: Any, seconds: float, done: Any) -> None:
    """One writer through the ledger: one set of vitals a call, as a screen does it."""
    os.environ["KAIRN_DATABASE_URL"] = url
    import django

    django.setup()
    from kairn.clinic.ledger.append import append

    streams = [uuid4() for _ in range(STREAMS)]
    done.put(timed(lambda: append(clinic, [vitals(streams)]), gate, seconds))


def vitals(streams: list[UUID]) -> Any:
    """One blood pressure in one of the streams."""
    from kairn.record.event import Author, Draft
    from kairn.record.payloads import Observed, Reading

    streams.append(streams.pop(0))
    readings = (Reading("systolic", "128", "mm[Hg]"), Reading("diastolic", "81", "mm[Hg]"))
    return Draft(uuid4(), streams[-1], datetime.now(UTC), Author("7f0c", "Marta Lind", "nurse"), Observed(readings))


def bare(url: str, clinic: UUID, gate: Any, seconds: float, done: Any) -> None:
    """One writer with a plain prepared INSERT of the same row into a table with the same columns and indexes, each committed."""
    payload = json.dumps({"readings": [{"fact": "systolic", "value": "128", "unit": "mm[Hg]"}, {"fact": "diastolic", "value": "81", "unit": "mm[Hg]"}]})
    at, person, digest, position = datetime.now(UTC), ("7f0c", "Marta Lind", "nurse"), bytes(32), 0
    own = uuid4()
    with psycopg.connect(url, autocommit=True) as opened:

        def once() -> None:
            nonlocal position
            position += 1
            row = (own, own, "patient", position, uuid4(), "observed", 1, at, at, *person, *person, payload, position, digest, digest)
            opened.execute(BARE, row, prepare=True)

        done.put(timed(once, gate, seconds))


if __name__ == "__main__":
    main()
