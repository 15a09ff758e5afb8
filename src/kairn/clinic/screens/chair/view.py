"""The chair: one page, one live part of it, and the acts that record what happens there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kairn.clinic.acts import facts, notes, pump
from kairn.clinic.acts.context import Context, context_of
from kairn.clinic.acts.locking import is_locked
from kairn.clinic.acts.outcome import Outcome, refused, refused_field
from kairn.clinic.acts.pump_rate import set_rate
from kairn.clinic.acts.waited import unsigned
from kairn.clinic.people.unheard import HEARD
from kairn.clinic.screens.chair.addendum import OPEN_FORMS, as_addendum, harm_alone
from kairn.clinic.screens.chair.kept import NAMES, is_dimmed, keeping, kept_part
from kairn.clinic.screens.chair.page import chair_page
from kairn.clinic.screens.chair.undo import CAME_FROM, undo_of
from kairn.clinic.screens.chair.volume import FACT, UNIT, typed
from kairn.clinic.screens.chair.waited import arrived, has_waited, pressed_at
from kairn.clinic.screens.forms.answers import Again, answer, event_id, fresh
from kairn.clinic.screens.forms.asking import ask_again
from kairn.clinic.screens.visit import cannula, medicines, unwanted
from kairn.clinic.screens.visit.asked import readings_of
from kairn.clinic.screens.visit.calling import called, calling_of
from kairn.clinic.screens.visit.entering import SHOWN, attempted, earlier
from kairn.clinic.screens.visit.going_home import going_home_part
from kairn.clinic.screens.visit.seat import Seat, seated
from kairn.clinic.screens.visit.urgent import urgent_of
from kairn.library.emergency_card import EMERGENCY_CARD
from kairn.library.facts import FACTS
from kairn.record.payloads import Reading

WHOLE = "kairn/visit/chair.html"
Act = Callable[[HttpRequest, Context, UUID, UUID], Outcome]


@require_safe
def chair(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """The nurse's screen."""
    return chair_shown(request, patient, visit, fresh())


