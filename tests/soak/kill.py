"""Kill -9 of the application and of the database while eight writers append: is every acknowledged event still there?

python tests/soak/kill.py --kills 200 --events 100000 --out docs/reference/proofs/kill.json
"""

from __future__ import annotations

import json
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID, uuid4

import click
import psycopg

WRITERS = Path(__file__).with_name("writers.py")
FIRST_ACK_SECONDS = 60
SHORTEST, LONGEST = 0.05, 0.6
POSTMASTER_GONE_SECONDS = 20


@dataclass
class Proof:
    """What was seen. `bound95`: with that confidence the share of lost events is below it (about 3/n when none was lost)."""

    n: int = 0
    lost: int = 0
    app_kills: int = 0
    database_kills: int = 0
    writers: int = 0
    unacknowledged: int = 0
    chain: str = ""
    seconds: float = 0.0

    def plain(self) -> dict[str, object]:
        """The JSON kept as a proof."""
        bound = 3 / self.n if self.n and not self.lost else 1.0
        return {"n": self.n, "lost": self.lost, "bound95": float(f"{bound:.3g}"), "seconds": round(self.seconds, 1)} | {
            key: value for key, value in asdict(self).items() if key not in ("n", "lost", "seconds")
        }


@dataclass(frozen=True)
class Wanted:
    """How much is asked for: kills and acknowledged events, and the moment of the monotonic clock at which it ends anyway."""

    kills: int
    events: int
    until: float

    def more(self, kills: int, events: int) -> bool:
        """Whether to go on."""
        return (kills < self.kills or events < self.events) and time.monotonic() < self.until


@click.command()
@click.option("--kills", default=6, show_default=True, help="At least this many, of the application and the database in turn.")
@click.option("--events", default=0, show_default=True, help="Go on until this many events were acknowledged.")
@click.option("--minutes", type=float, help="Stop after so long, with fewer than asked.")
@click.option("--writers", default=8, show_default=True)
@click.option("--plant", type=click.Choice(["ack-before-commit"]), help="Plant this fault; the run must then find lost events.")
@click.option("--seed", default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the JSON there as well.")
def main(kills: int, events: int, minutes: float | None, writers: int, plant: str | None, seed: int, out: Path | None) -> None:
    """Run on an embedded server of its own. Exit code 0: nothing lost; 1: something was."""
    started = time.monotonic()
    proof = Proof(writers=writers)
    with tempfile.TemporaryDirectory(prefix="kairn-kill-") as home:
        try:
            until = started + minutes * 60 if minutes else math.inf
            _run(Path(home), proof, Wanted(kills, events, until), writers, plant, random.Random(seed))
        finally:
            from kairn.clinic.site.postgres import Cluster

            Cluster(Path(home).resolve()).stop()
    proof.seconds = time.monotonic() - started
    text = json.dumps(proof.plain(), indent=2)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text + "\n", encoding="utf-8")
    click.echo(text)
    sys.exit(1 if proof.lost or proof.chain != "sound" else 0)


def _run(home: Path, proof: Proof, wanted: Wanted, writers: int, plant: str | None, chance: random.Random) -> None:
    from kairn.clinic.site.postgres import start

    clinic, promised = uuid4(), set[UUID]()
    url = start(home).run_url
    os.environ.update({"KAIRN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "kairn.clinic.site.settings"})
    subprocess.run([sys.executable, "-m", "django", "migrate", "--skip-checks", "-v", "0"], env=os.environ | {"KAIRN_DATABASE_ROLE": "owner"}, check=True)
    while wanted.more(proof.app_kills + proof.database_kills, len(promised)):
        database = (proof.app_kills + proof.database_kills) % 2 == 1
        promised |= _round(home, clinic, writers, plant, chance.uniform(SHORTEST, LONGEST), database)
        proof.app_kills, proof.database_kills = proof.app_kills + (not database), proof.database_kills + database
        start(home)
    stored = _stored(url, clinic)
    proof.n, proof.lost, proof.unacknowledged = len(promised), len(promised - stored), len(stored - promised)
    proof.chain = _chain(clinic)


def _round(home: Path, clinic: UUID, writers: int, plant: str | None, seconds: float, database: bool) -> set[UUID]:
    """Let the writers write for a while, kill, and answer what they had acknowledged."""
    with (home / "acknowledged").open("w+b") as acknowledged:
        words = [sys.executable, str(WRITERS), str(clinic), str(writers), *([plant] if plant else [])]
        application = subprocess.Popen(words, stdout=acknowledged)
        _until_first(home / "acknowledged", application)
        time.sleep(seconds)
        if database:
            _kill_database(home)
        else:
            application.kill()
        _end(application)
        acknowledged.seek(0)
        return {UUID(line.decode()) for line in acknowledged.read().splitlines()}


def _until_first(path: Path, application: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + FIRST_ACK_SECONDS
    while not path.stat().st_size:
        if application.poll() is not None or time.monotonic() > until:
            application.kill()
            raise RuntimeError("The writers acknowledged nothing; see what they said above.")
        time.sleep(0.01)


def _end(application: subprocess.Popen[bytes]) -> None:
    try:
        application.wait(timeout=POSTMASTER_GONE_SECONDS)
    except subprocess.TimeoutExpired:
        application.kill()
        application.wait()


def _kill_database(home: Path) -> None:
    """Kill -9 of the postmaster and, in the same breath, of every process it had made."""
    postmaster = int((home / "postgres" / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
    for number in [postmaster, *_children(postmaster)]:
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _children(parent: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()]


def _stored(url: str, clinic: UUID) -> set[UUID]:
    with psycopg.connect(url) as opened:
        return {row[0] for row in opened.execute("SELECT event_id FROM ledger_entry WHERE clinic = %s", (clinic,))}


def _chain(clinic: UUID) -> str:
    """What a walk along the chain says after all those kills."""
    import django

    django.setup()
    from kairn.clinic.ledger.verify import verify
    from kairn.clinic.seals import Seals

    found = verify(clinic, Seals(()))
    return found.faults[0].sentence if found.faults else "sound"


if __name__ == "__main__":
    main()
