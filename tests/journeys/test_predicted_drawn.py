"""The lanes of predicted concentrations in a real browser: switched on by its page, drawn in heather, read as a table, sound on every width and theme."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hands import Hand
from playwright.sync_api import Browser, expect
from tests.browser import PICTURED, THEMES, WIDTHS, context_for, session_of, watched
from tests.clinic.acts_walk import Walk

HEATHER = """least => [...document.querySelectorAll('.lane--model .lane-plot')].every(box => { const canvas = box.querySelector('canvas');
  if (!canvas?.width) return false;
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const probe = document.createElement('i'); probe.style.color = 'var(--accent)'; document.body.append(probe);
  const [r, g, b] = getComputedStyle(probe).color.match(/\\d+/g).map(Number); probe.remove();
  let count = 0; for (let i = 0; i < data.length; i += 4) count += data[i + 3] > 250 && data[i] === r && data[i + 1] === g && data[i + 2] === b;
  return count > least; })"""
DRAWN = 50
"""So many pixels of pure heather are a line and not an accident."""


def test_switched_on_by_its_page_and_drawn_at_the_chair(browser: Browser, site: str, clinic_id: Any, clock: Any, pictures: Path) -> None:
    walk = Walk(clinic_id)
    walk.users["director"] = walk.make("clinic-lead", "prescriber")
    walk.to_infusion()
    clock.later(minutes=18)
    director = Hand(browser, site, walk.users["director"])
    page = director.go("/protocols/prediction")
    expect(page.locator("main")).to_contain_text("It is switched off")
    page.locator("main [name=reason]").fill("For teaching at the chair.")
    director.press(page.locator("main form [data-two-taps]"))
    expect(page.locator("main")).to_contain_text("It is switched on")
    assert director.complaints == []
    director.context.close()
    for width in (*WIDTHS, 1180):
        for theme in THEMES:
            context = context_for(browser, site, width=width, theme=theme, session=session_of(walk.users["nurse"]))
            seen = watched(context, site)
            chair = seen.open(f"/patients/{walk.patient}/visits/{walk.visit}/chair")
            lanes = chair.locator(".lane--model")
            expect(lanes).to_have_count(2)
            expect(lanes.first).to_contain_text("Predicted, not measured")
            chair.wait_for_function(HEATHER, arg=DRAWN)  # news of the beginning may still bring the lanes anew
            chair.locator(".lane-table summary").focus()
            chair.keyboard.press("Enter")
            expect(chair.locator(".lane-table tr", has_text="Plasma, predicted").last).to_contain_text("predicted, not measured")
            assert (seen.overflow(), seen.serious(), seen.complaints) == (0, [], [])
            if PICTURED:
                chair.screenshot(path=pictures / f"predicted-{width}-{theme}.png", full_page=True)
            context.close()