@require_safe
def chair_fragment(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """The live part of the chair, asked for when news comes."""
    return _shown(request, patient, visit, fresh(), "kairn/visit/chair_fragment.html")


def chair_shown(request: HttpRequest, patient: UUID, visit: UUID, again: Again) -> HttpResponse:
    """The page, perhaps after a refusal."""
    return _shown(request, patient, visit, again, WHOLE)


def _shown(request: HttpRequest, patient: UUID, visit: UUID, again: Again, template: str) -> HttpResponse:
    def shown(seat: Seat) -> HttpResponse:
        page = replace(chair_page(seat, again, dimmed=is_dimmed(request)), home=going_home_part(seat))
        whole = {"calling": calling_of(seat), "card": EMERGENCY_CARD} if template == WHOLE else {}
        response = render(request, template, {"page": page, "kept": kept_part(request, seat), "urgent": urgent_of(seat), **whole}, status=again.status)
        for name, said in keeping(request, seat).items():
            response[name] = said
        return response

    return seated(request, patient, visit, shown)


@require_POST
def chair_act(request: HttpRequest, patient: UUID, visit: UUID, act: str) -> HttpResponse:
    """Record what happened at the chair: one form, one act. The answer says that the form was heard, so that a tablet need not keep it any more."""
    if act not in ACTS:
        raise Http404
    response = arrived(request, patient, visit, ACTS[act][0]) if has_waited(request) else _acted(request, patient, visit, act)
    response[HEARD] = "1"
    return response


def _acted(request: HttpRequest, patient: UUID, visit: UUID, act: str) -> HttpResponse:
    does, said = ACTS[act]
    context = replace(_author(request), pressed_at=pressed_at(request, visit))
    form = act.replace("-", "_")
    late = partial(_too_late, act, patient, visit)
    if (asked := ask_again(_readings(request), request.POST)) and not late():
        return chair_shown(request, patient, visit, replace(asked, form=form))
    outcome = attempted(lambda: does(request, context, patient, visit))
    view = "discharge" if act == "pump-stopped" else CAME_FROM.get(request.POST.get("from", ""), "chair")
    here, undo = reverse(view, args=[patient, visit]), undo_of(request, outcome, patient, visit)

    def again_shown(again: Again) -> HttpResponse:
        if not late():
            return chair_shown(request, patient, visit, replace(again, form=form))
        harm_alone(context, patient, visit, event_id(request), _readings(request))
        return chair_shown(request, patient, visit, as_addendum(again, NAMES[act]))

    return answer(request, outcome, here, said, again_shown, undo=undo)


def _too_late(act: str, patient: UUID, visit: UUID) -> bool:
    """Whether the record of the visit is locked to this form, so that what was typed in it can go into an addendum."""
    return act not in OPEN_FORMS and is_locked(patient, visit)


def _author(request: HttpRequest) -> Context:
    """The signed-in person; on a locked tablet nobody has signed, and the record says so until somebody claims it."""
    context = context_of(request.user)  # type: ignore[arg-type]
    if not is_dimmed(request):
        return context
    return replace(context, author=unsigned(str(getattr(request, "kairn_device", "")), context.author.role))


def _readings(request: HttpRequest) -> tuple[Reading, ...]:
    return readings_of(request.POST, FACTS)


def _vitals(request: HttpRequest, context: Context, patient: UUID, visit: UUID) -> Outcome:
    readings = _readings(request)
    not_wanted, not_taken = (tuple(fact for fact in request.POST.getlist(why) if fact in FACTS) for why in ("refused", "not_taken"))
    if not readings and not not_wanted and not not_taken:
        return refused("input", "Nothing was filled in, so nothing was recorded.")
    return facts.record_readings(
        context, patient, event_id=event_id(request), readings=readings, visit=visit, refused=not_wanted, not_taken=not_taken, occurred_at=earlier(request)
    )


def _volume(request: HttpRequest, context: Context, patient: UUID, visit: UUID) -> Outcome:
    """The volume the pump shows, or that nobody reads it any more."""
    shown = typed(request.POST.get(FACT, ""))
    not_read = (FACT,) if request.POST.get("not_read") else ()
    if not shown and not not_read:
        return refused_field(FACT, "Saw no volume; expected what the pump shows. Type it, or say that it was not read.")
    readings = () if not_read else (Reading(FACT, shown, UNIT),)
    return facts.record_readings(context, patient, event_id=event_id(request), readings=readings, visit=visit, not_taken=not_read)


def _by_hand(does: Callable[..., Outcome]) -> Act:
    """The form of a pump paused or stopped by hand: why, and the volume the pump shows."""

    def recorded(request: HttpRequest, context: Context, patient: UUID, visit: UUID) -> Outcome:
        reason, volume = request.POST.get("reason", ""), request.POST.get("volume", "")
        return does(context, patient, event_id=event_id(request), visit=visit, reason=reason, volume_shown=volume, occurred_at=earlier(request))

    return recorded


def _rate(request: HttpRequest, context: Context, patient: UUID, visit: UUID) -> Outcome:
    typed = request.POST
    rate, reason, ran_so = typed.get("rate", ""), typed.get("reason", ""), bool(typed.get("ran_so"))
    return set_rate(context, patient, event_id=event_id(request), visit=visit, rate=rate, reason=reason, ran_so=ran_so, occurred_at=earlier(request))


def _noted(request: HttpRequest, context: Context, patient: UUID, visit: UUID) -> Outcome:
    return notes.write_note(context, patient, event_id=event_id(request), text=request.POST.get("text", ""), visit=visit, occurred_at=earlier(request))


ACTS: dict[str, tuple[Act, str]] = {
    "vitals": (_vitals, "Received."),
    "pump-paused": (_by_hand(pump.pause_pump), "Pause recorded to the second. Is the pump paused?"),
    "pump-stopped": (_by_hand(pump.stop_pump), "Stop recorded to the second. Is the pump stopped?"),
    "pump-volume": (_volume, "Received."),
    "rate": (_rate, "Received. Is the pump set to it?"),
    "drug": (medicines.given, "Received."),
    "adverse": (unwanted.note, "Received."),
    "adverse-follow": (unwanted.follow, "Received."),
    "cannula-placed": (cannula.place, "Received."),
    "cannula-seen": (cannula.look, "Received."),
    "cannula-removed": (cannula.remove, "Received."),
    "note": (_noted, "Received."),
    "called": (called, "Call recorded to the second."),
}

SHOWN["chair"] = chair_shown
