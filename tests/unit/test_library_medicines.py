"""What the books know of medicines: names found in records, half-known mixtures, classes that are code sets."""

from __future__ import annotations

import pytest

from kairn.library.code_sets import CODE_SETS, read_code_sets
from kairn.library.medicines import BRANDS, MEDICINES, may_mean, read_brands, read_medicines, recognised
from kairn.library.reader import Node, read_yaml_text
from kairn.library.systems import SYSTEMS
from kairn.pathway.counted import counted
from kairn.protocol.load import PROTOCOLS, load_protocol
from kairn.terms.problem import Unreadable


def book(*entries: str) -> Node:
    """A file of medicines with these entries."""
    return read_yaml_text("source: [codes-read, here]\nmedicines:\n" + "".join(f"  - {entry}\n" for entry in entries), "medicines.yaml")


@pytest.mark.parametrize(
    ("display", "names"),
    [
        ("Methadone 10 MG/ML Oral Solution", ["methadone"]),
        ("buprenorphine/naloxone 8 mg/2 mg", ["buprenorphine", "naloxone"]),
        ("Buprenorphine-naloxone film", ["buprenorphine", "naloxone"]),
        ("morphine extended-release 30 mg", ["morphine"]),
        ("24 HR Diltiazem hydrochloride 120 MG", ["diltiazem"]),
        ("Esketamine nasal spray", ["ketamine"]),
        ("Apomorphine 10 mg", ["apomorphine"]),
        ("morphine and apomorphine", ["morphine", "apomorphine"]),
        ("methylnaltrexone", ["methylnaltrexone"]),
        ("St Johns Wort", ["St John's wort"]),
        ("morphine sulfate 10 mg, oral tablets", ["morphine"]),
        ("buprenorphine, naloxone", ["buprenorphine", "naloxone"]),
        ("tiotropium", []),
        ("a powder from a friend", []),
        ("", []),
    ],
)
def test_a_medicine_is_known_by_the_words_of_a_record(display: str, names: list[str]) -> None:
    assert [found.name for found in recognised("urn:own-words", display, display)] == names


@pytest.mark.parametrize(
    "display",
    [
        "nirmatrelvir / ritonavir",
        "methadone and something",
        "acetaminophen 325 MG / HYDROcodone 5 MG",
        "lisinopril-unheardof",
        "losartan, unheardof",
        "losartan; unheardof",
        "losartan & unheardof",
    ],
)
def test_half_a_known_mixture_is_not_known(display: str) -> None:
    assert recognised("urn:own-words", "", display) == ()


def test_a_code_is_enough() -> None:
    assert [found.name for found in recognised(SYSTEMS["rxnorm"], "6813", "an opioid")] == ["methadone"]
    assert recognised(SYSTEMS["snomed"], "6813", "an opioid") == ()


def test_a_set_of_medicines_gathers_its_class() -> None:
    agonists = CODE_SETS["opioid-agonist"]
    assert {"methadone", "fentanyl", "oxycodone", "heroin"} <= set(agonists.words)
    assert (SYSTEMS["rxnorm"], "4337") in agonists.codes
    assert "buprenorphine" not in agonists.words


def test_a_word_inside_the_word_of_another_medicine_names_nothing() -> None:
    assert not CODE_SETS["opioid-agonist"].holds("", "", "Apomorphine 10 mg")
    assert not CODE_SETS["naltrexone"].holds("", "", "methylnaltrexone")
    assert CODE_SETS["opioid-agonist"].holds("", "", "apomorphine, and morphine for pain")
    assert CODE_SETS["opioid-agonist"].holds("", "", "Diamorphine")


def test_every_class_has_members_and_every_medicine_a_distinct_word() -> None:
    classes = {name for medicine in MEDICINES.values() for name in medicine.classes}
    assert classes == {one.name for one in CODE_SETS.values() if one.what == "medicines"}
    words = [word for medicine in MEDICINES.values() for word in medicine.words]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("entries", "seen"),
    [
        (("{medicine: a, words: [aa], classes: []}", "{medicine: a, words: [bb], classes: []}"), "'a' twice"),
        (("{medicine: a, words: [aa], classes: []}", "{medicine: b, words: [aa], classes: []}"), "'aa' twice"),
        (("{medicine: a, words: [Aa], classes: []}",), "'Aa'"),
        (("{medicine: a, words: [aa], classes: [], brand: x}",), "'brand'"),
    ],
)
def test_a_faulty_entry_is_refused_with_its_line(entries: tuple[str, ...], seen: str) -> None:
    with pytest.raises(Unreadable, match=f"medicines.yaml, line {len(entries) + 2}.*{seen}"):
        read_medicines(book(*entries))


