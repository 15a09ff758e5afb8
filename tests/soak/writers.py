"""The program that is killed: writers appending as fast as they can, each saying an event's id on standard output once it is acknowledged."""

from __future__ import annotations

import os
import sys
import threading
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

import django

from kairn.record.event import Author, Draft
from kairn.record.payloads import NoteWritten

STREAMS = 5
UNCOMMITTED_SECONDS = 0.02


def main() -> None:
    """writers.py CLINIC COUNT [ack-before-commit]."""
    django.setup()
    clinic, count, early = UUID(sys.argv[1]), int(sys.argv[2]), "ack-before-commit" in sys.argv
    streams = [uuid4() for _ in range(STREAMS)]
    threads = [threading.Thread(target=write, args=(clinic, streams, early), daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def write(clinic: UUID, streams: list[UUID], early: bool) -> None:
    """Append until the database goes away."""
    from django.db import DatabaseError

    try:
        while True:
            streams_here = uuid4().int % len(streams)
            (promise_too_soon if early else keep_the_promise)(clinic, streams[streams_here])
    except DatabaseError:
        return


def keep_the_promise(clinic: UUID, stream: UUID) -> None:
    """Commit, then say so. Every other append carries a projection, as a screen's do."""
    from kairn.clinic.ledger.append import append
    from kairn.clinic.ledger.projection import Projection

    one = note(stream)
    project = (lambda _stream, past: Projection("treatment", datetime.now(UTC), None, {"seq": past.seq})) if one.id.int % 2 else None
    append(clinic, [one], project=project)
    acknowledge(one.id)


def promise_too_soon(clinic: UUID, stream: UUID) -> None:
    """The planted fault: say so, then commit."""
    from django.db import transaction

    from kairn.clinic.ledger.append import append

    with transaction.atomic():
        one = note(stream)
        append(clinic, [one])
        acknowledge(one.id)
        time.sleep(UNCOMMITTED_SECONDS)


def note(stream: UUID) -> Draft:
    """One note."""
    return Draft(uuid4(), stream, datetime.now(UTC), Author("7f0c", "Marta Lind", "nurse"), NoteWritten("Sleeps well."))


def acknowledge(event_id: UUID) -> None:
    """One line in one write, so that a kill leaves it whole or absent."""
    os.write(1, f"{event_id}\n".encode())


if __name__ == "__main__":
    main()
