"""Where the clinic may be reached, and under which certificate."""

from __future__ import annotations

import ipaddress
import logging
import socket
import ssl
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from django.test import Client, override_settings

from kairn.clinic.site import address
from kairn.clinic.site.logs import PlaceOnly
from kairn.clinic.site.refusal import CannotStart
from kairn.clinic.site.tls import authority_path, fingerprint, local_certificate, read_authority


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "clinic.example"])
def test_the_network_without_tls_is_refused(host: str) -> None:
    with pytest.raises(CannotStart, match="without TLS"):
        address.plain_door(host, 8000)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.9", "::1"])
def test_loopback_needs_none(host: str) -> None:
    assert not address.plain_door(host, 8000).secure


def test_a_taken_port_is_said() -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CannotStart, match=f"port {port} taken by another program"):
            address.listen(address.plain_door("localhost", port))


def test_a_certificate_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_text("no certificate")
    with pytest.raises(CannotStart, match="do not load"):
        address.given_door("localhost", 8000, tmp_path / "a.pem", tmp_path / "a.pem", ())


def shaken(home: Path, names: list[str], called: str, trusted: Path) -> str:
    """A real handshake with a server under that certificate; the protocol's version."""
    certificate, key = local_certificate(home, names)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    left, right = socket.socketpair()
    with closing(left), closing(right):
        threading.Thread(target=lambda: _answer(server, right), daemon=True).start()
        with ssl.create_default_context(cafile=str(trusted)).wrap_socket(left, server_hostname=called) as met:
            return str(met.version())


def _answer(server: ssl.SSLContext, end: socket.socket) -> None:
    try:
        server.wrap_socket(end, server_side=True)
    except (ssl.SSLError, OSError):
        return


@pytest.mark.parametrize("called", ["clinic.test", "192.0.2.7", "localhost", "127.0.0.1"])
def test_a_browser_that_trusts_the_authority_trusts_each_name(called: str, tmp_path: Path) -> None:
    names = address.names_of("192.0.2.7", ("clinic.test",))
    local_certificate(tmp_path, names)
    assert shaken(tmp_path, names, called, authority_path(tmp_path)).startswith("TLSv1")


def test_a_name_it_was_not_made_for_is_refused(tmp_path: Path) -> None:
    local_certificate(tmp_path, ["clinic.test"])
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(tmp_path, ["clinic.test"], "other.test", authority_path(tmp_path))


def test_another_clinics_authority_is_not_trusted(tmp_path: Path) -> None:
    local_certificate(tmp_path / "other", ["clinic.test"])
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(tmp_path / "ours", ["clinic.test"], "clinic.test", authority_path(tmp_path / "other"))


def test_the_authority_stays_and_its_keys_are_closed(tmp_path: Path) -> None:
    local_certificate(tmp_path, ["clinic.test"])
    before = authority_path(tmp_path).read_bytes()
    certificate, key = local_certificate(tmp_path, ["clinic.test", "192.168.0.7"])
    assert authority_path(tmp_path).read_bytes() == before, "tablets trusted it already"
    assert all(each.stat().st_mode & 0o077 == 0 for each in (key, tmp_path / "tls" / "kairn-ca.key"))
    held = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert ipaddress.ip_address("192.168.0.7") in names.get_values_for_type(x509.IPAddress)
    assert (held.not_valid_after_utc - datetime.now(UTC)).days < 398, "browsers refuse longer ones"


def test_a_good_certificate_is_not_made_again(tmp_path: Path) -> None:
    certificate, _ = local_certificate(tmp_path, ["clinic.test"])
    before = certificate.read_bytes()
    local_certificate(tmp_path, ["clinic.test"])
    assert certificate.read_bytes() == before


def test_the_number_redirects_to_the_name() -> None:
    answer = Client(headers={"host": "127.0.0.1:8000"}).get("/tablets?x=1")
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://localhost:8000/tablets?x=1")


def test_under_tls_the_number_stays() -> None:
    with override_settings(KAIRN_TLS=True):
        assert Client(headers={"host": "127.0.0.1:8000"}).get("/tablets").status_code == 200


def test_every_answer_is_closed_by_default() -> None:
    answer = Client(headers={"host": "localhost"}).get("/tablets")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "camera=()" in answer.headers["Permissions-Policy"]


def test_the_tablets_page_hands_out_the_authority(tmp_path: Path) -> None:
    local_certificate(tmp_path, ["clinic.test"])
    held = read_authority(tmp_path)
    assert held is not None
    with override_settings(KAIRN_HOME=tmp_path, KAIRN_TLS_LOCAL=True):
        page = Client(headers={"host": "localhost"}).get("/tablets").content.decode()
        given = Client(headers={"host": "localhost"}).get("/tablets/kairn-ca.crt")
    assert fingerprint(held) in page and "data:image/svg+xml" in page
    assert x509.load_der_x509_certificate(given.content) == held
    assert b"PRIVATE" not in given.content


def test_without_an_authority_there_is_none_to_hand_out() -> None:
    assert Client(headers={"host": "localhost"}).get("/tablets/kairn-ca.crt").status_code == 404


def test_an_error_in_the_log_names_its_place_and_quotes_nothing() -> None:
    formatter = PlaceOnly("{levelname} {message}", style="{")
    try:
        raise ValueError("Ana Example took 0.5 mg/kg")
    except ValueError:
        record = logging.LogRecord("kairn", logging.ERROR, __file__, 1, "could not be read", None, sys.exc_info())
    said = formatter.format(record)
    assert "ValueError at " in said and "Ana" not in said and "mg/kg" not in said
