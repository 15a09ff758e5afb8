"""A model as exact modes: what each compartment pair decays by, and how everything downstream is fed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kairn.pharmacology.arrays import Floats
from kairn.pharmacology.chain import chain
from kairn.pharmacology.subjects import Subjects

TRANSITS = 2
NG_PER_ML = 1000.0
PLASMA, METABOLITE, AREA = "plasma", "norketamine", "area"


@dataclass(frozen=True)
class Edge:
    """One state feeds a later one with a weight for each subject."""

    source: int
    target: int
    weight: Floats


@dataclass(frozen=True)
class System:
    """States that each decay by a rate of their own and feed only later ones; state 0 is the rate of delivery, which does not decay.

    `rates` is (subjects, states) in 1/min; `entry` (subjects, states) is where one mg given at once lands; `rows` name what is read off the
    states: concentrations in mg/L, the area in mg/L times min; `amounts` the milligrams in each compartment, (subjects, states) each.
    """

    rates: Floats
    edges: tuple[Edge, ...]
    entry: Floats
    rows: Mapping[str, Floats]
    amounts: Mapping[str, Floats]

    @cached_property
    def paths(self) -> tuple[tuple[tuple[int, ...], Floats], ...]:
        """Every way from one state to a later one, with the product of its weights."""
        return tuple(path for start in range(self.rates.shape[1]) for path in self._from((start,), np.ones(len(self.rates))))

    def _from(self, way: tuple[int, ...], weight: Floats) -> Iterator[tuple[tuple[int, ...], Floats]]:
        yield way, weight
        for edge in self.edges:
            if edge.source == way[-1]:
                yield from self._from((*way, edge.target), weight * edge.weight)

    def propagator(self, minutes: Floats) -> Floats:
        """What each state becomes after each of these times: (times, subjects, states, states), exact. Minutes are at least 0."""
        subjects, states = self.rates.shape
        found = np.zeros((len(minutes), subjects, states, states))
        for length in sorted({len(way) for way, _ in self.paths}):
            ways = [(way, weight) for way, weight in self.paths if len(way) == length]
            rates = np.stack([np.stack([self.rates[:, way[step]] for way, _ in ways]) for step in range(length)])
            passed = chain(rates[:, None], np.asarray(minutes)[:, None, None])
            for each, (way, weight) in enumerate(ways):
                found[:, :, way[-1], way[0]] += passed[:, each] * weight
        return found


def system_of(subjects: Subjects, sites: Mapping[str, Floats] | None = None, *, metabolite: bool = False, area: bool = False) -> System:
    """The system of a model: plasma, effect sites by name and ke0 (1/min, one for all or one for each subject), norketamine, area under the curve."""
    build = _Build(subjects)
    build.parent()
    for name, ke0 in (sites or {}).items():
        build.site(name, np.broadcast_to(np.asarray(ke0, dtype=np.float64), (subjects.count,)))
    if area:
        build.after_plasma(AREA, np.zeros(subjects.count), np.ones(subjects.count))
    if metabolite and subjects.model.metabolite:
        build.metabolite(subjects.model.metabolite.formed_by)
    return build.done()


class _Build:
    """Collects states, edges and rows; a row or an amount is kept as weights by state until all states are known."""

    def __init__(self, subjects: Subjects) -> None:
        self.of, self.count = subjects.values, subjects.count
        self.rates: list[Floats] = [np.zeros(self.count)]
        self.edges: list[Edge] = []
        self.entry: dict[int, Floats] = {}
        self.rows: dict[str, dict[int, Floats]] = {}
        self.amounts: dict[str, dict[int, Floats]] = {}

    def state(self, rate: Floats, fed_by: Mapping[int, Floats]) -> int:
        self.rates.append(rate)
        self.edges += [Edge(source, len(self.rates) - 1, weight) for source, weight in fed_by.items()]
        return len(self.rates) - 1

    def parent(self) -> None:
        liver = "Vh" in self.of
        peripheral = [name for name in ("2", "3") if f"V{name}" in self.of] + (["h"] if liver else [])
        volumes = np.stack([self.of["V1"], *(self.of[f"V{name}"] for name in peripheral)], axis=1)
        exchange = np.stack([self.of[f"Q{name}"] for name in peripheral], axis=1) if peripheral else np.zeros((self.count, 0))
        leaving = np.zeros_like(volumes)
        leaving[:, -1 if liver else 0] = (self.of["kel"] + self.of["kmet"]) * self.of["Vh"] if liver else self.of["CL"]
        self.modes("A", volumes, exchange, leaving, {0: np.ones(self.count)})
        self.entry = {edge.target: edge.weight for edge in self.edges}
        self.rows[PLASMA] = {state: weight / self.of["V1"] for state, weight in self.amounts["A1"].items()}

    def modes(self, letter: str, volumes: Floats, exchange: Floats, leaving: Floats, fed_by: Mapping[int, Floats]) -> None:
        """Compartments exchanging with the first: as modes that decay independently, fed in the first compartment."""
        conductance = np.zeros((self.count, volumes.shape[1], volumes.shape[1]))
        inside = np.arange(volumes.shape[1])
        conductance[:, inside, inside] = leaving
        conductance[:, inside[1:], inside[1:]] += exchange
        conductance[:, 0, 0] += exchange.sum(axis=1)
        conductance[:, 0, 1:] = conductance[:, 1:, 0] = -exchange
        root = np.sqrt(volumes)
        rates, shapes = np.linalg.eigh(conductance / (root[:, :, None] * root[:, None, :]))
        states = [
            self.state(rates[:, mode], {source: weight * shapes[:, 0, mode] / root[:, 0] for source, weight in fed_by.items()}) for mode in range(len(inside))
        ]
        for place in inside:
            self.amounts[f"{letter}{place + 1}"] = {state: root[:, place] * shapes[:, place, mode] for mode, state in enumerate(states)}

    def after_plasma(self, name: str, rate: Floats, gain: Floats) -> None:
        state = self.state(rate, {source: weight * gain for source, weight in self.rows[PLASMA].items()})
        self.rows[name] = {state: np.ones(self.count)}

    def site(self, name: str, ke0: Floats) -> None:
        self.after_plasma(name, ke0, ke0)

    def metabolite(self, formed_by: str) -> None:
        """Norketamine: what leaves the parent by one way, behind the transits where the model has them, into two compartments."""
        flow = self.rows[PLASMA] if formed_by == "CL" else self.amounts[self._last("A")]
        made = {state: weight * self.of[formed_by] for state, weight in flow.items()}
        share = self.of["NF"] * self.of["NMASS"]
        if "NMTT" in self.of:
            made = self._transits(made)
        fed_by = {state: weight * share for state, weight in made.items()}
        volumes = np.stack([self.of["NV1"], self.of["NV2"]], axis=1)
        leaving = np.stack([self.of["NCL"], np.zeros(self.count)], axis=1)
        self.modes("N", volumes, self.of["NQ2"][:, None], leaving, fed_by)
        self.rows[METABOLITE] = {state: weight / self.of["NV1"] for state, weight in self.amounts["N1"].items()}

    def _transits(self, fed_by: Mapping[int, Floats]) -> dict[int, Floats]:
        rate = TRANSITS / self.of["NMTT"]
        for number in range(TRANSITS):
            state = self.state(rate, fed_by)
            self.amounts[f"T{number + 1}"] = {state: np.ones(self.count)}
            fed_by = {state: rate}
        return dict(fed_by)

    def _last(self, letter: str) -> str:
        return max(name for name in self.amounts if name.startswith(letter))

    def done(self) -> System:
        rows = {name: self._dense(weights) for name, weights in self.rows.items()}
        amounts = {name: self._dense(weights) for name, weights in self.amounts.items()}
        return System(np.stack(self.rates, axis=1), tuple(self.edges), self._dense(self.entry), rows, amounts)

    def _dense(self, weights: Mapping[int, Floats]) -> Floats:
        found = np.zeros((self.count, len(self.rates)))
        for state, weight in weights.items():
            found[:, state] = weight
        return found
