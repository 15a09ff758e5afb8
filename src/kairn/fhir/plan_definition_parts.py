"""Small parts of a PlanDefinition written and read: codes, lengths of time, expressions, documents, and what nobody filled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from kairn.fhir.canonical import BASE, GRADES, UCUM, extension, system
from kairn.fhir.fhirpath import Tree, write
from kairn.fhir.node import Node
from kairn.library.sources import SOURCES
from kairn.protocol.rule import Citation
from kairn.terms.problem import unreadable
from kairn.terms.quantity import Quantity, parse_quantity
from kairn.terms.strict_json import NumberText
from kairn.terms.times import Duration, parse_duration

E = TypeVar("E", bound=StrEnum)
Written = dict[str, Any]
"""A FHIR element or resource as plain values; numbers are NumberText."""

GRADE = "http://hl7.org/fhir/StructureDefinition/cqf-qualityOfEvidence"
_OWN = f"{BASE}/CodeSystem/"


def filled(**fields: Any) -> Written:
    """The fields that hold something: FHIR has no empty texts, lists or objects. A trailing underscore in a name is dropped."""
    return {name.removesuffix("_"): value for name, value in fields.items() if value is not None and value != "" and value != [] and value != {}}


def coding(of: str, code: str) -> Written:
    """A code of one of our own systems."""
    return {"system": system(of), "code": code}


def concept(of: str, code: str) -> Written:
    """A concept with one code of our own."""
    return {"coding": [coding(of, code)]}


def concepts(**codes: str) -> list[Written]:
    """A concept for each code that is said; an underscore in a system's name stands for a hyphen."""
    return [concept(name.replace("_", "-"), code) for name, code in codes.items() if code]


def own_code(codings: Iterable[Node], of: str) -> str:
    """The first code of one of our own systems, empty where there is none."""
    return next(own_codes(codings, of), "")


def own_codes(codings: Iterable[Node], of: str) -> Iterator[str]:
    """Every code of one of our own systems, in order."""
    return (each.get("code").text() for each in codings if each.get("system").text() == _OWN + of)


def code_in(concepts_of: Node, of: str) -> str:
    """The code of one of our own systems among several concepts, empty where there is none."""
    return own_code((each for one in concepts_of.each() for each in one.get("coding").each()), of)


def number(value: Decimal | int) -> NumberText:
    """A number of FHIR JSON, digit for digit."""
    return NumberText(f"{value:f}" if isinstance(value, Decimal) else value)


def whole(node: Node) -> int:
    """A whole number. Raises Unreadable."""
    text = node.number()
    if not text.isdigit():
        raise node.fault("a whole number")
    return int(text)


def length(of: Duration | None) -> Written:
    """A length of time as a FHIR Duration (or a quantity of time), nothing for none."""
    return {"value": number(of.amount), "system": UCUM, "code": of.unit} if of else {}


def read_length(node: Node) -> Duration | None:
    """A length of time, None where absent. Raises Unreadable."""
    return parse_duration(f"{node.get('value').number()} {node.get('code').text()}", node.place) if node else None


def stretch(low: Duration | None, high: Duration | None) -> Written:
    """A FHIR Range of two lengths of time, each of which may be missing."""
    return filled(low=length(low), high=length(high))


def expression(tree: Tree) -> Written:
    """A FHIR Expression in FHIRPath."""
    return {"language": "text/fhirpath", "expression": write(tree)}


def condition(kind: str, tree: Tree) -> Written:
    """A condition of an action; `kind` is applicability, start or stop."""
    return {"kind": kind, "expression": expression(tree)}


def read_expression(node: Node) -> str:
    """The text of an expression. Raises Unreadable for another language."""
    if node.get("language").text() != "text/fhirpath":
        raise node.get("language").fault("text/fhirpath")
    return node.get("expression").text()


def quantity(value: Node, unit: Node) -> Quantity:
    """A quantity from its number and its unit. Raises Unreadable."""
    return parse_quantity(f"{value.number()} {unit.text()}", value.place)


def document(kind: str, label: str = "", display: str = "") -> Written:
    """A related artifact by its kind, with a short label and a description; nothing where both are empty."""
    return {"type": kind, **said} if (said := filled(label=label, display=display)) else {}


def documents(*parts: Written) -> list[Written]:
    """Those related artifacts that say something."""
    return [part for part in parts if part]


def of_kind(documentation: Node, kind: str) -> list[Node]:
    """The related artifacts of one kind."""
    return [each for each in documentation.each() if each.get("type").text() == kind]


def cited(citation: Citation) -> Written:
    """A citation: its key as the label, where in it as the description, and the source in full as the library has it."""
    source = SOURCES.get(citation.source)
    return {
        "type": "citation",
        **filled(
            label=citation.source,
            display=citation.locator,
            citation=source.citation if source else "",
            url=f"https://doi.org/{source.doi}" if source and source.doi else "",
        ),
    }


def read_citations(documentation: Node) -> tuple[Citation, ...]:
    """The citations among related artifacts."""
    return tuple(Citation(each.get("label").text(), each.get("display").text()) for each in of_kind(documentation, "citation"))


def graded(grade: str) -> list[Written]:
    """The grade of evidence, by the extension and the codes that FHIR itself has for it."""
    return [{"url": GRADE, "valueCodeableConcept": {"coding": [{"system": GRADES, "code": grade}]}}] if grade else []


def read_grade(extensions: Node) -> str:
    """The grade of evidence, empty where none is said."""
    concept_of = extended(extensions, GRADE).get("valueCodeableConcept")
    return concept_of.get("coding").first().get("code").text() if concept_of else ""


def extended(extensions: Node, url: str) -> Node:
    """The extension with this address, or absent."""
    return next((each for each in extensions.each() if each.get("url").text() == url), Node(None, extensions.place))


def late_after(grace: Duration | None) -> list[Written]:
    """How long after it fell due a duty is late, by our own extension."""
    return [{"url": extension("grace"), "valueDuration": length(grace)}] if grace else []


def chosen(node: Node, text: str, kind: type[E]) -> E:
    """One of a closed list of words. Raises Unreadable."""
    words = [str(word) for word in kind]
    if text not in words:
        raise unreadable(f"{text!r}", f"one of {', '.join(words)}", "Export the protocol again.", node.place)
    return kind(text)
