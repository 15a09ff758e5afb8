"""Every check refuses its own wrong example, and nothing else, with file, rule and mend; every right example passes them all."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from kairn.library.code_sets import CODE_SETS
from kairn.library.facts import FACTS
from kairn.library.reader import LIBRARY
from kairn.protocol.check import CHECKS, LIBRARY_CHECKS, LOADER, check_library, check_protocol, library_texts, looks_for
from kairn.protocol.load import PROTOCOLS, load_protocol
from kairn.protocol.rule import Citation, Protocol
from kairn.terms.problem import Problem, Unreadable

from .wrong_protocols import built, examples

EXAMPLES = examples()
SHIPPED = [(path.parts[-3], path.parts[-2]) for path in sorted(PROTOCOLS.glob("*/*/protocol.yaml"))]
shipped = cache(load_protocol)
PLACE = re.compile(r"(rules\.yaml, line \d+, rule [a-z-]+|small 1, protocol\.yaml, .+)")


def small(root: Path) -> Protocol:
    return load_protocol("small", "1", root)


def found(protocol: Protocol) -> dict[str, list[Problem]]:
    """Faults by the name of the check that found them."""
    return {name: problems for name, check in CHECKS.items() if (problems := list(check(protocol)))}


@pytest.mark.parametrize("name", SHIPPED, ids=" ".join)
def test_every_shipped_protocol_is_sound(name: tuple[str, str]) -> None:
    assert [str(problem) for problem in check_protocol(shipped(*name))] == []


def test_the_library_holds_nothing_that_nobody_uses() -> None:
    assert [str(problem) for problem in check_library(shipped(*name) for name in SHIPPED)] == []


def test_every_check_has_its_example_and_its_words() -> None:
    assert set(EXAMPLES) == set(CHECKS) | set(LOADER) and all(name == example.check for name, example in EXAMPLES.items())
    for name in (*CHECKS, *LIBRARY_CHECKS, *LOADER):
        assert re.fullmatch(r"[A-Z].{20,}\.", looks_for(name)), name


def test_the_small_protocol_passes_every_check(tmp_path: Path) -> None:
    assert found(small(built(tmp_path, ()))) == {}


@pytest.mark.parametrize("name", CHECKS)
def test_each_wrong_example_fails_exactly_its_check(tmp_path: Path, name: str) -> None:
    faults = found(small(built(tmp_path, EXAMPLES[name].wrong)))
    assert set(faults) == {name}, {other: list(map(str, problems)) for other, problems in faults.items()}
    for problem in faults[name]:
        assert PLACE.fullmatch(problem.where) and problem.expected and problem.mend.endswith(".")
    assert EXAMPLES[name].says in str(faults[name][0])


@pytest.mark.parametrize("name", [*CHECKS, *LOADER])
def test_each_right_example_passes(tmp_path: Path, name: str) -> None:
    assert found(small(built(tmp_path, EXAMPLES[name].right))) == {}


@pytest.mark.parametrize("name", LOADER)
def test_each_unreadable_example_is_refused_with_its_line(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FACTS, "predicted_concentration", replace(FACTS["systolic"], name="predicted_concentration", kind="prediction"))
    with pytest.raises(Unreadable) as caught:
        small(built(tmp_path, EXAMPLES[name].wrong))
    assert EXAMPLES[name].says in str(caught.value) and re.search(r"\.yaml, line \d+$", caught.value.problem.where)
    assert caught.value.problem.expected and caught.value.problem.mend


def test_each_sentence_of_the_summary_is_cited_at_a_place(tmp_path: Path) -> None:
    protocol = small(built(tmp_path, ()))
    first, *others = protocol.summary
    for summary in ((), (replace(first, citations=()), *others), (*others, replace(first, citations=(Citation("local-rules", " "),)))):
        faults = found(replace(protocol, summary=summary))
        assert set(faults) == {"uncited"} and "protocol.yaml, summary" in faults["uncited"][0].where


def test_a_source_that_a_summary_alone_cites_is_in_use(tmp_path: Path) -> None:
    protocol = small(built(tmp_path, ()))
    claim = replace(protocol.summary[0], citations=(Citation("cadth2024", "here"),))
    seen = [{problem.seen for problem in LIBRARY_CHECKS["unused-source"]([one], {})} for one in (protocol, replace(protocol, summary=(claim,)))]
    assert seen[0] - seen[1] == {"the source 'cadth2024' that nothing cites"}


def test_a_source_and_a_code_set_that_nobody_uses_are_found() -> None:
    texts = library_texts(LIBRARY)
    assert len(list(LIBRARY_CHECKS["unused-source"]([], {}))) > len(list(LIBRARY_CHECKS["unused-source"]([], texts)))
    assert {"stroke"} <= {problem.seen.split("'")[1] for problem in LIBRARY_CHECKS["unused-code-set"]([], {})}


def test_a_miswritten_code_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    stroke = CODE_SETS["stroke"]
    monkeypatch.setitem(CODE_SETS, "stroke", replace(stroke, codes=frozenset({("http://loinc.org", "8480-6"), ("http://snomed.info/sct", "I63.9")})))
    assert [problem.seen for problem in LIBRARY_CHECKS["code-in-no-system"]([], {})] == ["the code 'I63.9' of http://snomed.info/sct"]
