"""The closed grammar of conditions: frozen shapes, matched exhaustively wherever they are read."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.terms.quantity import Quantity
from kairn.terms.times import Duration


@dataclass(frozen=True)
class AtMost:
    """The latest value of a measured fact is at most the limit."""

    fact: str
    limit: Quantity
    within: Duration | None
    this_visit: bool = False


@dataclass(frozen=True)
class AtLeast:
    """The latest value of a measured fact is at least the limit."""

    fact: str
    limit: Quantity
    within: Duration | None
    this_visit: bool = False


@dataclass(frozen=True)
class Between:
    """The latest value of a measured fact lies between two limits, both included."""

    fact: str
    low: Quantity
    high: Quantity
    within: Duration | None
    this_visit: bool = False


@dataclass(frozen=True)
class Is:
    """The latest value of a chosen fact (yes, no, or one of its choices) is one of these."""

    fact: str
    values: tuple[str, ...]
    within: Duration | None
    this_visit: bool = False


@dataclass(frozen=True)
class Known:
    """The fact has a usable value, whatever it says."""

    fact: str
    within: Duration | None
    this_visit: bool = False


@dataclass(frozen=True)
class ChangeFromBaseline:
    """The latest value is within a change of the value measured before this visit's infusion."""

    fact: str
    rise_at_most: Quantity
    within: Duration | None


@dataclass(frozen=True)
class Repeated:
    """The inner comparison held on this many successive readings, at least so far apart."""

    of: AtMost | AtLeast
    times: int
    apart: Duration


@dataclass(frozen=True)
class Listed:
    """A list of the chart (conditions, medicines, allergies) holds an active entry of a code set.

    An entry found is yes. None found is no only when the list was reviewed by a person `within`; otherwise unknown.
    """

    what: str
    code_set: str
    within: Duration | None


@dataclass(frozen=True)
class Age:
    """Completed years of age lie between two limits, both included. Birth date is the fact `birth_date`."""

    low: Quantity
    high: Quantity


@dataclass(frozen=True)
class Since:
    """At least (or at most) so long has passed since a named moment of this visit or course."""

    moment: str
    at_least: Duration | None
    at_most: Duration | None


@dataclass(frozen=True)
class Happened:
    """A named thing is on record: a signed consent of the current version, a plan, an order, an escort, a contact."""

    what: str
    within: Duration | None = None
    this_visit: bool = False


@dataclass(frozen=True)
class Count:
    """The number of named things in a window lies at or below a cap."""

    what: str
    at_most: int
    window: Duration | None


@dataclass(frozen=True)
class EveryOf:
    """All of the inner conditions hold."""

    of: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one of the inner conditions holds."""

    of: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """The inner condition does not hold. Not of unknown is unknown."""

    of: Condition


Condition = AtMost | AtLeast | Between | Is | Known | ChangeFromBaseline | Repeated | Listed | Age | Since | Happened | Count | EveryOf | AnyOf | Not
