"""The words of a protocol as a document, beside the phrases of its rules: headings, labels and the sentences of its head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kairn.library.sources import CONFIDENCES
from kairn.protocol.phrases import Phrases, words


@dataclass(frozen=True)
class Wording(Phrases):
    """The phrases of a language with the words a whole document needs beside them. The defaults are English."""

    identity: str = "{protocol}, version {version}, content {hash}. {use}"
    uses: Mapping[str, str] = words({
        "clinic": "For use in a clinic once its medical director and a second person have signed it.",
        "reference": "For reading and for comparison with virtual people only. Nobody is treated by it.",
    })  # fmt: skip
    sources: str = "Sources"
    part_scope: str = "What this protocol is"
    part_course: str = "The course and its steps"
    part_infusion: str = "The infusion"
    part_limits: str = "Limits at a glance"
    part_consent: str = "Consent"
    part_stages: str = "From referral to follow-up"
    part_visit: str = "A visit for an infusion"
    part_prn: str = "As-needed medicines in the visit"
    part_topics: Mapping[str, str] = words({
        "adaptation": "Adapting the series", "interaction": "Medicines beside ketamine", "withdrawal": "The course of withdrawal",
        "surveillance": "Harm from repeated exposure", "outcome": "How it is going",
    })  # fmt: skip
    part_follow_up: str = "Follow-up"
    part_always: str = "At every time"
    by_severity: Mapping[str, str] = words({
        "stop": "Not until it is resolved", "caution": "A prescriber decides", "note": "To be noted",
    })  # fmt: skip
    stage: str = "Stage of {name}"
    phases: Mapping[str, str] = words({
        "booked": "Before the day: the visit is booked", "pre-flight": "Before the start", "infusion": "During the infusion", "recovery": "After the infusion",
        "closed": "After the visit",
    })  # fmt: skip
    course_is: str = "The course has the stages {stages}."
    move: str = "From {origin} a person can go on to {targets}."
    exits: str = "At every time the course can end as {exits}; nothing guards an exit, and nobody is held."
    visit_is: str = "A visit is booked, then prepared (pre-flight), then the infusion runs, then the person recovers, then the visit is closed."
    dose: str = "{drug} {dose} of {basis} weight, given {route} over {duration}."
    dose_fixed: str = "{drug} {dose}, given {route} over {duration}."
    dose_soft: str = "Below {low} or above {high} a reason is asked for."
    dose_hard: str = "Below {low} or above {high} nobody can order it."
    duration_hard: str = "It runs for no less than {low} and no more than {high}."
    duration_fixed: str = "It runs for {low}, no less and no more."
    series: str = "A series is up to {number} infusions, {low} to {high} days apart."
    series_one: str = "It is given once."
    weight: str = "The weight is one measured within the latest {length}."
    consent_is: str = "The person signs *{document}*, version {version}; a new version is signed anew."
    teach_back: str = "To show that it was understood the person is asked: *{ask}* Right is: {right}."
    limits_lead: str = "One fresh reading of one quantity, nothing else known. Where several answers apply, the strongest holds. Ranges include both ends."
    limits: Mapping[str, str] = words({
        "pre-flight": "May the infusion start?", "infusion": "May the infusion go on?", "recovery": "Is the person in danger afterwards?",
        "ready": "May *discharged as ready* be signed?",
    })  # fmt: skip
    answers: Mapping[str, str] = words({
        "continue": "go on", "alert": "alert", "pause": "pause", "stop": "stop", "open": "yes", "decide": "a named role decides", "shut": "no",
    })  # fmt: skip
    quantity: str = "quantity"
    lasting: str = "{span}, when it lasts"
    some_only: str = "{span} (for those to whom it applies)"
    up_to: str = "{high} or less"
    from_: str = "{low} or more"
    range_: str = "{low} to {high}"
    any_value: str = "any"
    kinds: Mapping[str, str] = words({"gate": "gate", "hold": "hold", "duty": "duty", "flag": "flag"})
    about: str = "{kind}, evidence {grade}"
    about_hold: str = "{level} hold, evidence {grade}"
    grades: Mapping[str, str] = words({"high": "high", "moderate": "moderate", "low": "low", "very-low": "very low"})
    sentence: str = "{lead} {clause}."
    list_of: str = "{lead} {clause}:"
    applies_lead: str = "It applies when"
    gate_lead: str = "It opens when"
    hold_lead: str = "It holds when"
    duty_lead: str = "It is done when"
    flag_lead: str = "It speaks when"
    weighed_stages: str = "It is weighed in the stages {names}."
    weighed_phases: str = "It is weighed in these parts of a visit: {names}."
    why: str = "Why"
    not_considered: str = "Not considered"
    source: str = "{kind}, evidence {grade}; {known}; as of {read}"
    confidences: Mapping[str, str] = words(CONFIDENCES)
    rule: str = "{about}, rule {rule}"
    when: str = "when"
    what: str = "what"
    who: str = "who"
    schedule_table: str = "Schedule"


ENGLISH_DOCUMENT = Wording()
