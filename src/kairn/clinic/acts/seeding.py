"""Writing a demonstration clinic's past: entries with the recorded times their story says, as owner and never in a live clinic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from kairn.clinic.acts.projection import projector
from kairn.clinic.ledger.answers import Appended
from kairn.clinic.ledger.append import Backdated, append
from kairn.record.event import Draft


def write_past(clinic: UUID, drafts: Sequence[Draft], recorded_at: Mapping[UUID, datetime], now: datetime) -> int:
    """Append whole new streams as they were learned; answers how many entries. The clinic is marked as a demonstration for ever.

    Raises ValueError with what the ledger answered where it refused: a story that cannot be told is a bug in the story.
    """
    expected = {draft.stream: 0 for draft in drafts}
    answer = append(clinic, drafts, expected_seq=expected, project=projector(clinic, now), backdated=Backdated("demo", recorded_at))
    if not isinstance(answer, Appended):
        raise ValueError(f"saw a story of the demonstration refused: {answer}; expected it to fit the record. Correct the scenario.")
    return len(answer.events)
