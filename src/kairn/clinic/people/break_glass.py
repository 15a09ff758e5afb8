"""Breaking the glass: somebody outside the care team reads a chart for a quarter of an hour, with a reason, and another person reviews it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from kairn.clinic.people import audit
from kairn.clinic.people.models import BreakGlass, User

SHORTEST_REASON = 10


def refuse_reason(reason: str) -> str:
    """Why a reason cannot be taken, or nothing."""
    if len(reason.strip()) < SHORTEST_REASON:
        return "Saw no reason a reviewer could follow; expected a sentence."
    return ""


def break_glass(user: User, patient_id: UUID, reason: str, now: datetime | None = None) -> BreakGlass:
    """Open the chart until the minutes are over, and log it. Ask `may(user, "glass.break", ...)` and `refuse_reason` first."""
    started = now or timezone.now()
    until = started + timedelta(minutes=settings.KAIRN_BREAK_GLASS_MINUTES)
    row = BreakGlass.objects.create(user=user, patient_id=patient_id, reason=reason.strip()[:400], started_at=started, until=until)
    audit.log_reads(user, [patient_id], "break glass", relation="break-glass", reason=row.reason)
    return row


def to_review(clinic: UUID) -> QuerySet[BreakGlass]:
    """Every time the glass was broken in a clinic, those not yet reviewed first, newest first."""
    rows = BreakGlass.objects.filter(patient__clinic=clinic).select_related("user", "patient", "reviewed_by")
    return rows.order_by("reviewed_at", "-started_at") if rows.filter(reviewed_at=None).count() == 0 else rows.order_by("-reviewed_at", "-started_at")


def review(row: BreakGlass, by: User, note: str, now: datetime | None = None) -> str:
    """Sign the review; the sentence why not, or nothing. Nobody reviews themselves, and a review stands."""
    if row.user_id == by.id:
        return "Nobody reviews their own reading; another person must."
    changed = BreakGlass.objects.filter(id=row.id, reviewed_at=None).update(reviewed_by=by, reviewed_at=now or timezone.now(), review_note=note.strip()[:400])
    return "" if changed else "This reading was reviewed already; the first review stands."
