"""Moving one person to another published protocol, with the difference shown; and who is on what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from kairn.clinic.acts.boards import MINE
from kairn.clinic.acts.check import needed
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, Refused, refused
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.clinic.acts.permission import permitted
from kairn.clinic.acts.protocols import in_force_for, latest_begun, load_published, pin, pinned, published
from kairn.clinic.ledger import read
from kairn.clinic.ledger.session import cursor
from kairn.clinic.people import audit
from kairn.clinic.people.care import patients
from kairn.clinic.people.visibility import visible
from kairn.protocol.diff import Diff, diff
from kairn.protocol.rule import Protocol
from kairn.record.payloads import Payload, ProtocolPublished
from kairn.record.payloads_care import ProtocolAssigned

UNDER_WAY = ("pre-flight", "infusion", "recovery")
NO_DIFFERENCE = "The protocol this person is on cannot be read by this Kairn, so the difference cannot be shown. Read the new one as a whole."
PEOPLE = f"SELECT stream, stage FROM ledger_standing WHERE clinic = %(clinic)s AND (%(all)s OR stream IN ({MINE})) ORDER BY stream"


@dataclass(frozen=True)
class Change:
    """What moving a person would change, in clinical words. Without a readable old protocol there is no difference to show, and `why` says so."""

    old: Protocol | None
    new: Protocol
    between: Diff | None
    why: str = ""

    @property
    def digest(self) -> str:
        """What the decision sends back, so that the record says which difference was shown."""
        return self.between.digest if self.between is not None else ""


@dataclass(frozen=True)
class OnProtocol:
    """One person and the protocol their course follows; `pinned` False means that nothing holds them to it yet: they follow the clinic's."""

    patient: UUID
    name: str
    stage: str
    protocol: str
    version: str
    content_hash: str
    pinned: bool


def choices(context: Context) -> tuple[ProtocolPublished, ...]:
    """What a person may be moved to: every published content whose day has come, the latest first."""
    begun = [each for each in published(context.clinic) if each.effective <= context.now.date()]
    return tuple({each.content_hash: each for each in reversed(begun)}.values())


def change(context: Context, patient: UUID, content_hash: str) -> Change | Refused:
    """What moving this person to that protocol would change, for the page on which it is decided."""
    allowed = permitted(context, "clinical.read", patient)
    if isinstance(allowed, Refused):
        return allowed
    return _change(context, in_force_for(context.clinic, read.history(patient), context.now).protocol, content_hash)


def _change(context: Context, old: Protocol | None, content_hash: str) -> Change | Refused:
    wanted = next((each for each in choices(context) if each.content_hash == content_hash), None)
    if wanted is None:
        return refused("policy", "That protocol is not published here, or its day has not come. Choose one that is in force.")
    found = load_published(wanted)
    if found.protocol is None:
        return refused("policy", found.why)
    if old is None:
        return Change(None, found.protocol, None, NO_DIFFERENCE)
    return Change(old, found.protocol, diff(old, found.protocol))


def assign_protocol(context: Context, patient: UUID, *, event_id: UUID, expected_seq: int, content_hash: str, shown: str, reason: str) -> Outcome:
    """The course goes on under another published protocol. `shown` is the digest of the difference the signer saw."""

    def build(case: Case) -> list[Payload] | Refused:
        why = needed(reason, "reason", "why this person is moved")
        found = _change(context, case.protocol, content_hash)
        if isinstance(found, Refused):
            return found
        if stop := case.ended() or _not_now(case, found):
            return stop
        if found.digest != shown:
            return refused("policy", "The difference is not the one that was shown. Read it again and decide.")
        new = found.new
        return [ProtocolAssigned(new.id, new.version, new.content_hash, found.digest, why, case.signature())]

    return perform(context, Act("protocol.assign", patient, event_id, build, expected_seq=expected_seq))


def _not_now(case: Case, found: Change) -> Refused | None:
    stage = case.standing.course.stage
    if found.old is not None and found.old.content_hash == found.new.content_hash and case.earlier is None and pin(case.history) is not None:
        return refused("policy", "This person is on that protocol already.")
    if stage not in (*found.new.stages, *found.new.exits):
        return refused("policy", f"{found.new.title} knows no stage {stage}, where this person is. Move them when they are elsewhere.")
    # Where the old protocol cannot be read nothing is weighed at all, and waiting would help nobody.
    if found.old is not None and any(visit.phase in UNDER_WAY and not visit.cancelled for visit in case.standing.visits):
        return refused("policy", "A visit is under way. It ends under the protocol it began under; move the person afterwards.")
    return None


def people_on(context: Context) -> tuple[OnProtocol, ...] | Refused:
    """Everybody this reader may see, with the protocol each follows; one row in the log of reads."""
    allowed = permitted(context, "protocol.people", None)
    if isinstance(allowed, Refused):
        return allowed
    everybody = "identity" in visible(context.user, {"same-clinic"})
    with cursor() as opened:
        rows = opened.execute(PEOPLE, {"clinic": context.clinic, "user": context.user.id, "now": context.now, "all": everybody}).fetchall()
    audit.log_reads(context.user, [row[0] for row in rows], "protocol.people", relation="same-clinic")
    return tuple(_on(context, rows))


def _on(context: Context, rows: list[tuple[UUID, str]]) -> Iterable[OnProtocol]:
    people, histories = patients(stream for stream, _ in rows), read.histories([stream for stream, _ in rows])
    following = latest_begun(context.clinic, context.now)
    for stream, stage in rows:
        if stream not in people:
            continue
        held = pinned(context.clinic, histories[stream])
        said = held or (following.said if following else None)
        names = (said.protocol, said.version, said.content_hash) if said else ("", "", "")
        yield OnProtocol(stream, people[stream].name, stage, *names, pinned=held is not None)
