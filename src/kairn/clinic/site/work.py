"""The worker's process: background jobs, and once a minute what the clock alone makes due."""

from __future__ import annotations

import os

from kairn.clinic.site.stand import die_with_parent

PATIENCE_SECONDS = 5
AT_ONCE = 2
STEPS_BACK = 5
"""How far it stands back (nice) where processors are short: whoever waits at a screen comes first, and a sheet for downtime is good for five minutes."""


def main() -> None:
    """Work until told to stop."""
    die_with_parent()
    os.nice(STEPS_BACK)
    import django

    django.setup()
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    from kairn.clinic.site.minute import Minutes

    assert isinstance(app.connector, DjangoConnector)
    with Minutes(), app.replace_connector(app.connector.get_worker_connector()) as working:
        working.run_worker(concurrency=AT_ONCE, shutdown_graceful_timeout=PATIENCE_SECONDS)


if __name__ == "__main__":
    main()
