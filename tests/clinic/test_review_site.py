"""Boards, news, logs, rights and names: what must not vanish, and what must not leak."""

from __future__ import annotations

import ipaddress
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from acts_walk import Walk
from cryptography import x509
from django.test import Client
from django.utils import timezone

from kairn.clinic.acts import course, endings
from kairn.clinic.acts.boards import Board, today
from kairn.clinic.acts.news import News, hearers
from kairn.clinic.people import accounts
from kairn.clinic.people.care import make_escort_link
from kairn.clinic.people.models import Membership
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.site.logs import NoAddresses
from kairn.clinic.site.tls import authority_path, local_certificate, read_authority
from kairn.record.payloads import TaskOpened


def on_board(walk: Walk, role: str) -> bool:
    """Whether somebody of that role sees the person on Today."""
    board = today(walk.context(role), limit=100)
    assert isinstance(board, Board)
    return any(row.patient == walk.patient for row in board.rows)


def test_an_urgent_task_outlives_the_course(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_follow_up()
    walk.do(course.enter_stage, stage="completed")
    assert not on_board(walk, "nurse")
    walk.record(suicide_intent="present")
    board = today(walk.context("coordinator"), limit=100)
    assert isinstance(board, Board) and board.urgent == 1
    assert all(on_board(walk, role) for role in ("prescriber", "nurse", "coordinator", "clinic-lead"))


def test_a_visit_under_way_outlives_the_course(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_infusion()
    walk.do(course.enter_stage, stage="withdrawn")
    assert on_board(walk, "nurse")
    walk.do(endings.end_visit, "nurse", ending="died")
    assert not on_board(walk, "nurse") and walk.history.all(TaskOpened) == []


def test_a_closed_account_hears_no_news(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    nurse, prescriber = walk.users["nurse"].id, walk.users["prescriber"].id
    news, of_the_clinic = News(walk.patient, 1, clinic_id), News(clinic_id, 1, clinic_id)
    assert hearers([news, of_the_clinic], {nurse, prescriber}) == dict.fromkeys((news, of_the_clinic), {nurse, prescriber})
    accounts.close_account(Membership.objects.get(user=walk.users["nurse"]))
    assert hearers([news, of_the_clinic], {nurse, prescriber}) == dict.fromkeys((news, of_the_clinic), {prescriber})


def test_a_log_line_names_the_page_and_no_secret_of_a_link(clinic_id: UUID, caplog: pytest.LogCaptureFixture) -> None:
    walk = Walk(clinic_id).to_preflight()
    token = make_escort_link(walk.visit, walk.patient, timezone.now() + timedelta(days=1))
    logging.getLogger("django").propagate = True
    with caplog.at_level(logging.INFO):
        Client().post(f"/ride/{token}", {"state": "perhaps", "event_id": str(uuid4())}, HTTP_HOST="localhost")
        Client(enforce_csrf_checks=True).post(f"/ride/{token}", {"state": "confirmed"}, HTTP_HOST="localhost")
        Client().get(f"/patients/{walk.patient}/nowhere/{walk.visit}", HTTP_HOST="localhost")
    assert "escort_ride" in caplog.text and "Not Found: a page without a name" in caplog.text
    assert token not in caplog.text and str(walk.patient) not in caplog.text and str(walk.visit) not in caplog.text


def test_the_filter_leaves_other_lines_alone() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 1, "%s of %s", ("one", 2), None)
    assert NoAddresses().filter(record) and record.getMessage() == "one of 2"


def test_nobody_is_sent_to_another_host(database: object) -> None:
    assert Client().get("/", HTTP_HOST="127.0.0.1:8000").headers["Location"] == "http://localhost:8000/"
    for host in ("127.0.0.1:80@evil.example", "127.0.0.1:@evil.example", "[::1]:1.evil.example"):
        assert "evil" not in (Client().get("/", HTTP_HOST=host).headers.get("Location") or "")


def test_the_running_role_cannot_change_what_a_clinic_is(clinic_id: UUID, database_urls: object) -> None:
    with psycopg.connect(database_urls.run) as running:  # type: ignore[attr-defined]
        running.execute("UPDATE people_clinic SET time_zone = 'Europe/Dublin' WHERE id = %s", (clinic_id,))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            running.execute("UPDATE people_clinic SET mode = 'demo' WHERE id = %s", (clinic_id,))


@pytest.mark.parametrize(
    ("now", "typed", "meant"),
    [("06:35", "01:30", "06:30"), ("05:35", "01:30", "05:30"), ("06:20", "01:30", "05:30"), ("12:00", "01:30", "06:30")],
)
def test_of_an_hour_that_comes_twice_the_latest_is_meant(now: str, typed: str, meant: str) -> None:
    day = "2026-11-01"
    clock = Clock(datetime.fromisoformat(f"{day}T{now}+00:00"), ZoneInfo("America/New_York"))
    read = clock.read(f"{day}T{typed}")
    assert read is not None and read.astimezone(UTC) == datetime.fromisoformat(f"{day}T{meant}+00:00")


def test_the_clinics_authority_speaks_for_its_own_network_only(tmp_path: Path) -> None:
    local_certificate(tmp_path, ["clinic.local", "192.168.1.20"])
    first = authority_path(tmp_path).read_bytes()
    authority = read_authority(tmp_path)
    assert authority is not None
    held = authority.extensions.get_extension_for_class(x509.NameConstraints)
    permitted = [each.value for each in held.value.permitted_subtrees or []]
    assert held.critical and "local" in permitted and ipaddress.ip_network("192.168.0.0/16") in permitted
    assert not any(ipaddress.ip_address("203.0.113.9") in each for each in permitted if isinstance(each, ipaddress.IPv4Network))
    local_certificate(tmp_path, ["tablet.local", "10.0.0.4"])
    assert authority_path(tmp_path).read_bytes() == first
    server, _ = local_certificate(tmp_path, ["kairn.example", "203.0.113.9"])
    second = read_authority(tmp_path)
    assert second is not None and authority_path(tmp_path).read_bytes() != first
    assert x509.load_pem_x509_certificate(server.read_bytes()).issuer == second.subject
