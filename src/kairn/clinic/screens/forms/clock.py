"""Times in the clinic's own zone, told the same way everywhere at the desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from kairn.clinic.people.models import User
from kairn.terms.problem import unreadable

FORM = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True)
class Clock:
    """The moment a page is made, and the zone its times are told in."""

    now: datetime
    zone: ZoneInfo

    def local(self, at: datetime) -> datetime:
        """The moment on the clinic's wall clock."""
        return at.astimezone(self.zone)

    def day(self, at: datetime | date) -> str:
        """24 Nov, with the year only where it is another one."""
        day = self.local(at).date() if isinstance(at, datetime) else at
        year = "" if day.year == self.local(self.now).year else f" {day.year}"
        return f"{day.day} {day:%b}{year}"

    def hour(self, at: datetime) -> str:
        """09:20."""
        return f"{self.local(at):%H:%M}"

    def when(self, at: datetime) -> str:
        """09:20 today, otherwise 24 Nov 09:20."""
        same = self.local(at).date() == self.local(self.now).date()
        return self.hour(at) if same else f"{self.day(at)} {self.hour(at)}"

    def full(self, at: datetime) -> str:
        """Tuesday 24 November, 09:23."""
        local = self.local(at)
        return f"{local:%A} {local.day} {local:%B}, {local:%H:%M}"

    def field(self, at: datetime) -> str:
        """The moment as a date and time field of a form holds it."""
        return f"{self.local(at):{FORM}}"

    def ago(self, at: datetime) -> str:
        """3 min, 2 h, 5 days: how long before now, in the largest whole unit."""
        gone = self.now - at
        if gone.days >= 2:
            return f"{gone.days} days"
        minutes = int(gone.total_seconds() // 60)
        return f"{minutes // 60} h" if minutes >= 60 else f"{max(minutes, 0)} min"

    def read(self, typed: str) -> datetime | None:
        """The moment a date and time field holds, None where it holds none.

        Of an hour that comes twice, when clocks go back, it is the latest that is not still to come.
        """
        try:
            found = datetime.fromisoformat(typed)
        except ValueError:
            return None
        if found.tzinfo:
            return found
        before, after = self.both(found)
        return next((each for each in (after, before) if each.astimezone(UTC) <= self.now), before)

    def both(self, wall: datetime) -> tuple[datetime, datetime]:
        """What the wall clock says, read as before and as after the clocks change; they are two moments only in an hour that comes twice or never."""
        return wall.replace(tzinfo=self.zone, fold=0), wall.replace(tzinfo=self.zone, fold=1)

    def typed(self, typed: str, field: str) -> datetime | None:
        """The same for a field that may be left blank. Raises Unreadable where something is typed that is no time."""
        if not typed.strip():
            return None
        found = self.read(typed.strip())
        if found is None:
            raise unreadable(f"{typed.strip()!r}", f"a date and time such as {self.field(self.now)}, or nothing for now", "Correct the time.", field)
        return found


def clock_of(user: User, now: datetime) -> Clock:
    """The clock of the clinic somebody works in."""
    clinic = user.membership.clinic if user.membership else None
    return Clock(now, ZoneInfo(clinic.time_zone if clinic else "UTC"))


def age_on(birth: date, day: date) -> int:
    """Whole years lived on a day."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
