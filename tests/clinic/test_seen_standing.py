"""Whoever may not see the clinical part sees no flag and no as-needed medicine; whoever sees no reasons sees them without what they rest on."""

from __future__ import annotations

from kairn.clinic.acts.sections import seen_standing
from kairn.pathway.assess import assess
from kairn.pathway.scenario import SCENARIOS, load_scenario
from kairn.pathway.standing import Standing
from kairn.protocol.load import load_protocol


def infusing() -> Standing:
    """Where Ana stands in her infusion: flags speak and as-needed medicines are open or shut."""
    protocol = load_protocol("iv-ketamine-oud", "1.0")
    story = load_scenario(SCENARIOS / "ana-infusing.yaml", protocol)
    standing = assess(protocol, story.history, story.now)
    assert standing.flags and standing.as_needed
    return standing


def test_flags_and_as_needed_medicines_are_clinical() -> None:
    seen = seen_standing(infusing(), frozenset({"due", "schedule", "reasons"}))
    assert (seen.flags, seen.as_needed) == ((), ())


def test_without_reasons_they_show_no_finding() -> None:
    whole, seen = infusing(), seen_standing(infusing(), frozenset({"clinical"}))
    assert len(seen.flags) == len(whole.flags) and any(flag.verdict.findings for flag in whole.flags)
    assert not any(flag.verdict.findings for flag in seen.flags)
    assert not any(verdict.findings for move in seen.as_needed for verdict in move.blocking)
