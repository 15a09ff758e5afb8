"""A monitor's file: header, units, times, gaps; and a real one, kept outside the repository."""

from __future__ import annotations

import gzip
import os
from datetime import timedelta
from pathlib import Path

import pytest

from kairn.library.monitors import BEDSIDE, monitor_named, read_monitor
from kairn.library.reader import LIBRARY, read_yaml_text
from kairn.monitor.report import report_on
from kairn.monitor.trace import Trace, read_trace
from kairn.terms.problem import Unreadable

DIRTY = b"t_s,HR,SpO2\n0,72,97\n60,0,96\n120,71,\n300,70,95\n240,69,94\n1e3,69,94\n360,69\n420,,\n"


def trace(raw: bytes) -> Trace:
    """A file of a bedside monitor."""
    return read_trace(raw, BEDSIDE, "night.csv")


def test_units_come_from_the_header_or_from_the_kind_of_monitor() -> None:
    (line,) = trace(b"time,HR [1/h],SpO2,EtCO2\n2026-11-22T09:00:00Z,4200,97,38\n").rows
    assert {name: sent.unit for name, sent in line.channels.items()} == {"HR": "1/h", "SpO2": "%", "EtCO2": ""}


def test_a_report_adds_up_and_says_where_there_is_no_data() -> None:
    found = report_on(trace(DIRTY), BEDSIDE)
    assert (found.rows, found.empty, found.out_of_order, len(found.unreadable)) == (6, 1, 1, 2)
    assert found.values == sum(found.accepted.values()) + sum(found.rejected.values()) == 9
    assert found.accepted == {"heart_rate": 4, "spo2": 4} and found.rejected == {("no-reading", "HR"): 1}
    gaps = {(gap.fact, gap.start, gap.end) for gap in found.gaps}
    minute = timedelta(minutes=1)
    assert gaps == {("", 2 * minute, 4 * minute), ("heart_rate", 0 * minute, 2 * minute), ("heart_rate", 2 * minute, 4 * minute),
                    ("heart_rate", 5 * minute, 7 * minute), ("spo2", 1 * minute, 4 * minute), ("spo2", 5 * minute, 7 * minute),
                    ("", 5 * minute, 7 * minute)}  # fmt: skip


def test_packed_and_plain_are_one() -> None:
    assert trace(gzip.compress(DIRTY)) == trace(DIRTY)


@pytest.mark.parametrize(
    "raw",
    [b"", b"HR,SpO2\n1,2\n", b"t_s,time,HR\n", b"t_s,HR,HR\n", b"t_s,HR\n\x00", b"\xff\xfe", b"\x1f\x8bnot gzip", b't_s,HR\n"0,1\n'],
)
def test_what_is_no_such_file_is_refused_with_a_sentence(raw: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        trace(raw)
    assert "night.csv" in str(refused.value) and "expected" in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("channel: pulse", "channel: pulse_of_nobody", "measured fact"),
        ("[HR, ECG_HR], unit: \"{beats}/min\"", "[HR, ECG_HR], unit: \"%\"", "can be said"),
        ("names: [RESP, RR]", "names: [RESP, hr]", "twice"),
        ("[[spo2, pulse]]", "[[spo2, weight]]", "two channels"),
        ("[local-monitors,", "[nobody,", "sources.yaml"),
    ],
)  # fmt: skip
def test_a_wrong_kind_of_monitor_is_refused_with_its_line(old: str, new: str, said: str) -> None:
    text = (LIBRARY / "monitors" / "bedside.yaml").read_text("utf-8")
    assert old in text
    with pytest.raises(Unreadable, match=said) as refused:
        read_monitor(read_yaml_text(text.replace(old, new), "bedside.yaml"))
    assert "line" in str(refused.value)


def test_an_unknown_kind_of_monitor_is_refused() -> None:
    with pytest.raises(Unreadable, match="one of bedside"):
        monitor_named("toaster")


def real_trace() -> bytes:
    """72 minutes of a real monitor, or a skip with its reason."""
    folder = os.environ.get("KAIRN_TEST_DATA")
    found = sorted(Path(folder, "vitals").glob("*.csv.gz")) if folder else []
    if not found:
        pytest.skip("KAIRN_TEST_DATA names no folder with vitals/*.csv.gz in it")
    return found[0].read_bytes()


def test_a_real_trace_is_read_and_every_value_of_it_accounted_for() -> None:
    """Counted by hand in the file: 345 values of which 52 are a 0 (HR 28, PULSE 8, RESP 5, SpO2 11); no pressure crosses."""
    found = report_on(trace(real_trace()), BEDSIDE)
    assert (found.rows, found.values, len(found.unreadable)) == (72, 345, 0)
    assert found.rejected == {("no-reading", "HR"): 28, ("no-reading", "PULSE"): 8, ("no-reading", "RESP"): 5, ("no-reading", "SpO2"): 11}
    assert not any("0" == one.value.strip("0.") for _, one in found.examples)
    assert [gap.end - gap.start for gap in found.gaps if gap.fact == "heart_rate"][-1] > timedelta(minutes=20), "the lead was off to the end"
