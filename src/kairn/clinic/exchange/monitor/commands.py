"""`kairn monitor`: read a file of a bedside monitor, and send it to a visit row by row."""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kairn.terms.problem import Unreadable, unreadable

if TYPE_CHECKING:
    from rich.console import Console

    from kairn.clinic.exchange.monitor.send import Door, Sending
    from kairn.library.monitors import Monitor
    from kairn.monitor.report import Gap, Report
    from kairn.monitor.trace import Trace

ALL_ROWS, SOME_REFUSED, NOTHING_TRIED = 0, 1, 2
SHOWN = 12

EPILOG = """\b
  kairn monitor replay night.csv.gz --dry-run
  kairn monitor replay night.csv.gz --dry-run --json
  KAIRN_MONITOR_TOKEN=... kairn monitor replay night.csv.gz --url http://localhost:8000 --visit ID --speed 60
\b
The file: CSV, plain or gzip. Its first line names `t_s` (seconds) or `time` (2026-11-22T09:30:00Z),
then the channels, as HR or HR [/min]. The address and the token stand on the visit's monitor page.
Exit code 0: every row was read, and stored where it was sent. 1: some rows were not. 2: nothing was tried.
Kairn is not an alarm system.
"""


@click.group("monitor")
def monitor() -> None:
    """Files of bedside monitors. Kairn draws what a monitor sends; it is not an alarm system."""


