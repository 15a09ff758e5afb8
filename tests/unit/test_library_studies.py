"""Published studies as records: strict, nothing guessed, nothing cited that is not in the books."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from kairn.library.reader import LIBRARY, read_yaml_text
from kairn.library.sources import SOURCES
from kairn.library.studies import FOLDER, STATEMENTS, STUDIES, read_studies
from kairn.protocol.load import load_protocol
from kairn.terms.problem import Unreadable

LALANNE = "- study: lalanne-2016" + (FOLDER / "opioids.yaml").read_text("utf-8").split("- study: lalanne-2016")[1].split("\n- study:")[0]
REFERENCES = [("dakwar-2019", "1.0"), ("kare-2022", "1.0"), ("krupitsky-2007", "three-sessions"), ("krupitsky-2007", "one-session")]


def test_all_studies_of_the_evidence_are_there() -> None:
    assert len(STUDIES) == 19
    assert {study.source for study in STUDIES.values()} <= set(SOURCES)


def test_what_is_not_established_stays_unknown() -> None:
    assert STUDIES["christian-2023"].doses is None
    assert STUDIES["malchow-2019"].sessions is None
    assert STUDIES["krupitsky-2002"].outcomes[0].numbers == ()
    assert all(study.inclusion != "null" and study.monitoring != "null" for study in STUDIES.values())


def test_no_number_rests_on_a_faint_memory() -> None:
    numbers = [number for study in STUDIES.values() for outcome in study.outcomes for number in outcome.numbers]
    assert {number.confidence for number in numbers} == {"read"}


def test_numbers_keep_their_interval_and_their_bound() -> None:
    odds = STUDIES["dakwar-2019"].outcomes[0].numbers[2]
    assert odds.low and odds.high
    assert (odds.low.value, odds.value.value, odds.high.value) == (Decimal("1.3"), Decimal("5.7"), Decimal("25.1"))
    assert STUDIES["christian-2023"].outcomes[0].numbers[0].bound == "above"


def test_support_for_starting_buprenorphine_is_never_executable() -> None:
    text = (FOLDER / "buprenorphine-start.yaml").read_text("utf-8")
    names = re.findall(r"- study: (\S+)", text)
    assert len(names) == 5
    assert not any(STUDIES[name].executable for name in names)
    assert all(STUDIES[name].because for name in names)


@pytest.mark.parametrize(("protocol", "version"), REFERENCES)
def test_a_reference_protocol_gives_what_its_study_gave(protocol: str, version: str) -> None:
    study, read = STUDIES[protocol], load_protocol(protocol, version)
    assert read.use.value == "reference"
    assert study.executable
    assert read.route == study.route
    assert study.doses
    assert {dose.to("mg/kg") for _, dose in study.doses} == {read.infusion.dose.to("mg/kg")}
    assert study.sessions
    assert read.infusion.infusions in {count for _, count in study.sessions}
    if read.infusion.infusions > 1:
        assert read.infusion.spacing_days == study.spacing_days


def test_studies_that_may_be_run_have_a_reference_protocol() -> None:
    folders = {path.name for path in (LIBRARY / "protocols").iterdir()}
    assert {study.name for study in STUDIES.values() if study.executable} == folders - {"iv-ketamine-oud"}


def test_statements_name_their_sources() -> None:
    assert all(source in SOURCES and locator for statement in STATEMENTS.values() for source, locator in statement.sources)


@pytest.mark.parametrize(
    ("old", "new", "seen"),
    [
        ("route: PO", "route: by mouth", "'by mouth'"),
        ('people: "1"', 'people: "one"', "'one'"),
        ('dose: "1.0 mg/kg"', 'dose: "1.0"', "'1.0'"),
        ("source: [lalanne2016,", "source: [nobody1999,", "nobody1999"),
        ("confidence: read}", "confidence: sure}", "'sure'"),
        ("  sessions: null\n", "", "no field 'sessions'"),
        ('executable: "no"', 'executable: "maybe"', "'maybe'"),
    ],
)
def test_a_faulty_record_is_refused(old: str, new: str, seen: str) -> None:
    assert old in LALANNE
    with pytest.raises(Unreadable, match=re.escape(seen)):
        read_studies(read_yaml_text(LALANNE.replace(old, new, 1), "opioids.yaml"))


def test_the_unchanged_record_is_read() -> None:
    assert read_studies(read_yaml_text(LALANNE, "opioids.yaml"))["lalanne-2016"] == STUDIES["lalanne-2016"]


def test_a_value_outside_its_interval_is_refused() -> None:
    numbers = 'outcomes:\n    - {measure: m, found: f, confidence: read, numbers: [{name: n, value: "5 %", low: "6 %", high: "7 %", confidence: read}]}\n'
    text = re.sub(r"outcomes:\n    - .*\n", numbers, LALANNE)
    with pytest.raises(Unreadable, match="5 % outside 6 % to 7 %"):
        read_studies(read_yaml_text(text, "opioids.yaml"))
