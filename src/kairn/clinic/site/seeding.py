"""The demo clinic's making, in a process of its own as owner: progress and sign-ins leave as lines of JSON."""

from __future__ import annotations

import json
import sys
from importlib import import_module

DEMO = "kairn.clinic.site.demo"


def main() -> None:
    """Seed, and write a line for each step; the closing line holds the sign-ins, or null where there is no demo."""
    import django

    django.setup()
    try:
        demo = import_module(DEMO)
    except ModuleNotFoundError as error:
        if error.name != DEMO:
            raise
        _line({"sign_ins": None})
        return
    made = demo.seed(lambda text, done, total: _line({"text": text, "done": done, "total": total}))
    _line({"sign_ins": [{"role": each.role, "email": each.email, "password": each.password} for each in made]})


def _line(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
