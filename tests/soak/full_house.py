"""A clinic full of people for a soak: chairs at which an infusion runs, staff, and patients with a phone; and what its processes take of the machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

ROLES = ("nurse", "prescriber", "therapist", "coordinator")
BOARDS, TIMELINES = 2, 2
FORMER, SHORTEST, SPREAD = 200, 120, 60
"""Visits that are over, which the forecast of going home looks at, and how many minutes they took from the pump's stop."""
KIB = 1024
TICKS = os.sysconf("SC_CLK_TCK")
PARENT, PROCESSOR = 1, slice(11, 15)
"""Where /proc/<pid>/stat says, after the name, who the parent is, and the time taken by itself and by children that are gone."""


def furnish(chairs: int, staff: int, portal: int) -> dict[str, Any]:
    """Make the clinic: so many people at a running infusion, of the staff, and patients at home, and former visits. Answers who they are, with sessions.

    Django is set up, as the running role. Acts here are a second apart and done faster: what was told lies ahead of the clock, up to `told_until`.
    """
    from django.test import override_settings

    # Nobody signs in by password here: hashing them well would only take time.
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        return _furnish(chairs, staff, portal)


def _furnish(chairs: int, staff: int, portal: int) -> dict[str, Any]:
    from acts_walk import Walk
    from former_visits import went_home

    from kairn.clinic.people.accounts import new_clinic

    walk = Walk(new_clinic("Cairn Hill", clinic_id=uuid4()).id)
    for place in range(FORMER):
        went_home(walk, SHORTEST + place % SPREAD)
    members = [(role, _session(walk.make(role))) for role in (ROLES[place % len(ROLES)] for place in range(staff))]
    nurses = [_session(walk.make("nurse")) for _ in range(chairs)]
    seats = [_seat(walk, place, session) for place, session in enumerate(nurses)]
    told_until = walk.now.timestamp()
    people = list(_at_home(walk, portal))
    prescriber, nurse = _session(walk.users["prescriber"]), _session(walk.users["nurse"])
    return {
        "clinic": str(walk.clinic),
        "told_until": told_until,
        "chairs": seats,
        "screens": [*_beside(seats, prescriber), *_boards(nurse), *_timelines(seats, prescriber)],
        "staff": [{"role": role, "session": session} for role, session in members],
        "portal": [session for _, session in people],
        "people": [patient for patient, _ in people],
    }


def _seat(walk: Any, place: int, session: str) -> dict[str, Any]:
    """Somebody at a running infusion, with a monitor, and the tablet of the nurse beside them."""
    from django.utils import timezone

    from kairn.clinic.acts import monitor

    walk.patient, walk.visit, walk.chair, walk.now = uuid4(), uuid4(), f"Chair {place + 1}", timezone.now()
    walk.to_infusion()
    linked = monitor.connect(walk.context("nurse"), walk.patient, visit=walk.visit, device=f"bedside-{place + 1}")
    return {"patient": str(walk.patient), "visit": str(walk.visit), "session": session, "token": linked.token}


def _beside(seats: list[dict[str, Any]], session: str) -> list[dict[str, str]]:
    """A second screen for every chair: the prescriber looks on."""
    urls = [f"/patients/{seat['patient']}/visits/{seat['visit']}/chair" for seat in seats]
    return [{"name": f"chair {place}", "url": url, "what": "page: chair", "session": session} for place, url in enumerate(urls)]


def _boards(session: str) -> list[dict[str, str]]:
    return [{"name": f"board {place}", "url": "/chairs", "what": "page: board", "session": session} for place in range(BOARDS)]


def _timelines(seats: list[dict[str, Any]], session: str) -> list[dict[str, str]]:
    """The prescriber reads the timelines of the first people."""
    urls = [f"/patients/{seat['patient']}/timeline" for seat in seats[:TIMELINES]]
    return [{"name": f"timeline {place}", "url": url, "what": "page: timeline", "session": session} for place, url in enumerate(urls)]


