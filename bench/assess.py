"""How long `assess` takes on histories of 20, 200 and 2,000 events: python bench/assess.py [--times 300]."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import click

from kairn.pathway.assess import assess
from kairn.pathway.scenario import load_scenario
from kairn.protocol.load import load_protocol
from kairn.record.history import History
from measuring import milliseconds, say, slow_end

LENGTHS = (20, 200, 2000)
ABOUT = """One person's standing from the whole history, by all rules of the shipped protocol. The histories are those of the stories: referral to
treatment, then one whole infusion visit after another, every third day, cut at the given number of events and judged a minute later. In milliseconds."""
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


@click.command()
@click.option("--times", default=300, show_default=True, help="How often each history is judged.")
def main(times: int) -> None:
    """Print JSON."""
    protocol = load_protocol("iv-ketamine-oud", "1.0")
    story = long_story(max(LENGTHS))
    figures = []
    for length in LENGTHS:
        history = History(story.events[:length])
        now = history.events[-1].recorded_at + timedelta(minutes=1)
        # A fresh copy each time: what a history works out once about itself is part of the cost.
        taken = milliseconds(lambda history=history, now=now: assess(protocol, History(history.events), now), times)
        figures.append({"what": f"{length:,} events", **slow_end(taken)})
    say("assess", ABOUT, figures)


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
