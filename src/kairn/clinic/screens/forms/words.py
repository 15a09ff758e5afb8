"""The desk's words: stages, exits, phases, roles, and readings with units as people write them."""

from __future__ import annotations

from collections.abc import Iterable

from kairn.library.adverse_events import SERIOUS, adverse_label
from kairn.library.cannulas import CANNULAS, NOT_KNOWN, OTHER, site_label
from kairn.library.facts import FACTS, weighed
from kairn.protocol.words import HAPPENINGS, MOMENTS
from kairn.record.payloads import Reading
from kairn.record.payloads_calls import PrescriberCalled
from kairn.record.payloads_cannula import CannulaPlaced, CannulaRemoved, CannulaSeen
from kairn.record.payloads_harm import AdverseEventNoted
from kairn.terms.numbers import plain_text
from kairn.terms.problem import Unreadable

STAGES = {
    "referral": "Referral", "assessment": "Assessment", "consent": "Consent", "planning": "Planning", "treatment": "Treatment", "follow-up": "Follow-up",
}  # fmt: skip
EXITS = {
    "not-eligible": "Not eligible", "declined": "Declined", "withdrawn": "Withdrew", "transferred": "Transferred", "lost": "Lost to contact",
    "completed": "Completed", "died": "Died",
}  # fmt: skip
PHASES = {"booked": "Booked", "pre-flight": "Pre-flight", "infusion": "Infusion", "recovery": "Recovery", "closed": "Closed"}
ENDINGS = {
    "ready": "Discharged as ready", "left-before-ready": "Left before ready", "left-unseen": "Left unseen", "hospital": "Sent to hospital", "died": "Died",
}  # fmt: skip
PURPOSES = {"infusion": "Infusion", "follow-up": "Follow-up", "therapy": "Therapy"}
ESCORTS = {"asked": "asked, no answer yet", "confirmed": "confirmed", "cancelled": "cannot come", "present": "here"}
CONTACTS = (("in-person", "In person"), ("phone", "By phone"), ("video", "By video"), ("message", "By message"), ("no-answer", "No answer"))
CONDITION_STATES = (("active", "Active"), ("remission", "In remission"), ("resolved", "Resolved"), ("unknown", "Not known"))
MEDICINE_STATES = (("active", "Taken now"), ("on-hold", "On hold"), ("stopped", "Stopped"), ("unknown", "Not known"))
ALLERGY_STATES = (("active", "Active"), ("resolved", "Resolved"), ("unknown", "Not known"))
UNITS = {
    "mm[Hg]": "mmHg", "{beats}/min": "/min", "{breaths}/min": "/min", "Cel": "°C", "{score}": "", "{days}": "days", "{xULN}": "times the upper limit",
}  # fmt: skip
SAYS = {"yes": "Yes", "no": "No", "unknown": "Not known"}
NALOXONE = {"given": "Given now", "has": "Has it", "refused": "Refused"}
METHODS = {"person": "", "device": "device", "import": "imported record", "patient": "the person's own check-in", "laboratory": "laboratory"}
CHOICES = {"on": "takes it", "not-asked": "not asked yet", "wants-to-stop": "wants to stop"}
PAIR = ("systolic", "diastolic")
TAKEN = {
    "moud-start": "Medicine for opioid use disorder started", "moud": "Medicine for opioid use disorder taken", "comfort": "Comfort medicine taken",
    "other": "Medicine taken",
}  # fmt: skip
SEVERITIES = (("mild", "Mild"), ("moderate", "Moderate"), ("severe", "Severe"))
ADVERSE_OUTCOMES = (("open", "Still there"), ("resolved", "Over"), ("resolved-with-after-effects", "Over, with after-effects"), ("unknown", "Not known"))
RELATED = (("related", "Yes"), ("possibly", "Possibly"), ("not-related", "No"), ("not-assessed", "Not judged yet"))
COMES_FROM = {"related": "from the treatment", "possibly": "possibly from the treatment", "not-related": "not from the treatment"}
ROUTES = (
    ("injected", "Injected"),
    ("smoked", "Smoked"),
    ("snorted", "Snorted"),
    ("swallowed", "Swallowed"),
    ("sublingual", "Under the tongue"),
    ("other", "Other"),
)


def label(fact: str) -> str:
    """A fact in words."""
    if fact in FACTS:
        return FACTS[fact].label
    return (HAPPENINGS.get(fact) or MOMENTS.get(fact) or plain(fact).replace("_", " ")).replace("*", "")


def dose_weight(basis: str, measured: str, used: str) -> str:
    """The weight a dose is made from, as the order page, the chair and the timeline say it."""
    if basis == "actual":
        return measured
    return f"{measured}, as measured, since it is not above {basis} weight" if used == measured else f"{used}, {basis} weight ({measured} measured)"


def unwanted(said: AdverseEventNoted) -> str:
    """What went wrong, in the words of the list and the nurse."""
    return adverse_label(said.kind, said.what)


