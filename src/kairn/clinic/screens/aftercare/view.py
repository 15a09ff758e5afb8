"""Aftercare and follow-up: duties with their windows, a contact that records them, and treatment beside it all."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST
from ruamel.yaml import YAML

from kairn.clinic.acts import aftercare as acts
from kairn.clinic.acts.outcome import Outcome
from kairn.clinic.screens.aftercare.page import AftercarePage, ContactForm, DoneLine, DutyLine, StripLine
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again, answer, event_id, fresh, onward, wrong
from kairn.clinic.screens.forms.asking import ask_again
from kairn.clinic.screens.forms.desk import Desk, address, open_desk, who
from kairn.clinic.screens.forms.facts import Taken, group, latest, taken, told
from kairn.library.facts import FACTS
from kairn.pathway.standing import Due, DueState, Visit
from kairn.record.payloads import ContactMade, MedicationNoted

ASKED = Path(__file__).with_name("asked.yaml")
FOLLOW_UP = "follow-up"
GROUPS = (("every", "How it is"), ("therapy", "Therapy and company"), ("treatment", "Medicine for opioid use disorder"))
MOUD = (("moud_status", "Medicine"), ("moud_supply", "Supply"), ("naloxone_in_hand", "Naloxone in hand"))
AROUND = (("therapy_offered", "Therapy"), ("coping_plan", "Coping plan"), ("support_group", "Support group"), ("lifestyle_goals", "Lifestyle goals"))


@cache
def asked() -> dict[str, Any]:
    """What is asked, read once."""
    read: dict[str, Any] = YAML(typ="safe", pure=True).load(ASKED.read_text(encoding="utf-8"))
    return {key: [name for name in names if name in FACTS] for key, names in read.items()}


@require_http_methods(["GET", "HEAD", "POST"])
def aftercare(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Show what is due; a POST records a contact."""
    return _record(request, patient) if request.method == "POST" else _newly(request, patient, fresh())


