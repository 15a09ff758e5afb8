"""Who the patient is: name, birth date, sex, phone, and whether and when they died."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kairn.fhir.node import Node
from kairn.fhir.resource import PatientBundle
from kairn.terms.problem import unreadable

SEXES = ("male", "female", "other", "unknown")
_NAME_USES = ("official", "usual", "")
_PHONE_USES = ("mobile", "home", "")


@dataclass(frozen=True)
class Demographics:
    """What goes to the patient's own record, outside events. `died` may be true with no known moment.

    birth_date is None unless a whole date was given: a year alone is not a date.
    """

    family_name: str
    given_name: str
    birth_date: date | None
    sex: str
    phone: str
    email: str
    died: bool | None
    died_at: datetime | None

    @property
    def name(self) -> str:
        """The name as people read it."""
        return f"{self.given_name} {self.family_name}".strip() or "no name"


def read_demographics(bundle: PatientBundle, now: datetime) -> Demographics:
    """The patient of a bundle. Raises Unreadable with the place: a future birth or death, an unknown gender, a malformed value."""
    body = bundle.patient.body
    gender = body.get("gender")
    if gender.text() not in (*SEXES, ""):
        raise gender.fault(f"one of {', '.join(SEXES)}")
    name = _preferred(list(body.get("name").each()), _NAME_USES)
    died, died_at = _death(body, now)
    return Demographics(
        family_name=name.get("family").text() or name.get("text").text(),
        given_name=" ".join(part.text() for part in name.get("given").each()),
        birth_date=_birth(body.get("birthDate"), now),
        sex=gender.text() or "unknown",
        phone=_contact(body, "phone"),
        email=_contact(body, "email"),
        died=died,
        died_at=died_at,
    )  # fmt: skip


def _preferred(choices: list[Node], uses: tuple[str, ...]) -> Node:
    for use in uses:
        for choice in choices:
            if choice.get("use").text() == use:
                return choice
    return choices[0] if choices else Node(None, "")


def _contact(body: Node, system: str) -> str:
    known = [item for item in body.get("telecom").each() if item.get("system").text() == system and item.get("use").text() != "old"]
    return _preferred(known, _PHONE_USES).get("value").text()


def _birth(node: Node, now: datetime) -> date | None:
    day = node.day()
    if day and day > now.date():
        raise unreadable(f"a birth date of {day}", "a day that has come", "Correct it at the source.", node.place)
    return day


def _death(body: Node, now: datetime) -> tuple[bool | None, datetime | None]:
    at, said = body.get("deceasedDateTime"), body.get("deceasedBoolean")
    moment = at.moment()
    if moment and said:
        raise unreadable("both deceasedDateTime and deceasedBoolean", "one of them", "Correct it at the source.", body.place)
    if moment and moment > now:
        raise unreadable(f"a death on {moment.date()}", "a day that has come", "Correct it at the source.", at.place)
    return (True, moment) if moment else (said.flag(), None)
