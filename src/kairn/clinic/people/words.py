"""The words this room uses: roles, relations, and the choices of its tables."""

from __future__ import annotations

STAFF_ROLES = ("prescriber", "nurse", "therapist", "coordinator", "clinic-lead", "researcher", "auditor", "administrator")
LINKS = frozenset({"escort", "monitor"})
ROLES = (*STAFF_ROLES, "patient", "escort", "monitor")
RELATIONS = ("none", "same-clinic", "care-team", "on-shift", "author", "self", "escort", "break-glass", "monitor")
CLINIC_MODES = (("live", "live"), ("demo", "demo"), ("restored", "restored"))
SEXES = (("female", "female"), ("male", "male"), ("other", "other"), ("unknown", "unknown"))