def judged(said: AdverseEventNoted) -> tuple[str, ...]:
    """How serious it is and from what it comes, as far as somebody judged it."""
    serious = f"serious: {'; '.join(SERIOUS.get(one, one).lower() for one in said.criteria)}" if said.serious == "yes" else ""
    known = {"no": "not serious"}.get(said.serious, serious)
    return tuple(part for part in (known, COMES_FROM.get(said.related, "")) if part)


def site(said: CannulaPlaced | CannulaSeen | CannulaRemoved) -> str:
    """Where a cannula lies."""
    return site_label(said.site, said.where)


def cannula(said: CannulaPlaced) -> str:
    """Where it lies and how wide it is."""
    return ", ".join(part for part in (site(said), "" if said.gauge == NOT_KNOWN else CANNULAS.gauges.get(said.gauge, said.gauge)) if part)


def tried(said: CannulaPlaced) -> str:
    """How often it was tried, and by whom where that was told."""
    times = CANNULAS.attempts.get(said.attempts, said.attempts)
    attempts = "" if said.attempts == NOT_KNOWN else f"{times} attempt{'' if said.attempts == '1' else 's'}"
    return ", ".join(part for part in (attempts, f"by {said.placed_by}" if said.placed_by else "") if part)


def reached(said: PrescriberCalled) -> str:
    """Whether whoever was called answered."""
    return "reached" if said.answered == "yes" else "no answer"


def looked(said: CannulaSeen | CannulaRemoved) -> str:
    """How the site looked; that nobody looked where it came out and nobody did."""
    known = "" if said.looks == OTHER else CANNULAS.looks.get(said.looks, said.looks).lower() or "not looked at"
    return ": ".join(part for part in (known, said.note) if part)


def of_cannula(said: CannulaPlaced | CannulaSeen | CannulaRemoved) -> str:
    """A word on a cannula, as short as a lane needs it."""
    match said:
        case CannulaPlaced():
            return f"Cannula in: {cannula(said)}"
        case CannulaSeen():
            return f"{site(said)}: {looked(said)}"
        case CannulaRemoved():
            return f"Cannula out: {site(said)}, {looked(said)}"


def unit(ucum: str) -> str:
    """A unit as people write it."""
    return UNITS.get(ucum, ucum)


def plain(word: str) -> str:
    """A stored choice as words: wants-to-stop becomes wants to stop."""
    return word.replace("-", " ")


def step(name: str) -> str:
    """A stage, exit or phase in words."""
    return STAGES.get(name) or EXITS.get(name) or PHASES.get(name) or plain(name).capitalize()


def chair(name: str) -> str:
    """A chair as it is called: Chair 3, whether it was booked as "3" or as "Chair 3"; empty without one."""
    return name if not name or name[:1].isalpha() else f"Chair {name}"


def value(reading: Reading) -> str:
    """A reading's value with its unit."""
    known = FACTS.get(reading.fact)
    said = (CHOICES.get(reading.value) or plain(reading.value)) if known and known.kind == "choice" else reading.value
    return f"{said} {unit(reading.unit)}".strip()


def shown(reading: Reading) -> str:
    """A reading's value in the fact's own unit, rounded to its step as a rule sees it; as received where no rule can rest on it."""
    known = FACTS.get(reading.fact)
    try:
        return f"{plain_text(weighed(known, reading.value, reading.unit))} {unit(known.unit)}".strip() if known and known.kind == "measure" else value(reading)
    except Unreadable:
        return value(reading)


def head(fact: str) -> str:
    """A measured fact as the head of a column, with its unit."""
    return ", ".join(part for part in (capital(label(fact)), unit(FACTS[fact].unit)) if part)


def readings(taken: Iterable[Reading]) -> str:
    """A set of readings on one line, the two pressures as one."""
    held = {reading.fact: reading for reading in taken}
    said = []
    if all(name in held for name in PAIR):
        high, low = (held.pop(name) for name in PAIR)
        said.append(f"blood pressure {high.value}/{low.value} {unit(high.unit)}")
    said += [
        f"{label(name)} {value(reading)}" if FACTS.get(name) and FACTS[name].kind == "measure" else f"{label(name)}: {value(reading)}"
        for name, reading in held.items()
    ]
    return "; ".join(said)


def capital(text: str) -> str:
    """The text with its first letter large, the rest untouched."""
    return text[:1].upper() + text[1:]


def plain_value(text: str) -> str:
    """A value with its unit, the unit as people write it."""
    number, _, ucum = text.partition(" ")
    return f"{number} {unit(ucum)}".strip() if ucum in UNITS else text


def clinical_answers(count: int) -> str:
    """How many answers a step waits for, where which ones is not shown: 1 clinical answer, 3 clinical answers."""
    return f"{count} clinical answer{'' if count == 1 else 's'}"
