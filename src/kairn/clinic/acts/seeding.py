"""Writing a demonstration clinic's past: entries with the recorded times their story says, as owner and never in a live clinic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from kairn.clinic.acts.folders import folders, load_folder
from kairn.clinic.acts.papers import keep_bytes
from kairn.clinic.acts.projection import projector
from kairn.clinic.ledger.answers import Appended
from kairn.clinic.ledger.append import Backdated, append
from kairn.protocol.rule import Protocol
from kairn.record.event import Author, Draft, StreamKind
from kairn.record.payloads import ProtocolPublished
from kairn.record.payloads_care import ProtocolProposed


def write_past(clinic: UUID, drafts: Sequence[Draft], recorded_at: Mapping[UUID, datetime], now: datetime) -> int:
    """Append whole new streams as they were learned; answers how many entries. The clinic is marked as a demonstration for ever.

    Raises ValueError with what the ledger answered where it refused: a story that cannot be told is a bug in the story.
    """
    expected = {draft.stream: 0 for draft in drafts}
    answer = append(clinic, drafts, expected_seq=expected, project=projector(clinic, now), backdated=Backdated("demo", recorded_at))
    if not isinstance(answer, Appended):
        raise ValueError(f"saw a story of the demonstration refused: {answer}; expected it to fit the record. Correct the scenario.")
    return len(answer.events)


def publication(clinic: UUID, template: tuple[str, str], first: Author, second: Author, at: datetime) -> tuple[Protocol, list[Draft]]:
    """A template that ships as two people of a story put it in force: its bytes are kept now, the two entries are for the caller to append."""
    folder = next(each for each in folders() if not each.own and (each.protocol, each.version) == template)
    protocol = load_folder(folder)
    keep_bytes(folder)
    proposed = ProtocolProposed(protocol.id, protocol.version, protocol.content_hash)
    published = ProtocolPublished(protocol.id, protocol.version, protocol.content_hash, first.id, at.date())
    said = ((first, "protocol proposed", proposed), (second, "protocol published", published))
    return protocol, [Draft(uuid5(clinic, f"{name} {by.id}"), clinic, at, by, payload, stream_kind=StreamKind.CLINIC) for by, name, payload in said]
