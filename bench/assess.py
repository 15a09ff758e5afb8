"""How long a person's standing takes, whole and after one new event, on histories of 20, 200 and 2,000 events: python bench/assess.py [--times 200]."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from kairn.pathway.assess import assess
from kairn.pathway.compiled import Compiled, compile_protocol
from kairn.pathway.scenario import load_scenario
from kairn.pathway.standing import Standing
from kairn.protocol.load import load_protocol
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import Observed
from measuring import milliseconds, say, slow_end, spread

LENGTHS = (20, 200, 2000)
ABOUT = """One person's standing by all rules of the shipped protocol. The histories are those of the stories: referral to treatment, then one whole
infusion visit after another, every third day. *Whole* is plain `assess` of the history cut at the given number of events, judged a minute later.
After one new event, *compiled* takes it into a standing that is kept up, and *plain* judges the whole history anew; the two take turns, and what they
say must be equal each time. The event is the last one up to that length that brings one reading, or that brings all vitals of a running infusion, on
which most rules of the infusion rest. A ratio is of neighbours in one round. In milliseconds."""
BEGUN = ("referred", "assessed", "consented", "planned", "in-treatment")
VISIT = (("booked", 0), ("pre-flight", 0), ("started", 20), ("calm-infusion", 20), ("ended", 60), ("recovered", 60), ("went-home", 180))
HEAD = """scenario: A long course
story: One visit after another.
person: {given_name: Ana, family_name: Reyes, birth_date: "1988-03-14", sex: female}
now: 2026-11-22T09:00:00Z
given:
  - {event: observed, at: now, by: "coordinator Sam Ortiz", readings: {birth_date: "1988-03-14", sex: female}}
"""
TAIL = "then:\n  stage: treatment\n"
EVERY_DAYS = 3
DAY_MINUTES = 1440
MANY = 8
A_MINUTE = timedelta(minutes=1)


@click.command()
@click.option("--times", default=200, show_default=True, help="How often each history is judged.")
def main(times: int) -> None:
    """Print JSON."""
    protocol = load_protocol("iv-ketamine-oud", "1.0")
    compiled = compile_protocol(protocol)
    story = long_story(max(LENGTHS))
    figures = [whole(compiled, story, length, times) for length in LENGTHS]
    for length in LENGTHS:
        for said, event in news(story, length):
            figures += after(compiled, story, event, times, f"{length:,} events, then {said}")
    say("assess", f"{ABOUT} The protocol has {len(protocol.rules)} rules.", figures)


def whole(compiled: Compiled, story: History, length: int, times: int) -> dict[str, Any]:
    """Plain assess of a history. A fresh copy each time: what a history works out once about itself is part of the cost."""
    events = story.events[:length]
    now = events[-1].recorded_at + A_MINUTE
    return {"what": f"{length:,} events: whole", **slow_end(milliseconds(lambda: assess(compiled.protocol, History(events), now), times))}


def news(story: History, length: int) -> Iterator[tuple[str, Event]]:
    """The latest event up to a length that brings one reading, and the latest that brings all vitals of a running infusion."""
    observed = [event for event in story.events[:length] if isinstance(event.payload, Observed)]
    yield "one reading", next(event for event in reversed(observed) if len(event.payload.readings) == 1)
    vitals = [event for event in observed if MANY < len(event.payload.readings) and running(story, event)]
    if vitals:
        yield "all vitals in an infusion", vitals[-1]


def running(story: History, event: Event) -> bool:
    """Whether the pump of the event's visit was running before it."""
    kinds = [other.kind for other in story.events[: event.seq - 1] if getattr(other.payload, "visit", None) == event.payload.visit]
    return "pump.started" in kinds and "pump.stopped" not in kinds


def after(compiled: Compiled, story: History, event: Event, times: int, what: str) -> list[dict[str, Any]]:
    """Compiled, plain and their ratio for one new event, taking turns."""
    before, known = story.events[: event.seq - 1], story.events[: event.seq]
    then, now = before[-1].recorded_at + A_MINUTE, max(event.occurred_at, before[-1].recorded_at) + A_MINUTE + A_MINUTE
    ours, theirs = [], []
    for _ in range(times):
        kept = compiled.begin(History(before), then)
        told, took = timed(lambda kept=kept: kept.after(event, now))
        plain, plainly = timed(lambda: assess(compiled.protocol, History(known), now))
        if told != plain:
            raise click.ClickException(f"Compiled and plain differ after {what}.")
        ours.append(took)
        theirs.append(plainly)
    ratios = [slow / quick for quick, slow in zip(ours, theirs, strict=True)]
    return [
        {"what": f"{what}: compiled", **slow_end(ours)},
        {"what": f"{what}: plain", **slow_end(theirs)},
        {"what": f"{what}: plain / compiled", **spread(ratios)},
    ]


def timed(judge: Any) -> tuple[Standing, float]:
    """What was said, and in how many milliseconds."""
    start = time.perf_counter()
    said = judge()
    return said, (time.perf_counter() - start) * 1000


def long_story(length: int) -> History:
    """A history of at least so many events."""
    protocol = load_protocol("iv-ketamine-oud", "1.0")
    visits = length // len(VISIT)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long-course.yaml"
        path.write_text(HEAD + "".join(entries(visits)) + TAIL, encoding="utf-8")
        return load_scenario(path, protocol).history


def entries(visits: int) -> list[str]:
    """The given events of such a story as blocks."""
    begun = [f'  - {{block: {block}, at: "+{day + 1} d"}}\n' for day, block in enumerate(BEGUN)]
    first = (len(BEGUN) + EVERY_DAYS) * DAY_MINUTES
    return begun + [
        f'  - {{block: {block}, at: "+{first + visit * EVERY_DAYS * DAY_MINUTES + minute} min", visit: visit-{visit}}}\n'
        for visit in range(visits)
        for block, minute in VISIT
    ]


if __name__ == "__main__":
    main()
