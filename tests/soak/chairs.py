"""Twenty chairs, forty of the staff and two hundred patients' phones at a clinic as it is served: how long an entry takes to every open screen.

python tests/soak/chairs.py --minutes 30 --out docs/reference/proofs/chairs.json

The clinic is `kairn serve` on a folder of its own. The people are browsers without a window, in four processes beside it: they send real forms, hear
the real stream of news and bring the parts of their pages that the news name. An entry is on a screen when another browser has that part, with the
value of this entry in it; that is counted from the moment before the form is sent.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import minutes
from browser_lines import Browser, Seen
from crowd import PAIRS
from full_house import by_name, furnish, taken
from house import Proof

CROWDS = ("nurses", "screens", "staff", "portal")
PATIENCE_SECONDS = 90
LATE_SECONDS = 10.0
"""An entry that is on a screen no sooner than this, or never, counts as a fault."""
FIRST_LOOK_MINUTES = 5
SHORT = {"minutes": 1 / 3, "chairs": 6, "staff": 12, "portal": 10, "every": 12.0, "coming_in": 5.0}
AIMS = {"entry on screen": {"p99": 2.0}, "page": {"p95": 0.3, "p99": 1.0}}
"""Seconds, by how a figure's name begins."""
SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@click.command()
@click.option("--minutes", default=30.0, show_default=True, help="How long entries are sent.")
@click.option("--chairs", default=20, show_default=True)
@click.option("--staff", default=40, show_default=True)
@click.option("--portal", default=200, show_default=True, help="Patients at home with their phone.")
@click.option("--every", default=60.0, show_default=True, help="Seconds between two sets of vitals at one chair.")
@click.option("--staff-every", default=20.0, show_default=True, help="Seconds between two pages of one of the staff, about.")
@click.option("--portal-every", default=60.0, show_default=True, help="Seconds between two pages of one phone, about.")
@click.option("--coming-in", default=30.0, show_default=True, help="Seconds before the first entry, in which people come in.")
@click.option("--short", is_flag=True, help="A small house for 20 seconds.")
@click.option("--seed", default=1, show_default=True)
@click.option("--plant", type=click.Choice(["hears-late", "sends-twice"]), help="Plant this fault; the run must then find it.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the JSON there as well.")
def main(short: bool, plant: str | None, out: Path | None, seed: int, **size: Any) -> None:
    """Exit code 0: every entry is in the record once, on every screen within ten seconds, no answer a fault. Missed aims are said."""
    size |= SHORT if short else {}
    if size["minutes"] * 60 / size["every"] * size["chairs"] > PAIRS:
        raise click.UsageError(f"More than {PAIRS} entries cannot be told apart: fewer minutes or chairs, or a slower rhythm.")
    proof = Proof(more={name: size[name] for name in ("chairs", "staff", "portal")} | {"minutes": round(size["minutes"], 2)})
    with tempfile.TemporaryDirectory(prefix="kairn-soak-") as home:
        found = run(Path(home), size, seed, plant)
    judge(found, proof)
    print("\n".join([*as_lines(proof.more), *minutes.as_lines(proof.more)]), file=sys.stderr)
    proof.leave(out)


@dataclass(frozen=True)
class Run:
    """What every process of browsers told, who was there, what the server held of the machine, and what it took of it, second by second."""

    told: dict[str, Any]
    cast: dict[str, Any]
    memory: list[dict[str, Any]]
    watch: minutes.Watch


def run(home: Path, size: Mapping[str, Any], seed: int, plant: str | None) -> Run:
    """The clinic, and everybody in it until the end."""
    os.environ["KAIRN_HOME"] = str(home)
    from kairn.clinic.site.stand import django_standing, migrate, standing

    with standing(home):
        migrate(home)
    with django_standing():
        cast = furnish(size["chairs"], size["staff"], size["portal"])
        with serving() as (port, server):
            asyncio.run(warmed(port, cast["screens"]))
            begin = time.monotonic() + max(size["coming_in"], cast["told_until"] - time.time())
            rhythm = {name: size[name] for name in ("every", "staff_every", "portal_every")}
            cast |= rhythm | {"port": port, "begin": begin, "end": begin + size["minutes"] * 60, "after": LATE_SECONDS, "plant": plant, "seed": seed}
            with minutes.Watch((server, postmaster(home))) as watch:
                memory, told = crowded(home, cast, server, size["minutes"])
        cast["record"] = recorded(cast["chairs"])
    return Run(told, cast, memory, watch)


