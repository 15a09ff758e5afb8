"""Questions for the person, one to a screen on their own phone: every answer is saved as it is given, and help is one tap away on each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID, uuid4, uuid5

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from kairn.clinic.acts.answering import Sheet, answered, save_answers
from kairn.clinic.acts.charts import chart
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, Refused
from kairn.clinic.acts.questions import begun, questions_for
from kairn.clinic.acts.urgent import alarm_of
from kairn.clinic.acts.wordings import Shown, shown_words, words_of
from kairn.clinic.screens.forms.answers import Again, again, event_id, fresh, onward, readable_uuid, wrong
from kairn.clinic.screens.measures.form import NAME, Filled, Question, questions
from kairn.clinic.screens.phone.view import own
from kairn.instruments.definition import INSTRUMENTS
from kairn.instruments.score import asked
from kairn.instruments.shapes import Instrument
from kairn.instruments.skips import alarm, may_skip, unmet
from kairn.record.history import History
from kairn.record.payloads_care import InstrumentAnswered

END = "end"
THANKS = "Thank you. Your team reads it before you meet."
HEARD = "Thank you for telling us. Your team is being told now."


@dataclass(frozen=True)
class ListLine:
    """One form the person is asked to answer."""

    name: str
    recall: str
    url: str
    act: str


@dataclass(frozen=True)
class AskPage:
    """One question on one screen."""

    name: str
    recall: str
    question: Question
    place: int
    of: int
    response: str
    pack: str
    url: str
    back: str
    may_leave: bool
    notice: str
    note: str
    again: Again


@dataclass(frozen=True)
class EndPage:
    """Before it is sent: how much is answered, what is not."""

    name: str
    answered: int
    of: int
    left_out: int
    missing: tuple[tuple[str, str], ...]
    response: str
    pack: str
    url: str
    back: str
    again: Again


@dataclass(frozen=True)
class Paper:
    """One form in one person's hands: what is saved of it, and in whose words it is asked."""

    context: Context
    patient: UUID
    found: Instrument
    shown: Shown
    response: UUID
    said: InstrumentAnswered | None

    @property
    def filled(self) -> Filled:
        """What was saved."""
        return Filled({one.item: one.value for one in self.said.answers}, self.said.skipped) if self.said else Filled({})

    @property
    def url(self) -> str:
        """Its address."""
        return reverse("patient_question", args=[self.found.name])

    def at(self, key: str) -> str:
        """The address of one question, by its place on the form and not by its name."""
        return f"{self.url}?at={self.place(key)}"

    def place(self, key: str) -> int:
        """The place of an item on the form, from 1."""
        return [item.key for item in self.found.items].index(key) + 1

    def keys(self) -> list[str]:
        """The items to be put, as far as is known now."""
        return [item.key for item in asked(self.found, self.filled.answers)]

    def key_at(self, typed: str) -> str:
        """The item at a place that an address or a form names. Http404 for none."""
        found = next((item.key for item in self.found.items if str(self.place(item.key)) == typed), "")
        if not found:
            raise Http404
        return found


@require_safe
def patient_questions(request: HttpRequest) -> HttpResponse:
    """What the person is asked."""
    context, patient, _ = own(request)
    found = questions_for(context, patient.id)
    if isinstance(found, Refused):
        return render(request, "people/refused.html", {"break_glass": ""}, status=403)
    lines = tuple(_line(one.instrument, one.begun is not None) for one in found)
    return render(request, "kairn/phone/questions.html", {"lines": lines})


def _line(name: str, begun_: bool) -> ListLine:
    found = INSTRUMENTS[name]
    return ListLine(shown_words(found).name, found.recall, reverse("patient_question", args=[name]), "Go on" if begun_ else "Begin")


@require_http_methods(["GET", "HEAD", "POST"])
def patient_question(request: HttpRequest, instrument: str) -> HttpResponse:
    """One question; a POST saves its answer and goes on, or finishes."""
    context, patient, _ = own(request)
    found = INSTRUMENTS[instrument]
    if found.rater != "patient":
        raise Http404
    seen = chart(context, patient.id, action="own.read")
    if isinstance(seen, Refused):
        return render(request, "people/refused.html", {"break_glass": ""}, status=403)
    paper = _paper(request, context, patient.id, found, seen.history)
    if paper.shown.wording is None:
        return render(request, "kairn/phone/question_none.html", {"name": found.check_list})
    return _answer(request, paper) if request.method == "POST" else _show(request, paper, request.GET.get("at", ""), fresh())


def _paper(request: HttpRequest, context: Context, patient: UUID, found: Instrument, history: History) -> Paper:
    """The form the person goes on with, else a new one."""
    typed = readable_uuid(request.POST.get("response", "")) if request.method == "POST" else None
    open_ = begun(history, context.now).get(f"{found.name} patient")
    response = typed or (open_[1].response if open_ else uuid4())
    said = answered(history, response)
    shown = words_of(found, said.pack) if said else words_of(found, request.POST["pack"]) if "pack" in request.POST else shown_words(found)
    return Paper(context, patient, found, shown, response, said)


# --- showing ---


def _show(request: HttpRequest, paper: Paper, at: str, shown: Again) -> HttpResponse:
    if at == END:
        return render(request, "kairn/phone/question_end.html", {"page": _end_page(paper, shown)}, status=shown.status)
    key = paper.key_at(at) if at else _first_open(paper)
    if not key:
        return _show(request, paper, END, shown)
    if key not in paper.keys():
        raise Http404
    return render(request, "kairn/phone/question.html", {"page": _ask_page(paper, key, shown)}, status=shown.status)


