"""A second, plain way to the same concentrations: the matrix of the compartments themselves and its exponential."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from scipy.linalg import expm

from kairn.pharmacology.delivery import Delivery
from kairn.pharmacology.subjects import Subjects


def one(subjects: Subjects, who: int = 0) -> dict[str, float]:
    """One subject's parameters."""
    return {name: float(values[who]) for name, values in subjects.values.items()}


def matrix(of: dict[str, float], formed_by: str, ke0: float) -> tuple[Any, dict[str, tuple[int, float]]]:
    """The generator of amounts (1/min) and, by output, the state to read with the volume to divide by. State 0 is the central compartment."""
    names = ["V1", *(name for name in ("V2", "V3", "Vh") if name in of)]
    size = len(names) + (4 if "NV1" in of else 0) + 1
    flow = np.zeros((size, size))

    def moves(source: int, target: int | None, rate: float) -> None:
        flow[source, source] -= rate
        if target is not None:
            flow[target, source] += rate

    for place, name in enumerate(names[1:], start=1):
        exchange = of[f"Q{name[1]}"]
        moves(0, place, exchange / of["V1"])
        moves(place, 0, exchange / of[name])
    liver = names.index("Vh") if "Vh" in names else None
    if liver is None:
        moves(0, None, of["CL"] / of["V1"])
    else:
        moves(liver, None, of["kel"] + of["kmet"])
    read = {"plasma": (0, of["V1"]), "effect_site": (size - 1, 1.0)}
    flow[size - 1, 0], flow[size - 1, size - 1] = ke0 / of["V1"], -ke0
    if "NV1" in of:
        norketamine(of, flow, len(names), (0, of["CL"] / of["V1"]) if formed_by == "CL" else (liver or 0, of["kmet"]))
        read["norketamine"] = (len(names) + 2, of["NV1"])
    return flow, read


def norketamine(of: dict[str, float], flow: Any, first: int, made: tuple[int, float]) -> None:
    """Two transits (left out where the model has none) and two compartments after them."""
    source, rate = made
    share = of["NF"] * of["NMASS"]
    if "NMTT" in of:
        through = 2 / of["NMTT"]
        flow[first, source] += rate
        flow[first, first] -= through
        flow[first + 1, first] += through
        flow[first + 1, first + 1] -= through
        source, rate = first + 1, through
    flow[first + 2, source] += share * rate
    flow[first + 2, first + 2] -= (of["NCL"] + of["NQ2"]) / of["NV1"]
    flow[first + 3, first + 2] += of["NQ2"] / of["NV1"]
    flow[first + 2, first + 3] += of["NQ2"] / of["NV2"]
    flow[first + 3, first + 3] -= of["NQ2"] / of["NV2"]


def by_exponential(of: dict[str, float], formed_by: str, ke0: float, delivery: Delivery, minutes: list[float]) -> dict[str, list[float]]:
    """Concentrations in ng/mL by output at ascending minutes, the state carried from change to change by scipy's matrix exponential."""
    flow, read = matrix(of, formed_by, ke0)
    size = len(flow)
    with_input = np.zeros((size + 1, size + 1))
    with_input[:size, :size] = flow
    found: dict[str, list[float]] = {name: [] for name in read}
    for minute in minutes:
        state = carried(with_input, delivery, minute)
        for name, (place, volume) in read.items():
            found[name].append(1000 * state[place] / volume)
    return found


def carried(with_input: Any, delivery: Delivery, minute: float) -> Any:
    """All amounts at one minute, from the beginning."""
    size = len(with_input) - 1
    state = np.zeros(size)
    steps = [step for step in delivery.steps() if step[0] <= Fraction(minute)]
    for place, (at, mg, rate) in enumerate(steps):
        state[0] += float(mg)
        end = float(steps[place + 1][0]) if place + 1 < len(steps) else minute
        with_input[0, size] = float(rate)
        state = (expm(with_input * (end - float(at))) @ np.append(state, 1.0))[:size]
    return state
