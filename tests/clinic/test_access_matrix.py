"""Every address x method x role x relation is asked of the running site, and answered as access.yaml says; an unlisted address fails.

Addresses that share an action and the words of their arguments share its answers: one of them is asked in every relation, the others once for each answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from ruamel.yaml import YAML

from kairn.clinic.people import access, care, lookups, table
from kairn.clinic.people.accounts import make_account, make_patient_account, new_clinic
from kairn.clinic.people.break_glass import break_glass
from kairn.clinic.people.models import AccessLog, Patient, User
from kairn.clinic.people.words import RELATIONS, STAFF_ROLES

WRITTEN = YAML(typ="safe", pure=True).load(Path(table.__file__).with_name("access.yaml").read_text(encoding="utf-8"))
REACHED = 299
OBJECT_WORDS = {"patient", "visit", "event"}
FAMILY = "Unmistakable"
Whole = tuple[str, frozenset[str]]
"""An action, and the words an address says it about: what the door's answer to a role and a relation hangs on."""
BY_KIND = {"UUIDConverter": uuid4, "IntConverter": lambda: 1, "MeasureConverter": lambda: "phq-9"}


class Reached:
    """Stands after all the clinic's own middleware: a request that comes here was let through, whatever its view would do."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse:
        return HttpResponse("reached", status=REACHED)


@dataclass(frozen=True)
class Address:
    """One address of the site: its name, the words of its arguments and the kind of each."""

    name: str
    words: tuple[str, ...]
    kinds: tuple[str, ...] = ()

    @property
    def about_somebody(self) -> bool:
        return bool(OBJECT_WORDS & set(self.words))


Cell = tuple[str, Address, str, str]
"""What the file says, to an address by a method of a role."""


@dataclass(frozen=True)
class World:
    """One clinic and its people: an account for each role, a patient for each relation of each account, a visit for each patient."""

    users: Mapping[str, User]
    patients: Mapping[tuple[str, str], UUID]
    visits: Mapping[UUID, UUID]
    events: Mapping[UUID, str]
    token: str

    def arguments(self, address: Address, role: str, relation: str) -> dict[str, Any]:
        """Arguments that name the patient to whom `role` stands in `relation`."""
        patient = self.patients[role, relation]
        visit = next(visit for visit, owner in self.visits.items() if owner == patient)
        event = next((event for event, author in self.events.items() if author == str(self.users[role].id)), uuid4()) if relation == "author" else uuid4()
        known = {"patient": patient, "visit": visit, "event": event, "token": self.token}
        return {word: known.get(word) or BY_KIND.get(kind, lambda: "x")() for word, kind in zip(address.words, address.kinds, strict=True)}


def addresses(patterns: Any = None, before: str = "", words: tuple[tuple[str, str], ...] = ()) -> Iterator[Address]:
    """Every address of the URLconf; one without a name has the empty name."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        kinds = {word: type(converter).__name__ for word, converter in pattern.pattern.converters.items()}
        held = words + tuple((kinds or dict.fromkeys(pattern.pattern.regex.groupindex, "text")).items())
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, f"{before}{pattern.namespace}:" if pattern.namespace else before, held)
        elif isinstance(pattern, URLPattern):
            yield Address(f"{before}{pattern.name}" if pattern.name else "", tuple(word for word, _ in held), tuple(kind for _, kind in held))


def holds(role: str, relation: str) -> set[str]:
    """The relations somebody holds whose one special relation is `relation`."""
    if relation in ("none", "escort", "monitor"):
        return {"none"}
    if relation == "self":
        return {"self"} if role == "patient" else {"none"}
    return {"none"} if role == "patient" else {"same-clinic", relation}


def written_cell(action: str, role: str, held: set[str]) -> str:
    """What the file says, read here once more without the reader under test."""
    body = WRITTEN["actions"][action]
    if body.get("everyone") or (body.get("signed-in") and role not in ("nobody", "escort", "monitor")):
        return "allowed"
    for word in ("allowed", "audited"):
        for who, relations in body.get(word, {}).items():
            relations = WRITTEN["groups"][relations] if isinstance(relations, str) else relations
            if role in WRITTEN["groups"].get(who, [who]) and held & set(relations):
                return word
    return "refused"


def _patient(clinic: UUID) -> Patient:
    return care.new_patient(clinic, uuid4(), family_name=FAMILY, given_name="Patient")


def _stand(user: User, patient: Patient, visit: UUID, relation: str) -> None:
    if relation == "care-team":
        care.join_team(user, patient.id)
    elif relation == "on-shift":
        care.take_shift(user, patient.id, visit, 1)
    elif relation == "break-glass":
        break_glass(user, patient.id, "to test what it opens")


def _people(clinic: UUID) -> dict[str, User]:
    tag = uuid4().hex[:8]
    users = {role: make_account(clinic, f"The {role}", f"{role}.{tag}@test.example", [role]).user for role in STAFF_ROLES}
    own = care.new_patient(clinic, uuid4(), family_name="Themselves")
    return users | {"patient": make_patient_account(own, f"patient.{tag}@test.example").user}


