"""Read the questions of a FHIR Questionnaire against an instrument: which item each is, and what each answer weighs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from kairn.fhir.node import Node
from kairn.instruments.answers import option_words
from kairn.instruments.shapes import Instrument, Item, plain_key
from kairn.terms.numbers import measured_value
from kairn.terms.problem import unreadable

ASKED = ("choice", "open-choice", "coding", "boolean", "integer", "decimal", "quantity")
PLAIN_NUMBER = ("integer", "decimal", "quantity")
WEIGHTS = ("ordinalValue", "itemWeight", "questionnaire-ordinalValue", "valueset-ordinalValue", "iso21090-CO-value")
MEND = "Correct the pack, or take one that was made for this instrument."


@dataclass(frozen=True)
class Offered:
    """One answer of a pack: what it weighs (None where the pack does not say), its words, its codes."""

    weight: Decimal | None
    words: str
    codes: tuple[str, ...]


def questions(node: Node) -> Iterator[Node]:
    """Every question, in order, whatever groups it stands in; computed and read-only ones are left out."""
    for item in node.get("item").each():
        kind = item.get("type").text()
        if kind in ASKED and not item.get("readOnly").flag() and not _computed(item):
            yield item
        yield from questions(item)


def introduction(node: Node) -> str:
    """What stands above the first question: the words of groups and displays."""
    said: list[str] = []
    for item in node.get("item").each():
        if item.get("type").text() in ASKED:
            break
        said.append(item.get("text").text())
        if any(True for _ in questions(item)):
            said.append(introduction(item))
            break
    return " ".join(part for part in said if part)


def matched(found: Instrument, asked: list[Node]) -> dict[str, Node]:
    """Item key -> question: by code, by linkId, or by order where none of them says. Raises Unreadable for one too many or too few."""
    named = [(_named(found, question), question) for question in asked if not _is_total(found, question)]
    if not any(item for item, _ in named):
        named = _in_order(found, [question for _, question in named])
    by_key: dict[str, Node] = {}
    for item, question in named:
        if item is None:
            raise unreadable(f"a question that {found.title} does not have ({_shown(question)})", f"the items {found.key_words}", MEND, question.place)
        if item.key in by_key:
            raise unreadable(f"two questions for item {item.number} ({item.key})", "each item once", MEND, question.place)
        by_key[item.key] = question
    lost = [f"item {item.number} ({item.key})" for item in found.items if item.key not in by_key and not item.optional]
    if lost:
        expected = f"all {len([item for item in found.items if not item.optional])} items of {found.title}"
        raise unreadable(f"no {', no '.join(lost)}", expected, "Take a pack that has it: without it the scale is another one.", "item")
    return by_key


def _in_order(found: Instrument, asked: list[Node]) -> list[tuple[Item | None, Node]]:
    """Questions that do not say which items they are: taken in order where their number fits. Raises Unreadable."""
    for items in (found.required, found.items):
        if len(items) == len(asked):
            return list(zip(items, asked, strict=True))
    raise unreadable(f"{len(asked)} questions that do not say which items they are", f"the {len(found.required)} items {found.key_words}", MEND, "item")


def answers(found: Instrument, item: Item, question: Node, contained: dict[str, Node]) -> dict[str, str]:
    """Value -> words of every answer of one question. Raises Unreadable where they are not the item's own values."""
    kind = question.get("type").text()
    if kind == "boolean":
        offered = [Offered(Decimal(0), "No", ()), Offered(Decimal(1), "Yes", ())]
    else:
        offered = list(_offered(question, contained))
    if not offered and kind in PLAIN_NUMBER and not item.options[0].label:
        return {option.value: option.value for option in item.options}
    words = dict(_valued(found, item, one, question) for one in offered)
    own = {option.value for option in item.options}
    ends = {option.value for option in item.options if option.number in (item.lowest, item.highest)}
    if len(words) != len(offered) or not (set(words) == own or (item.ends_suffice and set(words) == ends)):
        seen = ", ".join(sorted(words)) or "no answers"
        raise unreadable(f"the answers {seen} of item {item.number} ({item.key})", f"exactly {option_words(item)}", MEND, question.place)
    return {option.value: words[option.value] for option in item.options if option.value in words}


def _valued(found: Instrument, item: Item, one: Offered, question: Node) -> tuple[str, str]:
    for option in item.options:
        fits = option.number == one.weight if one.weight is not None else option.loinc in one.codes or option.value in one.codes
        if fits:
            return option.value, one.words or option.value
    said = "no weight" if one.weight is None else f"the weight {one.weight}"
    seen = f"{said} on the answer {one.words!r} of item {item.number} ({item.key})"
    raise unreadable(seen, f"one of {option_words(item)}, as ordinalValue or itemWeight", MEND, question.place)


def _is_total(found: Instrument, question: Node) -> bool:
    codes = {code.get("code").text() for code in question.get("code").each()}
    return bool(codes & {scale.loinc for scale in found.scales.values() if scale.loinc})


def _named(found: Instrument, question: Node) -> Item | None:
    codes = {code.get("code").text() for code in question.get("code").each()}
    by_code = [item for item in found.items if item.loinc and item.loinc in codes]
    if by_code:
        return by_code[0]
    link = question.get("linkId").text().rpartition("/")[2]
    by_link = [item for item in found.items if item.loinc and item.loinc == link]
    return by_link[0] if by_link else found.keys.get(plain_key(link)) or found.keys.get(f"q{plain_key(link)}")


def _offered(question: Node, contained: dict[str, Node]) -> Iterator[Offered]:
    for name in ("answerOption", "option"):
        for option in question.get(name).each():
            yield _option(option)
    reference = question.get("answerValueSet").text() or question.get("options", "reference").text()
    if not reference:
        return
    if reference.removeprefix("#") not in contained:
        raise unreadable(
            f"answers in a value set elsewhere ({reference})", "answers written in the pack itself", "Export it with its value sets contained.", question.place
        )
    yield from _concepts(contained[reference.removeprefix("#")])


def _option(option: Node) -> Offered:
    coding = option.get("valueCoding")
    number = option.get("valueInteger").number()
    weight = _weight(option) or _weight(coding) or number
    words = coding.get("display").text() or option.get("valueString").text() or number
    return Offered(measured_value(weight, option.place) if weight else None, words, _codes(coding))


def _concepts(value_set: Node) -> Iterator[Offered]:
    listed = [concept for part in value_set.get("compose", "include").each() for concept in part.get("concept").each()]
    for concept in listed or value_set.get("expansion", "contains").each():
        weight = _weight(concept)
        yield Offered(measured_value(weight, concept.place) if weight else None, concept.get("display").text(), _codes(concept))


def _codes(coding: Node) -> tuple[str, ...]:
    code = coding.get("code").text()
    return (code,) if code else ()


def _weight(node: Node) -> str:
    """The weight an extension gives, under any of the names it has had; empty where there is none."""
    for extension in node.get("extension").each():
        if extension.get("url").text().rpartition("/")[2] in WEIGHTS:
            return extension.get("valueDecimal").number() or extension.get("valueInteger").number()
    return ""


def _computed(item: Node) -> bool:
    return any(extension.get("url").text().endswith("calculatedExpression") for extension in item.get("extension").each())


def _shown(question: Node) -> str:
    return question.get("linkId").text() or question.get("type").text()