def _at_home(walk: Any, count: int) -> Iterator[tuple[str, str]]:
    """People in treatment with an account for their phone: one walked by acts, the others told the same in one go each."""
    from django.utils import timezone

    from kairn.clinic.people.accounts import make_patient_account
    from kairn.clinic.people.models import Patient

    walk.patient, walk.now = uuid4(), timezone.now()
    events = walk.to_treatment().history.events if count else ()
    for place in range(count):
        patient = walk.patient if place == 0 else _told_again(walk.clinic, events, place)
        yield str(patient), _session(make_patient_account(Patient.objects.get(id=patient), f"home{place}-{uuid4().hex[:8]}@test.example").user)


def _told_again(clinic: UUID, events: Any, place: int) -> UUID:
    """Another person with the same course."""
    from datetime import date

    from django.utils import timezone

    from kairn.clinic.acts.projection import projector
    from kairn.clinic.ledger.answers import Appended
    from kairn.clinic.ledger.append import append
    from kairn.clinic.people.care import new_patient
    from kairn.record.event import Draft

    patient = uuid4()
    new_patient(clinic, patient, family_name=f"Byrne {place}", given_name="Maeve", birth_date=date(1988, 4, 2), sex="female")
    drafts = [Draft(uuid4(), patient, event.occurred_at, event.by, event.payload) for event in events]
    assert isinstance(append(clinic, drafts, expected_seq={patient: 0}, project=projector(clinic, timezone.now())), Appended)
    return patient


def _session(user: Any) -> str:
    """A signed-in session, as the sign-in page would make it."""
    from django.test import Client

    client = Client()
    client.force_login(user)
    return str(client.cookies["sessionid"].value)


@dataclass(frozen=True)
class Taken:
    """What one process of the server holds and has used: resident memory and its share of it, what it shares divided, in MiB; processor time, in s."""

    name: str
    resident: float
    share: float
    processor: float


def taken(serving: int, postmaster: int) -> list[Taken]:
    """Every process of the server: what `kairn serve` started, and the database with one process for each connection."""
    return [found for each in processes_of((serving, postmaster)) if (found := _taken(each))]


def processes_of(roots: Sequence[int]) -> list[int]:
    """These processes and all that come from them."""
    parents = {each: parent for each in _all() if (parent := _parent(each)) is not None}
    return _tree(parents, list(roots))


def by_name(processes: list[Taken]) -> list[dict[str, Any]]:
    """One row for each kind of process, and one for all."""
    names = sorted({one.name for one in processes})
    groups = [(name, [one for one in processes if one.name == name]) for name in names]
    return [_row(name, group) for name, group in [*groups, ("all", processes)]]


def _row(name: str, group: list[Taken]) -> dict[str, Any]:
    held = {"process": name, "processes": len(group), "resident": round(sum(one.resident for one in group), 1)}
    return held | {"share": round(sum(one.share for one in group), 1), "processor": round(sum(one.processor for one in group), 1)}


def _all() -> list[int]:
    return [int(each.name) for each in Path("/proc").glob("[0-9]*")]


def stat(pid: int) -> list[str]:
    """The words of /proc/<pid>/stat after the name; OSError for a process that is gone."""
    return (Path("/proc") / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def _parent(pid: int) -> int | None:
    try:
        return int(stat(pid)[PARENT])
    except OSError:
        return None


def _tree(parents: dict[int, int], roots: list[int]) -> list[int]:
    """The roots and all that come from them."""
    found = list(roots)
    for each in found:
        found += [child for child, parent in parents.items() if parent == each and child not in found]
    return found


def _taken(pid: int) -> Taken | None:
    """None for a process that is gone."""
    at = Path("/proc") / str(pid)
    try:
        lines = (at / "smaps_rollup").read_text(encoding="utf-8").splitlines()
        name, processor = named(pid), sum(int(each) for each in stat(pid)[PROCESSOR]) / TICKS
    except OSError:
        return None
    held = {line.split(":")[0]: int(line.split()[1]) / KIB for line in lines if line.startswith(("Rss:", "Pss:"))}
    return Taken(name, held.get("Rss", 0.0), held.get("Pss", 0.0), processor)


def named(pid: int) -> str:
    """What a process is, by how it was called."""
    words = (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    known = {"kairn.clinic.site.web": "web server", "kairn.clinic.site.work": "worker", "kairn serve": "supervisor", "postgres": "database"}
    return next((name for part, name in known.items() if part in words), "other")
