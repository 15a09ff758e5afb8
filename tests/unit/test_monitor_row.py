"""One row of a monitor: what is a reading, what is none, and why; each reason once, with its neighbour that is a reading."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from kairn.library.monitors import BEDSIDE
from kairn.monitor.row import LONGEST, Row, RowRead, Sent, payloads_of, read_row, shown

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
BEDSIDE_VISIT = UUID(int=3)
BEATS, SHARE, PRESSURE = "{beats}/min", "%", "mm[Hg]"
CALM = {
    "HR": Sent("72.4", BEATS), "PULSE": Sent("71", "/min"), "RESP": Sent("14", "{breaths}/min"), "SpO2": Sent("97.5", SHARE),
    "NBPSys": Sent("122", PRESSURE), "NBPDias": Sent("76", "mmHg"), "NBPMean": Sent("91", PRESSURE),
}  # fmt: skip


def read(at: datetime = NOW, arrived: datetime | None = None, **channels: Sent) -> RowRead:
    """A row read at NOW."""
    return read_row(BEDSIDE, Row(at, channels), NOW, arrived)


def why(found: RowRead) -> dict[str, str]:
    """channel -> reason."""
    return {one.channel: one.reason for one in found.rejected}


def taken(found: RowRead) -> dict[str, str]:
    """fact -> value."""
    return {reading.fact: reading.value for reading in found.readings}


def test_a_calm_row_is_all_readings_as_received() -> None:
    found = read(**CALM)
    assert not found.rejected and not found.note and found.at == NOW
    assert {(reading.value, reading.unit) for reading in found.readings} == {(sent.value, sent.unit) for sent in CALM.values()}


@pytest.mark.parametrize("zero", ["0", "0.0", "-0", "+0.000", "0.4", "0.5"])
@pytest.mark.parametrize("channel", ["HR", "PULSE", "RESP", "SpO2", "NBPSys"])
def test_zero_is_no_reading_whatever_it_is_a_zero_of(zero: str, channel: str) -> None:
    found = read(**{channel: Sent(zero, CALM[channel].unit)})
    assert not found.readings and why(found) == {channel: "no-reading"}


def test_a_low_value_that_is_possible_is_a_reading() -> None:
    assert taken(read(HR=Sent("18", BEATS), SpO2=Sent("36", SHARE), RESP=Sent("0.9", "/min"))) == {
        "heart_rate": "18",
        "spo2": "36",
        "respiratory_rate": "0.9",
    }


@pytest.mark.parametrize(
    ("channel", "sent", "reason"),
    [
        ("SpO2", Sent("100.2", SHARE), "above-range"),
        ("HR", Sent("301", BEATS), "above-range"),
        ("HR", Sent("-3", BEATS), "below-range"),
        ("HR", Sent("NaN", BEATS), "not-a-number"),
        ("HR", Sent("7e1", BEATS), "not-a-number"),
        ("HR", Sent("1_00", BEATS), "not-a-number"),
        ("HR", Sent("７２", BEATS), "not-a-number"),
        ("HR", Sent("Infinity", BEATS), "not-a-number"),
        ("HR", Sent("72" + "0" * 30, BEATS), "not-a-number"),
        ("HR", Sent("72", ""), "no-unit"),
        ("HR", Sent("72", SHARE), "wrong-unit"),
        ("HR", Sent("14", "{breaths}/min"), "wrong-unit"),
        ("RESP", Sent("14", "bpm"), "wrong-unit"),
        ("NBPSys", Sent("16", "kPa"), "wrong-unit"),
        ("EtCO2", Sent("38", PRESSURE), "unknown-channel"),
    ],
)
def test_each_reason(channel: str, sent: Sent, reason: str) -> None:
    found = read(**{**CALM, channel: sent})
    assert why(found)[channel] == reason
    assert taken(found)["pulse"] == "71", "one bad value does not take its neighbours with it"
    assert all(one.said.endswith(".") for one in found.rejected)


def test_a_unit_that_can_be_converted_is_kept_as_received() -> None:
    assert [(one.value, one.unit) for one in read(HR=Sent("4200", "1/h")).readings] == [("4200", "1/h")]


def test_pressures_that_cross_are_both_none() -> None:
    found = read(NBPSys=Sent("70", PRESSURE), NBPDias=Sent("90", PRESSURE), HR=Sent("70", BEATS))
    assert why(found) == {"NBPSys": "pressures-crossed", "NBPDias": "pressures-crossed"} and taken(found) == {"heart_rate": "70"}
    assert why(read(NBPSys=Sent("80.4", PRESSURE), NBPDias=Sent("79.6", PRESSURE))) == dict.fromkeys(("NBPSys", "NBPDias"), "pressures-crossed")
    assert not read(NBPSys=Sent("81", PRESSURE), NBPDias=Sent("80", PRESSURE)).rejected


def test_oxygen_rests_on_a_pulse() -> None:
    found = read(SpO2=Sent("96", SHARE), PULSE=Sent("0", BEATS))
    assert why(found) == {"PULSE": "no-reading", "SpO2": "rests-on-nothing"}
    assert taken(read(SpO2=Sent("96", SHARE))) == {"spo2": "96"}, "a monitor that sends no pulse at all still sends oxygen"


def test_one_fact_under_two_names_is_none() -> None:
    assert set(why(read(HR=Sent("70", BEATS), heart_rate=Sent("71", BEATS))).values()) == {"sent-twice"}


def test_a_clock_far_ahead_makes_the_whole_row_none_and_one_a_little_ahead_is_told() -> None:
    ahead = read(NOW + BEDSIDE.ahead + timedelta(seconds=1), **CALM)
    assert not ahead.readings and set(why(ahead).values()) == {"time-ahead"} and ahead.at == NOW
    little = read(NOW + BEDSIDE.ahead, **CALM)
    assert len(little.readings) == len(CALM) and little.at == NOW and "09:31:00" in little.note


def test_what_was_shown_before_the_person_came_is_not_theirs() -> None:
    assert set(why(read(NOW - timedelta(minutes=1), NOW, **CALM)).values()) == {"before-arrival"}
    assert len(read(NOW, NOW, **CALM).readings) == len(CALM)


def test_a_blank_was_not_sent_and_an_empty_row_is_nothing() -> None:
    found = read(HR=Sent("", BEATS), SpO2=Sent("  ", SHARE))
    assert (found.readings, found.rejected) == ((), ()) and not payloads_of(found, BEDSIDE_VISIT, "bedside-3")


def test_what_cannot_be_shown_is_replaced_and_what_is_long_is_cut() -> None:
    found = read(HR=Sent("9" * 500 + "\x00\ud800", BEATS))
    (one,) = found.rejected
    assert len(one.value) == LONGEST + 1 and shown("a\x00\ud800b") == "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b"


def test_readings_and_what_is_none_go_on_record_apart() -> None:
    kinds = [payload.KIND for payload in payloads_of(read(**{**CALM, "HR": Sent("0", BEATS)}), BEDSIDE_VISIT, "bedside-3")]
    assert kinds == ["observed", "monitor.rejected"]
