"""When in a run its slow screens lie, and what the machine did then: the processors, second by second, and how fast one of them is."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from full_house import PROCESSOR, TICKS, named, processes_of, stat

SECOND, MINUTE = 1.0, 60.0
PROBE_SECONDS, PROBE_ROUNDS = 5.0, 100_000
SLOWEST = 12
STOLEN = 8
"""Where the first line of /proc/stat says what other machines took of this one's processors."""


@dataclass
class Watch:
    """A thread that notes once a second what every process of the clinic has used of the processors, and now and then how long a fixed piece of work takes.

    `used`: seconds of processor until then, by kind of process; `stolen` is what the machine was not given at all. `probes`: what the fixed work took, in
    seconds of its thread's own time, so that waiting for a processor is not in it.
    """

    roots: Sequence[int]
    used: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    probes: list[tuple[float, float]] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Watch:
        threading.Thread(target=self._look, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _look(self) -> None:
        known: dict[int, str] = {}
        while not self._over.wait(SECOND):
            self.used.append((time.monotonic(), self._taken(known)))
            if not self.probes or time.monotonic() - self.probes[-1][0] > PROBE_SECONDS:
                self.probes.append((time.monotonic(), probed()))

    def _taken(self, known: dict[int, str]) -> dict[str, float]:
        found: dict[str, float] = defaultdict(float)
        for each in processes_of(self.roots):
            with suppress(OSError):  # a process that is gone meanwhile
                known[each] = known.get(each) or named(each)
                found[known[each]] += sum(int(ticks) for ticks in stat(each)[PROCESSOR][:2]) / TICKS
        return found | {"stolen": int(Path("/proc/stat").read_text(encoding="utf-8").split(maxsplit=STOLEN + 1)[STOLEN]) / TICKS}


def probed() -> float:
    """Seconds of this thread's processor that a fixed piece of work takes."""
    began = time.thread_time()
    sum(range(PROBE_ROUNDS))
    for _ in range(PROBE_ROUNDS):
        pass
    return time.thread_time() - began


def busy(watch: Watch, begin: float, end: float) -> dict[str, float]:
    """By kind of process, the share of one processor it used between two moments, from the samples around them."""
    before = [one for one in watch.used if one[0] <= begin][-1:] or watch.used[:1]
    after = [one for one in watch.used if one[0] >= end][:1] or watch.used[-1:]
    if not before or not after or after[0][0] <= before[0][0]:
        return {}
    (early, first), (late, last) = before[0], after[0]
    return {name: round(max(0.0, last[name] - first.get(name, 0.0)) / (late - early), 2) for name in last}


def by_minute(shown: Sequence[tuple[float, float]], watch: Watch, begin: float, minutes: float) -> Iterator[dict[str, Any]]:
    """A row for each minute of the run: the screens of its entries, in milliseconds, what used the processors, and how long the fixed work took.

    `shown` are moments at which an entry was sent and seconds until it was on a screen.
    """
    for minute in range(int(minutes + 0.999)):
        early, late = begin + minute * MINUTE, begin + (minute + 1) * MINUTE
        seconds = sorted(took for sent, took in shown if early <= sent < late)
        probes = sorted(took for at, took in watch.probes if early <= at < late)
        if seconds:
            row = {"minute": minute + 1, "n": len(seconds), "p50": round(seconds[len(seconds) // 2] * 1000), "max": round(seconds[-1] * 1000)}
            yield row | {"probe": round(probes[len(probes) // 2] * 1000, 2) if probes else None, "processors": busy(watch, early, late)}


def slowest(shown: Sequence[tuple[float, float, str]], watch: Watch, begin: float) -> list[dict[str, Any]]:
    """The slowest entries: the second of the run in which they were sent, the screen, and what used the processors until they were there."""
    found = sorted(shown, key=lambda one: -one[1])[:SLOWEST]
    return [
        {"second": round(sent - begin, 1), "screen": screen, "ms": round(took * 1000), "processors": busy(watch, sent, sent + took)}
        for sent, took, screen in found
    ]


def as_lines(more: Mapping[str, Any]) -> Iterator[str]:
    """The minutes and the slowest, to read."""
    for row in more["minutes of the run"]:
        yield f"minute {row['minute']:>3}  n {row['n']:>4}  p50 {row['p50']:>6}  max {row['max']:>6}  probe {row['probe']} ms  {_said(row['processors'])}"
    for row in more["slowest"]:
        yield f"second {row['second']:>7}  {row['ms']:>6} ms  {row['screen']:<10}  {_said(row['processors'])}"


def _said(shares: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {share:.2f}" for name, share in shares.items())
