"""One value of a FHIR resource together with its place, so that every fault can say where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import MINYEAR, UTC, date, datetime
from typing import Any

from kairn.record.payloads import Coding
from kairn.terms.problem import Unreadable, unreadable
from kairn.terms.strict_json import NumberText
from kairn.terms.times import instant

_WHOLE_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PART_DATE_FORMS = ("%Y", "%Y-%m", "%Y-%m-%d")
_SHOWN = 60
_PART_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")


class Node:
    """A plain value (dict, list, text, NumberText, bool or None for absent) and where it stands, which is put into words only when asked."""

    __slots__ = ("_inside", "_name", "value")

    def __init__(self, value: Any, place: str | Node, name: str | int = "") -> None:
        """`place` is a place in words, or the node that holds this one under a name or a number."""
        self.value, self._inside, self._name = value, place, name

    @property
    def place(self) -> str:
        """Where the value stands, such as `entry[3].resource.code`."""
        if isinstance(self._inside, str):
            return self._inside
        return f"{self._inside.place}[{self._name}]" if isinstance(self._name, int) else f"{self._inside.place}.{self._name}"

    def __bool__(self) -> bool:
        return self.value is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and (self.value, self.place) == (other.value, other.place)

    def get(self, *names: str) -> Node:
        """The value under these names, one inside the other; absent where any is absent. Raises Unreadable on a non-object."""
        node = self
        for name in names:
            if node.value is None:
                return node
            if not isinstance(node.value, dict):
                raise node.fault("an object")
            node = Node(node.value.get(name), node, name)
        return node

    def each(self) -> Iterator[Node]:
        """The items of a list; nothing where it is absent. Raises Unreadable on a non-list."""
        if self.value is None:
            return
        if not isinstance(self.value, list):
            raise self.fault("a list")
        for index, item in enumerate(self.value):
            yield Node(item, self, index)

    def first(self) -> Node:
        """The first item of a list, or absent."""
        return next(self.each(), Node(None, self._inside, self._name))

    def text(self) -> str:
        """The text, empty where absent. A number is not a text. Raises Unreadable."""
        if self.value is None:
            return ""
        if not isinstance(self.value, str) or isinstance(self.value, NumberText):
            raise self.fault("a text")
        return self.value.strip()

    def number(self) -> str:
        """The number as the text received, empty where absent. A text is not a number. Raises Unreadable."""
        if self.value is None:
            return ""
        if not isinstance(self.value, NumberText):
            raise self.fault("a number without quotation marks")
        return str(self.value)

    def flag(self) -> bool | None:
        """True, false, or None where absent. Raises Unreadable."""
        if self.value is None or isinstance(self.value, bool):
            return self.value
        raise self.fault("true or false")

    def moment(self) -> datetime | None:
        """A FHIR dateTime or instant in UTC; a date without an hour is its earliest moment. Raises Unreadable."""
        found = self._moment(self.text())
        if found and found.year == MINYEAR:
            # It could not be shown in every time zone.
            raise self.fault("a date that a record can have")
        return found

    def _moment(self, text: str) -> datetime | None:
        if not text:
            return None
        if not _PART_DATE.fullmatch(text):
            return instant(text, self.place)
        try:
            return datetime.strptime(text, _PART_DATE_FORMS[text.count("-")]).replace(tzinfo=UTC)
        except ValueError:
            raise self.fault("a date that exists") from None

    def day(self) -> date | None:
        """A whole calendar date; None where absent or given only to the year or month. Raises Unreadable."""
        moment = self.moment()
        return moment.date() if moment and _WHOLE_DATE.fullmatch(self.text()) else None

    def codings(self) -> list[Coding]:
        """The codings of a CodeableConcept that have a code; a missing display is filled from the concept's own text."""
        words = self.get("text").text()
        found = [_plain_coding(item.value, words) or item._coding(words) for item in self.get("coding").each()]
        return [coding for coding in found if coding.code]

    def _coding(self, words: str) -> Coding:
        return Coding(self.get("system").text(), self.get("code").text(), self.get("display").text() or words)

    def words(self) -> str:
        """A CodeableConcept in words: its text, else the display of its first coding that has one."""
        return self.get("text").text() or next((coding.display for coding in self.codings() if coding.display), "")

    def fault(self, expected: str) -> Unreadable:
        """An exception to raise: this value, what was expected, and the place."""
        return unreadable(_seen(self.value), expected, "Correct it at the source and export the record again.", self.place)


def _plain_coding(value: Any, words: str) -> Coding | None:
    """The commonest coding, three plain texts, without a step of its own for each; None where any is absent or something else."""
    if type(value) is not dict:
        return None
    system, code, display = value.get("system"), value.get("code"), value.get("display")
    return Coding(system.strip(), code.strip(), display.strip() or words) if type(system) is type(code) is type(display) is str else None


def _seen(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    text = str(value)
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return f"the number {shown}" if isinstance(value, NumberText) else f"the text {shown!r}"
