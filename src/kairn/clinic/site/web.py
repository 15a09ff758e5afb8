"""A web server's process: inherits its sockets, and says when it is ready."""

from __future__ import annotations

import gc
import os
import socket
import sys

import uvicorn

from kairn.clinic.site.stand import NEEDS_MIGRATION, die_with_parent

GRACE_SECONDS = 2
LOOKS_AFTER = 20_000, 20, 20
SWITCH_SECONDS = 0.001
"""How long one thread may compute while others wait: a fifth of Python's own, so that news are told while pages are drawn."""


class ReadyServer(uvicorn.Server):
    """A server that writes one byte to its supervisor once it answers."""

    def __init__(self, config: uvicorn.Config, ready: int) -> None:
        super().__init__(config)
        self.ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the doors, then say so."""
        await super().startup(sockets)
        os.write(self.ready, b"1")
        os.close(self.ready)


def main() -> None:
    """Serve until told to stop; leaves with NEEDS_MIGRATION when the tables are of another version."""
    die_with_parent()
    sys.setswitchinterval(SWITCH_SECONDS)
    opened = [socket.socket(fileno=int(number)) for number in os.environ.pop("KAIRN_SOCKETS").split(",")]
    from kairn.clinic.site.asgi import application

    if tables_are_old():
        sys.exit(NEEDS_MIGRATION)
    keep_what_is_loaded()
    ReadyServer(configuration(application), int(os.environ.pop("KAIRN_READY"))).run(sockets=opened)


def keep_what_is_loaded() -> None:
    """Have Python look less often for what nobody holds, which stops all pages meanwhile, and never through what is loaded by now."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*LOOKS_AFTER)


def configuration(application: object) -> uvicorn.Config:
    """Uvicorn's settings: this process only, short goodbyes, no line per request."""
    return uvicorn.Config(
        application,  # type: ignore[arg-type]
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        proxy_headers=bool(os.environ.get("KAIRN_ORIGIN")),
        ssl_certfile=os.environ.get("KAIRN_TLS_CERT") or None,
        ssl_keyfile=os.environ.get("KAIRN_TLS_KEY") or None,
    )


def tables_are_old() -> bool:
    """Whether a migration waits."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    waiting = MigrationExecutor(connection)
    due = bool(waiting.migration_plan(waiting.loader.graph.leaf_nodes()))
    connection.close()
    return due


if __name__ == "__main__":
    main()
