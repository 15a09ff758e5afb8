"""A monitor at the bedside in a browser: connected, replayed with all its dirt, silent; and the real trace where that data is given."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hands import Hand
from playwright.sync_api import Browser, Page, expect
from tests.browser import looked_at, unfold
from tests.clinic.acts_walk import CALM, Walk

from kairn.library.monitors import BEDSIDE
from kairn.record.payloads import Observed
from kairn.record.payloads_monitor import MonitorRejected

WITHIN_MS = 10_000
ROWS = 40
HEAD = "time,HR,PULSE,RESP,SpO2,NBPSys,NBPDias,EtCO2 [mm[Hg]]\n"


class Bed:
    """Somebody whose infusion has run for a while, and the nurse at the chair."""

    def __init__(self, browser: Browser, site: str, clock: Any, clinic: UUID) -> None:
        clock.later(minutes=-100)
        self.walk = Walk(clinic).to_infusion()
        self.walk.later(minutes=85)
        self.walk.record(visit=self.walk.visit, **CALM)
        clock.ahead = timedelta()
        self.site, self.nurse = site, Hand(browser, site, self.walk.users["nurse"], width=1180)

    @property
    def seat(self) -> str:
        """The visit's pages."""
        return f"/patients/{self.walk.patient}/visits/{self.walk.visit}"

    def connect(self) -> str:
        """The nurse connects a monitor from the chair; the token the page tells once."""
        page = self.nurse.go(f"{self.seat}/chair")
        page.get_by_role("link", name="Connect a monitor").click()
        page.get_by_label("Name of the monitor").fill("bedside-3")
        page.get_by_role("button", name="Connect a monitor").click()
        expect(page.locator("main")).to_contain_text("This token is shown once")
        return page.locator("#token").inner_text()

    def replay(self, file: Path, token: str) -> dict[str, Any]:
        """The command, as somebody at the bedside would run it."""
        words = ["monitor", "replay", str(file), "--url", self.site, "--visit", str(self.walk.visit), "--json"]
        done = subprocess.run([sys.executable, "-m", "kairn", *words], env=os.environ | {"KAIRN_MONITOR_TOKEN": token}, capture_output=True, text=True)
        assert done.stdout, done.stderr
        return {"code": done.returncode, **json.loads(done.stdout)["sent"]}


@pytest.fixture
def bed(browser: Browser, site: str, clock: Any, clinic_id: UUID) -> Iterator[Bed]:
    made = Bed(browser, site, clock, clinic_id)
    yield made
    made.nurse.context.close()


def dirty(end: datetime) -> str:
    """Forty minutes: leads off, a probe off, a silence of four minutes, a channel nobody knows, pressures that cross, and no reading at the end."""
    rows = []
    for n in range(ROWS):
        at = end - timedelta(minutes=ROWS - 1 - n)
        heart, pulse, oxygen = ("0.0", "0.0", "0.0") if 8 <= n < 12 else (f"{70 + n % 5}.4", "71", f"{97 - n % 3}.2")
        heart = "NaN" if n == 30 else heart
        cuff = ("", "") if n % 5 else ("80", "95") if n == 25 else (f"{122 + n % 7}", "77")
        if not 18 <= n < 22:
            rows.append(",".join([at.isoformat(), heart, pulse, "14", oxygen, *cuff, "38" if n == 35 else ""]))
    return HEAD + "\n".join(rows) + "\n"


def sound(page: Page, folder: Path) -> list[str]:
    """Serious findings narrow and wide, and what is wider than its window."""
    faults = []
    size = page.viewport_size
    for width in (320, 1180):
        page.set_viewport_size({"width": width, "height": 900})
        faults += looked_at(page, folder, "monitor")
    assert size is not None
    page.set_viewport_size(size)
    return faults


