"""An official pack: a FHIR Questionnaire read as the words of an instrument, checked item by item and answer by answer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from kairn.fhir.node import Node
from kairn.fhir.questionnaire_items import answers, introduction, matched, questions
from kairn.instruments.definition import INSTRUMENTS, instrument
from kairn.instruments.shapes import Instrument, plain_key
from kairn.instruments.wording import Wording
from kairn.terms.problem import unreadable
from kairn.terms.strict_json import read_json


@dataclass(frozen=True)
class Pack:
    """The words of one instrument as a Questionnaire brings them. `notes` say what was left out or added."""

    instrument: Instrument
    wording: Wording
    raw: bytes
    notes: tuple[str, ...]

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the pack's bytes; a response keeps it."""
        return self.wording.pack


def read_pack(raw: bytes, name: str = "", where: str = "pack") -> Pack:
    """A pack from the bytes of a FHIR Questionnaire (R4, R5 or STU3). Raises Unreadable with the place of the first fault.

    name: the instrument it is for; without it the pack must say so itself, by its LOINC panel, name, title or address.
    """
    body = Node(read_json(raw, where), "Questionnaire")
    if body.get("resourceType").text() != "Questionnaire":
        raise body.get("resourceType").fault("Questionnaire")
    found = instrument(name) if name else _meant(body)
    contained = {part.get("id").text(): part for part in body.get("contained").each()}
    asked = matched(found, list(questions(body)))
    notice = body.get("copyright").text()
    wording = Wording(
        instrument=found.name,
        kind="official",
        title=body.get("title").text() or found.title,
        notice=notice or found.licence.notice,
        items={key: _words(question, key) for key, question in asked.items()},
        options={key: answers(found, found.item(key), question, contained) for key, question in asked.items()},
        pack=hashlib.sha256(raw).hexdigest(),
        intro=introduction(body),
    )
    return Pack(found, wording, raw, () if notice else ("The pack carries no notice of its owner; the one Kairn keeps is shown.",))


def _meant(body: Node) -> Instrument:
    codes = {code.get("code").text() for code in body.get("code").each()} | {code.get("code").text() for code in body.get("item").first().get("code").each()}
    for found in INSTRUMENTS.values():
        if found.codes.get("panel") in codes:
            return found
    names = {plain_key(body.get(field).text().rpartition("/")[2]) for field in ("name", "title", "id", "url")}
    for found in INSTRUMENTS.values():
        if names & {plain_key(name) for name in (found.name, found.title, *found.also)}:
            return found
    raise unreadable("a questionnaire that does not say which instrument it is", f"one of {', '.join(INSTRUMENTS)}", "Name it: --for NAME", "Questionnaire")


def _words(question: Node, key: str) -> str:
    text = question.get("text").text()
    if not text:
        raise unreadable(f"no words for the item {key}", "a text on each question", "Take a pack that has them.", question.place)
    return text
