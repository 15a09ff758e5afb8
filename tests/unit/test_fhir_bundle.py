"""Opening a patient bundle: whole, or refused with the place and the reason."""

from __future__ import annotations

import gzip

import pytest

from kairn.fhir import unpack
from kairn.fhir.bundle import open_bundle
from kairn.fhir.references import is_about_patient
from kairn.fhir.resource import PatientBundle
from kairn.terms.problem import Unreadable
from tests import bundles

BROKEN = bundles.broken()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_bundle_is_refused_whole_with_its_place(name: str) -> None:
    raw, words = BROKEN[name]
    with pytest.raises(Unreadable) as refused:
        open_bundle(raw, "Bundle" if words.startswith("entry") else "")
    assert words in str(refused.value)
    assert refused.value.problem.mend


@pytest.mark.parametrize("kind", ["transaction", "batch", "collection", "searchset", "document"])
def test_these_types_are_read(kind: str) -> None:
    assert open_bundle(bundles.bundle(bundles.person(), type=kind)).type == kind


def test_a_gzip_reads_as_what_it_holds() -> None:
    plain, packed = open_bundle(bundles.living_adult()), open_bundle(gzip.compress(bundles.living_adult()))
    assert plain == packed


def test_a_zip_bomb_is_refused_without_being_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MAX_BYTES", 1_000_000)
    with pytest.raises(Unreadable, match="unpacks beyond"):
        open_bundle(bundles.zip_bomb(5_000_000))


def test_two_hundred_megabytes_are_refused_before_reading() -> None:
    with pytest.raises(Unreadable, match="at most"):
        unpack.check_size(200_000_000)
    with pytest.raises(Unreadable, match="at most"):
        open_bundle(bytes(unpack.MAX_BYTES + 1))


def opened(subject: bundles.Resource, **patient: object) -> PatientBundle:
    """A bundle of Nadia and one weight with this subject."""
    return open_bundle(bundles.bundle(bundles.person(**patient), bundles.weight(subject=subject)))


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": f"urn:uuid:{bundles.NADIA}"},
        {"reference": f"Patient/{bundles.NADIA}"},
        {"reference": f"Patient/{bundles.NADIA}/_history/3"},
        {"reference": f"https://hospital.example/fhir/Patient/{bundles.NADIA}"},
        {"reference": "Patient?identifier=urn:hospital|MR-7"},
        {"identifier": {"system": "urn:hospital", "value": "MR-7"}},
    ],
)
def test_every_way_to_name_the_patient_is_understood(subject: bundles.Resource) -> None:
    bundle = opened(subject)
    assert is_about_patient(bundle.resources[1], bundle)


@pytest.mark.parametrize(
    "subject", [{"reference": "Group/4"}, {"reference": "#device"}, {"identifier": {"system": "urn:elsewhere", "value": "9"}}, {"display": "Nadia Okafor"}]
)
def test_a_subject_that_is_nobody_known_is_not_the_patient(subject: bundles.Resource) -> None:
    bundle = opened(subject)
    assert not is_about_patient(bundle.resources[1], bundle)


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/other"},
        {"reference": "urn:uuid:0"},
        {"reference": "https://hospital.example/fhir/Patient/other"},
        {"reference": "Patient?identifier=urn:hospital|MR-8"},
        {"reference": "Person/1", "type": "Patient"},
    ],
)
def test_another_patient_is_refused(subject: bundles.Resource) -> None:
    with pytest.raises(Unreadable, match="one Patient"):
        opened(subject)


def test_a_patient_inside_a_resource_is_another_patient() -> None:
    inner = bundles.weight(subject={"reference": "#p"}, contained=[{"resourceType": "Patient", "id": "p"}])
    with pytest.raises(Unreadable, match="one Patient"):
        open_bundle(bundles.bundle(bundles.person(), inner))


def test_the_same_id_on_another_server_is_another_patient() -> None:
    plain = bundles.wrapped(bundles.person("7"), bundles.weight(subject={"reference": "https://b.example/Patient/7"}))
    plain["entry"][0]["fullUrl"] = "https://a.example/Patient/7"
    with pytest.raises(Unreadable, match="b.example"):
        open_bundle(bundles.dumped(plain))
    plain["entry"][1]["resource"]["subject"]["reference"] = "https://a.example/Patient/7"
    assert open_bundle(bundles.dumped(plain)).server == "https://a.example"


def test_resources_may_point_at_each_other_where_that_is_no_lineage() -> None:
    visit = bundles.encounter(diagnosis=[{"condition": {"reference": "Condition/condition-1"}}])
    found = bundles.condition(encounter={"reference": "Encounter/encounter-1"})
    assert open_bundle(bundles.bundle(bundles.person(), visit, found)).entries == 3


def test_entries_without_a_resource_are_counted() -> None:
    plain = bundles.wrapped(bundles.person())
    plain["entry"].append({"request": {"method": "DELETE", "url": "Observation/1"}})
    assert open_bundle(bundles.dumped(plain)).empty == 1
