"""What the soaks share: a clinic on a server of its own, one person in it, and the proof they leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[1] / "clinic"))
NONE_SEEN = 3


@dataclass
class Proof:
    """What was seen. `bound95`: with that confidence the share that fails is below it, about 3/n when none did."""

    n: int = 0
    lost: int = 0
    more: dict[str, Any] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def out_of_time(self, minutes: float | None) -> bool:
        """Whether it has run for so long."""
        return minutes is not None and time.monotonic() - self.began > minutes * 60

    def leave(self, out: Path | None) -> None:
        """Print the JSON, keep it where asked, and end the program: 0 where nothing was lost."""
        bound = float(f"{NONE_SEEN / self.n:.3g}") if self.n and not self.lost else 1.0
        said = {"n": self.n, "lost": self.lost, "bound95": bound, "seconds": round(time.monotonic() - self.began, 1), **self.more}
        text = json.dumps(said, indent=2)
        if out:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(text + "\n", encoding="utf-8")
        print(text)
        sys.exit(1 if self.lost else 0)


@contextmanager
def walking() -> Iterator[Any]:
    """A clinic with its protocol in force and one registered person."""
    from kairn.clinic.site.postgres import start

    with tempfile.TemporaryDirectory(prefix="kairn-soak-") as home:
        cluster = start(Path(home))
        try:
            _django(home, cluster)
            from acts_walk import Walk

            from kairn.clinic.people.accounts import new_clinic

            yield Walk(new_clinic("Cairn Hill", clinic_id=uuid4()).id).register()
        finally:
            cluster.stop()


def another_person(walk: Any) -> None:
    """Go on with a new person of the same clinic, so that no chart grows beyond what a chart is."""
    walk.patient = uuid4()
    walk.register()


def _django(home: str, cluster: Any) -> None:
    os.environ.update({"KAIRN_HOME": home, "KAIRN_DATABASE_URL": cluster.run_url, "DJANGO_SETTINGS_MODULE": "kairn.clinic.site.settings"})
    told = os.environ | {"KAIRN_DATABASE_ROLE": "owner", "KAIRN_DATABASE_OWNER_URL": cluster.owner_url}
    subprocess.run([sys.executable, "-m", "django", "migrate", "--skip-checks", "-v", "0"], env=told, check=True)
    import django

    django.setup()


class Crew:
    """Threads that each keep a database connection and do one piece of work at the same moment, again and again."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._gate = threading.Barrier(count + 1)
        self._done = threading.Barrier(count + 1)
        self._works: Sequence[Callable[[], Any]] = ()
        self._found: list[Any] = [None] * count
        for place in range(count):
            threading.Thread(target=self._keep_working, args=(place,), daemon=True).start()

    def _keep_working(self, place: int) -> None:
        while True:
            self._gate.wait()
            try:
                self._found[place] = self._works[place]() if place < len(self._works) else None
            except Exception as raised:
                self._found[place] = raised
            self._done.wait()

    def at_once(self, works: Sequence[Callable[[], Any]]) -> list[Any]:
        """What each work answered, or the exception it raised."""
        self._works = works
        self._gate.wait()
        self._done.wait()
        return list(self._found[: len(works)])