@require_POST
def contact(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Record a contact that does a duty of aftercare."""
    return _record(request, patient)


@require_http_methods(["GET", "HEAD", "POST"])
def follow_up(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Record a follow-up of the months after the series; it is shown with the aftercare."""
    return _record(request, patient) if request.method == "POST" else onward(address("aftercare", patient))


def _record(request: HttpRequest, patient: UUID) -> HttpResponse:
    desk = open_desk(request, patient, "schedule.read")
    if not isinstance(desk, Desk):
        return desk
    rule, _, visit = request.POST.get("duty", "").partition(" ")
    found = taken(desk, request.POST, [name for names in asked().values() for name in names])
    errors = dict(found.errors)
    if not rule:
        errors["duty"] = "Saw no duty; expected which one this contact does. Choose one."
    if request.POST.get("how", "") not in dict(words.CONTACTS):
        errors["how"] = "Saw no way of contact; expected how the person was reached, or that they were not. Choose one."
    if errors:
        return _show(request, desk, wrong(errors, request.POST))
    if again := ask_again(found.readings, request.POST):
        return _show(request, desk, again)
    outcome = _make(request, desk, rule, visit, found)
    said = told(found.readings, "Contact recorded.")
    return answer(request, outcome, address("aftercare", patient), said, lambda again: _newly(request, patient, again))


def _make(request: HttpRequest, desk: Desk, rule: str, visit: str, found: Taken) -> Outcome:
    said: dict[str, Any] = {
        "event_id": event_id(request), "duty": rule, "how": request.POST["how"], "note": request.POST.get("note", "").strip(),
        "readings": found.readings, "occurred_at": found.at,
    }  # fmt: skip
    if rule.startswith(FOLLOW_UP):
        return acts.record_follow_up(desk.context, desk.patient, **said)
    return acts.record_contact(desk.context, desk.patient, visit=_visit(visit), **said)


def _visit(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _newly(request: HttpRequest, patient: UUID, again: Again) -> HttpResponse:
    desk = open_desk(request, patient, "schedule.read")
    return _show(request, desk, again) if isinstance(desk, Desk) else desk


def _show(request: HttpRequest, desk: Desk, again: Again) -> HttpResponse:
    duties = [one for one in desk.chart.standing.due if one.rule]
    lines = [_duty(desk, one) for one in duties]
    open_ = tuple(line for line, one in zip(lines, duties, strict=True) if one.state is not DueState.AHEAD)
    chosen = request.GET.get("duty", "")
    groups = tuple(group(desk, title, asked()[key], again) for key, title in GROUPS)
    choices = tuple((f"{line.rule} {line.visit}".strip(), f"{line.what}{f' ({line.of})' if line.of else ''}") for line in lines)
    page = AftercarePage(
        who=who(desk), shown="clinical" in desk.chart.visible, seq=desk.chart.seq,
        moud=(*_medicine(desk), *(_strip(desk, *one) for one in MOUD)), around=tuple(_strip(desk, *one) for one in AROUND),
        now=open_, ahead=tuple(line for line in lines if line not in open_), done=tuple(_done(desk)), may_record=desk.may("contact"),
        form=ContactForm(again, choices, groups, address("contact", desk.patient)), asked=(again.typed.get("duty", chosen), again.typed.get("how", "")),
    )  # fmt: skip
    return render(request, "kairn/aftercare.html", {"page": page, "ways": words.CONTACTS}, status=again.status)


def _duty(desk: Desk, due: Due) -> DutyLine:
    assert due.rule is not None
    clock, visit = desk.clock, desk.chart.standing.visit(due.visit) if due.visit else None
    window = f"{clock.when(due.opens_at)} to {clock.when(due.due_at)}" if due.opens_at and due.opens_at != due.due_at else f"by {clock.when(due.due_at)}"
    state = "late" if due.state is DueState.LATE else "due"
    why = address("rule_why", desk.patient, due.rule.id) + (f"?visit={due.visit}" if due.visit else "")
    return DutyLine(due.rule.id, words.capital(due.what), due.owner.replace("-", " "), window, _of(desk, visit), state, str(due.visit or ""),
                    due.due_at.isoformat(), due.state is not DueState.AHEAD, why if desk.may("rule_why", "GET") else "")  # fmt: skip


def _of(desk: Desk, visit: Visit | None) -> str:
    return f"{words.PURPOSES[visit.purpose].lower()} of {desk.clock.day(visit.starts_at)}" if visit else ""


def _strip(desk: Desk, fact: str, label: str) -> StripLine:
    found = latest(desk, fact) or _from_contacts(desk, fact)
    return StripLine(label, words.value(found[1]), desk.clock.when(found[0].occurred_at)) if found else StripLine(label, "", "")


def _from_contacts(desk: Desk, fact: str) -> Any:
    """The latest answer given in a contact."""
    said = [(event, one) for event, payload in desk.chart.history.all(ContactMade) for one in payload.readings if one.fact == fact]
    return max(said, key=lambda pair: (pair[0].occurred_at, pair[0].seq), default=None)


def _medicine(desk: Desk) -> list[StripLine]:
    """Medicines for opioid use disorder on the list, with dose."""
    named = ("methadone", "buprenorphine", "naltrexone")
    taken_ = [
        (event, one)
        for event, one in desk.chart.history.all(MedicationNoted)
        if one.state == "active" and any(word in one.code.display.lower() for word in named)
    ]
    return [StripLine("On the list", f"{one.code.display} {one.dose}".strip(), desk.clock.when(event.occurred_at)) for event, one in taken_[-1:]]


def _done(desk: Desk) -> list[DoneLine]:
    protocol, found = desk.chart.protocol, []
    for event, made in sorted(desk.chart.history.all(ContactMade), key=lambda pair: pair[0].occurred_at, reverse=True):
        rule = protocol.by_id.get(made.duty) if protocol else None
        note = ". ".join(part for part in (made.note, words.readings(made.readings)) if part)
        how = f"{dict(words.CONTACTS)[made.how]}, {event.by.name}"
        found.append(DoneLine(desk.clock.when(event.occurred_at), rule.title if rule else words.plain(made.duty), how, note))
    return found
