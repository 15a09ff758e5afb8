"""`kairn predict`: what a published model predicts for a history of doses, with its citation and for whom it holds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from kairn.cli.predict_plot import Curve, drawn_svg
from kairn.library.models import MODELS, SITES, DrugModel, model_of
from kairn.library.predictions import PREDICTIONS
from kairn.library.responses import RESPONSES
from kairn.library.sources import SOURCES
from kairn.pharmacology.arrays import Floats
from kairn.pharmacology.chance import Draw
from kairn.pharmacology.delivery import Delivery, infusion
from kairn.pharmacology.effects import ke0_of
from kairn.pharmacology.prediction import Band, predict_bands, predict_typical
from kairn.pharmacology.subjects import allometric
from kairn.terms.numbers import parameter
from kairn.terms.problem import Unreadable, unreadable
from kairn.terms.quantity import Quantity, parse_quantity

SITE = "effect_site"
KEYS = {"plasma": "plasma_ng_per_ml", SITE: "effect_site_ng_per_ml", "norketamine": "norketamine_ng_per_ml"}
INFUSION = re.compile(r"(?P<amount>\S+ \S+) over (?P<time>\S+ \S+)(?: at (?P<at>\S+ \S+))?")
PLOTTED = 241
LESS = f"Clearances are made to grow with the power {float(PREDICTIONS.allometry):g} of weight: a sensitivity of Kairn's, not the published model."

EPILOG = """\b
A teaching display for licensed staff. Nothing is advised by it, and no rule reads it.
  kairn predict --weight "70 kg" --infusion "35 mg over 40 min" --at 5,10,20,40,60
  kairn predict --weight "70 kg" --infusion "0.5 mg/kg over 40 min" --at 40,110 --bands --json
  kairn predict --weight "70 kg" --infusion "10 mg over 0 min" --infusion "35 mg over 40 min at 72 h" --at 5,4360
