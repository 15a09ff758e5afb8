"""A tablet elsewhere on the network: it trusts the clinic's own authority, signs in by passkey, and keeps a service worker."""

from __future__ import annotations

import base64
import ctypes
import hashlib
import os
import socket
import ssl
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Page, Playwright

NAME = "kairn-tablet.test"
PATIENCE = 90
CLONE_NEWNET = 0x40000000
HIDDEN = ("KAIRN_DATABASE_URL", "KAIRN_DATABASE_OWNER_URL", "KAIRN_DATABASE_ROLE", "KAIRN_ORIGIN", "KAIRN_PORT")
MAKE_NURSE = """
import django; django.setup()
from kairn.clinic.people.accounts import make_account, new_clinic
made = make_account(new_clinic("Tablet clinic").id, "Noor Haddad", "noor@test.example", ["nurse"])
import sys; sys.stdout.write(made.password)
"""
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
    "automaticPresenceSimulation": True,
}  # fmt: skip


@dataclass(frozen=True)
class Elsewhere:
    """Where the clinic listens, and the words that start a program where the tablet is."""

    host: str
    prefix: tuple[str, ...] = ()
    kind: str = "a second loopback address"


def _ip(*words: str) -> bool:
    return subprocess.run(["ip", *words], capture_output=True).returncode == 0


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """Two network namespaces where they can be had, the clinic's and the tablet's, with addresses of the network for measuring (198.18/15); else 127.0.0.2.

    This thread, and what it starts, stands in the clinic's meanwhile. Nothing changes in the network of the machine: browsers of other tests would hear
    of it and break off what they ask for.
    """
    names = clinic, tablet = f"kairn-clinic-{os.getpid()}", f"kairn-tablet-{os.getpid()}"
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        if os.geteuid() == 0 and _joined(clinic, tablet) and _enter(os.open(f"/run/netns/{clinic}", os.O_RDONLY)):
            yield Elsewhere("198.18.0.1", ("ip", "netns", "exec", tablet), "a network namespace")
        else:
            yield Elsewhere("127.0.0.2")
    finally:
        _enter(own)
        for name in names if os.geteuid() == 0 else ():
            _ip("netns", "del", name)


