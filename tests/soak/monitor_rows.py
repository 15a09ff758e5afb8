"""A million rows such as no monitor should send: none makes the reader fail, and nothing that is no reading is taken for one.

python tests/soak/monitor_rows.py --rows 1000000 --out docs/reference/proofs/monitor_rows.json
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from house import Proof

from kairn.library.monitors import BEDSIDE
from kairn.monitor.row import Row, RowRead, Sent, payloads_of, read_row
from kairn.record.codec import whole
from kairn.record.payloads import Reading

SHORT = 20_000
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ARRIVED = NOW - timedelta(hours=1)
VISIT = UUID(int=7)

# What the reader must hold to, said once more without any of its code: names, units per minute or per cent, ends, steps.
RATE = {"/min": 1, "1/min": 1, "1/h": Fraction(1, 60), "1/s": 60, "10*6/ms": 60_000_000_000}
PRESSURE, SHARE, WARMTH = {"mm[Hg]": 1, "mmHg": 1}, {"%": 1}, {"Cel": 1}
FACTS: dict[str, tuple[dict[str, Any], Fraction, Fraction, Fraction]] = {
    "heart_rate": (RATE | {"{beats}/min": 1, "bpm": 1}, Fraction(0), Fraction(300), Fraction(1)),
    "pulse": (RATE | {"{beats}/min": 1, "bpm": 1}, Fraction(0), Fraction(300), Fraction(1)),
    "respiratory_rate": (RATE | {"{breaths}/min": 1}, Fraction(0), Fraction(80), Fraction(1)),
    "spo2": (SHARE, Fraction(0), Fraction(100), Fraction(1)),
    "systolic": (PRESSURE, Fraction(0), Fraction(300), Fraction(1)),
    "diastolic": (PRESSURE, Fraction(0), Fraction(200), Fraction(1)),
    "mean_pressure": (PRESSURE, Fraction(0), Fraction(250), Fraction(1)),
    "temperature": (WARMTH, Fraction(25), Fraction(45), Fraction(1, 10)),
}
NAMES = {"hr": "heart_rate", "ecg_hr": "heart_rate", "pr": "pulse", "spo2_pr": "pulse", "resp": "respiratory_rate", "rr": "respiratory_rate", "sat": "spo2",
         "nbpsys": "systolic", "nibp_sys": "systolic", "nbpdias": "diastolic", "nibp_dia": "diastolic", "nbpmean": "mean_pressure",
         "nibp_mean": "mean_pressure", "temp": "temperature"} | {fact: fact for fact in FACTS}  # fmt: skip
NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
UNITS = ["{beats}/min", "/min", "bpm", "{breaths}/min", "%", "mm[Hg]", "mmHg", "Cel", "", " ", "kPa", "[degF]", "mg/kg", "1", "/h", "1/s", "10*6/ms", "%%", "٪",
         "{beats}", "kg", "nan", "mm[Hg]/min"]  # fmt: skip
ODD = ["NaN", "nan", "Infinity", "-inf", "1e400", "7e1", "1_000", "７２", "٧٢", "72,5", "0x48", "72 ", " 72", "72\n", "--", "---", "?", "72..5", ".5", "5.",
       "+", "", " ", "\t", "null", "true", "72\x00", "\ud800", "9" * 50, "0." + "0" * 40 + "1", "1" + "0" * 17, "-0", "+0.000", "0e5", "½", "Ⅻ", "𝟕𝟐",
       "<script>", "'; --"]  # fmt: skip
STRANGE = ["", "HR ", "hr\x00", "EtCO2", "SpO₂", "ＨＲ", "\ud83d", "time", "HR;DROP", "x" * 300]


def a_row(chance: random.Random) -> Row:
    """A row: mostly near to what monitors send, each part of it wrong now and then."""
    facts = chance.sample(sorted(FACTS), chance.randint(0, len(FACTS)))
    names = [chance.choice([name for name, named in NAMES.items() if named == fact]) for fact in facts]
    names += [chance.choice([*NAMES, *STRANGE])] if chance.random() < 0.2 else []
    cased: list[Callable[[str], str]] = [str.upper, str.lower, str.title, str]
    at = NOW - timedelta(seconds=chance.randint(0, 3600)) if chance.random() < 0.9 else NOW + timedelta(seconds=chance.uniform(-1e6, 1e6))
    return Row(at, {chance.choice(cased)(name): Sent(_value(chance, NAMES.get(name, "")), _unit(chance, NAMES.get(name, ""))) for name in names})


def _value(chance: random.Random, fact: str) -> str:
    roll = chance.random()
    if roll < 0.1:
        return chance.choice(ODD)
    if roll < 0.2:
        return chance.choice(["0", "0.0", "-0", "00.00", "0.4", "0.5", "0.50000001", "1"])
    _, low, high, step = FACTS.get(fact, FACTS["heart_rate"])
    if roll < 0.4:
        edge = chance.choice([low, high]) + chance.choice([-2, -1, 0, 1, 2]) * step * chance.choice([Fraction(1), Fraction(1, 2), Fraction(1, 1000)])
        return f"{float(edge):.4f}"
    return f"{chance.uniform(float(low), float(high)):.{chance.randint(0, 3)}f}" if roll < 0.95 else f"{chance.uniform(-1e3, 1e6):.2f}"


def _unit(chance: random.Random, fact: str) -> str:
    return chance.choice(list(FACTS[fact][0])) if fact and chance.random() < 0.85 else chance.choice(UNITS)


def valid(fact: str, sent: Sent) -> Fraction | None:
    """The value in whole steps, as a rule would see it, where it is a reading by itself; else None."""
    units, low, high, step = FACTS[fact]
    if not NUMBER.fullmatch(sent.value) or len(sent.value.lstrip("+-").replace(".", "").lstrip("0")) > 18 or sent.unit not in units:
        return None
    exact = Fraction(sent.value) * units[sent.unit]
    seen = round(exact / step) * step
    return seen if low <= exact <= high and seen != 0 else None


def faults(row: Row, found: RowRead) -> list[str]:
    """What is wrong with how a row was read."""
    sent = {name: one for name, one in row.channels.items() if one.value.strip()}
    alone = Counter(NAMES.get(name.lower(), "") for name in sent)
    by_fact = {NAMES[name.lower()]: one for name, one in sent.items() if name.lower() in NAMES and alone[NAMES[name.lower()]] == 1}
    may = {fact: seen for fact, one in by_fact.items() if (seen := valid(fact, one)) is not None}
    taken = {reading.fact: reading for reading in found.readings}
    said = [f"taken and no reading: {reading}" for reading in found.readings if not _right(reading, may, by_fact)]
    said += ["counted otherwise"] if len(taken) != len(found.readings) or len(found.readings) + len(found.rejected) != len(sent) else []
    said += ["pressures crossed"] if _crossed(may, taken) else []
    said += ["rests on nothing"] if "spo2" in taken and alone["pulse"] and "pulse" not in taken else []
    out_of_time = row.at > NOW + timedelta(seconds=60) or row.at < ARRIVED
    said += ["taken out of time"] if out_of_time and found.readings else []
    lost = set(may) - set(taken) - {"systolic", "diastolic", "mean_pressure", "spo2"}
    return said + ([f"lost: {lost}"] if lost and not out_of_time else [])


def _right(reading: Reading, may: dict[str, Fraction], by_fact: dict[str, Sent]) -> bool:
    return reading.fact in may and (reading.value, reading.unit) == (by_fact[reading.fact].value, by_fact[reading.fact].unit)


def _crossed(may: dict[str, Fraction], taken: dict[str, Reading]) -> bool:
    pairs = (("systolic", "diastolic"), ("systolic", "mean_pressure"), ("mean_pressure", "diastolic"))
    return any(high in taken and low in taken and may[high] <= may[low] for high, low in pairs if {high, low} <= set(may))


def planted(plant: str | None) -> Callable[..., RowRead]:
    """The reader, or one with a fault in it."""
    if plant == "keeps-all":
        return lambda monitor, row, now, arrived: RowRead(row.at, tuple(Reading(NAMES.get(n.lower(), "hr"), s.value, s.unit) for n, s in row.sent.items()), ())
    return read_row


@click.command()
@click.option("--rows", default=1_000_000, show_default=True)
@click.option("--short", is_flag=True, help=f"Only {SHORT}.")
@click.option("--minutes", type=float, help="Stop after so long, with fewer than asked.")
@click.option("--seed", default=1, show_default=True)
@click.option("--plant", type=click.Choice(["keeps-all"]), help="Plant this fault; the run must then find it.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the JSON there as well.")
def main(rows: int, short: bool, minutes: float | None, seed: int, plant: str | None, out: Path | None) -> None:
    """Exit code 0: no crash, and nothing that is no reading was taken for one."""
    chance, read = random.Random(seed), planted(plant)
    proof = Proof(more={"crashes": 0, "wrongly read": 0, "values": 0, "readings": 0, "seed": seed, "first faults": []})
    reasons: Counter[str] = Counter()
    for _ in range(SHORT if short else rounded(rows)):
        if proof.n % 1000 == 0 and proof.out_of_time(minutes):
            break
        one_row(a_row(chance), read, proof, reasons)
    proof.lost = proof.more["crashes"] + proof.more["wrongly read"]
    proof.more["rejected"] = dict(sorted(reasons.items()))
    proof.leave(out)


def rounded(rows: int) -> int:
    """At least one row."""
    return max(rows, 1)


def one_row(row: Row, read: Callable[..., RowRead], proof: Proof, reasons: Counter[str]) -> None:
    """Read it, make of it what would be stored, and look at both."""
    proof.n += 1
    try:
        found = read(BEDSIDE, row, NOW, ARRIVED)
        for payload in payloads_of(found, VISIT, "bedside-3"):
            whole(payload)
        wrong = faults(row, found)
    except Exception as raised:  # a crash is what is looked for
        proof.more["crashes"] += 1
        wrong, found = [f"{type(raised).__name__}: {raised}"], RowRead(NOW, (), ())
    else:
        proof.more["wrongly read"] += bool(wrong)
    if wrong and len(proof.more["first faults"]) < 5:
        proof.more["first faults"].append(f"{row!r}: {wrong}"[:400])
    proof.more["values"] += len(found.readings) + len(found.rejected)
    proof.more["readings"] += len(found.readings)
    reasons.update(one.reason for one in found.rejected)


if __name__ == "__main__":
    main()
