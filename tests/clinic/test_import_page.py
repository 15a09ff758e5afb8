"""The upload page: whole or not at all, said in words, for whom the access table opens it."""

from __future__ import annotations

import gzip
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from tests import bundles

PAGE = "/import/"


def browser(clinic: UUID, role: str) -> Client:
    """A signed-in browser of one role."""
    from kairn.clinic.people.accounts import make_account

    user = make_account(clinic, "Cora Lind", f"{role}-{clinic.hex}@example.org", [role]).user
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client


def sent(client: Client, *files: tuple[str, bytes], source: str = "") -> Any:
    given = [SimpleUploadedFile(name, raw, "application/json") for name, raw in files]
    return client.post(PAGE, {"bundles": given, "source": source})


@pytest.fixture
def desk(clinic_id: UUID) -> Client:
    return browser(clinic_id, "coordinator")


def test_the_page_asks_for_files(desk: Client) -> None:
    answer = desk.get(PAGE)
    assert answer.status_code == 200
    assert b'type="file"' in answer.content and b"multiple" in answer.content and b"multipart/form-data" in answer.content


def test_a_record_is_taken_and_accounted_for(desk: Client, clinic_id: UUID) -> None:
    from kairn.clinic.people.models import Patient

    answer = sent(desk, ("nadia.json", bundles.living_adult()))
    told = answer.content.decode()
    assert answer.status_code == 200
    assert "8 entries: 7 taken, 1 left." in told and "Nadia Ife Okafor" in told and "new here" in told and "billing is not kept" in told
    assert Patient.objects.filter(clinic=clinic_id).count() == 1
    again = sent(desk, ("nadia.json.gz", gzip.compress(bundles.living_adult()))).content.decode()
    assert "known here before" in again and "no new event" in again


def test_one_good_and_one_broken_file(desk: Client, clinic_id: UUID) -> None:
    answer = sent(desk, ("good.json", bundles.living_adult()), ("broken.json", bundles.living_adult()[:-9]))
    told = answer.content.decode()
    assert answer.status_code == 200 and "broken JSON" in told and "broken.json, line 1" in told and "7 taken" in told


def test_nothing_taken_is_an_unprocessable_answer(desk: Client) -> None:
    assert sent(desk, ("broken.json", b"{")).status_code == 422
    assert sent(desk, ("empty.json", b"")).status_code == 422
    assert desk.post(PAGE, {}).status_code == 422


def test_what_a_file_says_is_shown_as_text(desk: Client) -> None:
    name = [{"family": "<script>alert(1)</script>"}]
    assert b"<script>alert" not in sent(desk, ("x.json", bundles.bundle(bundles.person("9", name=name)))).content
    assert b"<img src=x" not in sent(desk, ("<img src=x>.json", b"{")).content


@pytest.mark.parametrize(("role", "code"), [("nurse", 200), ("clinic-lead", 200), ("researcher", 403), ("auditor", 403), ("administrator", 403)])
def test_who_may_open_it(clinic_id: UUID, role: str, code: int) -> None:
    client = browser(clinic_id, role)
    assert client.get(PAGE).status_code == code
    assert sent(client, ("nadia.json", bundles.living_adult())).status_code == code


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
def test_a_large_file_is_refused_without_being_read(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from kairn.fhir import unpack

    monkeypatch.setattr(unpack, "MAX_BYTES", 2000)
    answer = sent(desk, ("large.json", bundles.living_adult()))
    assert answer.status_code == 422 and "at most 2,000 bytes" in answer.content.decode()
