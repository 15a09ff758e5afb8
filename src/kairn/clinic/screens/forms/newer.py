"""What came into a chart while somebody was deciding on an older one."""

from __future__ import annotations

from kairn.clinic.screens.forms.desk import Desk
from kairn.clinic.screens.forms.telling import tell


def newer(desk: Desk, seen: int) -> tuple[str, ...]:
    """The entries after `seen` in words; none where nothing was decided on an older chart."""
    if not seen:
        return ()
    found = []
    for event in desk.chart.history.events:
        if event.seq > seen:
            _, title, detail = tell(event, desk.clock)
            found.append(f"Entry {event.seq}, {desk.clock.when(event.recorded_at)}, {event.by.name}: {title}{f', {detail}' if detail else ''}")
    return tuple(found)
