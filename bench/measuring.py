"""What the benches share: spreads, a database server of their own, and the command line."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FIGURES = 4
SLOWEST = 0.99


def rounded(value: float) -> float:
    """To four figures."""
    return float(f"{value:.{FIGURES}g}")


def spread(values: Sequence[float]) -> dict[str, float | int]:
    """How many, the middle one, and both ends."""
    return {"n": len(values), "median": rounded(statistics.median(values)), "low": rounded(min(values)), "high": rounded(max(values))}


def slow_end(values: Sequence[float]) -> dict[str, float | int]:
    """The same with the value that 99 of 100 stay under."""
    ordered = sorted(values)
    return spread(values) | {"p99": rounded(ordered[min(len(ordered) - 1, int(len(ordered) * SLOWEST))])}


def milliseconds(once: Callable[[], Any], times: int, clock: Callable[[], float] = time.perf_counter) -> list[float]:
    """How long each of so many calls took by a clock, in milliseconds; one call before does not count."""
    once()
    taken = []
    for _ in range(times):
        start = clock()
        once()
        taken.append((clock() - start) * 1000)
    return taken


@contextmanager
def clinic_server() -> Iterator[Any]:
    """An embedded server in a folder of its own, migrated; Django in this process is its running role."""
    from kairn.clinic.site.postgres import start

    with tempfile.TemporaryDirectory(prefix="kairn-bench-") as home:
        cluster = start(Path(home))
        try:
            os.environ.update({"KAIRN_HOME": home, "KAIRN_DATABASE_URL": cluster.run_url, "DJANGO_SETTINGS_MODULE": "kairn.clinic.site.settings"})
            as_owner(cluster, "-m", "django", "migrate", "--skip-checks", "-v", "0")
            yield cluster
        finally:
            cluster.stop()


def as_owner(cluster: Any, *words: str) -> None:
    """Run Python in a process of its own, as the role that owns the tables."""
    told = os.environ | {"KAIRN_DATABASE_ROLE": "owner", "KAIRN_DATABASE_OWNER_URL": cluster.owner_url}
    subprocess.run([sys.executable, *words], env=told, check=True, stdout=subprocess.DEVNULL)


def say(bench: str, about: str, figures: Sequence[dict[str, Any]], **more: Any) -> None:
    """Print the figures as the JSON that `make bench` gathers."""
    print(json.dumps({"bench": bench, "about": about, **more, "figures": list(figures)}, indent=2))