def _joined(clinic: str, tablet: str) -> bool:
    try:
        steps = (
            ("netns", "add", clinic), ("netns", "add", tablet),
            ("-n", clinic, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", tablet),
            *((("-n", name, "link", "set", link, "up")) for name in (clinic, tablet) for link in ("lo", "cable")),
            ("-n", clinic, "addr", "add", "198.18.0.1/30", "dev", "cable"), ("-n", tablet, "addr", "add", "198.18.0.2/30", "dev", "cable"),
        )  # fmt: skip
        return all(_ip(*step) for step in steps)
    except FileNotFoundError:
        return False


def _enter(network: int) -> bool:
    """This thread goes into that network namespace (its file is closed); Python has os.setns from 3.12 on."""
    try:
        return ctypes.CDLL(None).setns(network, CLONE_NEWNET) == 0
    finally:
        os.close(network)


def environment(home: Path) -> dict[str, str]:
    """What the shell of somebody with a clinic of their own would hold."""
    return {key: value for key, value in os.environ.items() if key not in HIDDEN} | {"KAIRN_HOME": str(home)}


@contextmanager
def serving(home: Path, host: str, port: int) -> Iterator[None]:
    """`kairn serve --tls-local` for as long as the block lasts; it must leave politely."""
    words = ["serve", "--tls-local", "--host", host, "--port", str(port), "--name", NAME]
    child = subprocess.Popen([sys.executable, "-m", "kairn", *words], env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        _until_open(child, host, port)
        yield
    finally:
        child.terminate()
        said, _ = child.communicate(timeout=PATIENCE)
    assert child.returncode == 0, said
    assert "Traceback" not in said, said


def _until_open(child: subprocess.Popen[str], host: str, port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert child.poll() is None, child.communicate()[0]
        try:
            with urllib.request.urlopen(f"https://{host}:{port}/robots.txt", timeout=5, context=ssl._create_unverified_context()):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the clinic did not open")


def free_port(host: str) -> int:
    """A port nobody listens on there."""
    with socket.create_server((host, 0)) as tried:
        return int(tried.getsockname()[1])


def make_nurse(home: Path) -> str:
    """A nurse of this clinic; answers the password."""
    told = environment(home) | {"DJANGO_SETTINGS_MODULE": "kairn.clinic.site.settings"}
    return subprocess.run([sys.executable, "-c", MAKE_NURSE], env=told, capture_output=True, text=True, check=True).stdout


def authority_of(host: str, port: int) -> x509.Certificate:
    """The authority's certificate, from the page tablets open first."""
    with urllib.request.urlopen(f"https://{host}:{port}/tablets/kairn-ca.crt", context=ssl._create_unverified_context()) as answer:
        return x509.load_der_x509_certificate(answer.read())


def test_a_tablet_elsewhere_trusts_the_authority_and_signs_in_by_passkey(
    tmp_path: Path, elsewhere: Elsewhere, playwright: Playwright, browser_type_launch_args: Any
) -> None:
    port = free_port(elsewhere.host)
    with serving(tmp_path / "home", elsewhere.host, port):
        authority = authority_of(elsewhere.host, port)
        trusting(authority, elsewhere.host, port)
        password = make_nurse(tmp_path / "home")
        with tablet(playwright, browser_type_launch_args, elsewhere, authority, tmp_path) as page:
            complaints: list[str] = []
            page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            walk(page, f"https://{NAME}:{port}", password)
        assert complaints == []
    print(f"a tablet in {elsewhere.kind} signed in by passkey")


def trusting(authority: x509.Certificate, host: str, port: int) -> None:
    """Whoever trusts the authority, and nobody else, needs no exception for the address or for the name; Python's own library is the judge."""
    strict = ssl.create_default_context(cadata=authority.public_bytes(Encoding.PEM).decode())
    for name in (host, NAME):
        with socket.create_connection((host, port), timeout=10) as raw, strict.wrap_socket(raw, server_hostname=name) as opened:
            assert opened.version() == "TLSv1.3"
    with socket.create_connection((host, port), timeout=10) as raw, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(raw, server_hostname=NAME)


@contextmanager
def tablet(playwright: Playwright, launch: dict[str, Any], elsewhere: Elsewhere, authority: x509.Certificate, folder: Path) -> Iterator[Page]:
    """A browser there, which trusts this authority's key and finds the clinic by its name."""
    key = authority.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pinned = base64.b64encode(hashlib.sha256(key).digest()).decode()
    args = [*launch["args"], f"--ignore-certificate-errors-spki-list={pinned}", f"--host-resolver-rules=MAP {NAME} {elsewhere.host}"]
    program = there(elsewhere, launch["executable_path"], folder)
    browser = playwright.chromium.launch(executable_path=str(program), args=args)
    yield browser.new_page()
    browser.close()


def there(elsewhere: Elsewhere, program: str, folder: Path) -> Path:
    """A script that starts the browser where the tablet is."""
    script = folder / "tablet-browser"
    script.write_text(f'#!/bin/sh\nexec {" ".join((*elsewhere.prefix, program))} "$@"\n', encoding="utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


def walk(page: Page, clinic: str, password: str) -> None:
    """Sign in by password, add a passkey, sign out, sign in with it; then the service worker is there."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.goto(f"{clinic}/accounts/login/?next=/accounts/2fa/")
    page.get_by_label("Email").fill("noor@test.example")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/accounts/2fa/")
    page.goto(f"{clinic}/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/webauthn/add/")
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/recovery-codes/**")
    page.goto(f"{clinic}/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")
    page.goto(f"{clinic}/accounts/login/?next=/today")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{clinic}/today")
    assert page.evaluate("window.isSecureContext")
    assert page.evaluate("navigator.serviceWorker.ready.then(ready => ready.active.state)") in ("activating", "activated")
    assert page.evaluate("navigator.serviceWorker.ready.then(ready => ready.scope)") == f"{clinic}/"