@pytest.fixture
def world(database: Any) -> Iterator[World]:
    """Made once for the whole walk; the lookups of visits and events are its own."""
    ours, theirs = new_clinic("Ours").id, new_clinic("Theirs").id
    users = _people(ours)
    patients, visits, events = {}, {}, {uuid4(): str(user.id) for user in users.values()}
    for role, user in users.items():
        for relation in RELATIONS:
            own = relation == "self" and role == "patient"
            elsewhere = relation in ("none", "self", "escort", "monitor")
            patient = user.own_patient if own else _patient(theirs if elsewhere else ours)
            visit = uuid4()
            patients[role, relation], visits[visit] = patient.id, patient.id
            if role != "patient":
                _stand(user, patient, visit, relation)
    visit, patient_id = next(iter(visits.items()))
    token = care.make_escort_link(visit, patient_id, timezone.now() + timedelta(hours=1))
    before = lookups.hand_in(lookups.Lookups(patient_of_visit=visits.get, author_of=events.get))
    yield World(users, patients, visits, events, token)
    lookups.hand_in(before)


@contextmanager
def doors_only() -> Iterator[None]:
    """The site with every middleware of its own, and `Reached` in place of the views."""
    from django.conf import settings

    # Sessions in memory: where a session is kept is not asked here, and a third of the time goes into reading it.
    kept = "django.contrib.sessions.backends.cache"
    with override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, f"{__name__}.Reached"], SESSION_ENGINE=kept):
        yield


def signed_in(world: World, role: str) -> Client:
    """A browser in which this role is signed in; `nobody` is not."""
    client = Client(raise_request_exception=True)
    if role != "nobody":
        client.force_login(world.users[role])
    return client


def cell_of(address: Address, method: str, role: str, held: set[str]) -> str:
    """What the file says to this address, method, role and relations."""
    listed = WRITTEN["views"][address.name]
    action = listed.get("GET" if method == "HEAD" else method)
    if action is None:
        return "not taken"
    if "token" in address.words:
        role, held = "escort", {"escort"}
    return written_cell(action, role, held)


def for_a_machine(address: Address, method: str) -> bool:
    """Whether a device is meant, which is answered 401 without a token and sent to no sign-in page."""
    listed = WRITTEN["views"][address.name].get(method)
    return bool(listed and WRITTEN["actions"][listed].get("machine"))


def as_said(response: HttpResponse, cell: str, role: str, machine: bool = False) -> bool:
    """Whether the answer is of the class the file demands."""
    if cell == "refused" and machine:
        return response.status_code == 401
    if cell == "not taken":
        return response.status_code == 405
    if cell != "refused":
        return response.status_code == REACHED
    if role == "nobody":
        return response.status_code == 302 and "/accounts/login" in response["Location"]
    return response.status_code == 403


def relations_of(address: Address, role: str) -> Iterator[tuple[str, set[str]]]:
    """The relations to walk for an address: all of them where it names somebody, else how the role stands to the clinic."""
    if role == "nobody":
        yield from ((relation, {"none"}) for relation in (RELATIONS if address.about_somebody else ("none",)))
    elif address.about_somebody:
        for relation in RELATIONS:
            held = holds(role, relation) if relation in ("none", "self", "escort") else holds(role, relation)
            yield relation, held if "event" in address.words or relation != "author" else held - {"author"}
    else:
        yield "same-clinic", {"self"} if role == "patient" else {"same-clinic"}


def test_every_address_is_listed() -> None:
    """A new address without a row in the table, or without a name, fails here."""
    found = {address.name for address in addresses()}
    assert "" not in found, "an address has no name"
    assert not found - set(WRITTEN["views"]), "these addresses are in no row of access.yaml"


def test_every_action_is_asked_by_a_page_or_by_an_act() -> None:
    """A row that nothing asks promises a way that is not there."""
    asked = {action for methods in WRITTEN["views"].values() for action in methods.values()}
    source = "".join(path.read_text(encoding="utf-8") for path in Path(table.__file__).parents[1].rglob("*.py"))
    assert [name for name in WRITTEN["actions"] if name not in asked and f'"{name}"' not in source] == []


