"""Twenty-five questions over patient bundles, by the path of `kairn import` and by fhirpathpy: python bench/eligibility.py [--rounds 5].

Both begin with parsed JSON in memory and end with yes, no or unknown for each question and person, and must agree in all of them.
"""

from __future__ import annotations

import gzip
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from kairn.fhir.bundle import bundle_of
from kairn.fhir.identity import patient_uuid
from kairn.fhir.translate import translate
from kairn.library.code_sets import CODE_SETS
from kairn.library.reader import read_yaml
from kairn.pathway.course import course_of, visits_of
from kairn.pathway.ground import Ground
from kairn.pathway.weigh import weigh
from kairn.protocol.load import load_protocol
from kairn.protocol.read_condition import read_condition
from kairn.record.event import Author, Event, StreamKind
from kairn.record.history import History
from kairn.terms.answer import Answer
from kairn.terms.strict_json import read_json
from measuring import say, spread

CRITERIA = Path(__file__).with_name("eligibility.yaml")
FOLDER = "fhir_r4_synthea"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
CLINIC, SOURCE = UUID(int=1), "bench"
BY = Author("1", "Bench", "system")
ANSWERS = {(): Answer.UNKNOWN, (True,): Answer.YES, (False,): Answer.NO}
ABOUT = """Twenty-five questions of eligibility (bench/eligibility.yaml) over the synthetic patient bundles of `KAIRN_TEST_DATA`, from parsed JSON in
memory to 25 answers of yes, no or unknown for each person. *Kairn* goes the way of `kairn import`: the bundle is checked, every resource translated
into events, and the conditions are weighed on those. *fhirpathpy* evaluates the same questions as FHIRPath, compiled before, over the resources that
were grouped by type before. All answers agree. Each round goes over all people with one and then with the other. Rates in patients a second."""

Question = tuple[str, Any, str]


@click.command()
@click.option("--rounds", default=5, show_default=True, help="How often all bundles are gone through by Kairn and by the peer, in turn.")
def main(rounds: int) -> None:
    """Print JSON."""
    data = os.environ.get("KAIRN_TEST_DATA", "")
    paths = sorted((Path(data) / FOLDER).glob("*.json.gz")) if data else []
    if not paths:
        return say("eligibility", ABOUT, [], skipped=f"KAIRN_TEST_DATA names no folder with {FOLDER}")
    try:
        import fhirpathpy
    except ImportError:
        return say("eligibility", ABOUT, [], skipped="fhirpathpy is not installed")
    raws = [gzip.decompress(path.read_bytes()) for path in paths]
    asked = questions()
    ours, peers = kairn(asked), peer(asked, fhirpathpy.compile)
    say("eligibility", ABOUT, measured([read_json(raw) for raw in raws], [grouped(json.loads(raw)) for raw in raws], ours, peers, rounds))
    return None


def questions() -> list[Question]:
    """Name, condition and FHIRPath of each question."""
    entries = [entry.fields(("name", "condition", "fhirpath")) for entry in read_yaml(CRITERIA).fields(("criteria",))["criteria"].items()]
    return [(entry["name"].text(), read_condition(entry["condition"]), entry["fhirpath"].text()) for entry in entries]


def measured(parsed: Sequence[Any], by_type: Sequence[Any], ours: Callable[[Any], Any], peers: Callable[[Any], Any], rounds: int) -> list[dict[str, Any]]:
    """Rates of both in turn and their ratio; every answer compared."""
    told = [(ours(whole), peers(parts)) for whole, parts in zip(parsed, by_type, strict=True)]
    if differing := sorted({f"{name}: {one[name].value} and {other[name].value}" for one, other in told for name in one if one[name] is not other[name]}):
        raise click.ClickException(f"Kairn and the peer answer otherwise: {'; '.join(differing)}.")
    rates: list[tuple[float, float]] = [(rate(ours, parsed), rate(peers, by_type)) for _ in range(rounds)]
    given = [answer for one, _ in told for answer in one.values()]
    counts = ", ".join(f"{given.count(answer)} {answer.value}" for answer in Answer)
    return [
        {"what": f"Kairn, {len(parsed)} people, {counts}", **spread([mine for mine, _ in rates])},
        {"what": "fhirpathpy, the same answers", **spread([theirs for _, theirs in rates])},
        {"what": "Kairn / fhirpathpy", **spread([mine / theirs for mine, theirs in rates])},
    ]


def rate(answers: Callable[[Any], Any], people: Sequence[Any]) -> float:
    """People a second: all of them over the sum of their times."""
    taken = []
    for person in people:
        start = time.perf_counter()
        answers(person)
        taken.append(time.perf_counter() - start)
    return 1 / statistics.fmean(taken)


def kairn(asked: Sequence[Question]) -> Callable[[Any], dict[str, Answer]]:
    """A function from a parsed bundle to its answers."""
    protocol = load_protocol("iv-ketamine-oud", "1.0")

    def answers(value: Any) -> dict[str, Answer]:
        bundle = bundle_of(value, "bench")
        stream = patient_uuid(CLINIC, SOURCE, bundle.patient.id)
        drafts = translate(bundle, History(), stream=stream, by=BY, source=SOURCE, now=NOW).drafts
        history = History(tuple(Event(d.id, CLINIC, stream, StreamKind.PATIENT, seq, d.occurred_at, NOW, BY, BY, d.payload) for seq, d in enumerate(drafts, 1)))
        ground = Ground(protocol, history, NOW, course_of(history), visits_of(history))
        return {name: weigh(condition, ground, None).answer for name, condition, _ in asked}

    return answers


def peer(asked: Sequence[Question], compiled: Callable[[str], Callable[[Any], list[Any]]]) -> Callable[[Any], dict[str, Answer]]:
    """A function from resources by type to the answers of FHIRPath."""
    ready = [(name, compiled(with_code_sets(text))) for name, _, text in asked]
    return lambda parts: {name: ANSWERS[tuple(path(parts))] for name, path in ready}


def with_code_sets(text: str) -> str:
    """A FHIRPath with each {code set} written out."""
    for name, codes in CODE_SETS.items():
        if f"{{{name}}}" in text:
            concept = "medicationCodeableConcept" if codes.what == "medicines" else "code"
            by_code = [f"(system = '{system}' and code = '{code}')" for system, code in sorted(codes.codes)]
            by_word = [f"display.lower().contains('{word}')" for word in codes.words]
            text = text.replace(f"{{{name}}}", f"{concept}.coding.where({' or '.join(by_code + by_word)}).exists()")
    return text


def grouped(bundle: Any) -> dict[str, Any]:
    """Resources of a bundle by type, under a name that begins small: FHIRPath takes one that begins large for a filter over all."""
    parts: dict[str, Any] = {}
    for entry in bundle["entry"]:
        kind = entry["resource"]["resourceType"]
        parts.setdefault(kind[:1].lower() + kind[1:], []).append(entry["resource"])
    return parts


if __name__ == "__main__":
    main()