def _first_open(paper: Paper) -> str:
    """The first question neither answered nor left out, empty where there is none."""
    done = {*paper.filled.answers, *paper.filled.skipped}
    return next((key for key in paper.keys() if key not in done), "")


def _ask_page(paper: Paper, key: str, shown: Again) -> AskPage:
    wording = paper.shown.wording
    assert wording is not None
    keys = paper.keys()
    filled = Filled(paper.filled.answers, paper.filled.skipped, shown.errors)
    question = next(one for one in questions(paper.found, wording, filled, {}) if one.key == key)
    place = keys.index(key)
    question = replace(question, value=shown.typed.get(NAME + key, question.value))
    return AskPage(
        name=paper.shown.name, recall=paper.found.recall, question=question, place=place + 1, of=len(keys),
        response=str(paper.response), pack=paper.shown.pack, url=paper.at(key), back=paper.at(keys[place - 1]) if place else reverse("patient_questions"),
        may_leave=key in may_skip(paper.found), notice=wording.notice, note=wording.note, again=shown,
    )  # fmt: skip


def _end_page(paper: Paper, shown: Again) -> EndPage:
    keys, filled = paper.keys(), paper.filled
    wording = paper.shown.wording
    assert wording is not None
    missing = unmet(paper.found, filled.answers, filled.skipped)
    return EndPage(
        name=paper.shown.name, answered=sum(key in filled.answers for key in keys), of=len(keys), left_out=sum(key in filled.skipped for key in keys),
        missing=tuple((wording.items[key], paper.at(key)) for key in missing), response=str(paper.response),
        pack=paper.shown.pack, url=f"{paper.url}?at={END}", back=paper.at(keys[-1]), again=shown,
    )  # fmt: skip


# --- answering ---


def _answer(request: HttpRequest, paper: Paper) -> HttpResponse:
    do, at = request.POST.get("do", "next"), request.GET.get("at", "")
    if do == "finish":
        return _finish(request, paper)
    key = paper.key_at(at)
    value = request.POST.get(NAME + key, "").strip()
    if do == "skip":
        return _saved(request, paper, key, Sheet({}, (key,), (key,), paper.shown.pack), do)
    if not value:
        if do == "later":
            return _later(request)
        said = "Choose an answer first. You can also stop here: what you answered is kept."
        return _show(request, paper, at, wrong({key: said}, request.POST))
    return _saved(request, paper, key, Sheet({key: value}, (), (key,), paper.shown.pack), do)


def _save(request: HttpRequest, paper: Paper, sheet: Sheet, finish: bool) -> Outcome:
    return save_answers(paper.context, paper.patient, event_id=event_id(request), instrument=paper.found.name, response=paper.response, sheet=sheet,
                        finish=finish, method="patient")  # fmt: skip


def _saved(request: HttpRequest, paper: Paper, key: str, sheet: Sheet, do: str) -> HttpResponse:
    outcome = _save(request, paper, sheet, finish=False)
    if isinstance(outcome, Refused) and outcome.kind == "policy" and _speaks(paper, sheet):
        # The form was over, or is another by now. What was said on it must be seen all the same: it begins a new one.
        paper = Paper(paper.context, paper.patient, paper.found, paper.shown, uuid5(event_id(request), "anew"), None)
        outcome = _save(request, paper, sheet, finish=False)
    if isinstance(outcome, Refused):
        return _show(request, paper, str(paper.place(key)), again(outcome, request.POST))
    newly = _again(paper)
    where = reverse("patient_home") if do == "later" else _next(newly, key)
    if len(outcome.events) > 1 or _speaks(paper, sheet):  # more than the save: the urgent task it opened
        return render(request, "kairn/phone/help_now.html", {"said": HEARD, "onward": where})
    return _later(request) if do == "later" else onward(where)


def _speaks(paper: Paper, sheet: Sheet) -> bool:
    """Whether what was just said, or left out, is about suicide."""
    return bool(alarm(paper.found, sheet.answers, sheet.skipped, finished=False).flags)


def _again(paper: Paper) -> Paper:
    """The same form with what is saved of it by now."""
    seen = chart(paper.context, paper.patient, action="own.read")
    said = None if isinstance(seen, Refused) else answered(seen.history, paper.response)
    return Paper(paper.context, paper.patient, paper.found, paper.shown, paper.response, said)


def _next(paper: Paper, key: str) -> str:
    """The question after this one, else the end."""
    keys = paper.keys()
    after = keys[keys.index(key) + 1 :] if key in keys else []
    return paper.at(after[0]) if after else f"{paper.url}?at={END}"


def _later(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Kept. You can go on until this time tomorrow.")
    return onward(reverse("patient_home"))


def _finish(request: HttpRequest, paper: Paper) -> HttpResponse:
    outcome = _save(request, paper, Sheet({}, (), (), paper.shown.pack), finish=True)
    if isinstance(outcome, Refused):
        return _show(request, paper, END, again(outcome, request.POST))
    newly = _again(paper)
    if newly.said and alarm_of(newly.said).flags:
        return render(request, "kairn/phone/help_now.html", {"said": f"{THANKS} {HEARD}", "onward": reverse("patient_home")})
    messages.success(request, THANKS)
    return onward(reverse("patient_questions"))
