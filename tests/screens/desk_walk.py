"""A clinic at the desk: one signed-in browser a role, forms sent as their pages hold them."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from tests.clinic.acts_walk import ASSESSED, Walk

from kairn.clinic.ledger.read import history
from kairn.record.history import History
from kairn.record.payloads import Payload

RESULTS = {f"fact-{name}": value for name, value in ASSESSED.items() if name.endswith("_times_limit")}
FINDINGS = {f"fact-{name}": value for name, value in ASSESSED.items() if not name.endswith("_reviewed") and f"fact-{name}" not in RESULTS}
SEE_OTHER, STALE, CONFLICT, INPUT, REFUSED = 303, 412, 409, 422, 403


class Hidden(HTMLParser):
    """The hidden fields of each form of a page, by the form's address."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, list[dict[str, str]]] = {}
        self.open: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note forms and the hidden fields in them."""
        given = dict(attrs)
        if tag == "form":
            self.open = {}
            self.forms.setdefault(given.get("action") or "", []).append(self.open)
        elif tag == "input" and given.get("type") == "hidden" and self.open is not None:
            self.open[given["name"] or ""] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        """The form ends."""
        if tag == "form":
            self.open = None


class Desk:
    """One clinic with its colleagues, and one person registered by acts."""

    def __init__(self, clinic: UUID) -> None:
        self.walk = Walk(clinic).register()
        self.patient = self.walk.patient
        self.browsers: dict[str, Client] = {}

    def browser(self, role: str) -> Client:
        """The browser in which somebody of that role is signed in."""
        if role not in self.browsers:
            self.browsers[role] = Client()
            self.browsers[role].force_login(self.walk.users[role])
        return self.browsers[role]

    def url(self, view: str, *more: object) -> str:
        """The address of a page of this person."""
        return reverse(view, args=[self.patient, *more])

    def get(self, url: str, role: str = "prescriber") -> str:
        """A page that opens."""
        answer = self.browser(role).get(url)
        assert answer.status_code == 200, (url, answer.status_code)
        return answer.content.decode()

    def hidden(self, page: str, action: str, holding: dict[str, str] | None = None) -> dict[str, str]:
        """The hidden fields of the form of a page that posts to `action` (and holds these)."""
        read = Hidden()
        read.feed(page)
        found = [fields for fields in read.forms[action] if (holding or {}).items() <= fields.items()]
        return {key: value for key, value in found[0].items() if key != "csrfmiddlewaretoken"}

    def send(self, page_url: str, action: str, fields: dict[str, str], role: str = "prescriber", **holding: str) -> Any:
        """Open a page, fill its form, send it."""
        page = self.get(page_url, role)
        seen = self.hidden(page, action, holding) if action != page_url else self._own(page, action, holding)
        return self.browser(role).post(action, {**seen, **fields})

    def _own(self, page: str, action: str, holding: dict[str, str]) -> dict[str, str]:
        read = Hidden()
        read.feed(page)
        forms = [*read.forms.get(action, []), *read.forms.get("", [])]
        found = [fields for fields in forms if "event_id" in fields and holding.items() <= fields.items()]
        return {key: value for key, value in found[0].items() if key != "csrfmiddlewaretoken"}

    @property
    def history(self) -> History:
        """The record of the person."""
        return history(self.patient)

    def latest(self, kind: type[Payload]) -> Any:
        """The latest entry of that kind that counts."""
        found = self.history.latest(kind)
        return found[1] if found else None

    # --- the way, through the pages ---

    def enter(self, stage: str) -> Any:
        """Enter a stage from the person's page."""
        return self.send(self.url("patient"), self.url("stage"), {}, stage=stage)

    def assessed(self) -> Desk:
        """In assessment with everything found, and signed as eligible."""
        done(self.enter("assessment"))
        page = self.url("assessment")
        done(self.send(page, self.url("assessment_facts"), FINDINGS))
        done(self.send(page, self.url("assessment_facts"), RESULTS, of="laboratory"))
        for name in ("conditions", "medicines", "allergies"):
            done(self.send(page, self.url("assessment_list"), {}, list=name, do="reviewed"))
        done(self.send(page, self.url("assessment_sign"), {"eligible": "yes", "summary": "Moderate disorder, no contraindication found."}))
        return self

    def consented(self) -> Desk:
        """In planning, consent signed."""
        self.assessed()
        done(self.enter("consent"))
        page = self.url("consent")
        done(self.send(page, page, {"fact-capacity": "yes", "fact-intoxicated": "no", "fact-education_given": "yes"}, of="before"))
        done(self.consent())
        done(self.enter("planning"))
        return self

    def consent(self, **answers: str) -> Any:
        """Sign consent, with the right answers unless told otherwise."""
        said = {"off_label": "no", "not_instead": "no", "can_stop": "yes", "no_driving": "no", **answers}
        fields = {f"back-{key}": value for key, value in said.items()} | {"signed_name": "Luis Farah"}
        page = self.get(self.url("consent"))
        seen = next(each for each in _forms(page) if "expected_seq" in each)
        return self.browser("prescriber").post(self.url("consent"), {**seen, **fields})


def _forms(page: str) -> list[dict[str, str]]:
    read = Hidden()
    read.feed(page)
    return [fields for forms in read.forms.values() for fields in forms]


def done(answer: HttpResponse) -> HttpResponse:
    """The answer of a form that was taken."""
    assert answer.status_code == SEE_OTHER, (answer.status_code, reasons(answer))
    return answer


def reasons(answer: HttpResponse) -> str:
    """What a refused form says on top."""
    page = answer.content.decode()
    found = re.search(r'<div class="errors".*?</div>', page, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", found[0])).split()) if found else ""


def new_id() -> str:
    """A fresh event id, as a page would make it."""
    return str(uuid4())
