"""Concentrations of a thousand people by Kairn, libroadrunner and scipy, bands and the chair's update: python bench/pharmacology.py [--rounds 5].

All begin with drawn parameters in memory and end with plasma levels at 1,441 minutes of one day, three compartments and one infusion.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import click
import numpy as np
from scipy.integrate import solve_ivp

from kairn.library.models import MODELS
from kairn.library.responses import RESPONSES
from kairn.pharmacology.chance import Draw
from kairn.pharmacology.delivery import infusion, pump
from kairn.pharmacology.effects import ke0_of
from kairn.pharmacology.prediction import predict, predict_bands, quantiles
from kairn.pharmacology.subjects import Subjects, drawn
from kairn.pharmacology.system import NG_PER_ML, PLASMA
from kairn.terms.quantity import parse_quantity
from measuring import milliseconds, say, spread

WEIGHT = parse_quantity("70 kg")
MODEL = MODELS["ketamine.kamp2020"]
MG, MINUTES = 35.0, 40.0
DELIVERY = infusion(Fraction(35), Fraction(40))
DAY = np.arange(1441.0)
CHAIR = np.arange(241.0)
PEOPLE, PEERS, UPDATES, LATE = 1000, 100, 200, 0.95
ABOUT = """Plasma levels of 1,000 drawn adults at the 1,441 minutes of a day, three compartments (Kamp 2020), 35 mg in 40 minutes. *Kairn* has a closed form;
the peers are solvers for any differential equation, so this shows what the closed form is worth here, not that they are slow. *libroadrunner* gets the model
as SBML without an event, is compiled before, restarts at the end of the infusion, and goes through 100 of the people; *scipy* LSODA does the same at its usual
relative tolerance of 1e-6. Rates in people a second, taken in turn; off is the largest relative difference from Kairn over all levels. *Bands* are exact 5 and
95 % quantiles of those 1,000 at all minutes. *Chair* is one update as a screen asks for it: a paused infusion, 200 people drawn anew, plasma and two effect
sites at 241 minutes with their bands; in time of the processor as well, which other work on the machine does not lengthen."""


@click.command()
@click.option("--rounds", default=5, show_default=True, help="How often each takes its turn.")
def main(rounds: int) -> None:
    """Print JSON."""
    people = drawn(MODEL, WEIGHT, Draw(PEOPLE))
    runners: dict[str, tuple[Callable[[], Any], int]] = {"Kairn": (lambda: ours(people), PEOPLE)}
    missing = ""
    try:
        runners["libroadrunner"] = (roadrunner(people), PEERS)
    except ImportError:
        missing = "libroadrunner is not installed, so it is missing here (requirements/bench.txt has it)."
    runners["scipy LSODA"] = (lambda: lsoda(people), PEERS)
    say("pharmacology", f"{ABOUT} {missing}".strip(), [*compared(runners, rounds), *bands(people, rounds), *chair()])


def ours(people: Subjects) -> Any:
    """Levels in ng/mL: (people, minutes). The modes are found anew each time."""
    return predict(people, DELIVERY, DAY)[PLASMA]


def compared(runners: dict[str, tuple[Callable[[], Any], int]], rounds: int) -> list[dict[str, Any]]:
    """Rates in turn, how far each peer is off, and each ratio within one round."""
    exact = runners["Kairn"][0]()
    off = {name: largest(run()[:, 1:], exact[:count, 1:]) for name, (run, count) in runners.items() if name != "Kairn"}
    rates: dict[str, list[float]] = {name: [] for name in runners}
    for _ in range(rounds):
        for name, (run, count) in runners.items():
            start = time.perf_counter()
            run()
            rates[name].append(count / (time.perf_counter() - start))
    figures = [{"what": "Kairn, people/s", **spread(rates["Kairn"])}]
    for name, difference in off.items():
        figures.append({"what": f"{name}, people/s, off by {difference:.0e}", **spread(rates[name])})
        figures.append({"what": f"Kairn / {name}", **spread([mine / theirs for mine, theirs in zip(rates["Kairn"], rates[name], strict=True)])})
    return figures


def largest(found: Any, exact: Any) -> float:
    """The largest relative difference."""
    return float(np.max(np.abs(found / exact - 1)))


def bands(people: Subjects, rounds: int) -> list[dict[str, Any]]:
    """Exact quantiles of all levels, alone and with the levels, in milliseconds."""
    levels = ours(people)
    alone = milliseconds(lambda: quantiles(levels, Fraction(9, 10)), rounds)
    whole = milliseconds(lambda: quantiles(ours(people), Fraction(9, 10)), rounds)
    return [{"what": "bands of 1,000 people, alone, ms", **spread(alone)}, {"what": "levels and bands of 1,000 people, ms", **spread(whole)}]


def chair() -> list[dict[str, Any]]:
    """One update at the chair, bands of plasma and two effect sites after a pause: by the clock on the wall, and in time of the processor alone."""
    rates = [(Fraction(0), Fraction(7, 8)), (Fraction(12), Fraction(0)), (Fraction(15), Fraction(7, 8)), (Fraction(43), Fraction(0))]
    delivery = pump(rates)
    sites = {name: np.array([ke0_of(response)]) for name, response in RESPONSES.items()}
    clocks = {"chair, ms": time.perf_counter, "chair, ms of processor time": time.process_time}
    taken = {what: milliseconds(lambda: predict_bands(MODEL, WEIGHT, delivery, CHAIR, sites), UPDATES, clock) for what, clock in clocks.items()}
    return [{"what": f"{what} (95 % under {sorted(each)[int(len(each) * LATE)]:.3g})", **spread(each)} for what, each in taken.items()]


def values_of(people: Subjects, who: int) -> list[float]:
    """Rate constants k10, k12, k21, k13, k31 (1/min) and V1 of one person."""
    of = {name: float(values[who]) for name, values in people.values.items()}
    return [of["CL"] / of["V1"], of["Q2"] / of["V1"], of["Q2"] / of["V2"], of["Q3"] / of["V1"], of["Q3"] / of["V3"], of["V1"]]


def lsoda(people: Subjects) -> Any:
    """The same by scipy, in two pieces so that no solver steps over the end of the infusion."""
    return np.array([_lsoda(values_of(people, who)) for who in range(PEERS)])


def _lsoda(values: list[float]) -> Any:
    k10, k12, k21, k13, k31, volume = values

    def flow(_: float, amount: Any, rate: float) -> tuple[float, float, float]:
        first, second, third = amount
        return rate - (k10 + k12 + k13) * first + k21 * second + k31 * third, k12 * first - k21 * second, k13 * first - k31 * third

    early, later = DAY[DAY <= MINUTES], DAY[DAY >= MINUTES]
    options = {"method": "LSODA", "rtol": 1e-6, "atol": 1e-9}
    one = solve_ivp(flow, (0.0, MINUTES), (0.0, 0.0, 0.0), t_eval=early, args=(MG / MINUTES,), **options)
    two = solve_ivp(flow, (MINUTES, DAY[-1]), one.y[:, -1], t_eval=later, args=(0.0,), **options)
    return np.concatenate([one.y[0], two.y[0][1:]]) * NG_PER_ML / volume


def roadrunner(people: Subjects) -> Callable[[], Any]:
    """The same by libroadrunner: compiled once, parameters set for each person. Raises ImportError where it is not installed."""
    import roadrunner

    roadrunner.Logger.disableLogging()
    model = roadrunner.RoadRunner(SBML)
    model.timeCourseSelections = ["A1"]
    names = ("k10", "k12", "k21", "k13", "k31")

    def one(who: int) -> Any:
        *rates, volume = values_of(people, who)
        model.resetAll()
        for name, value in zip(names, rates, strict=True):
            model.setValue(name, value)
        model.setValue("rate", MG / MINUTES)
        early = np.array(model.simulate(0, MINUTES, int(MINUTES) + 1))[:, 0]
        model.setValue("rate", 0.0)
        later = np.array(model.simulate(MINUTES, float(DAY[-1]), len(DAY) - int(MINUTES)))[:, 0]
        return np.concatenate([early, later[1:]]) * NG_PER_ML / volume

    return lambda: np.array([one(who) for who in range(PEERS)])


def _sbml() -> str:
    """Three compartments as SBML: amounts by rate rules, so that nothing but the solver is measured."""
    flows = {
        "A1": "rate - (k10 + k12 + k13) * A1 + k21 * A2 + k31 * A3",
        "A2": "k12 * A1 - k21 * A2",
        "A3": "k13 * A1 - k31 * A3",
    }
    constants = "".join(f'<parameter id="{name}" value="0" constant="false"/>' for name in ("k10", "k12", "k21", "k13", "k31", "rate", *flows))
    rules = "".join(f'<rateRule variable="{name}">{_math(flow)}</rateRule>' for name, flow in flows.items())
    head = '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"><model id="three">'
    return f"{head}<listOfParameters>{constants}</listOfParameters><listOfRules>{rules}</listOfRules></model></sbml>"


def _math(text: str) -> str:
    import ast

    return f'<math xmlns="http://www.w3.org/1998/Math/MathML">{_node(ast.parse(text, mode="eval").body)}</math>'


def _node(node: Any) -> str:
    signs = {"Add": "plus", "Sub": "minus", "Mult": "times"}
    if hasattr(node, "id"):
        return f"<ci>{node.id}</ci>"
    return f"<apply><{signs[type(node.op).__name__]}/>{_node(node.left)}{_node(node.right)}</apply>"


SBML = _sbml()

if __name__ == "__main__":
    main()
