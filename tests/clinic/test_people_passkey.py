"""In a real browser: a passkey is added and signs in, under the strict page policy; an idle page covers itself."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import uvicorn
from acts_walk import Walk
from django.test import override_settings

from kairn.clinic.people.accounts import Made, make_account

pytest.importorskip("playwright.sync_api")


@pytest.fixture
def site(database: Any) -> Iterator[str]:
    """The clinic, served by uvicorn in a thread."""
    from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

    from kairn.clinic.site.pages import Pages

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(ASGIStaticFilesHandler(Pages()), port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://localhost:{port}"
    server.should_exit = True
    thread.join(5)


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a browser that holds an authenticator, and every complaint its console made."""
    context = browser.new_context()
    shown = context.new_page()
    shown.complaints = []
    shown.on("console", lambda message: shown.complaints.append(message.text) if message.type == "error" else None)
    shown.on("pageerror", lambda fault: shown.complaints.append(str(fault)))
    yield shown
    context.close()


def add_authenticator(page: Any) -> None:
    """A virtual authenticator that keeps passkeys and says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_in(page: Any, site: str, made: Made) -> None:
    """By email and password."""
    page.goto(f"{site}/accounts/login/?next=/accounts/2fa/")
    page.get_by_label("Email").fill(made.user.email)
    page.get_by_label("Password").fill(made.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{site}/accounts/2fa/")


def test_a_passkey_is_added_and_signs_in(clinic_id: UUID, site: str, page: Any) -> None:
    made = make_account(clinic_id, "Noor Haddad", f"{uuid4().hex[:10]}@test.example", ["nurse"])
    add_authenticator(page)
    sign_in(page, site, made)
    page.goto(f"{site}/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(made.password)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/webauthn/add/")
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/recovery-codes/**")
    page.goto(f"{site}/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")
    page.goto(f"{site}/accounts/login/?next=/accounts/pin")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{site}/accounts/pin")
    assert page.complaints == []


def open_again(page: Any, made: Made, url: str) -> None:
    """The lock opened with the password, and back to where it was."""
    page.get_by_label(f"Password of {made.user.name}").fill(made.password)
    page.get_by_role("button", name="Open with the password").click()
    page.wait_for_url(url)


def test_an_idle_page_covers_itself(clinic_id: UUID, site: str, page: Any) -> None:
    made = make_account(clinic_id, "Noor Haddad", f"{uuid4().hex[:10]}@test.example", ["nurse"])
    with override_settings(KAIRN_IDLE_MINUTES=1 / 20):
        sign_in(page, site, made)
        page.goto(f"{site}/accounts/pin")
        page.wait_for_url("**/accounts/locked?next=**", timeout=15000)
        open_again(page, made, f"{site}/accounts/pin")
    assert page.complaints == []


def test_an_idle_board_of_running_visits_stays_in_view_says_that_it_is_locked_and_opens_again(clinic_id: UUID, site: str, page: Any) -> None:
    made = make_account(clinic_id, "Noor Haddad", f"{uuid4().hex[:10]}@test.example", ["nurse"], joins_new_patients=True)
    Walk(clinic_id).to_infusion()
    with override_settings(KAIRN_IDLE_MINUTES=1 / 20):
        sign_in(page, site, made)
        page.goto(f"{site}/chairs")
        page.get_by_text("A running visit stays in view.").wait_for(timeout=15000)
        assert page.url == f"{site}/chairs" and "Luis Farah" in page.locator("#board").inner_text()
        page.get_by_role("link", name="Unlock").click()
        open_again(page, made, f"{site}/chairs")
        assert page.get_by_text("A running visit stays in view.").count() == 0
    assert page.complaints == []


def test_an_idle_board_without_a_visit_covers_itself(clinic_id: UUID, site: str, page: Any) -> None:
    made = make_account(clinic_id, "Noor Haddad", f"{uuid4().hex[:10]}@test.example", ["nurse"])
    with override_settings(KAIRN_IDLE_MINUTES=1 / 20):
        sign_in(page, site, made)
        page.goto(f"{site}/chairs")
        page.wait_for_url("**/accounts/locked?next=**", timeout=15000)
