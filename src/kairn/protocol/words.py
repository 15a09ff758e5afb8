"""The closed lists of names a protocol may use: moments, happenings and counted things, each with its words."""

from __future__ import annotations

from kairn.library.facts import FACTS

READINGS = "-readings"

MOMENTS: dict[str, str] = {
    "infusion-started": "the start of this infusion",
    "infusion-ended": "the end of this infusion",
    "visit-ended": "the end of this visit",
    "earlier-infusion-ended": "the end of the infusion before this one",
    "follow-up-entered": "the day follow-up began",
    "stage-entered": "the day this stage began",
}

HAPPENINGS: dict[str, str] = {
    "in-treatment": "the course in the stage of treatment",
    "assessment-eligible": "an assessment signed by a specialist with the answer *eligible*",
    "consent-current": "a signed consent to the current version, not withdrawn, with every teach-back question answered right",
    "plan-signed": "a signed plan for the series",
    "visit-booked": "a booked infusion visit",
    "order-signed": "a signed order for this infusion",
    "escort-confirmed": "an escort who has confirmed the ride home",
    "escort-present": "the escort present in person",
    "infusion-started": "an infusion started at this visit",
    "infusion-ended": "an infusion that has ended",
    "first-infusion": "the first infusion of this person",
    "other-infusion-running": "another infusion of this person that is running, paused or never recorded as stopped",
    "open-urgent-task": "an urgent task still open",
    "open-adverse-event": "an adverse event of this visit not yet resolved",
    "support-given": "a support medicine or oxygen given at this visit",
    "care-plan-signed": "a signed plan of care",
}

COUNTED: dict[str, str] = {
    "infusions": "infusions started",
    "adverse-events": "adverse events noted",
    "severe-adverse-events": "severe adverse events noted",
    "lapses": "lapses told of",
    "missed-visits": "infusion visits cancelled or left unseen",
    **{f"{fact.name}{READINGS}": f"readings of {fact.label}" for fact in FACTS.values() if fact.kind != "prediction"},
}
"""What can be counted. Counting the readings of a fact says for certain that none was taken, where asking for its value would say unknown."""

BASELINES: dict[str, str] = {
    "infusion": "before this infusion",
    "series": "before the first infusion",
}
