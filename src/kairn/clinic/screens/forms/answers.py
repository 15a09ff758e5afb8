"""From an act's answer to a page: done goes on, refused shows the form again with its reasons and what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

from kairn.clinic.acts.outcome import Done, Outcome, Refused

STATUS = {"stale": 412, "conflict": 409, "input": 422, "policy": 422, "locked": 422, "permission": 403}
SEE_OTHER = 303
TITLES = {
    "stale": "Not saved: the chart is newer than the page you decided on", "conflict": "Not saved: this was recorded differently before",
    "input": "Not saved", "policy": "Not saved: the protocol's limits stand in the way", "permission": "Not saved: not yours to do",
    "locked": "Not saved: the record of this visit is locked",
}  # fmt: skip


@dataclass(frozen=True)
class Again:
    """What a form shows when it is shown again: the refusal in sentences, errors by field, what was typed; all empty at first.

    `read` names the typed values that somebody must say they read before they are kept. `form` tells the forms of one page apart.
    """

    title: str = ""
    reasons: tuple[str, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    event_id: str = ""
    stale: bool = False
    read: str = ""
    form: str = ""


def fresh() -> Again:
    """A form shown for the first time."""
    return Again(event_id=str(uuid4()))


def again(refused: Refused, typed: QueryDict | Mapping[str, str]) -> Again:
    """A form shown again after a refusal; nothing was stored, so it gets a new event id and keeps what was typed."""
    reasons = tuple(dict.fromkeys(reason.text for reason in refused.reasons))
    errors = {reason.field: reason.text for reason in refused.reasons if reason.field}
    return Again(TITLES[refused.kind], reasons, errors, _plain(typed), STATUS[refused.kind], str(uuid4()), refused.kind == "stale")


def wrong(errors: Mapping[str, str], typed: QueryDict | Mapping[str, str]) -> Again:
    """A form shown again because fields of it cannot be read."""
    return Again(TITLES["input"], tuple(dict.fromkeys(errors.values())), dict(errors), _plain(typed), STATUS["input"], str(uuid4()))


def _plain(typed: QueryDict | Mapping[str, str]) -> dict[str, str]:
    return {key: str(typed[key]) for key in typed if key not in ("csrfmiddlewaretoken", "event_id", "expected_seq")}


def answer(request: HttpRequest, outcome: Outcome, where: str, said: str, show: Callable[[Again], HttpResponse], *, undo: str = "") -> HttpResponse:
    """After done: on to `where` with a word of it, which offers Undo where `undo` is its address. After a refusal: the page again."""
    if isinstance(outcome, Done):
        messages.success(request, "It was in the record already; nothing was added." if outcome.repeated else said, extra_tags=undo)
        return onward(where)
    return show(again(outcome, request.POST))


def onward(where: str) -> HttpResponse:
    """Look at another page now, by GET."""
    return HttpResponseRedirect(where, status=SEE_OTHER)


def event_id(request: HttpRequest) -> UUID:
    """The event id the form carries; a form without a readable one gets a new one."""
    return readable_uuid(request.POST.get("event_id", "")) or uuid4()


def readable_uuid(typed: str) -> UUID | None:
    """The id a hidden field carries, None where it cannot be read."""
    try:
        return UUID(typed)
    except ValueError:
        return None


def expected_seq(request: HttpRequest) -> int:
    """The seq of the chart the decision was made on; 0 where the form has none, which is always stale."""
    typed = request.POST.get("expected_seq", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 9 else 0
