"""Eight people chart one person at the same moment: every entry is there, and the news of the latest is out within two seconds.

python tests/soak/charting.py --rounds 1000 --out docs/reference/proofs/charting.json
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
import psycopg
from house import Crew, Proof, another_person, walking

WRITERS = 8
SHORT = 10
PER_PERSON = 10
WITHIN_SECONDS = 2.0
PATIENCE_SECONDS = 10.0


@click.command()
@click.option("--rounds", default=1000, show_default=True)
@click.option("--short", is_flag=True, help=f"Only {SHORT}.")
@click.option("--minutes", type=float, help="Stop after so long, with fewer than asked.")
@click.option("--plant", type=click.Choice(["gives-up-when-late"]), help="Plant this fault; the run must then find it.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the JSON there as well.")
def main(rounds: int, short: bool, minutes: float | None, plant: str | None, out: Path | None) -> None:
    """Run on an embedded server of its own. Exit code 0: no entry was lost, and none was seen late."""
    proof = Proof(more={"writers": WRITERS, "rounds": 0, "late": 0, "slowest seconds": 0.0})
    with walking() as walk, psycopg.connect(os.environ["KAIRN_DATABASE_URL"], autocommit=True) as heard:
        heard.execute("LISTEN kairn_news")
        crew = Crew(WRITERS)
        for place in range(SHORT if short else rounds):
            if proof.out_of_time(minutes):
                break
            if place % PER_PERSON == 0:
                another_person(walk)
            one_round(walk, crew, heard, plant, proof)
    proof.more["slowest seconds"] = round(proof.more["slowest seconds"], 3)
    proof.leave(out)


def one_round(walk: Any, crew: Crew, heard: psycopg.Connection[Any], plant: str | None, proof: Proof) -> None:
    """Everybody records at once; what is missing from the chart afterwards, or was heard of late, is counted."""
    from kairn.clinic.ledger.read import SHELF

    walk.later(seconds=1)
    ids = [uuid4() for _ in range(WRITERS)]
    before = walk.history.seq
    began = time.monotonic()
    crew.at_once([lambda event_id=event_id: chart(walk, event_id, before, plant) for event_id in ids])
    took = until_heard(heard, str(walk.patient), before + WRITERS, began)
    SHELF.clear()
    stored = {event.id for event in walk.history.events}
    proof.n += WRITERS
    proof.lost += len(set(ids) - stored)
    proof.more["rounds"] += 1
    proof.more["late"] += took > WITHIN_SECONDS
    proof.lost += took > WITHIN_SECONDS
    proof.more["slowest seconds"] = max(proof.more["slowest seconds"], took)


def chart(walk: Any, event_id: Any, seen: int, plant: str | None) -> Any:
    """One set of vitals; planted: taken as a decision, which gives up when somebody was faster."""
    from acts_walk import readings

    from kairn.clinic.acts import facts
    from kairn.clinic.ledger.append import append
    from kairn.record.event import Draft
    from kairn.record.payloads import Observed

    given, context = readings(systolic="124", diastolic="78", heart_rate="70"), walk.context("nurse")
    if plant:
        return append(walk.clinic, [Draft(event_id, walk.patient, walk.now, context.author, Observed(tuple(given)))], expected_seq={walk.patient: seen})
    return facts.record_readings(context, walk.patient, event_id=event_id, readings=given, occurred_at=walk.now)


def until_heard(heard: psycopg.Connection[Any], patient: str, seq: int, began: float) -> float:
    """Seconds until the news say that the chart has grown so far."""
    import json

    while (passed := time.monotonic() - began) < PATIENCE_SECONDS:
        for notice in heard.notifies(timeout=WITHIN_SECONDS, stop_after=1):
            news = json.loads(notice.payload)
            if news["stream"] == patient and news["seq"] >= seq:
                return time.monotonic() - began
        if passed > WITHIN_SECONDS:
            break
    return PATIENCE_SECONDS


if __name__ == "__main__":
    main()
