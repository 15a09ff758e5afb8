"""A certificate authority of the clinic's own, kept in the data folder, for tablets on the clinic's network."""

from __future__ import annotations

import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kairn.clinic.site.home import writable

AUTHORITY_DAYS = 3650
# Browsers refuse a server certificate that lives longer than this.
SERVER_DAYS = 397
RENEW_DAYS = 30
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128")
BACKDATE = timedelta(hours=25)


def authority_path(home: Path) -> Path:
    """Where the authority's certificate is kept; tablets install this file."""
    return home / "tls" / "kairn-ca.crt"


def read_authority(home: Path) -> x509.Certificate | None:
    """The authority's certificate, or None where none was ever made."""
    path = authority_path(home)
    return x509.load_pem_x509_certificate(path.read_bytes()) if path.exists() else None


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, in pairs, as browsers and tablets show it."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def local_certificate(home: Path, names: list[str]) -> tuple[Path, Path]:
    """Certificate and key files for these names and addresses, signed by the clinic's own authority; renewed when near their end or when a name is missing.

    The authority may speak for the clinic's own network and names only. A name outside them makes a new authority, which tablets must install anew.
    """
    folder = writable(home / "tls")
    authority, key = _authority(folder, names)
    certificate, private = folder / "server.crt", folder / "server.key"
    if not (private.exists() and _still_good(certificate, names, authority)):
        own = ec.generate_private_key(ec.SECP256R1())
        _write_key(private, own)
        _write_certificate(certificate, _server(authority, key, own, names), authority)
    return certificate, private


def _authority(folder: Path, names: list[str]) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate, private = folder / "kairn-ca.crt", folder / "kairn-ca.key"
    if not (certificate.exists() and private.exists() and _speaks_for(certificate, names)):
        own = ec.generate_private_key(ec.SECP256R1())
        _write_key(private, own)
        _write_certificate(certificate, _self_signed(own, names))
    key = serialization.load_pem_private_key(private.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return x509.load_pem_x509_certificate(certificate.read_bytes()), key


def _speaks_for(certificate: Path, names: list[str]) -> bool:
    """Whether every name lies within what the authority is held to; one that is held to nothing is an old one."""
    held = x509.load_pem_x509_certificate(certificate.read_bytes())
    try:
        permitted = held.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    except x509.ExtensionNotFound:
        return False
    return all(any(_within(_alternative(name), bound) for bound in permitted) for name in names)


def _within(name: x509.GeneralName, bound: x509.GeneralName) -> bool:
    if isinstance(name, x509.DNSName) and isinstance(bound, x509.DNSName):
        return name.value == bound.value or name.value.endswith(f".{bound.value}")
    if isinstance(name, x509.IPAddress) and isinstance(bound, x509.IPAddress):
        return isinstance(bound.value, ipaddress.IPv4Network | ipaddress.IPv6Network) and name.value in bound.value
    return False


def _bounds(names: list[str]) -> x509.NameConstraints:
    """Private networks, `.local`, and the names asked for: whoever steals the key can pretend to be nobody else's site."""
    permitted: list[x509.GeneralName] = [x509.DNSName("local"), x509.DNSName("localhost"), *(x509.IPAddress(ipaddress.ip_network(each)) for each in PRIVATE)]
    for name in map(_alternative, names):
        if not any(_within(name, bound) for bound in permitted):
            permitted.append(x509.IPAddress(ipaddress.ip_network(name.value)) if isinstance(name, x509.IPAddress) else name)
    return x509.NameConstraints(permitted, None)


def _self_signed(key: ec.EllipticCurvePrivateKey, names: list[str]) -> x509.Certificate:
    name = _name(f"Kairn clinic authority {os.urandom(4).hex()}")
    usage = x509.KeyUsage(False, False, False, False, False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False)
    draft = _draft(name, name, key.public_key(), AUTHORITY_DAYS)
    draft = draft.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).add_extension(usage, critical=True)
    draft = draft.add_extension(_bounds(names), critical=True)
    return draft.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False).sign(key, hashes.SHA256())


def _server(authority: x509.Certificate, key: ec.EllipticCurvePrivateKey, own: ec.EllipticCurvePrivateKey, names: list[str]) -> x509.Certificate:
    draft = _draft(_name(names[0][:64]), authority.subject, own.public_key(), SERVER_DAYS)
    draft = draft.add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
    draft = draft.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    draft = draft.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return draft.add_extension(issuer, critical=False).sign(key, hashes.SHA256())


def _draft(subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    begins = datetime.now(UTC) - BACKDATE
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
    return builder.serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(begins + timedelta(days=days))


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _still_good(certificate: Path, names: list[str], authority: x509.Certificate) -> bool:
    if not certificate.exists():
        return False
    held = x509.load_pem_x509_certificate(certificate.read_bytes())
    covered = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    fresh = held.not_valid_after_utc - datetime.now(UTC) > timedelta(days=RENEW_DAYS)
    return fresh and held.issuer == authority.subject and all(_alternative(name) in covered for name in names)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


def _write_certificate(path: Path, *chain: x509.Certificate) -> None:
    path.write_bytes(b"".join(each.public_bytes(serialization.Encoding.PEM) for each in chain))