def test_a_class_that_is_no_set_is_refused() -> None:
    sets = read_yaml_text('source: [codes-read, here]\nsets:\n  - {set: known, label: "known", what: medicines, words: [x]}\n', "code_sets.yaml")
    with pytest.raises(Unreadable, match="'unheard' of a"):
        read_code_sets(sets, read_medicines(book("{medicine: a, words: [aa], classes: [unheard]}")))


def test_an_empty_set_is_refused() -> None:
    sets = read_yaml_text('source: [codes-read, here]\nsets:\n  - {set: hollow, label: "hollow", what: medicines}\n', "code_sets.yaml")
    with pytest.raises(Unreadable, match="'hollow' with nothing in it"):
        read_code_sets(sets, {})


COUNTED = ("ondansetron", "midazolam", "lorazepam", "labetalol", "hydralazine", "clonidine", "naloxone")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("midazolm 2 mg", {"midazolam": "midazolm"}), ("Midazolán", {"midazolam": "Midazolán"}), ("MIDAZ", {"midazolam": "MIDAZ"}),
        ("odansetron i.v.", {"ondansetron": "odansetron"}), ("nalaxone", {"naloxone": "nalaxone"}), ("ondansetron, midazolm", {"midazolam": "midazolm"}),
        ("Versed 2 mg iv", {"midazolam": "Versed"}), ("ATIVAN", {"lorazepam": "ATIVAN"}), ("Narcan nasal", {"naloxone": "Narcan"}),
        ("Nacan", {"naloxone": "Nacan"}), ("Zofram 4 mg", {"ondansetron": "Zofram"}), ("atvian", {"lorazepam": "atvian"}),
        ("Catapress", {"clonidine": "Catapress"}),
        ("reversed", {}), ("Versed (midazolam)", {}), ("Valium", {}),
        ("midazolam", {}), ("Midazolam 2 mg", {}), ("oxygen", {}), ("paracetamol", {}), ("diazepam", {}), ("clonazepam", {}), ("hydroxyzine", {}),
        ("mid", {}), ("2 mg", {}), ("", {}), ("\uff9e", {}),
    ],
)  # fmt: skip
def test_a_name_mistyped_or_cut_short_is_taken_for_what_it_may_mean_and_another_medicine_for_itself(text: str, meant: dict[str, str]) -> None:
    assert may_mean(text, COUNTED) == meant


def test_each_medicine_the_shipped_protocols_count_has_a_brand_and_no_chart_is_read_by_one() -> None:
    wanted = {drug for path in PROTOCOLS.glob("*/*/protocol.yaml") for drug in counted(load_protocol(path.parent.parent.name, path.parent.name))}
    assert wanted == set(BRANDS)
    assert all(recognised("urn:own-words", "", word) == () for words in BRANDS.values() for word in words)


@pytest.mark.parametrize(
    ("entries", "seen"),
    [
        (("{medicine: unheard-of, words: [aa]}",), "'unheard-of'"),
        (("{medicine: naloxone, words: [Narcan]}",), "'Narcan'"),
        (("{medicine: naloxone, words: [aa]}", "{medicine: naloxone, words: [bb]}"), "'naloxone'"),
        (("{medicine: naloxone, words: [aa]}", "{medicine: clonidine, words: [aa]}"), "'aa' twice"),
        (("{medicine: naloxone, words: [methadone]}",), "'methadone' twice"),
    ],
)
def test_a_faulty_brand_is_refused_with_its_line(entries: tuple[str, ...], seen: str) -> None:
    text = "source: [local-rules, here]\nbrands:\n" + "".join(f"  - {entry}\n" for entry in entries)
    with pytest.raises(Unreadable, match=f"brands.yaml, line {len(entries) + 2}.*{seen}"):
        read_brands(read_yaml_text(text, "brands.yaml"))


def test_the_nearest_name_comes_first() -> None:
    assert list(may_mean("midozalam", ("lorazepam", "midazolam")))[:1] == ["midazolam"]
