"""The acts of the chair while the pump runs: one row on a tablet held across and on every wider screen, the stop at its end."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.browser import context_for, session_of, watched
from tests.clinic.acts_walk import Walk

SMALL, TABLET = 1024, 1180


@pytest.mark.parametrize("width", [SMALL, TABLET, 1280, 1440])
def test_the_acts_stand_in_one_row_and_the_stop_at_its_end(browser: Browser, site: str, clinic_id: Any, width: int) -> None:
    walk = Walk(clinic_id).to_infusion()
    context = context_for(browser, site, width=width, session=session_of(walk.users["nurse"]))
    seen = watched(context, site)
    chair = seen.open(f"/patients/{walk.patient}/visits/{walk.visit}/chair")
    acts = chair.locator("main > .acts .btn:visible")
    boxes = {act.inner_text().split("\n")[0]: act.bounding_box() for act in acts.all()}
    assert len(boxes) == 8 and "Pump paused" in boxes, boxes
    assert len({round(box["y"]) for box in boxes.values() if box}) == 1, boxes
    last = max(boxes, key=lambda name: (boxes[name] or {"x": 0})["x"])
    assert last == "Pump stopped" and seen.overflow() == 0 and seen.complaints == []
    context.close()
