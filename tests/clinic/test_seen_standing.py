"""Whoever may not see the clinical part sees no flag and no as-needed medicine; whoever sees no reasons sees them without what they rest on."""

from __future__ import annotations

from kairn.clinic.acts.sections import seen_standing
from kairn.pathway.assess import assess
from kairn.pathway.scenario import SCENARIOS, load_scenario
from kairn.pathway.standing import Standing
from kairn.protocol.load import load_protocol


def standing_of(name: str) -> Standing:
    """Where the person of a story stands."""
    protocol = load_protocol("iv-ketamine-oud", "1.0")
    story = load_scenario(SCENARIOS / f"{name}.yaml", protocol)
    return assess(protocol, story.history, story.now)


def infusing() -> Standing:
    """Where Ana stands in her infusion: flags speak and as-needed medicines are open or shut."""
    standing = standing_of("ana-infusing")
    assert standing.flags and standing.as_needed
    return standing


def test_flags_and_as_needed_medicines_are_clinical() -> None:
    seen = seen_standing(infusing(), frozenset({"due", "schedule", "reasons"}))
    assert (seen.flags, seen.as_needed) == ((), ())


def test_without_reasons_a_move_says_how_many_answers_it_waits_for_and_not_which() -> None:
    whole = standing_of("elif-assessment")
    seen = seen_standing(whole, frozenset({"identity", "course", "schedule", "ride", "due"}))
    assert any(move.blocking for move in whole.moves)
    assert [(move.to, move.answer, len(move.blocking)) for move in seen.moves] == [(move.to, move.answer, len(move.blocking)) for move in whole.moves]
    titles = {verdict.rule.title for move in whole.moves for verdict in move.blocking}
    assert not {verdict.rule.title for move in seen.moves for verdict in move.blocking} & titles and seen.verdicts == ()


def test_without_reasons_they_show_no_finding() -> None:
    whole, seen = infusing(), seen_standing(infusing(), frozenset({"clinical"}))
    assert len(seen.flags) == len(whole.flags) and any(flag.verdict.findings for flag in whole.flags)
    assert not any(flag.verdict.findings for flag in seen.flags)
    assert not any(verdict.findings for move in seen.as_needed for verdict in move.blocking)