@monitor.command("replay", epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.option("--dry-run", is_flag=True, help="Read and report; send nothing, and need no clinic.")
@click.option("--url", default="", help="The clinic's address, or that of the door itself.")
@click.option("--visit", default="", metavar="ID", help="The visit the rows belong to; not needed with the address of a door.")
@click.option("--token", default="", envvar="KAIRN_MONITOR_TOKEN", help="The token of the visit's monitor page; better in KAIRN_MONITOR_TOKEN.")
@click.option("--trust", default=None, type=click.Path(exists=True, dir_okay=False), help="The certificate of the clinic's own authority, for https.")
@click.option("--speed", default=0.0, type=click.FloatRange(min=0), metavar="N", help="N times as fast as it was recorded; 1 as recorded, 0 all at once.")
@click.option("--kind", default="bedside", show_default=True, help="The kind of monitor, a file of library/monitors.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, and nothing else.")
def replay(  # noqa: PLR0913
    file: Path, dry_run: bool, url: str, visit: str, token: str, trust: str | None, speed: float, kind: str, as_json: bool
) -> None:
    """Read the rows of FILE, say what is a reading and what is none and why, and send them to a visit.

    A file with seconds for times is dated so that its latest row is sent the moment it is dated. The same file again adds nothing.
    """
    from kairn.library.monitors import monitor_named

    try:
        found = monitor_named(kind)
        trace = _trace(file, found)
        door = None if dry_run else _door(url, visit, token, trust)
    except Unreadable as fault:
        click.echo(json.dumps({"state": "nothing tried", "sentence": str(fault)}) if as_json else str(fault), err=not as_json)
        sys.exit(NOTHING_TRIED)
    sys.exit(_replayed(trace, found, door, speed, as_json))


def _trace(file: Path, kind: Monitor) -> Trace:
    from kairn.monitor.trace import read_trace

    try:
        return read_trace(file.read_bytes(), kind, file.name)
    except OSError as fault:
        raise unreadable(f"a file that cannot be read ({fault.strerror})", "a file that this user may read", "Check the path.", str(file)) from None


def _door(url: str, visit: str, token: str, trust: str | None) -> Door:
    from kairn.clinic.exchange.monitor.send import DOOR, Door, address

    if not url.startswith(("http://", "https://")):
        raise unreadable(f"the address {url!r}", "--dry-run, or --url with http:// or https://", "Take it from the visit's monitor page.")
    if not visit and DOOR not in url:
        raise unreadable("no visit", "--visit with its id, or the address of its door", "Take it from the visit's monitor page.")
    if not token or not token.isascii():
        raise unreadable("no token that can be sent", "--token, or KAIRN_MONITOR_TOKEN", "Make one on the visit's monitor page.")
    return Door(address(url, visit), token, trust or "")


def _replayed(trace: Trace, kind: Monitor, door: Door | None, speed: float, as_json: bool) -> int:
    from rich.console import Console

    from kairn.monitor.report import report_on

    report = report_on(trace, kind)
    sending = _send(trace, door, speed, quiet=as_json or not sys.stderr.isatty()) if door else None
    if as_json:
        click.echo(json.dumps(_plain(report, kind, sending), indent=2))
    else:
        tell(Console(highlight=False, soft_wrap=True), report, kind, sending)
    refused = bool(report.unreadable) or (sending is not None and bool(sending.refused or sending.stopped))
    return SOME_REFUSED if refused else ALL_ROWS


def _send(trace: Trace, door: Door, speed: float, *, quiet: bool) -> Sending:
    from rich.console import Console
    from rich.progress import Progress

    from kairn.clinic.exchange.monitor.send import first_moment, send_all
    from kairn.monitor.report import rows_of

    begin = first_moment(datetime.now(UTC), trace.length, speed) if trace.relative else trace.began
    rows = rows_of(trace, begin)
    with Progress(console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task("Sending", total=len(rows))
        return send_all(door, rows, speed, lambda: bar.advance(task))


def _plain(report: Report, kind: Monitor, sending: Sending | None) -> dict[str, Any]:
    return {"dry_run": sending is None, "monitor": kind.name, **report.plain(), **({"sent": sending.plain()} if sending else {})}


def tell(console: Console, report: Report, kind: Monitor, sending: Sending | None) -> None:
    """Print rows, readings, what was none and why, and where there is no data."""
    say = console.print
    say(f"{report.rows} rows, {report.values} values: {sum(report.accepted.values())} readings, {sum(report.rejected.values())} none.")
    for fact, n in sorted(report.accepted.items()):
        say(f"  taken      {n:>5}  {kind.channels[fact].fact.label}", markup=False)
    for (reason, channel), n in sorted(report.rejected.items()):
        said = next(one.said for _, one in report.examples if (one.reason, one.channel) == (reason, channel))
        say(f"  not taken  {n:>5}  {channel}: {said}", markup=False)
    for line in report.unreadable[:SHOWN]:
        say(f"  no row            line {line.number}: {line.fault}", markup=False)
    _tell_gaps(console, report, kind)
    if report.out_of_order:
        say(f"  {report.out_of_order} rows stand before an earlier one; each is taken at its own time.")
    say(_closing(sending), markup=False)


def _tell_gaps(console: Console, report: Report, kind: Monitor) -> None:
    by_fact: dict[str, list[Gap]] = {}
    for gap in report.gaps:
        by_fact.setdefault(gap.fact, []).append(gap)
    for fact, gaps in by_fact.items():
        what = kind.channels[fact].fact.label if fact else "everything"
        told = ", ".join(f"{_minute(gap.start)} to {_minute(gap.end)}" for gap in gaps[:SHOWN])
        console.print(f"  no data           {what}: {told}{' and more' if len(gaps) > SHOWN else ''}", markup=False)


def _minute(length: Any) -> str:
    seconds = round(length.total_seconds())
    return f"{seconds // 60}:{seconds % 60:02d}"


def _closing(sending: Sending | None) -> str:
    if sending is None:
        return "This was a dry run: nothing was sent. Kairn is not an alarm system."
    told = f"{sending.stored} rows stored, {sending.repeated} there already, {len(sending.refused)} refused"
    why = Counter(said for _, _, said in sending.refused)
    return ". ".join([told, *(f"{n} times: {said.removesuffix('.')}" for said, n in why.items()), *([sending.stopped] if sending.stopped else [])])
