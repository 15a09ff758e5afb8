"""Drug models, responses and how predictions are drawn are read strictly: a fault names its file, its line and the mend."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from kairn.library.models import MODELS, model_of, read_model
from kairn.library.predictions import PREDICTIONS, read_predictions
from kairn.library.reader import LIBRARY, Node, read_yaml_text
from kairn.library.responses import RESPONSES, read_response
from kairn.library.sources import SOURCES
from kairn.terms.problem import Unreadable
from kairn.terms.quantity import parse_quantity

KAMP, OTTO, DOMINO = "models/ketamine.kamp2020.yaml", "models/esketamine.otto2021.yaml", "models/ketamine.domino1982.yaml"
OLOFSEN, CIRCULATION, DRAWN = "responses/ketamine.olofsen2022.yaml", "responses/ketamine.kairn2026.yaml", "predictions.yaml"


def test_what_ships_is_whole() -> None:
    assert set(MODELS) == {"ketamine.kamp2020", "ketamine.domino1982", "ketamine.clements1981", "ketamine.hijazi2003",
                           "esketamine.simons2022", "esketamine.otto2021", "esketamine.perezruixo2021"}  # fmt: skip
    assert PREDICTIONS.model == "ketamine.kamp2020" and set(PREDICTIONS.responses) == set(RESPONSES)
    assert all(model.domain.people for model in MODELS.values())


def test_every_block_says_how_it_is_known() -> None:
    blocks = [block for found in (MODELS, RESPONSES) for one in found.values() for block in one.blocks.values()]
    assert all(block.rationale and block.locator and block.source in SOURCES for block in blocks)
    assert {block.status for block in blocks} == {"established", "assumption", "exploratory"}


def test_nothing_chosen_by_kairn_is_called_established() -> None:
    for found in (MODELS, RESPONSES):
        for one in found.values():
            assert not [block for block in one.blocks.values() if SOURCES[block.source].kind == "local judgement" and block.status == "established"]
    assert MODELS["ketamine.kamp2020"].blocks["uncertainty"].status == "assumption"
    assert all(block.status == "assumption" for block in RESPONSES["ketamine.kairn2026"].blocks.values())


def test_a_weight_is_inside_outside_or_not_established() -> None:
    domain = MODELS["ketamine.kamp2020"].domain
    assert [domain.holds_weight(parse_quantity(text)) for text in ("50 kg", "120 kg", "49.9 kg", "120.1 kg", "110 [lb_av]")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert MODELS["ketamine.domino1982"].domain.holds_weight(parse_quantity("70 kg")) is None


@pytest.mark.parametrize(
    ("file", "read", "old", "new", "says"),
    [
        (KAMP, read_model, "drug: ketamine", "drug: propofol", "Begin the name with the drug"),
        (KAMP, read_model, "site: arterial", "site: capillary", "one of arterial, venous, not established"),
        (KAMP, read_model, 'V1: "25 L"', 'V1: "25 L/h"', "a unit such as L"),
        (KAMP, read_model, 'V1: "25 L"', 'V1: "0 L"', "more than nothing"),
        (KAMP, read_model, 'V1: "25 L"', 'V1: "2.5e1 L"', "a number, a space and a unit"),
        (KAMP, read_model, 'V1: "25 L", ', "", "Complete one of these forms"),
        (KAMP, read_model, 'V1: "25 L"', 'X1: "25 L"', "a volume V, a clearance"),
        (KAMP, read_model, "status: established", "status: certain", "one of established, assumption, exploratory"),
        (KAMP, read_model, "source: [kamp2020, ", "source: [somebody, ", "a key of library/sources.yaml"),
        (KAMP, read_model, "source: [kamp2020, ", "source: [local-models, ", "call the block an assumption"),
        (KAMP, read_model, "  from: CL\n", "  from: kmet\n", "one of CL"),
        (KAMP, read_model, '["50 kg", "120 kg"]', '["120 kg", "50 kg"]', "the smaller weight first"),
        (KAMP, read_model, '[[CL, V1, "0.4"]]', '[[CL, V1, "1"]]', "between -1 and 1"),
        (KAMP, read_model, '[[CL, V1, "0.4"]]', '[[CL, NV1, "0.4"]]', "two of CL"),
        (KAMP, read_model, "  late:", "  later:", "Remove it or correct its spelling"),
        (KAMP, read_model, '  settles: "10 min"', '  settles: "10 mg"', "in min"),
        (OTTO, read_model, 'CL: "16.12 %"', 'CL: "-1 %"', "at least nothing"),
        (DOMINO, read_model, "k31:", "k32:", "Complete one of these forms"),
        (DOMINO, read_model, 'k10: "0.4381 1/min"', 'k10: "0.4381 L/min"', "a unit such as 1/min"),
        (OLOFSEN, read_response, "steepness: \"1.6\"", "steepness: \"0\"", "more than nothing"),
        (OLOFSEN, read_response, 'ketamine: "242 ng/mL"', 'ketamine: "242 mg"', "in ng/mL"),
        (CIRCULATION, read_response, 'top: "30"', 'top: "0"', "more than nothing"),
        (CIRCULATION, read_response, 'spread: "8"', 'sprawl: "8"', "Remove it or correct its spelling"),
        (DRAWN, read_predictions, "model: ketamine.kamp2020", "model: ketamine.nobody1900", "one of"),
        (DRAWN, read_predictions, "strength_counts: base", "strength_counts: salt", "one of"),
        (DRAWN, read_predictions, 'band: "90 %"', 'band: "100 %"', "less than 100 %"),
        (DRAWN, read_predictions, 'venous_after: "20 min"', 'venous_after: "0 min"', "more than nothing"),
    ],
)  # fmt: skip
def test_a_fault_is_refused(file: str, read: Callable[[Node], object], old: str, new: str, says: str) -> None:
    text = (LIBRARY / file).read_text(encoding="utf-8")
    assert old in text
    read(read_yaml_text(text, file))
    with pytest.raises(Unreadable) as caught:
        read(read_yaml_text(text.replace(old, new, 1), file))
    assert f"{file}, line " in str(caught.value) and says in str(caught.value)


def test_an_unknown_model_is_named_with_those_there_are() -> None:
    with pytest.raises(Unreadable, match="ketamine.kamp2020"):
        model_of("ketamine.nobody1900")


def test_a_ceiling_is_higher_in_some_people_by_a_factor_that_is_an_assumption() -> None:
    raised = RESPONSES["ketamine.kairn2026"].raised
    assert raised is not None and raised.factor == Fraction("1.3") and RESPONSES["ketamine.olofsen2022"].raised is None
    assert RESPONSES["ketamine.kairn2026"].blocks["raised"].status == "assumption"
