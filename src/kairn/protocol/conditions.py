"""The closed grammar of conditions: frozen shapes, matched exhaustively wherever they are read.

Grammar 2. A fact may be measured, chosen or a moment; the total, a part or a flag of an instrument is a fact like any other.
No shape reads a prediction: what is predicted is drawn, never weighed.
"""

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
class Band:
    """The latest complete answering of an instrument falls in one of these bands of the instrument's own file."""

    instrument: str
    bands: tuple[str, ...]
    within: Duration | None
    this_visit: bool = False


@dataclass(frozen=True)
class Known:
    """The fact has a usable value, whatever it says."""

    fact: str
    within: Duration | None
    this_visit: bool = False


@dataclass(frozen=True)
class Change:
    """The latest value has risen (or fallen) from its baseline by at most, or by at least, an amount.

    The baseline is the latest reading before this visit's infusion (`infusion`), or the latest before the first infusion of all (`series`).
    `relative`: the amount is a share of the baseline, in %; of a baseline of 0 there is no share and the answer is unknown.
    """

    fact: str
    since: str
    direction: str
    at_least: bool
    amount: Quantity
    relative: bool
    within: Duration | None


@dataclass(frozen=True)
class Repeated:
    """The inner comparison (or at least one of several) held on this many successive readings, at least so far apart.

    They are the latest ones; with `ever`, any such run within the windows of the comparisons stands, also after a better reading.
    """

    of: AtMost | AtLeast | Between | AnyOf
    times: int
    apart: Duration
    ever: bool = False


@dataclass(frozen=True)
class Listed:
    """A list of the chart (conditions, medicines, allergies) holds an active entry of a code set.

    An entry found is yes. None found is no only when the list was reviewed by a person `within`; otherwise unknown.
    """

    what: str
    code_set: str
    within: Duration | None


@dataclass(frozen=True)
class Unrecognised:
    """The list of medicines holds an active entry that the library's books do not name: nobody can say what it does beside ketamine."""

    within: Duration | None


@dataclass(frozen=True)
class Age:
    """Completed years of age lie between two limits, both included. Birth date is the fact `birth_date`."""

    low: Quantity
    high: Quantity


@dataclass(frozen=True)
class Since:
    """At least (or less than) so long has passed since a named moment of this visit or course."""

    moment: str
    at_least: Duration | None
    at_most: Duration | None


@dataclass(frozen=True)
class SinceUse:
    """At least (or less than) so long has passed since the latest use of any substance of a class of library/substances.yaml.

    Known when each substance of the class was asked about `within`; a substance said never to be used does not stand in the way.
    """

    substance_class: str
    at_least: Duration | None
    at_most: Duration | None
    within: Duration | None


@dataclass(frozen=True)
class Given:
    """A medicine was given at most so many times in a window, or at this visit: lockouts and maxima of as-needed medicines."""

    drug: str
    at_most: int
    window: Duration | None


@dataclass(frozen=True)
class Happened:
    """A named thing is on record: a signed consent of the current version, a plan, an order, an escort, a contact."""

    what: str
    within: Duration | None = None
    this_visit: bool = False


@dataclass(frozen=True)
class Count:
    """The number of named things in a window, or since the latest reading of a fact, lies at or below a cap."""

    what: str
    at_most: int
    window: Duration | None
    since: str = ""


@dataclass(frozen=True)
class Flagged:
    """A flag of this topic speaks with at least this severity. Unknown while one of them is unknown and none speaks."""

    topic: str
    severity: str


@dataclass(frozen=True)
class EveryOf:
    """All of the inner conditions hold."""

    of: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one of the inner conditions holds."""

    of: tuple[Condition, ...]


@dataclass(frozen=True)
class SomeOf:
    """At least this many of the inner conditions hold."""

    at_least: int
    of: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """The inner condition does not hold. Not of unknown is unknown."""

    of: Condition


Condition = (
    AtMost | AtLeast | Between | Is | Band | Known | Change | Repeated | Listed | Unrecognised | Age | Since | SinceUse | Given
    | Happened | Count | Flagged | EveryOf | AnyOf | SomeOf | Not
)  # fmt: skip
