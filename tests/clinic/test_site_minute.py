"""What the clock alone makes due: done at once, every minute, once more at the end, and never stopped by one that fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils.module_loading import import_string
from site_house import until

from kairn.clinic.site.minute import Minutes

done: list[Path] = []


def duty(folder: Path) -> None:
    """Notes that it was called."""
    done.append(folder)


def failing(_folder: Path) -> None:
    """Never works."""
    raise RuntimeError("not this minute")


def test_a_failing_duty_does_not_stop_the_clock(database: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    done.clear()
    with override_settings(KAIRN_EACH_MINUTE=(f"{__name__}.failing", f"{__name__}.duty"), KAIRN_HOME=tmp_path):
        with Minutes(every=0.05):
            until(lambda: len(done) > 2, 10)
        before_the_end = len(done)
    assert set(done) == {tmp_path / "seals"} and before_the_end > 2
    assert "failing could not be done this minute (RuntimeError)" in caplog.text


def test_the_duties_of_the_settings_are_there_and_work(database: Any, tmp_path: Path) -> None:
    assert settings.KAIRN_EACH_MINUTE
    for place in settings.KAIRN_EACH_MINUTE:
        import_string(place)(tmp_path / "seals")
