"""What the frame and the gates are told: the bar by role, the theme of a device, the words of a verdict."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import RequestFactory

from kairn.clinic.screens.context import PLACES, THEME_COOKIE, opens, places, theme_of
from kairn.clinic.screens.lanes import Limit, Point, Row, lanes
from kairn.clinic.screens.parts import gate_part, said
from kairn.library.sources import CONFIDENCES
from kairn.pathway.standing import Finding, FindingState, Verdict
from kairn.protocol.load import load_protocol
from kairn.protocol.rule import RuleKind
from kairn.terms.answer import Answer

NOW = datetime(2026, 11, 24, 9, 23, tzinfo=UTC)


def verdict_of(kind: RuleKind, answer: Answer, applies: Answer = Answer.YES) -> Verdict:
    """A verdict of the first rule of that kind in the shipped protocol, on one stale fact and one missing."""
    rule = next(rule for rule in load_protocol("iv-ketamine-oud", "1.0").rules if rule.kind is kind)
    stale = Finding("weight", FindingState.STALE, value="82", unit="kg", at=NOW - timedelta(days=2), good_until=NOW - timedelta(days=1), by="Nia O.")
    return Verdict(rule, applies, answer, (stale, Finding("height", FindingState.MISSING)))


def test_the_bar_shows_only_what_the_access_table_opens_to_a_role() -> None:
    assert opens("today", frozenset({"nurse"}))
    assert not opens("today", frozenset({"patient"}))
    assert not opens("people_list", frozenset({"nurse"}))
    assert opens("people_list", frozenset({"administrator"}))
    assert not opens("no_such_page", frozenset({"administrator"}))
    assert places(PLACES, frozenset({"patient"}), "/") == ()


@pytest.mark.parametrize(("kept", "shown"), [("dim", "dim"), ("light", "light"), ("", "auto"), ('"><script>', "auto")])
def test_a_theme_is_one_of_three_whatever_the_cookie_says(kept: str, shown: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES[THEME_COOKIE] = kept
    assert theme_of(request) == shown


@pytest.mark.parametrize("answer", list(Answer))
def test_a_gate_shows_its_own_answer_and_a_hold_the_opposite(answer: Answer) -> None:
    assert said(verdict_of(RuleKind.GATE, answer)) == answer.value
    assert said(verdict_of(RuleKind.HOLD, answer)) == (~answer).value


def test_a_part_names_what_is_missing_and_what_went_out_of_date() -> None:
    part = gate_part(verdict_of(RuleKind.GATE, Answer.UNKNOWN), zone=UTC, label=str.capitalize)
    assert part.reason == "Weight out of date; Height not recorded"
    assert part.facts[0].note == "22 Nov 2026 09:23, Nia O., was good until 23 Nov 2026 09:23"
    assert part.facts[1].note == "looked for and not found" and part.facts[1].value == ""
    assert all(source.title and source.locator for source in part.citations)
    assert part.citations and {source.known for source in part.citations} <= {*CONFIDENCES.values()}


def test_a_late_point_keeps_both_times_and_a_missed_set_stays_a_gap() -> None:
    late = Point(NOW, Decimal(141), Decimal(84), recorded=NOW + timedelta(minutes=3))
    row = Row("BP", "pressure", [late], limits=[Limit(Decimal(165), "above", "alert 165 / 100")], gaps=[NOW - timedelta(minutes=5)])
    drawn = lanes([row], start=NOW, end=NOW, now=NOW, zone=UTC)["rows"][0]
    assert drawn["points"][0]["late"] - drawn["points"][0]["t"] == 180
    assert drawn["table"] == [{"at": "09:23", "value": "141/84", "recorded": "09:26"}]
    assert drawn["said"] == "141/84 at 09:23; missed at 09:18; alert 165 / 100"
