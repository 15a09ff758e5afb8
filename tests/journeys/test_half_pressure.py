"""A pressure of which one half was measured, as the lane draws it and its table reads it out: one mark, one number, and nothing where nobody knows."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, expect
from tests.browser import context_for, session_of, watched
from tests.clinic.acts_walk import Walk

WIDE = 1440
WRITTEN = """for (const [name, of] of [['fillText', ([words]) => words], ['lineTo', ([x, y]) => Math.round(y)]]) {
  const real = CanvasRenderingContext2D.prototype[name];
  CanvasRenderingContext2D.prototype[name] = function (...told) {
    ((this.canvas.told ??= {})[name] ??= []).push(of(told)); return real.apply(this, told);
  };
}"""
"""Each canvas keeps what is written on it, and how high its lines go."""
DRAWN = """() => { const canvas = document.querySelector('[data-kind=pressure] canvas');
  return canvas?.told?.fillText ? {height: canvas.height, ...canvas.told} : null }"""


def test_one_half_is_one_mark_and_one_number(browser: Browser, site: str, clinic_id: Any, clock: Any) -> None:
    walk = Walk(clinic_id).to_infusion()
    for minutes, half in ((4, {"systolic": "137", "diastolic": "83"}), (8, {"systolic": "172"}), (12, {"diastolic": "118"})):
        walk.later(minutes=minutes)
        walk.record(visit=walk.visit, **half)
    clock.later(minutes=25)
    context = context_for(browser, site, width=WIDE, session=session_of(walk.users["nurse"]))
    context.add_init_script(WRITTEN)
    seen = watched(context, site)
    chair = seen.open(f"/patients/{walk.patient}/visits/{walk.visit}/chair")
    drawn = chair.wait_for_function(DRAWN).json_value()
    assert {"137", "83", "172", "118"} <= set(drawn["fillText"]) and not {"null", "NaN", "0", "-"} & set(drawn["fillText"])
    assert all(0 <= y <= drawn["height"] for y in drawn["lineTo"]), "no stem goes to where nobody measured"
    chair.locator(".lane-table summary").focus()
    chair.keyboard.press("Enter")
    for told in ("137/83", "172/-", "-/118"):
        expect(chair.locator(".lane-table")).to_contain_text(told)
    assert seen.complaints == []
    context.close()
