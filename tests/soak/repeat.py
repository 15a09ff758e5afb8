"""Every form sent two to ten times, at the same moment and again later: one effect, and another body under the same id is refused.

python tests/soak/repeat.py --requests 10000 --out docs/reference/proofs/repeat.json
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import click
from house import Crew, Proof, another_person, walking

LEAST, MOST = 2, 10
SHORT = 60
CREW = 8
PER_PERSON = 25


@click.command()
@click.option("--requests", default=10_000, show_default=True)
@click.option("--short", is_flag=True, help=f"Only {SHORT}.")
@click.option("--minutes", type=float, help="Stop after so long, with fewer than asked.")
@click.option("--seed", default=1, show_default=True)
@click.option("--plant", type=click.Choice(["fresh-id"]), help="Plant this fault; the run must then find it.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the JSON there as well.")
def main(requests: int, short: bool, minutes: float | None, seed: int, plant: str | None, out: Path | None) -> None:
    """Run on an embedded server of its own. Exit code 0: every request had one effect."""
    proof, chance = Proof(), random.Random(seed)
    with walking() as walk:
        crew = Crew(CREW)
        for place in range(SHORT if short else requests):
            if proof.out_of_time(minutes):
                break
            if place % PER_PERSON == 0:
                another_person(walk)
            one_request(walk, crew, chance.randint(LEAST, MOST), plant, proof)
    proof.leave(out)


def one_request(walk: Any, crew: Crew, times: int, plant: str | None, proof: Proof) -> None:
    """One form: some copies at once, the rest one by one, then one with other words. It counts as lost where more or less than one effect is seen."""
    event_id, before = uuid4(), walk.history.seq
    walk.later(seconds=1)
    note = noting(walk, walk.now)
    send = lambda: note(uuid4() if plant == "fresh-id" else event_id, "Sleeps well.")  # noqa: E731
    answers = crew.at_once([send] * min(times, CREW)) + [send() for _ in range(max(0, times - CREW))]
    changed = note(event_id, "Sleeps badly.")
    after = walk.history
    held = [event for event in after.events if event.id == event_id]
    good = len(held) == 1 and after.seq == before + 1 and held[0].payload.text == "Sleeps well."
    proof.n += 1
    proof.lost += not (good and all(done_once(answer, event_id) for answer in answers) and refused(changed))
    proof.more["sent"] = proof.more.get("sent", 0) + times
    proof.more["changes refused"] = proof.more.get("changes refused", 0) + refused(changed)


def noting(walk: Any, at: datetime) -> Callable[[UUID, str], Any]:
    """The act of writing a note, as its page sends it: same moment, same id, each time."""
    from kairn.clinic.acts.notes import write_note

    return lambda event_id, text: write_note(walk.context("nurse"), walk.patient, event_id=event_id, text=text, occurred_at=at)


def done_once(answer: Any, event_id: UUID) -> bool:
    """Whether this answer says that the one event is in the record."""
    return getattr(answer, "events", None) == (event_id,)


def refused(answer: Any) -> bool:
    """Whether this answer is a conflict, which the page turns into 409."""
    return getattr(answer, "kind", "") == "conflict"


if __name__ == "__main__":
    main()
