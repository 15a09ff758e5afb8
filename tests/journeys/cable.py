"""The cable between a tablet and the clinic: it can be pulled, plugged in again, be slow, or swallow everything without a word."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

READ = 65_536
WAIT_SECONDS = 0.05
FORM = b"POST /patients/"


class Cable:
    """A forwarder of connections to the site, in threads of its own."""

    def __init__(self, site: str) -> None:
        self.port = urlsplit(site).port
        self.state = "plugged"
        self._open: set[socket.socket] = set()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://localhost:{self._door.getsockname()[1]}"
        self.lose_answers = False
        """Let a form of the chair through, and pull the cable before its answer."""
        threading.Thread(target=self._accept, daemon=True).start()

    def pull(self) -> None:
        """Nothing goes through, and who tries is told at once."""
        self._change("pulled")

    def swallow(self) -> None:
        """Nothing goes through, and nobody is told."""
        self.state = "silent"

    def hold(self, seconds: float) -> None:
        """Nothing goes through for so long, and then all of it does: a slow clinic."""
        self.state = "held"
        threading.Timer(seconds, self._let_go).start()

    def _let_go(self) -> None:
        if self.state == "held":
            self.state = "plugged"

    def plug(self) -> None:
        """It is there again; connections that hung are gone."""
        self.lose_answers = False
        self._change("plugged")

    def end(self) -> None:
        """For good."""
        self._change("pulled")
        self._door.close()

    def _change(self, state: str) -> None:
        self.state = state
        for end in list(self._open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                end, _ = self._door.accept()
            except OSError:
                return
            if self.state == "pulled":
                end.close()
            else:
                threading.Thread(target=self._forward, args=(end,), daemon=True).start()

    def _forward(self, tablet: socket.socket) -> None:
        clinic = socket.create_connection(("127.0.0.1", self.port))
        self._open |= {tablet, clinic}
        try:
            self._carry(tablet, clinic)
        except OSError:
            pass
        finally:
            for end in (tablet, clinic):
                self._open.discard(end)
                end.close()

    def _carry(self, tablet: socket.socket, clinic: socket.socket) -> None:
        with selectors.DefaultSelector() as waiting:
            waiting.register(tablet, selectors.EVENT_READ, clinic)
            waiting.register(clinic, selectors.EVENT_READ, tablet)
            form = False
            while self.state != "pulled":
                if self.state == "held":
                    time.sleep(WAIT_SECONDS)
                    continue
                for key, _ in waiting.select(WAIT_SECONDS):
                    data = key.fileobj.recv(READ)  # type: ignore[union-attr]
                    if not data:
                        return
                    if key.fileobj is tablet and data.startswith((b"GET ", b"POST ")):
                        form = data.startswith(FORM)
                    if self.lose_answers and key.fileobj is clinic and form:
                        self.pull()
                        return
                    if self.state == "plugged":
                        key.data.sendall(data)


@contextmanager
def cable(site: str) -> Iterator[Cable]:
    """A cable to the site for as long as the block lasts."""
    made = Cable(site)
    try:
        yield made
    finally:
        made.end()
