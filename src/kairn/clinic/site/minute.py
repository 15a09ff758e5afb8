"""What the clock alone makes due: a thread that runs the duties named in the settings once a minute."""

from __future__ import annotations

import logging
from threading import Event, Thread

from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string

log = logging.getLogger(__name__)
EVERY_SECONDS = 60.0


class Minutes:
    """Runs each duty in turn, at once and then every minute; a duty that fails is told in the log and tried again."""

    def __init__(self, every: float = EVERY_SECONDS) -> None:
        self.every = every
        self.ended = Event()
        self.thread = Thread(target=self._run, name="minutes", daemon=True)

    def __enter__(self) -> Minutes:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join(self.every)

    def _run(self) -> None:
        self._round()
        while not self.ended.wait(self.every):
            self._round()
        self._round()

    def _round(self) -> None:
        for place in settings.KAIRN_EACH_MINUTE:
            try:
                import_string(place)(settings.KAIRN_HOME / "seals")
            except Exception as error:  # the next minute must come whatever this one met
                log.warning("%s could not be done this minute (%s); it is tried again.", place, type(error).__name__)
        connections.close_all()
