"""How people respond to a concentration: effect sites, half effects and ceilings as files, each block with how it is known."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from kairn.library.grounds import GROUNDS, Grounds, read_grounds
from kairn.library.model_numbers import read_positive, read_share
from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.terms.quantity import Quantity

RESPONSE_FOLDER = "responses"


@dataclass(frozen=True)
class Effect:
    """One effect: its ceiling, how far the ceiling varies between people (log), and how far a reading spreads about it."""

    name: str
    label: str
    top: Fraction
    log_sd: Fraction
    spread: Fraction
    grounds: Grounds


@dataclass(frozen=True)
class Raised:
    """By what factor the ceiling is higher in some people, and in whom."""

    factor: Fraction
    people: str


@dataclass(frozen=True)
class Response:
    """Effects that share an effect site and a half effect; `half_effect` is by drug."""

    name: str
    label: str
    half_life: Quantity
    half_effect: dict[str, Quantity]
    half_effect_log_sd: Fraction
    steepness: Fraction
    effects: dict[str, Effect]
    raised: Raised | None
    blocks: dict[str, Grounds]


def read_response(root: Node) -> Response:
    """One file as values. Raises Unreadable with the line of the fault."""
    parts = root.fields(("response", "label", "delay", "half_effect", "shape", "effects"), ("raised",))
    delay = parts["delay"].fields((*GROUNDS, "half_life"))
    half = parts["half_effect"].fields((*GROUNDS, "concentration", "log_sd"))
    shape = parts["shape"].fields((*GROUNDS, "steepness"))
    effects = [_effect(entry) for entry in parts["effects"].items()]
    steepness = read_share(shape["steepness"])
    if steepness <= 0:
        raise shape["steepness"].fault("a steepness of nothing", "more than nothing", "Correct the number.")
    blocks = {"delay": read_grounds(delay), "half_effect": read_grounds(half), "shape": read_grounds(shape)}
    raised = parts["raised"].fields((*GROUNDS, "factor", "people")) if "raised" in parts else {}
    blocks |= {"raised": read_grounds(raised)} if raised else {}
    return Response(
        name=parts["response"].text(),
        label=parts["label"].text(),
        half_life=read_positive(delay["half_life"], "min"),
        half_effect={drug: read_positive(value, "ng/mL") for drug, value in half["concentration"].mapping().items()},
        half_effect_log_sd=read_share(half["log_sd"], "%"),
        steepness=steepness,
        effects={effect.name: effect for effect in effects},
        raised=Raised(read_share(raised["factor"]), raised["people"].text()) if raised else None,
        blocks=blocks | {effect.name: effect.grounds for effect in effects},
    )


def _effect(node: Node) -> Effect:
    fields = node.fields((*GROUNDS, "effect", "label", "top", "spread", "log_sd"))
    top, spread = read_share(fields["top"]), read_share(fields["spread"])
    if not (top and spread):
        raise node.fault("a ceiling or a spread of nothing", "more than nothing", "Correct the number.")
    return Effect(fields["effect"].text(), fields["label"].text(), top, read_share(fields["log_sd"], "%"), spread, read_grounds(fields))


def read_responses(folder: Path) -> dict[str, Response]:
    """Every response of a folder by its name, which is also the name of its file. Raises Unreadable."""
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        root = read_yaml(path)
        response = read_response(root)
        if response.name != path.stem:
            raise root.fault(f"the response {response.name} in {path.name}", "the name of its file", "Rename one of them.")
        found[response.name] = response
    return found


RESPONSES: dict[str, Response] = read_responses(LIBRARY / RESPONSE_FOLDER)