\b
An infusion is an amount (mg or mg/kg) over a time, with `at` for a later start; over 0 min it is a bolus.
Exit code 2: what was given cannot be read; the sentence says what, and how to mend it.
"""


@dataclass(frozen=True)
class Asked:
    """What was asked for, read: the model, the doses, and where the effect site follows at what rate (1/min)."""

    model: DrugModel
    weight: Quantity
    doses: tuple[str, ...]
    delivery: Delivery
    minutes: tuple[Fraction, ...]
    ke0: float
    less: bool

    @property
    def sites(self) -> Mapping[str, Floats]:
        """The effect site of dissociation."""
        return {SITE: np.array([self.ke0])}


@click.command("predict", epilog=EPILOG)
@click.option("--weight", required=True, metavar="QUANTITY", help='The weight, such as "70 kg".')
@click.option("--infusion", "infusions", multiple=True, required=True, metavar="TEXT", help='Such as "35 mg over 40 min at 72 h". May be repeated.')
@click.option("--at", required=True, metavar="MINUTES", help="Minutes since the beginning, with commas between.")
@click.option("--model", "name", default=PREDICTIONS.model, show_default=True, help=f"One of {', '.join(MODELS)}.")
@click.option("--ke0", default="", metavar="QUANTITY", help='How fast the effect site follows, such as "0.0835 /min".')
@click.option("--allometry", is_flag=True, help="Let clearances grow less than weight does, as a sensitivity where the weight lies outside the domain.")
@click.option("--bands", is_flag=True, help="Add the band that people, models and measurements spread over.")
@click.option("--seed", default=1, show_default=True, help="Seed of the people a band is drawn from.")
@click.option("--plot", default="", metavar="FILE", help="Draw the course as an SVG file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def predict_command(  # noqa: PLR0913
    weight: str, infusions: tuple[str, ...], at: str, name: str, ke0: str, allometry: bool, bands: bool, seed: int, plot: str, as_json: bool
) -> None:
    """Predict concentrations of ketamine or esketamine by a published model. Predicted, not measured; it advises nothing."""
    try:
        asked = _asked(weight, infusions, at, name, ke0, allometry)
        told = _told(asked, Draw(seed=seed) if bands else None)
        if plot:
            _plot(asked, Draw(seed=seed) if bands else None, plot)
    except Unreadable as fault:
        click.echo(str(fault), err=True)
        raise SystemExit(2) from None
    click.echo(json.dumps(told, indent=2)) if as_json else _print(told)


def _asked(weight: str, infusions: tuple[str, ...], at: str, name: str, ke0: str, less: bool) -> Asked:
    kilograms = _more_than_nothing(weight, "kg", "--weight")
    delivery = sum((_delivery(text, kilograms) for text in infusions), Delivery())
    model = allometric(model_of(name, "--model")) if less else model_of(name, "--model")
    rate = float(_more_than_nothing(ke0, "1/min", "--ke0").to("1/min")) if ke0 else ke0_of(RESPONSES[PREDICTIONS.responses[0]])
    return Asked(model, kilograms, infusions, delivery, tuple(_minute(text) for text in at.split(",")), rate, less)


def _more_than_nothing(text: str, unit: str, where: str) -> Quantity:
    found = parse_quantity(text.strip(), where)
    if _in(found, unit, where) <= 0:
        raise unreadable(str(found), "more than nothing", "Correct the number.", where)
    return found


def _in(found: Quantity, unit: str, where: str) -> Fraction:
    try:
        return found.to(unit)
    except Unreadable as fault:
        raise unreadable(fault.problem.seen, fault.problem.expected, fault.problem.mend, where) from None


def _minute(text: str) -> Fraction:
    minute = Fraction(parameter(text.strip(), "--at"))
    if minute < 0:
        raise unreadable(f"minute {text.strip()}", "0 or later", "Count minutes from the beginning.", "--at")
    return minute


def _delivery(text: str, weight: Quantity) -> Delivery:
    found = INFUSION.fullmatch(text.strip())
    if not found:
        raise unreadable(f"{text!r}", 'an amount over a time, such as "35 mg over 40 min" or "35 mg over 40 min at 72 h"', "Write it so.", "--infusion")
    amount, time = (parse_quantity(found[part], "--infusion") for part in ("amount", "time"))
    since = _in(parse_quantity(found["at"], "--infusion"), "min", "--infusion") if found["at"] else Fraction(0)
    if amount.value <= 0 or time.value < 0 or since < 0:
        raise unreadable(f"{text!r}", "more than nothing, over no less than 0 min, at no earlier than 0 min", "Correct the numbers.", "--infusion")
    return infusion(_mg(amount, weight), _in(time, "min", "--infusion"), since)


def _mg(amount: Quantity, weight: Quantity) -> Fraction:
    if amount.unit.endswith("/kg"):
        return _in(amount, "mg/kg", "--infusion") * weight.to("kg")
    return _in(amount, "mg", "--infusion")


def _told(asked: Asked, draw: Draw | None) -> dict[str, Any]:
    """The answer as JSON values."""
    ordered = sorted(set(asked.minutes))
    minutes = np.array([float(minute) for minute in ordered])
    values = predict_typical(asked.model, asked.weight, asked.delivery, minutes, asked.sites)
    bands = predict_bands(asked.model, asked.weight, asked.delivery, minutes, asked.sites, draw=draw, metabolite="norketamine" in values) if draw else {}
    points = [_point(asked.minutes[i], ordered.index(minute), values, bands) for i, minute in enumerate(asked.minutes)]
    model = asked.model
    return {
        "model": model.name,
        "label": label(model),
        "citation": SOURCES[model.parent.grounds.source].citation,
        "known": {part: {"status": block.status, "source": f"{block.source}: {block.locator}", "rationale": block.rationale}
                  for part, block in model.blocks.items()},
        "domain": model.domain.people,
        "notes": [*notes(model, asked.weight, draw), *([LESS] if asked.less else [])],
        "weight": asked.weight.text,
        "doses": list(asked.doses),
        "ke0_per_min": asked.ke0,
        "points": points,
    }  # fmt: skip


def label(model: DrugModel) -> str:
    """What the curve is, so that nobody takes it for a level."""
    if model.site == SITES[-1]:
        return "predicted plasma, not measured; arterial or venous is not established here"
    return f"predicted {model.site} plasma, not measured"


def notes(model: DrugModel, weight: Quantity, draw: Draw | None) -> list[str]:
    """What must be said beside the numbers: a weight outside the domain, what the model leaves out, what a band holds."""
    inside = model.domain.holds_weight(weight)
    found = [f"{weight} lies outside the weights this model is used for, {' to '.join(map(str, model.domain.weight or ()))}."] if inside is False else []
    found += ["For which weights the model holds is not established here."] if inside is None else []
    found += [model.domain.note] if model.domain.note else []
    band = f"The band holds {float(PREDICTIONS.band):.0%} of {draw.people} drawn people: they differ, models disagree, assays err." if draw else ""
    return [*found, *([band] if band else [])]


def _point(minute: Fraction, place: int, values: Mapping[str, Floats], bands: Mapping[str, Band]) -> dict[str, Any]:
    found: dict[str, Any] = {"minute": int(minute) if minute.denominator == 1 else float(minute)}
    found |= {KEYS[name]: float(curve[place]) for name, curve in values.items()}
    if bands:
        found["bands"] = {KEYS[name]: [float(band.low[place]), float(band.high[place])] for name, band in bands.items()}
    return found


def _print(told: Mapping[str, Any]) -> None:
    heads = {key: head for key, head in zip(KEYS.values(), ("plasma", "effect site", "norketamine"), strict=True) if key in told["points"][0]}
    table = Table("minute", *(f"{head}, ng/mL" for head in heads.values()), title=f"{told['model']}: {told['label']}", title_justify="left", box=None)
    for point in told["points"]:
        table.add_row(f"{point['minute']:g}", *(_cell(point, key) for key in heads))
    console = Console(highlight=False, width=None)
    console.print(table)
    known = "; ".join(f"{part} {block['status']}" for part, block in told["known"].items())
    for line in (told["citation"], f"Known: {known}.", f"Holds for {told['domain']}.", *told["notes"]):
        click.echo(line)


def _cell(point: Mapping[str, Any], key: str) -> str:
    low, high = point.get("bands", {}).get(key, (None, None))
    return f"{point[key]:.1f}" + ("" if low is None else f" ({low:.0f} to {high:.0f})")


def _plot(asked: Asked, draw: Draw | None, path: str) -> None:
    if not path.endswith(".svg"):
        raise unreadable(f"{path!r}", "the name of a file that ends in .svg", "Draw it as an SVG.", "--plot")
    minutes = np.linspace(0.0, max(float(max(asked.minutes)), 1.0), PLOTTED)
    values = predict_typical(asked.model, asked.weight, asked.delivery, minutes, asked.sites)
    bands = predict_bands(asked.model, asked.weight, asked.delivery, minutes, asked.sites, draw=draw) if draw else {}
    title = f"{asked.model.name}, {asked.weight}: {label(asked.model)}"
    text = drawn_svg(title, minutes, [Curve(name.replace("_", " "), curve, bands.get(name)) for name, curve in values.items()])
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as fault:
        raise unreadable(f"a file that cannot be written ({fault})", "a place for the SVG", "Check the path.", "--plot") from None
