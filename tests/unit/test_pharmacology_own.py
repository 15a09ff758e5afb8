"""What a person's own samples and readings may move, which are refused, and that the way back is found."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from kairn.library.models import MODELS
from kairn.library.responses import RESPONSES
from kairn.pharmacology.chance import Draw
from kairn.pharmacology.delivery import bolus, infusion, pump
from kairn.pharmacology.effects import effect_at, half_effect_of, ke0_of
from kairn.pharmacology.own_level import OwnLevel, Sample, own_band, own_level, own_subject, usable
from kairn.pharmacology.own_response import own_dissociation, own_pressure
from kairn.pharmacology.prediction import predict, predict_bands, predict_typical
from kairn.pharmacology.subjects import deviating
from kairn.terms.problem import Unreadable
from kairn.terms.quantity import parse_quantity

WEIGHT, KAMP = parse_quantity("70 kg"), MODELS["ketamine.kamp2020"]
USUAL = infusion(Fraction(35), Fraction(40))
CIRCULATION, PERCEPTION = RESPONSES["ketamine.kairn2026"], RESPONSES["ketamine.olofsen2022"]


def sample(minute: int | str, level: float = 140.0, site: str = "arterial", least: float = 5.0) -> Sample:
    return Sample(Fraction(minute), level, site, least)


def level(*samples: Sample) -> OwnLevel:
    found = own_level(KAMP, WEIGHT, USUAL, samples)
    assert isinstance(found, OwnLevel)
    return found


@pytest.mark.parametrize("minute", [1, 20, 39, 40, 59, "59.9"])
def test_a_venous_sample_too_soon_is_refused_with_the_reason(minute: int | str) -> None:
    why = usable(sample(minute, site="venous"), USUAL)
    assert why is not None and "20 min" in why.reason
    assert not isinstance(own_level(KAMP, WEIGHT, USUAL, (sample(minute, site="venous"),)), OwnLevel)


@pytest.mark.parametrize("minute", [60, 61, 240])
def test_a_venous_sample_late_enough_counts(minute: int) -> None:
    assert usable(sample(minute, site="venous"), USUAL) is None


def test_an_arterial_sample_counts_at_any_time() -> None:
    assert all(usable(sample(minute), USUAL) is None for minute in (10, 40, 45, 300))


def test_the_wait_begins_anew_with_every_delivery() -> None:
    again = USUAL + bolus(Fraction(5), Fraction(100))
    assert [usable(sample(minute, site="venous"), again) is None for minute in (90, 100, 119, 120)] == [True, False, False, True]
    running = pump([(Fraction(0), Fraction(1, 2))])
    assert usable(sample(5000, site="venous"), running) is not None


def test_a_sample_before_any_dose_or_below_the_assay_is_refused() -> None:
    later = infusion(Fraction(35), Fraction(40), Fraction(100))
    early, faint = usable(sample(50), later), usable(sample(60, level=3.0), USUAL)
    assert early is not None and "Nothing had been given" in early.reason
    assert faint is not None and "assay" in faint.reason


def test_one_level_narrows_little() -> None:
    """140 ng/mL at 60 minutes, where 96 are typical: computed elsewhere as -0.21 with 0.19 left of 0.25."""
    found = level(sample(60)).posterior
    assert found.names == ("CL", "V1", "V3")
    assert found.mean[0] == pytest.approx(-0.21, abs=0.01) and found.sd[0] == pytest.approx(0.19, abs=0.015)
    assert (found.sd <= found.prior_sd * 1.02).all() and not level(sample(60)).words


def test_a_venous_level_weighs_less_than_an_arterial_one() -> None:
    one, other = level(sample(60)).posterior, level(sample(60, site="venous")).posterior
    assert abs(other.mean[0]) < abs(one.mean[0]) and other.sd[0] > one.sd[0]


def test_many_samples_find_the_person_again() -> None:
    true = {"CL": -0.3, "V1": 0.2, "V3": 0.15}
    person = deviating(KAMP, WEIGHT, {name: np.array([value]) for name, value in true.items()})
    minutes = np.array([5.0, 10, 20, 30, 40, 45, 50, 60, 80, 110, 150, 230, 300, 400, 480, 600])
    measured = predict(person, USUAL, minutes)["plasma"][0]
    many = tuple(Sample(Fraction(minute), value, "arterial") for minute, value in zip(minutes.tolist(), measured.tolist(), strict=True)) * 40
    found = level(*many)
    assert found.posterior.mean.tolist() == pytest.approx(list(true.values()), abs=0.02)
    own = predict(own_subject(KAMP, WEIGHT, found), USUAL, minutes)["plasma"][0]
    assert own.tolist() == pytest.approx(measured.tolist(), rel=0.01)


def test_a_level_far_from_everybody_is_a_question() -> None:
    found = level(*(sample(minute, level=900.0 - minute) for minute in (60, 80, 110, 230)))
    assert any("check sample or dose" in words for words in found.words)


def test_the_own_band_is_narrower_after_and_never_as_narrow_as_people_alone() -> None:
    minutes = np.array([240.0])
    found = level(*(sample(minute, level=100.0) for minute in (60, 61, 62, 63)))
    own = own_band(KAMP, WEIGHT, USUAL, minutes, found, Draw(4000))
    everybody = predict_bands(KAMP, WEIGHT, USUAL, minutes, draw=Draw(4000))["plasma"]
    width = [float(np.log(band.high[0] / band.low[0])) for band in (own, everybody)]
    assert 2 * 1.645 * 0.24 < width[0] < width[1]


def test_a_model_of_typical_values_takes_no_sample() -> None:
    with pytest.raises(Unreadable, match="typical values"):
        own_level(MODELS["ketamine.domino1982"], WEIGHT, USUAL, (sample(60),))


def sites(name: str, minutes: list[float]) -> np.ndarray:
    response = RESPONSES[name]
    return predict_typical(KAMP, WEIGHT, USUAL, np.array(minutes), {"site": np.array([ke0_of(response)])})["site"]


def test_cuff_readings_move_baseline_and_ceiling_towards_the_person() -> None:
    effect = CIRCULATION.effects["systolic"]
    site = sites("ketamine.kairn2026", [0.0, 10, 20, 30, 40, 50, 60, 80, 110, 150])
    readings = (132 + effect_at(site, CIRCULATION, effect, "ketamine", top=1.8)).tolist() * 30
    found = own_pressure(CIRCULATION, effect, "ketamine", np.tile(site, 30), readings, rest=125.0)
    assert found.baseline == pytest.approx(132, abs=1) and found.top == pytest.approx(1.8, abs=0.1) and not found.unusual
    once = own_pressure(CIRCULATION, effect, "ketamine", site[:1], readings[:1], rest=125.0)
    assert 125 < once.baseline < 132 and once.posterior.sd[1] == pytest.approx(0.6, abs=0.01)


def test_ratings_move_the_half_effect_and_nothing_of_the_concentration() -> None:
    effect = PERCEPTION.effects["dissociation"]
    site = sites("ketamine.olofsen2022", [20.0, 30, 40, 50, 60])
    before = site.copy()
    ratings = effect_at(site, PERCEPTION, effect, "ketamine", half=0.6).tolist() * 40
    found = own_dissociation(PERCEPTION, effect, "ketamine", np.tile(site, 40), ratings)
    assert found.half == pytest.approx(0.6, abs=0.03) and found.posterior.names == ("half effect",)
    assert (site == before).all()


def test_esketamine_needs_half_the_concentration_and_an_unknown_drug_is_refused() -> None:
    assert half_effect_of(PERCEPTION, "esketamine") * 2 == half_effect_of(PERCEPTION, "ketamine")
    with pytest.raises(Unreadable):
        half_effect_of(PERCEPTION, "propofol")
    with pytest.raises(Unreadable, match="no reading"):
        own_dissociation(PERCEPTION, PERCEPTION.effects["dissociation"], "ketamine", np.array([]), [])