async def warmed(port: int, screens: Sequence[Mapping[str, str]]) -> None:
    """One page of each kind before anybody comes: what a server does once after its start is no part of the figures."""
    for one in {screen["what"]: screen for screen in screens}.values():
        await Browser(port, one["session"], Seen()).open(one["url"], one["what"])


@contextmanager
def serving() -> Iterator[tuple[int, int]]:
    """`kairn serve` as a person would start it; answers its port and its process."""
    from site_house import a_free_port, until_said

    port = a_free_port()
    told = {key: value for key, value in os.environ.items() if not key.startswith("KAIRN_") or key == "KAIRN_HOME"}
    told.pop("DJANGO_SETTINGS_MODULE", None)
    child = subprocess.Popen([sys.executable, "-m", "kairn", "serve", "--port", str(port)], env=told, stdout=subprocess.PIPE, text=True)
    try:
        until_said(child, "Data:")
        yield port, child.pid
    finally:
        child.send_signal(signal.SIGINT)
        said, _ = child.communicate(timeout=PATIENCE_SECONDS)
        if said.strip() != "Stopped. Everything is kept for the next start.":
            print(said, file=sys.stderr)


def postmaster(home: Path) -> int:
    """The database's first process."""
    return int((home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


def crowded(home: Path, cast: dict[str, Any], server: int, long: float) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Let everybody in until the end; look at the server's processes at the fifth minute, or half way, and at the end."""
    path, first = home / "cast.json", min(FIRST_LOOK_MINUTES, long / 2)
    path.write_text(json.dumps(cast), encoding="utf-8")
    children = {who: _crowd(who, path) for who in CROWDS}
    memory = []
    for at in (first, long):
        time.sleep(max(0.0, cast["end"] - (long - at) * 60 - time.monotonic()))
        memory += [{"minute": round(at, 2), **row} for row in by_name(taken(server, postmaster(home)))]
    told = {who: child.communicate(timeout=PATIENCE_SECONDS)[0] for who, child in children.items()}
    return memory, {who: json.loads(text) for who, text in told.items()}


def _crowd(who: str, cast: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, str(Path(__file__).with_name("crowd.py")), who, str(cast)], stdout=subprocess.PIPE, text=True)


def recorded(chairs: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Event id and pressure of every set of vitals in the record of the people at the chairs, in the order of the record."""
    from kairn.clinic.ledger.read import history
    from kairn.record.payloads import Observed

    found = []
    for chair in chairs:
        for event, payload in history(UUID(chair["patient"])).all(Observed):
            values = {reading.fact: reading.value for reading in payload.readings}
            if payload.method != "device" and "systolic" in values and str(payload.visit) == chair["visit"]:
                found.append((str(event.id), f"{values['systolic']}/{values.get('diastolic', '')}"))
    return found


# --- what it comes to ---


@dataclass(frozen=True)
class Shown:
    """One entry, the moment before it was sent, on one screen: after how many seconds; None for never."""

    screen: str
    sent: float
    seconds: float | None


def judge(found: Run, proof: Proof) -> None:
    """Count what went wrong, and put the figures into the proof."""
    told, cast, begin = found.told, found.cast, found.cast["begin"]
    entries, record = told["nurses"]["entries"], cast["record"]
    taken_in = [entry for entry in entries if entry["taken"]]
    held, pairs = Counter(event for event, _ in record), Counter(value for _, value in record)
    shown = [one for entry in taken_in for one in on_screens(entry, entries, told, len(cast["chairs"]))]
    came = [(one.sent, one.seconds, one.screen) for one in shown if one.seconds is not None]
    wrong = [fault for crowd in told.values() for fault in crowd["seen"]["wrong"]]
    proof.n = len(entries)
    lost = sum(held[entry["id"]] != 1 for entry in taken_in)
    twice = sum(pairs[entry["pair"]] > 1 for entry in entries)
    late = sum(one.seconds is None or one.seconds > LATE_SECONDS for one in shown)
    figures = list(rows(timed(shown, told)))
    proof.lost = lost + twice + late + len(wrong) + (not entries)
    proof.more |= {
        "entries lost": lost,
        "entries twice": twice,
        "late on a screen": late,
        "errors": len(wrong),
        "first errors": [f"{n} x {said}" for said, n in Counter(wrong).most_common(5)],
        "streams of news": sum(crowd["seen"]["streams"] for crowd in told.values()),
        "news heard": sum(crowd["seen"]["news"] for crowd in told.values()),
        "longest silence of a stream": round(max(crowd["seen"]["silence"] for crowd in told.values()), 3),
        "aims missed": [f"{row['what']}: {row['missed']}" for row in figures if row.get("missed")],
        "figures": figures,
        "memory": found.memory,
        "processor of the clients": round(sum(crowd["processor"] for crowd in told.values()), 1),
        "minutes of the run": list(minutes.by_minute([(sent, seconds) for sent, seconds, _ in came], found.watch, begin, proof.more["minutes"])),
        "slowest": minutes.slowest(came, found.watch, begin),
    }


def on_screens(entry: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], told: Mapping[str, Any], chairs: int) -> Iterator[Shown]:
    """The entry on every screen of other people that shows this chair. One that was overtaken counts when a later one of its chair is there."""
    later = [one["pair"] for one in entries if one["chair"] == entry["chair"] and one["number"] >= entry["number"]]
    for name, first in told["screens"]["screens"].items():
        kind, place = name.split()
        if kind == "board" or int(place) == entry["chair"]:
            moments = [first[value] for value in later if value in first]
            yield Shown(kind, entry["sent"], min(moments) - entry["sent"] if moments else None)


def timed(shown: Sequence[Shown], told: Mapping[str, Any]) -> dict[str, list[float]]:
    """Seconds by what was measured: entries on screens first, then pages, parts of pages and forms."""
    found: dict[str, list[float]] = {"entry on screen: all": [one.seconds for one in shown if one.seconds is not None]}
    for one in shown:
        if one.seconds is not None:
            found.setdefault(f"entry on screen: {one.screen}", []).append(one.seconds)
    by_crowd: dict[str, list[float]] = {}
    for crowd in told.values():
        for what, seconds in crowd["seen"]["took"].items():
            by_crowd.setdefault(what, []).extend(seconds)
    pages = [second for what, seconds in by_crowd.items() if what.startswith("page") for second in seconds]
    return found | {"page: all": pages} | dict(sorted(by_crowd.items()))


def rows(seconds: Mapping[str, Sequence[float]]) -> Iterator[dict[str, Any]]:
    """One row for each figure, in milliseconds: how many, and below which time 50, 95 and 99 % of them are; the aim, and by how much it is missed."""
    for what, values in seconds.items():
        ordered = sorted(values)
        if not ordered:
            continue
        at = {name: ordered[min(len(ordered) - 1, int(len(ordered) * share))] for name, share in SHARES.items()}
        aims = next((aims for name, aims in AIMS.items() if what.startswith(name)), {})
        missed = [f"{name} {milli(at[name])} ms, aim {milli(aim)} ms" for name, aim in aims.items() if at[name] > aim]
        row = {"what": what, "n": len(ordered)} | {name: milli(value) for name, value in at.items()} | {"max": milli(ordered[-1])}
        yield row | ({"aim": ", ".join(f"{name} {milli(aim)}" for name, aim in aims.items()), "missed": ", ".join(missed)} if aims else {})


def milli(seconds: float) -> int:
    """Whole milliseconds."""
    return round(seconds * 1000)


def as_lines(more: Mapping[str, Any]) -> Iterator[str]:
    """The figures to read."""
    for row in more["figures"]:
        said = "  ".join(f"{name} {row[name]:>6}" for name in ("n", "p50", "p95", "p99", "max"))
        yield f"{row['what']:<36}{said}  {('MISSED: ' + row['missed']) if row.get('missed') else row.get('aim', '')}"
    for row in more["memory"]:
        held = f"{row['resident']:>8} MiB resident  {row['share']:>8} MiB its share  {row['processor']:>7} s"
        yield f"minute {row['minute']:>5}  {row['process']:<12} {row['processes']:>3}  {held}"


if __name__ == "__main__":
    main()
