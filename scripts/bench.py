"""Run every bench and write what it measured: python scripts/bench.py [append assess eligibility pharmacology today start].

The figures go to bench/results.json and, beside the aims of bench/aims.toml, into the marked part of docs/reference/performance.md.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results.json"
AIMS = ROOT / "bench" / "aims.toml"
PAGE = ROOT / "docs" / "reference" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
BENCHES = ("append", "assess", "eligibility", "pharmacology", "today", "start")
KEPT = ("KAIRN_TEST_DATA",)
COLUMNS = {"what": "what", "n": "n", "median": "median", "aim": "aim", "low": "least", "high": "most", "p99": "99 % under"}
QUIET_LOAD = 0.5


@click.command()
@click.argument("only", nargs=-1, type=click.Choice(BENCHES))
@click.option("--keep/--dry", default=True, help="Write the results down, or only print them.")
@click.option("--page", "page_only", is_flag=True, help="Measure nothing, and write the page again from the figures that are kept.")
def main(only: tuple[str, ...], keep: bool, page_only: bool) -> None:
    """Benches that are not named keep their figures of before, with their own date and commit."""
    measured = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for name in () if page_only else only or BENCHES:
        found = run(name)
        if "skipped" in found:
            click.echo(f"Skipped, its figures of before stay: {found['skipped']}.")
            continue
        measured[name] = {**found, **circumstances()}
        click.echo("\n".join(table(measured[name]["figures"])))
    if keep:
        RESULTS.write_text(json.dumps({name: measured[name] for name in BENCHES if name in measured}, indent=2) + "\n", encoding="utf-8")
        PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), page(measured, aims())), encoding="utf-8")


@dataclass(frozen=True)
class Aim:
    """What the median of a figure is meant to reach: at least or at most so much; `why` it is missed, where it is."""

    bench: str
    what: str
    at_least: float = -inf
    at_most: float = inf
    why: str = ""

    @property
    def said(self) -> str:
        """The aim in words."""
        return f"at least {self.at_least:g}" if self.at_least > -inf else f"at most {self.at_most:g}"

    def missed(self, median: float) -> bool:
        """Whether a median falls short of it."""
        return not self.at_least <= median <= self.at_most


def aims() -> tuple[Aim, ...]:
    """Every aim that is written down."""
    return tuple(Aim(**entry) for entry in tomllib.loads(AIMS.read_text(encoding="utf-8"))["aim"])


def run(name: str) -> dict[str, Any]:
    """One bench in a process of its own."""
    click.echo(f"== {name}")
    told = {key: value for key, value in os.environ.items() if not key.startswith("KAIRN_") or key in KEPT}
    before = os.getloadavg()[0]
    done = subprocess.run([sys.executable, str(ROOT / "bench" / f"{name}.py")], stdout=subprocess.PIPE, text=True, env=told, cwd=ROOT)
    if done.returncode:
        raise click.ClickException(f"bench/{name}.py ended with {done.returncode}; see above.")
    return {**json.loads(done.stdout), "load_before": round(before, 1)}


def circumstances() -> dict[str, Any]:
    """When, of which commit and on what machine."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    return {"at": datetime.now(UTC).isoformat(timespec="minutes"), "commit": commit or "none", "machine": machine()}


def machine() -> str:
    """Processors, memory and versions, without a name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return f"{os.cpu_count()} processors ({processor()}), {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def processor() -> str:
    """The model's name where the system tells it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def page(measured: Mapping[str, Any], wanted: Iterable[Aim]) -> str:
    """The measured part as Markdown."""
    by_bench = {name: [aim for aim in wanted if aim.bench == name] for name in BENCHES}
    return "\n".join(section(measured[name], by_bench[name]) for name in BENCHES if name in measured)


def section(found: Mapping[str, Any], wanted: Iterable[Aim]) -> str:
    """One bench: its figures, each beside its aim, and why an aim was missed."""
    busy = found["load_before"] / int(found["machine"].split()[0]) > QUIET_LOAD
    load = f"load {found['load_before']} before it began" + (", so other work was going on beside it" if busy else "")
    head = f"## {found['bench'].capitalize()}\n\n{' '.join(found['about'].split())}\n"
    aimed = beside(found["figures"], wanted)
    measured = f"Measured {found['at']} at commit {found['commit']}: {found['machine']}; {load}."
    return "\n".join([head, *table(row | {"aim": aim.said if aim else ""} for row, aim in aimed), "", *why_missed(aimed), measured, ""])


def beside(figures: Iterable[Mapping[str, Any]], wanted: Iterable[Aim]) -> list[tuple[dict[str, Any], Aim | None]]:
    """Each figure with its aim. An aim of no figure is refused: it would be forgotten."""
    rows, left = [], list(wanted)
    for row in figures:
        aim = next((one for one in left if row["what"].startswith(one.what)), None)
        rows.append((dict(row), aim))
        left = [one for one in left if one is not aim]
    if left:
        raise click.ClickException(f"{AIMS.name} has an aim for {left[0].what!r}, which {left[0].bench} does not measure.")
    return rows


def why_missed(aimed: Iterable[tuple[Mapping[str, Any], Aim | None]]) -> Iterator[str]:
    """A paragraph for each aim that was missed. Without a reason it is refused."""
    for row, aim in aimed:
        if aim and aim.missed(row["median"]):
            if not aim.why:
                raise click.ClickException(f"{row['what']} is {row['median']}, and the aim is {aim.said}: write in {AIMS.name} why it is missed.")
            yield f"Missed: *{row['what']}* is {row['median']}; the aim is {aim.said}. {aim.why}\n"


def table(figures: Iterable[Mapping[str, Any]]) -> list[str]:
    """Figures as the lines of a Markdown table."""
    rows = list(figures)
    heads = [name for name in COLUMNS if any(row.get(name) not in (None, "") for row in rows)]
    lines = [[COLUMNS[head] for head in heads], ["---"] * len(heads), *([str(row.get(head, "")) for head in heads] for row in rows)]
    return ["| " + " | ".join(line) + " |" for line in lines]


def renewed(text: str, inside: str) -> str:
    """The page with its marked part replaced."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise click.ClickException(f"{PAGE.name} lacks its marks {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n\n{inside}\n{END}{after}"


if __name__ == "__main__":
    main()
