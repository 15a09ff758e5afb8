"""Stock: random histories beside a count of the true millilitres, and rounds of eight people who draw at once of what is enough for five (P5).

python tests/soak/stock.py --histories 10000 --steps 50 --rounds 1000 --out docs/reference/proofs/stock.json
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import click
from house import Crew, Proof, walking

ROOT = Path(__file__).parents[2]
WRITERS, ENOUGH_FOR = 8, 5
SHORT_HISTORIES, SHORT_ROUNDS = 40, 5
EACH, BAG = "7", "35"
BATCH = 250


@click.command()
@click.option("--histories", default=10_000, show_default=True)
@click.option("--steps", default=50, show_default=True)
@click.option("--rounds", default=1000, show_default=True)
@click.option("--short", is_flag=True, help=f"Only {SHORT_HISTORIES} histories and {SHORT_ROUNDS} rounds.")
@click.option("--minutes", type=float, help="Stop after so long, with fewer than asked.")
@click.option("--plant", type=click.Choice(["check-then-insert"]), help="Plant this fault; the run must then find it.")
@click.option("--jobs", default=2, show_default=True, help="Processes for the histories.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the JSON there as well.")
def main(histories: int, steps: int, rounds: int, short: bool, minutes: float | None, plant: str | None, jobs: int, out: Path | None) -> None:
    """Exit code 0: no history broke a law, and no lot was overdrawn. `lost` counts both."""
    proof = Proof(more={"histories": 0, "steps": 0, "steps asked of each": steps, "violations": 0, "rounds": 0, "writers": WRITERS, "overdrawn": 0, "told": []})
    if plant is None:
        random_histories(SHORT_HISTORIES if short else histories, steps, jobs, minutes, proof)
    race(SHORT_ROUNDS if short else rounds, minutes, plant, proof)
    proof.n = proof.more["histories"] + proof.more["rounds"]
    proof.lost = proof.more["violations"] + proof.more["overdrawn"]
    proof.leave(out)


def random_histories(count: int, steps: int, jobs: int, minutes: float | None, proof: Proof) -> None:
    """Batches of the state machine, each with a seed of its own, in processes beside each other; the histories get half of the time."""
    batches = [(number, min(BATCH, count - number * BATCH), steps) for number in range((count + BATCH - 1) // BATCH)]
    began = time.monotonic()
    with ProcessPoolExecutor(jobs) as pool:
        for first in range(0, len(batches), jobs):
            if minutes is not None and time.monotonic() - began > minutes * 60 / 2:
                break
            for done, made, told in pool.map(one_batch, batches[first : first + jobs]):
                proof.more["histories"] += done
                proof.more["steps"] += made
                proof.more["violations"] += bool(told)
                proof.more["told"] += [told] if told else []


def one_batch(asked: tuple[int, int, int]) -> tuple[int, int, str]:
    """Histories run, steps made in them, and the law that was broken, if any."""
    sys.path[:0] = [str(ROOT)]
    from hypothesis import HealthCheck, Phase, seed, settings
    from hypothesis.stateful import run_state_machine_as_test
    from tests.laws.stock_machine import StockMachine

    number, count, steps = asked
    machine = seed(number)(type("Machine", (StockMachine,), {"steps": 0, "runs": 0}))
    how = settings(
        max_examples=count, stateful_step_count=steps, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    try:
        run_state_machine_as_test(machine, settings=how)
    except AssertionError as broken:
        return machine.runs, machine.steps, f"batch {number}: {broken}"  # type: ignore[attr-defined]
    return machine.runs, machine.steps, ""  # type: ignore[attr-defined]


# --- at once -----------------------------------------------------------------------------------------------------------


def race(rounds: int, minutes: float | None, plant: str | None, proof: Proof) -> None:
    """Each round is a new lot; what eight got of it is compared with what the record and the stored balance say."""
    with walking() as walk:
        walk.patient = uuid4()
        walk.to_infusion()
        crew = Crew(WRITERS)
        for _ in range(rounds):
            if proof.out_of_time(minutes):
                break
            proof.more["overdrawn"] += one_round(walk, crew, plant)
            proof.more["rounds"] += 1


def one_round(walk: Any, crew: Crew, plant: str | None) -> bool:
    """Whether this lot was overdrawn, or its balance is not what the record says."""
    from kairn.clinic.acts import stock
    from kairn.clinic.acts.outcome import Done
    from kairn.clinic.acts.stock_entry import lot_stream
    from kairn.clinic.ledger import read
    from kairn.clinic.ledger import stock as found
    from kairn.record.stock import lot_of

    walk.later(seconds=1)
    number = uuid4().hex
    made = stock.receive(walk.context("nurse"), event_id=uuid4(), product="ketamine-1", lot=number, expires=date(2030, 1, 1), volume=BAG)
    assert isinstance(made, Done), made
    lot = lot_stream(walk.clinic, "ketamine-1", number)
    walk.later(seconds=1)
    answers = crew.at_once([(planted if plant else draw)(walk, lot) for _ in range(WRITERS)])
    read.SHELF.clear()
    left = lot_of(read.history(lot)).amount
    stored = next(row.amount for row in found.lots(walk.clinic) if row.lot == lot)
    return sum(isinstance(answer, Done) for answer in answers) != ENOUGH_FOR or left != 0 or stored != 0


def draw(walk: Any, lot: UUID) -> Callable[[], Any]:
    """One person draws."""
    from kairn.clinic.acts import drug_account
    from kairn.clinic.acts.stock_entry import Typed

    context = walk.context("nurse")
    return lambda: drug_account.draw(context, walk.patient, event_id=uuid4(), visit=walk.visit, lot=lot, typed=Typed(EACH))


def planted(walk: Any, lot: UUID) -> Callable[[], Any]:
    """The fault: look whether there is enough, then insert, with no balance beside it."""
    from kairn.clinic.acts.outcome import Done
    from kairn.clinic.ledger.append import append
    from kairn.clinic.ledger.read import history
    from kairn.record.event import Draft, StreamKind
    from kairn.record.payloads_stock import StockDrawn
    from kairn.record.stock import lot_of

    context = walk.context("nurse")

    def unlocked() -> Any:
        if lot_of(history(lot)).amount < int(EACH):
            return None
        append(walk.clinic, [Draft(uuid4(), lot, walk.now, context.author, StockDrawn(walk.visit, f"{EACH} mL"), stream_kind=StreamKind.STOCK)])
        return Done((), 0)

    return unlocked


if __name__ == "__main__":
    main()