def test_every_address_by_every_method_role_and_relation(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The walk itself: allowed is let through, refused is not, a method nobody lists is not taken."""
    asked: Counter[Cell] = Counter()
    wrong: list[str] = []
    listed = sorted(set(addresses()), key=lambda address: (address.name, address.words))
    with doors_only():
        for role in ("nobody", *world.users):
            client, whole = signed_in(world, role), set[Whole]()
            for address in listed:
                walk(world, client, role, address, whole, asked, wrong)
    counts: Counter[str] = Counter()
    for (cell, *_), times in asked.items():
        counts[cell] += times
    with capsys.disabled():
        print(f"\naccess matrix: {len(listed)} addresses, {sum(counts.values())} cells asked: {dict(counts)}")
    assert not wrong, f"{len(wrong)} cells answered otherwise:\n" + "\n".join(wrong[:30])
    assert counts["allowed"] and counts["audited"] and counts["refused"] and counts["not taken"]
    assert len({each[1:] for each in asked}) == len(listed) * len(table.METHODS) * (1 + len(world.users))


def walk(world: World, client: Client, role: str, address: Address, whole: set[Whole], asked: Counter[Cell], wrong: list[str]) -> None:
    """Ask one address by every method."""
    for method in table.METHODS:
        for relation, held in to_ask(address, method, role, whole):
            cell = cell_of(address, method, role, held)
            response = client.generic(method, reverse(address.name, kwargs=world.arguments(address, role if role in world.users else "nurse", relation)))
            asked[cell, address, method, role] += 1
            if not as_said(response, cell, role, for_a_machine(address, method)) or FAMILY.encode() in response.content:
                wrong.append(f"{method} {address.name} by {role} as {relation}: {cell} in the table, answered {response.status_code}")


def to_ask(address: Address, method: str, role: str, whole: set[Whole]) -> list[tuple[str, set[str]]]:
    """All relations where this action of an address with these words is asked for the first time; else one for each answer that the file gives."""
    found = list(relations_of(address, role))
    action = WRITTEN["views"][address.name].get(method)
    if action and (action, frozenset(address.words)) not in whole:
        whole.add((action, frozenset(address.words)))
        return found
    return list({cell_of(address, method, role, held): (relation, held) for relation, held in reversed(found)}.values())


def granted_to(address: Address) -> tuple[str, str] | None:
    """A role and a relation to which the file opens this page's GET."""
    for role in (*STAFF_ROLES, "patient"):
        for relation in ("care-team", "self") if address.about_somebody else ("same-clinic", "self"):
            if cell_of(address, "GET", role, holds(role, relation)) in ("allowed", "audited"):
                return role, relation
    return None


def test_what_the_table_opens_really_opens_and_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The views themselves: none refuses what the table grants, none fails, and each that shows a patient leaves a row."""
    opened = 0
    for address in sorted(set(addresses()), key=lambda each: each.name):
        granted = granted_to(address)
        if granted is None or "token" in address.words or address.name == "events":
            continue
        arguments = world.arguments(address, *granted)
        before = AccessLog.objects.count()
        response = signed_in(world, granted[0]).get(reverse(address.name, kwargs=arguments))
        assert response.status_code not in (403, 405) and response.status_code < 500, (address, granted, response.status_code)
        opened += response.status_code == 200
        if response.status_code == 200 and WRITTEN["actions"][WRITTEN["views"][address.name]["GET"]].get("reads"):
            assert AccessLog.objects.count() > before, f"{address.name} showed a patient and left no row"
    assert opened
    assert "wrote no row" not in caplog.text, "an act forgot the log of reads"


def test_an_unlisted_address_is_refused_to_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take one row away, and the page is closed to everybody, the signed-in and the others."""
    rows = table.table()
    monkeypatch.setattr(access, "table", lambda: replace(rows, views={name: body for name, body in rows.views.items() if name != "lockouts"}))
    for role in ("nobody", *world.users):
        assert signed_in(world, role).get(reverse("lockouts")).status_code == 403


def test_an_escort_link_opens_one_ride_and_no_more(world: World) -> None:
    """The link of the ride lets through without an account; a token nobody made does not, and says nothing of the clinic."""
    address = next((each for each in addresses() if "token" in each.words), None)
    if address is None:
        pytest.skip("no page takes an escort's link yet")
    with doors_only():
        client = Client()
        assert client.get(reverse(address.name, kwargs={"token": world.token})).status_code == REACHED
        assert client.get(reverse(address.name, kwargs={"token": "made-up"})).status_code == 403


def test_a_refusal_and_an_absence_look_alike(world: World) -> None:
    """A patient of another clinic and a patient who does not exist get the same answer, to the byte."""
    client = signed_in(world, "nurse")
    with doors_only():
        other = client.get(reverse("break_glass", args=[world.patients["nurse", "none"]]))
        nobody = client.get(reverse("break_glass", args=[uuid4()]))
    assert (other.status_code, _without_ids(other)) == (nobody.status_code, _without_ids(nobody))


def _without_ids(response: HttpResponse) -> bytes:
    return b"\n".join(line for line in response.content.splitlines() if b"data-now" not in line and b"csrf" not in line and b"path" not in line)


def test_a_refusal_inside_the_clinic_is_logged(world: World) -> None:
    """Somebody who may not open a chart of their own clinic leaves a row that says refused."""
    patient = world.patients["researcher", "same-clinic"]
    assert signed_in(world, "researcher").get(reverse("break_glass", args=[patient])).status_code == 403
    row = AccessLog.objects.get(patients__contains=[patient])
    assert (row.access, row.by_name) == ("refused", "The researcher")
