"""Where the clinic may be reached: loopback freely, the network only under TLS, a demo clinic never."""

from __future__ import annotations

import errno
import ipaddress
import socket
import ssl
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from kairn.clinic.site.refusal import CannotStart, cannot_start
from kairn.clinic.site.tls import fingerprint, local_certificate, read_authority

EVERYWHERE = ("0.0.0.0", "::")
LOOPBACK = ("127.0.0.1", "::1")
BACKLOG = 2048


@dataclass(frozen=True)
class Door:
    """Where to listen, under which certificate, and by which names browsers may call."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    names: tuple[str, ...] = ()
    authority: str = ""
    """The fingerprint of the clinic's own authority; empty where the certificate came from elsewhere."""

    @property
    def secure(self) -> bool:
        """Whether it speaks TLS."""
        return self.certificate is not None

    @property
    def url(self) -> str:
        """What to type into a browser."""
        name = self.names[0] if self.names else "localhost"
        shown = f"[{name}]" if ":" in name else name
        return f"{'https' if self.secure else 'http'}://{shown}:{self.port}/"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def plain_door(host: str, port: int) -> Door:
    """A door without TLS; refused unless it is on loopback."""
    if not is_loopback(host):
        raise cannot_start(
            f"the address {host} without TLS",
            "TLS on every address but localhost: browsers give no passkey and no offline chart without it, and charts must not cross a network in the clear",
            "Use --tls-local for tablets on the clinic's network, or --tls-cert and --tls-key, or put a proxy in front and stay on localhost.",
            "--host",
        )
    return Door(host, port)


def own_door(host: str, port: int, home: Path, extra: tuple[str, ...]) -> Door:
    """A door under the clinic's own authority, with every name this machine answers to."""
    names = names_of(host, extra)
    certificate, key = local_certificate(home, names)
    authority = read_authority(home)
    return Door(host, port, certificate, key, tuple(names), fingerprint(authority) if authority else "")


def given_door(host: str, port: int, certificate: Path, key: Path, extra: tuple[str, ...]) -> Door:
    """A door under a certificate from elsewhere, tried before anybody is let in."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        seen = f"a certificate and key that do not load ({error.strerror or error})"
        raise cannot_start(seen, "a PEM certificate chain and its private key", "Check both files.", f"{certificate}, {key}") from error
    return Door(host, port, certificate, key, tuple(names_of(host, extra)))


def names_of(host: str, extra: tuple[str, ...] = ()) -> list[str]:
    """Names and addresses to put into a certificate: what was asked for first, then this machine's own."""
    own = [socket.gethostname(), f"{socket.gethostname().split('.')[0]}.local", *_outward()] if host in EVERYWHERE else [host]
    return list(dict.fromkeys([*extra, *own, "localhost", *LOOPBACK]))


def _outward() -> list[str]:
    # Connecting a datagram socket sends nothing: it only asks the system which of its addresses it would use.
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as asked, suppress(OSError):
        asked.connect(("192.0.2.1", 9))
        return [asked.getsockname()[0]]
    return []


def listen(door: Door) -> list[socket.socket]:
    """Open sockets, taken before anything slow begins, so that a taken port is known at once."""
    hosts = LOOPBACK if door.host == "localhost" else (door.host,)
    opened: list[socket.socket] = []
    for host in hosts:
        try:
            opened.append(_listen(host, door.port))
        except OSError as error:
            if not (opened and error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)):
                raise _taken(door, error) from error
    return opened


def _listen(host: str, port: int) -> socket.socket:
    opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
        opened.listen(BACKLOG)
    except OSError:
        opened.close()
        raise
    return opened


def _taken(door: Door, error: OSError) -> CannotStart:
    if error.errno == errno.EADDRINUSE:
        mend = f"Stop that program, or choose another port: --port {door.port + 1} (make run PORT={door.port + 1})"
        return cannot_start(f"port {door.port} taken by another program", "a free port", mend)
    if error.errno == errno.EACCES:
        return cannot_start(f"port {door.port}, which only root may open", "a port from 1024 on", "Choose another: --port 8000")
    return cannot_start(f"an address that cannot be opened ({error.strerror})", "an address of this machine", "Choose another: --host localhost", door.host)
