"""Ideal and adjusted weight against arithmetic of their own, at the ends of the formula, and a file that is read strictly."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal, localcontext

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kairn.library.reader import LIBRARY, read_yaml_text
from kairn.library.sources import SOURCES
from kairn.library.weight_basis import BASES, WEIGHT_FORMULAS, read_weight_formulas
from kairn.terms.problem import Unreadable
from kairn.terms.quantity import Quantity, parse_quantity

TENTH = Decimal("0.1")
heights = st.decimals("152.4", "230", places=1)
weights = st.decimals("25", "350", places=2)
sexes = st.sampled_from(["female", "male"])


def oracle(basis: str, sex: str, cm: Decimal, kg: Decimal) -> Decimal:
    """The dose weight in kg, by decimals wide enough that the division by 2.54 cannot touch a tenth."""
    with localcontext() as wide:
        wide.prec = 60
        ideal = (Decimal(50) if sex == "male" else Decimal("45.5")) + Decimal("2.3") * (cm / Decimal("2.54") - Decimal(60))
        meant = {"actual": kg, "ideal": ideal, "adjusted": ideal + Decimal("0.4") * (kg - ideal)}[basis]
        return kg if kg <= ideal or basis == "actual" else (meant / TENTH).to_integral_value(ROUND_FLOOR) * TENTH


def dose_weight(basis: str, sex: str, height: str, weight: str) -> str:
    ideal = WEIGHT_FORMULAS.ideal(sex, parse_quantity(height))
    assert ideal is not None
    return WEIGHT_FORMULAS.dose_weight(basis, parse_quantity(weight), ideal).text


@given(basis=st.sampled_from(BASES), sex=sexes, cm=heights, kg=weights)
@example(basis="ideal", sex="male", cm=Decimal("152.4"), kg=Decimal(50))
@example(basis="adjusted", sex="female", cm=Decimal("152.4"), kg=Decimal("45.6"))
@example(basis="ideal", sex="female", cm=Decimal(170), kg=Decimal(130))
def test_the_dose_weight_agrees_with_decimal_arithmetic(basis: str, sex: str, cm: Decimal, kg: Decimal) -> None:
    ideal = WEIGHT_FORMULAS.ideal(sex, Quantity(cm, "cm"))
    assert ideal is not None
    assert WEIGHT_FORMULAS.dose_weight(basis, Quantity(kg, "kg"), ideal).value == oracle(basis, sex, cm, kg)


@given(sex=sexes, cm=heights, kg=weights)
def test_ideal_is_never_above_adjusted_and_neither_above_the_measured_weight(sex: str, cm: Decimal, kg: Decimal) -> None:
    ideal = WEIGHT_FORMULAS.ideal(sex, Quantity(cm, "cm"))
    assert ideal is not None
    by = {basis: WEIGHT_FORMULAS.dose_weight(basis, Quantity(kg, "kg"), ideal).to("kg") for basis in BASES}
    assert 0 < by["ideal"] <= by["adjusted"] <= by["actual"] == Quantity(kg, "kg").to("kg")


@pytest.mark.parametrize(
    ("basis", "sex", "height", "weight", "said"),
    [
        ("ideal", "female", "170 cm", "130 kg", "61.4 kg"),
        ("adjusted", "female", "170 cm", "130 kg", "88.8 kg"),
        ("actual", "female", "170 cm", "130 kg", "130 kg"),
        ("ideal", "male", "70 [in_i]", "286.6 [lb_av]", "73 kg"),
        ("ideal", "male", "60 [in_i]", "50.01 kg", "50 kg"),
        ("ideal", "male", "152.4 cm", "50 kg", "50 kg"),
        ("adjusted", "male", "152.4 cm", "50 kg", "50 kg"),
        ("adjusted", "female", "152.4 cm", "55.5 kg", "49.5 kg"),
        ("ideal", "male", "190 cm", "60.37 kg", "60.37 kg"),
        ("adjusted", "male", "190 cm", "132 [lb_av]", "132 [lb_av]"),
    ],
)
def test_worked_by_hand(basis: str, sex: str, height: str, weight: str, said: str) -> None:
    """At 170 cm a woman's ideal weight is 45.5 + 2.3 x (170 / 2.54 - 60) = 61.437 kg; a light person's dose is made from what was measured."""
    assert dose_weight(basis, sex, height, weight) == said


@pytest.mark.parametrize(("sex", "height"), [("other", "170 cm"), ("unknown", "170 cm"), ("", "170 cm"), ("male", "152.3 cm"), ("female", "59.99 [in_i]")])
def test_outside_the_formula_there_is_no_ideal_weight(sex: str, height: str) -> None:
    assert WEIGHT_FORMULAS.ideal(sex, parse_quantity(height)) is None


def test_a_height_that_is_no_length_is_refused() -> None:
    with pytest.raises(Unreadable):
        WEIGHT_FORMULAS.ideal("male", parse_quantity("170 kg"))


def test_the_formula_is_cited_as_recalled_and_for_the_director_to_sign() -> None:
    source = SOURCES["weights-recalled"]
    assert (source.kind, source.confidence, source.owner) == ("local judgement", "recalled", "medical director")
    assert "weights-recalled" in (LIBRARY / "weight_basis.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("weights-recalled", "somebody"),
        ("local-rules", "somebody"),
        ('"45.5 kg"', '"45.5 cm"'),
        ('"45.5 kg"', '"0 kg"'),
        ('"2.3 kg/[in_i]"', '"2.3 kg"'),
        ('"40 %"', '"0.4"'),
        ('"40 %"', '"100 %"'),
        ('"60 [in_i]"', '"60"'),
        ('"365 d"', '"a year"'),
        ("female:", "women:"),
        ('  within: "365 d"', ""),
    ],
)
def test_a_fault_is_refused(old: str, new: str) -> None:
    text = (LIBRARY / "weight_basis.yaml").read_text(encoding="utf-8")
    assert old in text
    read_weight_formulas(read_yaml_text(text, "weight_basis.yaml"))
    with pytest.raises(Unreadable):
        read_weight_formulas(read_yaml_text(text.replace(old, new), "weight_basis.yaml"))
