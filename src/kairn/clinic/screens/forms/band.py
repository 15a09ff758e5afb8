"""What the identity band tells on every page of a person: allergies, latest weight, treatment, with their times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kairn.clinic.acts.charts import Chart
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.clock import Clock
from kairn.protocol.rule import Protocol
from kairn.record.history import History
from kairn.record.payloads import AllergyNoted, Observed

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
    return (FactLine("Allergies", ", ".join(dict.fromkeys(allergies)) or none), *(_latest(chart, clock, fact, title) for fact, title in SHOWN))


def _latest(chart: Chart, clock: Clock, fact: str, title: str) -> FactLine:
    found = _reading(chart.history, fact)
    if not found:
        return FactLine(title, "")
    said, at = found
    lasts = good_for(chart.protocol, fact)
    return FactLine(f"{title}, {clock.when(at)}", said, lasts is None or clock.now - at > lasts)


def good_for(protocol: Protocol | None, fact: str) -> timedelta | None:
    """How long the protocol takes a value as current: as an order reads the weight, as a duty asks for it again; None where it does not say."""
    if protocol is None:
        return None
    if fact == "weight":
        return protocol.infusion.weight_within.delta
    asked = [rule.schedule for rule in protocol.rules if rule.schedule and rule.schedule.every and fact in rule.schedule.facts]
    return min((schedule.every.delta for schedule in asked if schedule.every), default=None)


def _reading(history: History, fact: str) -> tuple[str, datetime] | None:
    """The latest value of a fact, by when it was true, and when that was."""
    taken = [(event, one) for event, payload in history.all(Observed) for one in payload.readings if one.fact == fact]
    if not taken:
        return None
    event, one = max(taken, key=lambda pair: (pair[0].occurred_at, pair[0].seq))
    return words.shown(one), event.occurred_at
