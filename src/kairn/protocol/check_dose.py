"""Checks of the infusion itself: limits in order, weight basis, duration, spacing, and what the gates say beside it."""

from __future__ import annotations

from collections.abc import Iterator

from kairn.library.weight_basis import BASES
from kairn.protocol.check_found import head_fault
from kairn.protocol.rule import Protocol
from kairn.terms.problem import Problem


def dose_order(protocol: Protocol) -> Iterator[Problem]:
    """Dose limits out of order: hard low, soft low, dose, soft high, hard high."""
    limits = protocol.infusion
    units = {q.unit for q in (*limits.hard, *limits.soft, limits.dose)}
    if len(units) > 1:
        yield head_fault(protocol, "infusion", f"doses in {' and '.join(sorted(units))}", "one unit", "Write them in the unit of the dose.")
        return
    ladder = [q.value for q in (limits.hard[0], limits.soft[0], limits.dose, limits.soft[1], limits.hard[1])]
    if ladder != sorted(ladder) or ladder[0] <= 0:
        yield head_fault(protocol, "infusion", f"dose limits of {', '.join(map(str, ladder))}", "hard low, soft low, dose, soft high, hard high, all above 0",
                         "Put them in order.")  # fmt: skip


def duration_order(protocol: Protocol) -> Iterator[Problem]:
    """A duration outside its own limits."""
    limits = protocol.infusion
    low, planned, high = (q.to("min") for q in (limits.duration_hard[0], limits.duration, limits.duration_hard[1]))
    if not 0 < low <= planned <= high:
        yield head_fault(protocol, "infusion", f"{limits.duration} within {limits.duration_hard[0]} to {limits.duration_hard[1]}",
                         "a duration inside its limits", "Put them in order.")  # fmt: skip


def weight_basis(protocol: Protocol) -> Iterator[Problem]:
    """A dose per weight that does not say which weight."""
    if "/kg" in protocol.infusion.dose.unit and protocol.infusion.weight_basis not in BASES:
        yield head_fault(protocol, "infusion, weight_basis", f"{protocol.infusion.weight_basis!r}", f"one of {', '.join(BASES)}", "State it.")


def spacing_order(protocol: Protocol) -> Iterator[Problem]:
    """Spacing out of order, or a series without an infusion."""
    low, high = protocol.infusion.spacing_days
    if not 0 <= low <= high:
        yield head_fault(protocol, "infusion, spacing_days", f"{low} to {high} days", "the shorter spacing first", "Swap them.")
    if protocol.infusion.infusions < 1:
        yield head_fault(protocol, "infusion, infusions", f"{protocol.infusion.infusions} infusions", "at least one", "Say how many.")


def teach_back_missing(protocol: Protocol) -> Iterator[Problem]:
    """Consent without a question that shows it was understood, or with one asked twice."""
    keys = [key for _, _, key in protocol.teach_back]
    if not keys or len(set(keys)) != len(keys):
        yield head_fault(protocol, "consent, teach_back", f"{len(keys)} questions, {len(set(keys))} of them different", "at least one, each once", "Mend them.")