def test_a_dirty_trace_is_charted_and_a_gap_shows_by_itself(bed: Bed, tmp_path: Path, pictures: Path, clock: Any) -> None:
    token, file = bed.connect(), tmp_path / "night.csv"
    file.write_text(dirty(datetime.now(UTC)), encoding="utf-8")
    sent = bed.replay(file, token)
    assert (sent["code"], sent["stored"], sent["repeated"]) == (0, ROWS - 4, 0), sent
    rejected = {(one["channel"], one["reason"]): one["values"] for one in sent["rejected"]}
    assert rejected == {
        ("HR", "no-reading"): 4, ("PULSE", "no-reading"): 4, ("SpO2", "no-reading"): 4, ("HR", "not-a-number"): 1, ("EtCO2", "unknown-channel"): 1,
        ("NBPSys", "pressures-crossed"): 1, ("NBPDias", "pressures-crossed"): 1,
    }  # fmt: skip
    clock.later(seconds=45)  # the latest row came a while ago
    page = bed.nurse.go(f"{bed.seat}/chair")
    part = page.locator("#chair-monitor")
    expect(part).to_contain_text("Not an alarm system")
    silent, reading = part.locator("[data-says=silent]"), part.locator("[data-says=reading]")
    late = BEDSIDE.silent_after.total_seconds()
    age = page.evaluate("window.kairn.now() - Date.parse(document.querySelector('[data-monitor]').dataset.heard)") / 1000
    expect(silent).to_be_visible(timeout=max(late - age, 0) * 1000 + WITHIN_MS)
    assert not reading.is_visible()
    expect(part).to_contain_text(re.compile(r"No data since \d\d:\d\d"))
    lanes = page.locator("section.lanes")
    for words in ("Heart rate", "Oxygen saturation"):
        label = lanes.get_by_role("img", name=words).get_attribute("aria-label") or ""
        assert "by the monitor" in label and "no data from the monitor" in label and "0 by" not in label.replace("70 by", ""), label
    page.screenshot(path=pictures / "monitor.png")
    assert bed.nurse.complaints == []


def test_what_was_not_taken_is_read_and_the_link_is_closed(bed: Bed, tmp_path: Path) -> None:
    token, file = bed.connect(), tmp_path / "night.csv"
    file.write_text(dirty(datetime.now(UTC)), encoding="utf-8")
    before = bed.walk.standing
    assert bed.replay(file, token)["stored"] == ROWS - 4
    page = bed.nurse.go(f"{bed.seat}/chair")
    part = page.locator("#chair-monitor")
    unfold(page, "#chair-monitor details")
    expect(part).to_contain_text("0 is the monitor's way of saying that it has no reading")
    assert sound(page, tmp_path) == []
    again = bed.replay(file, token)
    assert (again["code"], again["stored"], again["repeated"]) == (0, 0, ROWS - 4)
    after = bed.walk.standing
    assert {due.what for due in after.due} == {due.what for due in before.due}
    page = bed.nurse.go(f"{bed.seat}/monitor")
    expect(page.locator("main")).to_contain_text("no channel", ignore_case=True)
    expect(page.locator("main")).not_to_contain_text(token)
    assert sound(page, tmp_path) == []
    page.get_by_role("button", name="Disconnect").click()
    expect(page.locator("main")).to_contain_text("No monitor is connected")
    refused = bed.replay(file, token)
    assert refused["code"] == 1 and "403" in refused["stopped"]
    assert bed.nurse.complaints == []


def test_the_real_trace_plays(bed: Bed, tmp_path: Path) -> None:
    folder = os.environ.get("KAIRN_TEST_DATA")
    found = sorted(Path(folder, "vitals").glob("*.csv.gz")) if folder else []
    if not found:
        pytest.skip("KAIRN_TEST_DATA names no folder with vitals/*.csv.gz in it")
    sent = bed.replay(found[0], bed.connect())
    assert (sent["code"], sent["stored"]) == (0, 72), sent
    history = bed.walk.history
    taken = [reading for _, one in history.all(Observed) if one.method == "device" for reading in one.readings]
    assert len(taken) == sum(sent["accepted"].values()) == 293 and not [one for one in taken if one.value.strip("0.") == ""]
    assert sum(len(one.values) for _, one in history.all(MonitorRejected)) == 52
    page = bed.nurse.go(f"{bed.seat}/chair")
    expect(page.locator("[data-rule='oxygen-pause']")).to_contain_text("Monitor bedside-3 shows it")
    assert sound(page, tmp_path) == []
    assert bed.nurse.complaints == []
