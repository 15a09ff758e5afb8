"""The lists of conditions, medicines and allergies: what is on them, and what a form adds to them."""

from __future__ import annotations

from uuid import UUID, uuid4

from kairn.clinic.acts import facts
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, refused_field
from kairn.clinic.screens.assessment.page import ListCard, ListLine
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.forms.desk import Desk
from kairn.clinic.screens.forms.facts import latest
from kairn.library.code_sets import CODE_SETS
from kairn.library.medicines import MEDICINES
from kairn.record.event import Event
from kairn.record.payloads import AllergyNoted, Coding, ConditionNoted, MedicationNoted, Reading

Listed = ConditionNoted | MedicationNoted | AllergyNoted
KINDS: dict[str, type[Listed]] = {"conditions": ConditionNoted, "medicines": MedicationNoted, "allergies": AllergyNoted}
STATES = {"conditions": words.CONDITION_STATES, "medicines": words.MEDICINE_STATES, "allergies": words.ALLERGY_STATES}
DETAILS = {"conditions": "", "medicines": "Dose and how often", "allergies": "What happens"}
OWN_WORDS = "urn:kairn:own-words"


def list_card(desk: Desk, key: str, again: Again) -> ListCard:
    """One list, current entries first."""
    entries = {}
    for event, payload in desk.chart.history.all(KINDS[key]):
        entries[payload.code.system, payload.code.code or payload.code.display] = (event, payload)
    lines = [_line(desk.clock, event, payload) for event, payload in entries.values()]
    reviewed = latest(desk, f"{key}_reviewed")
    told = f"{desk.clock.when(reviewed[0].occurred_at)}, {reviewed[0].by.name}" if reviewed and reviewed[1].value == "yes" else ""
    own = again if again.typed.get("list") == key else Again(event_id=str(uuid4()))
    return ListCard(
        key, words.capital(key), tuple(sorted(lines, key=lambda line: line.state != "active")), told, STATES[key], known_words(key), DETAILS[key], own
    )


def _line(clock: Clock, event: Event, payload: Listed) -> ListLine:
    detail = getattr(payload, "dose", "") or getattr(payload, "reaction", "")
    imported = payload.origin is not None
    source = f"from {payload.origin.source}, recorded {clock.when(event.recorded_at)}" if payload.origin else event.by.name
    text = payload.code.display or payload.code.code
    return ListLine(f"{text}, {detail}" if detail else text, payload.state, f"{clock.when(event.occurred_at)}, {source}", imported or event.by.role == "system")


def known_words(key: str) -> tuple[str, ...]:
    """Words that the library knows, offered while typing."""
    if key == "medicines":
        return tuple(word for one in MEDICINES.values() for word in one.words)
    named = [(one.words or (one.label,)) for one in CODE_SETS.values() if one.what == key]
    return tuple(dict.fromkeys(word for words_ in named for word in words_))


def coded(key: str, text: str) -> Coding:
    """The typed words with the library's code where it knows one, otherwise as own words."""
    wanted = text.strip().lower()
    system, code = _code_of_medicine(wanted) if key == "medicines" else _code_of_set(key, wanted)
    return Coding(system, code or wanted, text.strip())


def _code_of_medicine(wanted: str) -> tuple[str, str]:
    found = next((one for one in MEDICINES.values() if wanted in one.words and len(one.codes) == 1), None)
    return min(found.codes) if found else (OWN_WORDS, "")


def _code_of_set(key: str, wanted: str) -> tuple[str, str]:
    for one in CODE_SETS.values():
        if one.what == key and wanted in (one.label.lower(), *(word.lower() for word in one.words)) and one.codes and (not one.words or len(one.words) == 1):
            return min(one.codes)
    return OWN_WORDS, ""


def add(context: Context, patient: UUID, event_id: UUID, key: str, form: dict[str, str]) -> Outcome:
    """Put an entry on a list, or record that the list was gone through with the person."""
    if form.get("do") == "reviewed":
        return facts.record_readings(context, patient, event_id=event_id, readings=(Reading(f"{key}_reviewed", "yes"),))
    text, state, detail = form.get("what", ""), form.get("state", ""), form.get("detail", "").strip()
    if not text.strip():
        return refused_field("what", "Saw nothing; expected its name. Write it, or choose it from the list.")
    if not state:
        return refused_field("state", "Saw no answer; expected whether it is so now. Choose one.")
    code = coded(key, text)
    if key == "conditions":
        return facts.note_condition(context, patient, event_id=event_id, code=code, state=state)  # type: ignore[arg-type]
    if key == "medicines":
        return facts.note_medication(context, patient, event_id=event_id, code=code, state=state, dose=detail)  # type: ignore[arg-type]
    return facts.note_allergy(context, patient, event_id=event_id, code=code, state=state, reaction=detail)  # type: ignore[arg-type]
