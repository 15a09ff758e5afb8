"""The facts that rules can ask about: measured ones with unit, step and plausible range; chosen ones with their choices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.terms.numbers import measured_value, parameter, rounded_to
from kairn.terms.problem import unreadable
from kairn.terms.quantity import Quantity, unit_of

YES_NO = ("yes", "no")


@dataclass(frozen=True)
class Fact:
    """One fact. `kind` is measure, choice, date or prediction; a measure's value is weighed rounded half-even to `step`.

    `self_report` names the only values that a person's own check-in can establish; the others need a clinician.
    `of` names the instrument, and its total, part or flag, that also brings readings of this fact. `derived` names a formula over other facts.
    A prediction is drawn and never weighed: no rule may read it.
    """

    name: str
    label: str
    kind: str
    unit: str = ""
    step: Decimal = Decimal(1)
    plausible: tuple[Decimal, Decimal] = (Decimal(0), Decimal(0))
    choices: tuple[str, ...] = ()
    loinc: tuple[str, ...] = ()
    ask: str = ""
    self_report: tuple[str, ...] = ()
    of: tuple[str, str] | None = None
    derived: str = ""


DERIVED = {"bmi": ("weight", "height")}
"""Each formula with the facts it is computed from, the first of which gives the time."""


def read_facts(root: Node) -> dict[str, Fact]:
    """All facts by name. Raises Unreadable with the line of the fault."""
    parts = root.fields(("source", "measures", "choices", "dates"), ("predictions",))
    predicted = parts["predictions"].items() if "predictions" in parts else []
    entries = [*map(_measure, parts["measures"].items()), *map(_choice, parts["choices"].items()), *map(_date, parts["dates"].items())]
    entries += [replace(_measure(entry), kind="prediction") for entry in predicted]
    found = {fact.name: fact for fact in entries}
    if len(found) != len(entries):
        raise root.fault("a fact defined twice", "each fact once", "Keep one of them.")
    return found


def _measure(entry: Node) -> Fact:
    fields = entry.fields(("fact", "label", "unit", "step", "plausible"), ("loinc", "of", "derived"))
    low, high = (parameter(text, fields["plausible"].where) for text in fields["plausible"].texts())
    unit_of(fields["unit"].text(), fields["unit"].where)
    return Fact(
        fields["fact"].text(), fields["label"].text(), "measure", fields["unit"].text(), parameter(fields["step"].text(), fields["step"].where), (low, high),
        loinc=_texts(fields, "loinc"), of=_of(fields), derived=_derived(fields),
    )  # fmt: skip


def _choice(entry: Node) -> Fact:
    fields = entry.fields(("fact", "label"), ("choices", "ask", "self_report", "of"))
    choices = fields["choices"].texts() if "choices" in fields else YES_NO
    return Fact(
        fields["fact"].text(), fields["label"].text(), "choice",
        choices=choices, ask=_text(fields, "ask"), self_report=_texts(fields, "self_report"), of=_of(fields),
    )  # fmt: skip


def _of(fields: dict[str, Node]) -> tuple[str, str] | None:
    if "of" not in fields:
        return None
    parts = fields["of"].texts()
    if len(parts) != 2:
        raise fields["of"].fault(f"{len(parts)} parts", "[instrument, total or the name of a part or flag]", "Name the instrument and its part.")
    return parts[0], parts[1]


def _derived(fields: dict[str, Node]) -> str:
    name = _text(fields, "derived")
    if name and name not in DERIVED:
        raise fields["derived"].fault(f"the formula {name!r}", f"one of {', '.join(DERIVED)}", "Choose one.")
    return name


def _text(fields: dict[str, Node], name: str) -> str:
    return fields[name].text() if name in fields else ""


def _texts(fields: dict[str, Node], name: str) -> tuple[str, ...]:
    return fields[name].texts() if name in fields else ()


def _date(entry: Node) -> Fact:
    fields = entry.fields(("fact", "label"))
    return Fact(fields["fact"].text(), fields["label"].text(), "date")


REMEMBERED = 8192
"""So many readings are remembered as rules see them: a history is weighed again and again."""
FACTS: dict[str, Fact] = read_facts(read_yaml(LIBRARY / "facts.yaml"))


def fact_of(name: str, where: str = "") -> Fact:
    """The fact with that name. Raises Unreadable."""
    if name not in FACTS:
        raise unreadable(f"the fact {name!r}", "a fact of library/facts.yaml", "Correct its spelling or add it there with a source.", where)
    return FACTS[name]


def weighed(fact: Fact, text: str, unit: str) -> Decimal:
    """A measured value as a rule sees it: in the fact's unit, rounded to its step. Raises Unreadable.

    An implausible value is refused here: a rule must not rest on it. It can still be recorded.
    """
    seen = _seen(fact, text, unit)
    if seen is None:
        low, high = fact.plausible
        raise unreadable(f"{fact.label} {text} {unit}", f"between {low} and {high} {fact.unit}", "Measure again; the value stays on record.")
    return seen


def plausible(fact: Fact, text: str, unit: str = "") -> bool:
    """Whether a measured value lies in the fact's plausible range, so that a rule can rest on it. Raises Unreadable for what is no such measure."""
    return _seen(fact, text, unit) is not None


@lru_cache(maxsize=REMEMBERED)
def _seen(fact: Fact, text: str, unit: str) -> Decimal | None:
    """The value in the fact's unit, rounded to its step; None outside the plausible range, far beyond which no rounding is exact."""
    value = Quantity(measured_value(text), unit or fact.unit).to(fact.unit)
    low, high = fact.plausible
    if not low - fact.step < value < high + fact.step:
        return None
    seen = rounded_to(Decimal(value.numerator) / Decimal(value.denominator), fact.step)
    return seen if low <= seen <= high else None


def check_reading(fact_name: str, value: str, unit: str = "", where: str = "") -> None:
    """Refuse what is not a reading at all (no such fact, no number, a unit of another kind, no such choice). Raises Unreadable."""
    fact = fact_of(fact_name, where)
    if fact.kind == "measure":
        Quantity(measured_value(value, where), unit or fact.unit).to(fact.unit)
    elif fact.kind == "choice" and value not in fact.choices:
        raise unreadable(f"{value!r} for {fact.label}", f"one of {', '.join(fact.choices)}", "Choose one of them.", where)
