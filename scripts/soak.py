"""Run every soak and keep what each found in docs/reference/proofs: python scripts/soak.py [--minutes 30] [--short]."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click

from bench import circumstances

ROOT = Path(__file__).resolve().parents[1]
PROOFS = ROOT / "docs" / "reference" / "proofs"
SOAKS = {
    "kill": ("--kills", "200", "--events", "100000"),
    "repeat": ("--requests", "10000"),
    "charting": ("--rounds", "1000"),
    "stock": ("--histories", "10000", "--steps", "50", "--rounds", "1000"),
    "monitor_rows": ("--rows", "1000000"),
    "chairs": (),
    "offline": ("--cycles", "1000", "--tablets", "3"),
}
SHORT = {"kill": ("--kills", "4"), **{name: ("--short",) for name in SOAKS if name != "kill"}}


@click.command()
@click.option("--minutes", type=float, help="Share so long among the soaks; each then stops with what it has.")
@click.option("--short", is_flag=True, help="A small run of each; nothing is kept.")
@click.argument("only", nargs=-1, type=click.Choice(list(SOAKS)))
def main(minutes: float | None, short: bool, only: tuple[str, ...]) -> None:
    """kill: kill -9 under eight writers (P1). repeat: forms sent again (P3). charting: eight people at one chart (P4). stock: random
    histories, and eight who draw at once (P5). monitor_rows: what no monitor should send (P10). chairs: twenty chairs, forty of the
    staff and two hundred phones at a clinic as it is served (P16, P20). offline: a tablet without network, again and again (P6).
    Exit code 1: something was lost."""
    names = only or tuple(SOAKS)
    limit = ("--minutes", str(minutes / len(names))) if minutes else ()
    codes = [run(name, (*(SHORT if short else SOAKS)[name], *limit), keep=not short) for name in names]
    sys.exit(max(codes))


def run(name: str, words: tuple[str, ...], *, keep: bool) -> int:
    """One soak; its exit code."""
    click.echo(f"== {name}")
    before = {"load before": round(os.getloadavg()[0], 1)}
    done = subprocess.run([sys.executable, str(ROOT / "tests" / "soak" / f"{name}.py"), *words], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    click.echo(done.stdout)
    if keep and done.stdout:
        (PROOFS / f"{name}.json").write_text(json.dumps(json.loads(done.stdout) | circumstances() | before, indent=2) + "\n", encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    main()
