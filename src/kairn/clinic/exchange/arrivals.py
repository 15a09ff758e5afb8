"""What became of each file of an import, as plain values for people and for scripts."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from django.utils import timezone

from kairn.clinic.acts.imports import Imported, RefusedBundle, import_at_the_server
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.exchange.files import is_fhir, read
from kairn.clinic.people.models import Clinic
from kairn.terms.problem import Problem, Unreadable

PASSED_OVER = "No FHIR in it; it only lay in the folder."


@dataclass(frozen=True)
class Operator:
    """Whoever runs the server, at work for one clinic."""

    clinic: UUID
    name: str
    now: datetime


@dataclass(frozen=True)
class Arrived:
    """One file: taken with its account, refused with a sentence and where possible the place, or passed over."""

    file: str
    state: Literal["taken", "refused", "passed over"]
    imported: Imported | None = None
    sentence: str = ""
    problem: Problem | None = None

    @property
    def refused(self) -> bool:
        """Whether nothing of it was stored although it should have been."""
        return self.state == "refused"

    def plain(self) -> dict[str, Any]:
        """As JSON values; no name of a person among them."""
        told: dict[str, Any] = {"file": self.file, "state": self.state.replace(" ", "_")}
        if self.imported:
            done = self.imported
            told |= {
                "patient": str(done.patient),
                "source": done.source,
                "new_person": done.created,
                "events": len(done.events),
                "seq": done.seq,
                "report": done.report.plain(),
            }
        if self.sentence:
            told["sentence"] = self.sentence
        if self.problem:
            told["problem"] = {"seen": self.problem.seen, "expected": self.problem.expected, "mend": self.problem.mend, "where": self.problem.where}
        return told


def operator(wanted: str | None) -> Operator:
    """Whoever runs this command, for the clinic of that name or id, or the only one. Raises LookupError with a sentence."""
    clinics = {str(clinic.id): clinic.name for clinic in Clinic.objects.order_by("name")}
    chosen = [id for id, name in clinics.items() if wanted in (None, id, name)]
    if len(chosen) == 1:
        return Operator(UUID(chosen[0]), _operator_name(), timezone.now())
    if not clinics:
        raise LookupError("Could not import: there is no clinic yet. Start one with kairn run or kairn serve, then import again.")
    seen = f"no clinic {wanted!r}" if wanted and not chosen else f"{len(chosen)} clinics"
    raise LookupError(
        f"Could not import: saw {seen}; expected one of {', '.join(sorted(set(clinics.values())))}. Name it with --clinic, by its name or its id."
    )


def _operator_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def arrive(who: Operator, path: Path, named: bool, source: str, *, dry_run: bool) -> Arrived:
    """Import one file. `named`: the file itself was asked for, so it is not passed over when it holds no FHIR."""
    file = str(path)
    try:
        raw = read(path)
    except Unreadable as fault:
        return Arrived(file, "refused", sentence=str(fault), problem=fault.problem)
    if not named and not is_fhir(raw):
        return Arrived(file, "passed over", sentence=PASSED_OVER)
    return of_outcome(file, import_at_the_server(who.clinic, who.name, raw, now=who.now, where=path.name, source=source, dry_run=dry_run))


def of_outcome(file: str, outcome: Imported | Refused) -> Arrived:
    """What an import act answered, as the fate of a file."""
    if isinstance(outcome, Imported):
        return Arrived(file, "taken", outcome)
    problem = outcome.problem if isinstance(outcome, RefusedBundle) else None
    return Arrived(file, "refused", sentence=" ".join(reason.text for reason in outcome.reasons), problem=problem)
