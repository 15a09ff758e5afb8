"""The drug models: published parameters as files, with the people they hold for and how each block of numbers is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from kairn.library.grounds import GROUNDS, Grounds, read_grounds
from kairn.library.model_numbers import among, read_correlations, read_parameters, read_positive, read_share
from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.terms.problem import unreadable
from kairn.terms.quantity import Quantity

MODEL_FOLDER = "models"
SITES = ("arterial", "venous", "not established")
CLEARANCES = (("V1", "CL"), ("V2", "Q2"), ("V3", "Q3"))
RATES = (("V1", "k10"), ("k12", "k21"), ("k13", "k31"))
LIVER = ("V1", "V2", "Q2", "V3", "Q3", "Vh", "Qh", "kel", "kmet")
METABOLITE = ("NV1", "NV2", "NCL", "NQ2", "NF", "NMASS")
TRANSIT = "NMTT"


@dataclass(frozen=True)
class Block:
    """Parameters by name with the weight they are stated for and the power of weight each grows with; on what they rest."""

    values: dict[str, Quantity]
    reference_weight: Quantity
    exponents: dict[str, Fraction]
    grounds: Grounds


@dataclass(frozen=True)
class Metabolite:
    """What the drug becomes, and from which of the parent's ways out: CL, or kmet out of the liver."""

    name: str
    formed_by: str
    block: Block


@dataclass(frozen=True)
class Variability:
    """Standard deviations of the logarithm between people, their correlations, and the residual error of a measured level."""

    log_sd: dict[str, Fraction]
    correlations: tuple[tuple[str, str, Fraction], ...]
    residual: dict[str, Fraction]
    grounds: Grounds


@dataclass(frozen=True)
class Uncertainty:
    """How far published models lie apart, as a standard deviation of the logarithm: early, and once `settles` has passed after the latest delivery."""

    early: Fraction
    late: Fraction
    settles: Quantity
    grounds: Grounds


@dataclass(frozen=True)
class Domain:
    """For whom a model holds; `weight` None: no range of weights is established here."""

    people: str
    weight: tuple[Quantity, Quantity] | None
    note: str

    def holds_weight(self, weight: Quantity) -> bool | None:
        """Whether a weight lies inside what was studied; None where that is not established."""
        if self.weight is None:
            return None
        return self.weight[0].to("kg") <= weight.to("kg") <= self.weight[1].to("kg")


@dataclass(frozen=True)
class DrugModel:
    """One model of a drug in people; without `variability` no band can be drawn from it."""

    name: str
    drug: str
    label: str
    site: str
    domain: Domain
    parent: Block
    metabolite: Metabolite | None = None
    variability: Variability | None = None
    uncertainty: Uncertainty | None = None
    blocks: dict[str, Grounds] = field(default_factory=dict)


def read_model(root: Node) -> DrugModel:
    """One file as values. Raises Unreadable with the line of the fault."""
    parts = root.fields(("model", "drug", "label", "site", "domain", "parent"), ("metabolite", "variability", "uncertainty"))
    name, drug = parts["model"].text(), parts["drug"].text()
    if name.partition(".")[0] != drug:
        raise parts["model"].fault(f"the name {name!r} for {drug}", "<drug>.<first author><year>", "Begin the name with the drug.")
    parent = _block(parts["parent"], _PARENT_FORMS)
    metabolite = _metabolite(parts["metabolite"], parent) if "metabolite" in parts else None
    known = {**parent.values, **(metabolite.block.values if metabolite else {})}
    variability = _variability(parts["variability"], tuple(known)) if "variability" in parts else None
    uncertainty = _uncertainty(parts["uncertainty"]) if "uncertainty" in parts else None
    found = {"parent": parent, "metabolite": metabolite and metabolite.block, "variability": variability, "uncertainty": uncertainty}
    blocks = {part: one.grounds for part, one in found.items() if one}
    site = among(parts["site"], SITES)
    return DrugModel(name, drug, parts["label"].text(), site, _domain(parts["domain"]), parent, metabolite, variability, uncertainty, blocks)


def _domain(node: Node) -> Domain:
    fields = node.fields(("people",), ("weight", "note"))
    weight = None
    if "weight" in fields:
        low, high = (read_positive(item, "kg") for item in fields["weight"].items())
        if low.to("kg") >= high.to("kg"):
            raise fields["weight"].fault(f"from {low} to {high}", "the smaller weight first", "Exchange the two.")
        weight = (low, high)
    return Domain(fields["people"].text(), weight, fields["note"].text() if "note" in fields else "")


_PARENT_FORMS = (
    *({name for pair in CLEARANCES[:count] for name in pair} for count in (1, 2, 3)),
    *({name for pair in RATES[:count] for name in pair} for count in (2, 3)),
    set(LIVER),
)
_METABOLITE_FORMS = (set(METABOLITE), {*METABOLITE, TRANSIT})


def _block(node: Node, forms: tuple[set[str], ...], *more: str) -> Block:
    fields = node.fields((*GROUNDS, *more, "reference_weight", "parameters"), ("weight_exponents",))
    values = read_parameters(fields["parameters"])
    if set(values) not in forms:
        shown = "; or ".join(" ".join(sorted(form)) for form in forms)
        raise fields["parameters"].fault(f"the parameters {' '.join(values)}", shown, "Complete one of these forms.")
    powers = fields["weight_exponents"].fields((), tuple(values)) if "weight_exponents" in fields else {}
    exponents = {name: read_share(power) for name, power in powers.items()}
    exponents |= {name: Fraction(1) for name, value in values.items() if value.unit.endswith("/kg")}
    return Block(values, read_positive(fields["reference_weight"], "kg"), exponents, read_grounds(fields))


def _metabolite(node: Node, parent: Block) -> Metabolite:
    block = _block(node, _METABOLITE_FORMS, "name", "from")
    fields = node.mapping()
    ways = tuple(name for name in ("CL", "kmet") if name in parent.values)
    return Metabolite(fields["name"].text(), among(fields["from"], ways), block)


def _variability(node: Node, known: tuple[str, ...]) -> Variability:
    fields = node.fields((*GROUNDS, "log_sd", "residual"), ("correlations",))
    log_sd = {name: read_share(value, "%") for name, value in fields["log_sd"].fields((), known).items()}
    residual = {name: read_share(value, "%") for name, value in fields["residual"].fields(("plasma",), ("norketamine",)).items()}
    pairs = read_correlations(fields["correlations"], tuple(log_sd)) if "correlations" in fields else ()
    return Variability(log_sd, pairs, residual, read_grounds(fields))


def _uncertainty(node: Node) -> Uncertainty:
    fields = node.fields((*GROUNDS, "early", "late", "settles"))
    early, late = (read_share(fields[name], "%") for name in ("early", "late"))
    return Uncertainty(early, late, read_positive(fields["settles"], "min"), read_grounds(fields))


def read_models(folder: Path) -> dict[str, DrugModel]:
    """Every model of a folder by its name, which is also the name of its file. Raises Unreadable."""
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        root = read_yaml(path)
        model = read_model(root)
        if model.name != path.stem:
            raise root.fault(f"the model {model.name} in {path.name}", "the name of its file", "Rename one of them.")
        found[model.name] = model
    return found


MODELS: dict[str, DrugModel] = read_models(LIBRARY / MODEL_FOLDER)


def model_of(name: str, where: str = "") -> DrugModel:
    """The model with that name. Raises Unreadable."""
    if name not in MODELS:
        raise unreadable(f"the model {name!r}", f"one of {', '.join(MODELS)}", "Choose one.", where)
    return MODELS[name]
