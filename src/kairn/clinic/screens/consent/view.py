"""Consent: the document in plain words, the questions back, the signature, and taking it back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from kairn.clinic.acts import signing
from kairn.clinic.acts.facts import record_readings
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again, answer, event_id, expected_seq, fresh, wrong
from kairn.clinic.screens.forms.desk import Desk, Who, address, open_desk, who
from kairn.clinic.screens.forms.facts import FactGroup, group, taken
from kairn.clinic.screens.forms.gates import gate_of, weighed
from kairn.clinic.screens.forms.newer import newer
from kairn.clinic.screens.forms.prose import Block, blocks
from kairn.clinic.screens.parts import GatePart
from kairn.library.reader import LIBRARY
from kairn.pathway.standing import Move, MoveKind
from kairn.record.payloads import ConsentSigned, ConsentWithdrawn
from kairn.terms.answer import Answer

BEFORE = ("capacity", "intoxicated", "education_given")
YES_NO = (("yes", "Yes"), ("no", "No"))


@dataclass(frozen=True)
class Question:
    """One teach-back question as asked, and what was answered on this form."""

    key: str
    ask: str
    value: str
    error: str


@dataclass(frozen=True)
class Signed:
    """The latest consent, and whether it still stands."""

    name: str
    at: str
    version: str
    answers: tuple[tuple[str, str, bool], ...]
    current: bool
    withdrawn: str


@dataclass(frozen=True)
class ConsentPage:
    """Everything the consent page shows; `document` is empty where no protocol is in force."""

    who: Who
    seq: int
    title: str
    version: str
    document: tuple[Block, ...]
    before: FactGroup
    again: Again
    questions: tuple[Question, ...]
    sign: Again
    signed: Signed | None
    gates: tuple[GatePart, ...]
    may_record: bool
    may_withdraw: bool
    urls: dict[str, str]
    newer: tuple[str, ...]
    why: str


@cache
def document(name: str, version: str) -> str:
    """The text of one version of a consent document; empty where the library has none."""
    path = Path(LIBRARY) / "consent" / f"{name}-{version}.md"
    return path.read_text(encoding="utf-8") if path.exists() else ""


@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Show the document and the form; a POST records what was explained, or signs."""
    desk = open_desk(request, patient)
    if not isinstance(desk, Desk):
        return desk
    if request.method != "POST":
        return _show(request, desk)
    return _explained(request, desk) if request.POST.get("of") == "before" else _sign(request, desk)


def _explained(request: HttpRequest, desk: Desk) -> HttpResponse:
    found = taken(desk, request.POST, BEFORE)
    outcome = record_readings(desk.context, desk.patient, event_id=event_id(request), readings=found.readings, not_taken=found.not_taken)
    return answer(request, outcome, f"{address('consent', desk.patient)}#sign", "Recorded.", lambda again: _newly(request, desk.patient, again))


def _sign(request: HttpRequest, desk: Desk) -> HttpResponse:
    back = desk.chart.protocol.teach_back if desk.chart.protocol else ()
    answers = {key: request.POST.get(f"back-{key}", "") for _, _, key in back}
    missing = {key: f"Not answered: {ask}" for ask, _, key in back if answers[key] not in ("yes", "no")}
    if missing:
        return _show(request, desk, sign=wrong(missing, request.POST))
    seen = expected_seq(request)
    outcome = signing.sign_consent(
        desk.context, desk.patient, event_id=event_id(request), expected_seq=seen, teach_back=answers, signed_name=request.POST.get("signed_name", "")
    )
    since = seen if isinstance(outcome, Refused) and outcome.kind == "stale" else 0
    return answer(
        request, outcome, address("patient", desk.patient), _told(desk, answers), lambda again: _newly(request, desk.patient, sign=again, since=since)
    )


def _told(desk: Desk, answers: dict[str, str]) -> str:
    back = desk.chart.protocol.teach_back if desk.chart.protocol else ()
    unlike = sum(answers[key] != right for _, right, key in back)
    return "Consent signed." if not unlike else f"Signed, and kept as answered: {unlike} answer not as the document says. Explain again, then sign anew."


@require_POST
def consent_withdraw(request: HttpRequest, patient: UUID) -> HttpResponse:
    """The person takes consent back; nothing stands in the way."""
    desk = open_desk(request, patient, "consent.withdraw")
    if not isinstance(desk, Desk):
        return desk
    outcome = signing.withdraw_consent(desk.context, patient, event_id=event_id(request), reason=request.POST.get("why", "").strip())
    return answer(request, outcome, address("patient", patient), "Recorded: consent withdrawn.", lambda again: _newly(request, patient, sign=again))


def _newly(request: HttpRequest, patient: UUID, again: Again | None = None, sign: Again | None = None, since: int = 0) -> HttpResponse:
    desk = open_desk(request, patient)
    return _show(request, desk, again, sign, since) if isinstance(desk, Desk) else desk


def _show(request: HttpRequest, desk: Desk, again: Again | None = None, sign: Again | None = None, since: int = 0) -> HttpResponse:
    protocol, shown, signing_ = desk.chart.protocol, again or fresh(), sign or fresh()
    name, version = protocol.consent if protocol else ("", "")
    back = protocol.teach_back if protocol else ()
    questions = tuple(Question(key, ask, signing_.typed.get(f"back-{key}", ""), signing_.errors.get(key, "")) for ask, _, key in back)
    move = desk.chart.standing.move(MoveKind.STAGE, "planning") or Move(MoveKind.STAGE, "planning", Answer.UNKNOWN, ())
    gates = tuple(gate_of(desk, verdict) for verdict in weighed(desk.chart.standing, move)) if desk.chart.standing.course.stage == "consent" else ()
    text = document(name, version) if protocol else ""
    title = next((line[2:] for line in text.splitlines() if line.startswith("# ")), "Consent")
    page = ConsentPage(
        who=who(desk), seq=desk.chart.seq, title=title, version=version, document=tuple(blocks(text)), before=group(desk, "Before signing", BEFORE, shown),
        again=shown, questions=questions, sign=signing_, signed=_signed(desk), gates=gates,
        may_record=desk.may("consent"), may_withdraw=desk.may("consent_withdraw"),
        urls={"consent": address("consent", desk.patient), "withdraw": address("consent_withdraw", desk.patient)}, newer=newer(desk, since), why=desk.chart.why,
    )  # fmt: skip
    return render(request, "kairn/consent.html", {"page": page, "yes_no": YES_NO}, status=max(shown.status, signing_.status))


def _signed(desk: Desk) -> Signed | None:
    found = desk.chart.history.latest(ConsentSigned)
    if not found:
        return None
    event, payload = found
    back = {key: (ask, right) for ask, right, key in desk.chart.protocol.teach_back} if desk.chart.protocol else {}
    answers = tuple((back[one.fact][0], words.SAYS[one.value], one.value == back[one.fact][1]) for one in payload.teach_back if one.fact in back)
    taken_back = [one for one, _ in desk.chart.history.all(ConsentWithdrawn) if one.seq > event.seq]
    current = desk.chart.protocol is not None and (payload.document, payload.version) == desk.chart.protocol.consent
    withdrawn = f"{desk.clock.when(taken_back[0].occurred_at)}, recorded by {taken_back[0].by.name}" if taken_back else ""
    return Signed(payload.signed_name, f"{desk.clock.when(event.occurred_at)}, with {event.by.name}", payload.version, answers, current, withdrawn)
