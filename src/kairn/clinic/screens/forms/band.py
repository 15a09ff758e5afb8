"""What the identity band tells on every page of a person: allergies, latest weight, treatment, with their times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kairn.clinic.acts.charts import Chart
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.clock import Clock
from kairn.record.history import History
from kairn.record.payloads import AllergyNoted, Observed

OLD = timedelta(days=30)
SHOWN = (("weight", "Weight"), ("moud_status", "MOUD"))


@dataclass(frozen=True)
class FactLine:
    """One fact of the identity band; `stale` says it is old."""

    label: str
    value: str
    stale: bool = False


def band(chart: Chart, clock: Clock) -> tuple[FactLine, ...]:
    """The facts a reader may see; none for somebody to whom the clinical part is not shown."""
    if "clinical" not in chart.visible:
        return ()
    allergies = [payload.code.display or payload.code.code for _, payload in chart.history.all(AllergyNoted) if payload.state == "active"]
    reviewed = _reading(chart.history, "allergies_reviewed")
    none = "none known" if reviewed and reviewed[0] == "yes" else ""
    return (FactLine("Allergies", ", ".join(dict.fromkeys(allergies)) or none), *(_latest(chart.history, clock, fact, title) for fact, title in SHOWN))


def _latest(history: History, clock: Clock, fact: str, title: str) -> FactLine:
    found = _reading(history, fact)
    if not found:
        return FactLine(title, "")
    said, at = found
    return FactLine(f"{title}, {clock.when(at)}", said, clock.now - at > OLD)


def _reading(history: History, fact: str) -> tuple[str, datetime] | None:
    """The latest value of a fact, by when it was true, and when that was."""
    taken = [(event, one) for event, payload in history.all(Observed) for one in payload.readings if one.fact == fact]
    if not taken:
        return None
    event, one = max(taken, key=lambda pair: (pair[0].occurred_at, pair[0].seq))
    return words.value(one), event.occurred_at
