"""Every protocol a clinic can read: in force, waiting for a second person, its own, what ships, and what is only for comparison."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.folders import Folder, folders, load_folder
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.papers import protocol_of
from kairn.clinic.acts.permission import permitted
from kairn.clinic.acts.protocols import Publication, latest_begun, proposals, publications
from kairn.clinic.ledger.papers import short
from kairn.library.reader import read_yaml
from kairn.protocol.rule import Protocol, Use
from kairn.record.event import Event
from kairn.record.payloads_care import ProtocolProposed
from kairn.terms.problem import Unreadable, unreadable

__all__ = ["Entry", "library", "read_protocol", "short"]


@dataclass(frozen=True)
class Entry:
    """One content: what it is called, where it lies, what was done with it. Without a folder it lies in the database alone."""

    protocol: str
    version: str
    content_hash: str
    title: str
    use: Use = Use.CLINIC
    folder: Folder | None = None
    proposal: tuple[Event, ProtocolProposed] | None = None
    publication: Publication | None = None
    in_force: bool = False
    fault: str = ""

    @property
    def own(self) -> bool:
        """Whether it is the clinic's own text rather than one that ships."""
        return self.folder is None or self.folder.own

    @property
    def name(self) -> str:
        """How people name it: id, version, the first digits of its content."""
        return f"{self.protocol} {self.version}, {short(self.content_hash)}" if self.content_hash else f"{self.protocol} {self.version}"


def library(context: Context) -> tuple[Entry, ...] | Refused:
    """Everything there is to read: published, then proposed, then what lies in folders. Each content once; what cannot be read, with its fault."""
    allowed = permitted(context, "protocol.read", None)
    return allowed if isinstance(allowed, Refused) else tuple(_entries(context))


def read_protocol(one: Entry) -> Protocol:
    """The protocol of an entry: out of the database where it was proposed or published, otherwise from its folder. Raises Unreadable."""
    if one.proposal is not None or one.publication is not None:
        return protocol_of(one.content_hash)
    if one.folder is None or one.fault:
        raise unreadable(one.fault or "no folder with this content", "a protocol that can be read", "Mend it: kairn protocol check says where.", one.protocol)
    return load_folder(one.folder)


def _entries(context: Context) -> Iterable[Entry]:
    lying = folders()
    by_hash = {each.content_hash: each for each in lying if each.content_hash}
    done = {each.content_hash: each for each in publications(context.clinic)}
    waiting = {said.content_hash: (event, said) for event, said in proposals(context.clinic)}
    begun = latest_begun(context.clinic, context.now)
    for hash_ in (*reversed(done), *(each for each in waiting if each not in done)):
        said = done[hash_].said if hash_ in done else waiting[hash_][1]
        kept = _kept(said.protocol, said.version, hash_)
        in_force = begun is not None and begun.content_hash == hash_ and not kept.fault
        yield replace(kept, folder=by_hash.get(hash_), proposal=waiting.get(hash_), publication=done.get(hash_), in_force=in_force)
    yield from (_lying(each) for each in lying if each.content_hash not in (*done, *waiting))


def _kept(protocol: str, version: str, hash_: str) -> Entry:
    try:
        found = protocol_of(hash_)
    except Unreadable as fault:
        return Entry(protocol, version, hash_, f"{protocol} {version}", fault=str(fault))
    return Entry(protocol, version, hash_, found.title, found.use)


def _lying(folder: Folder) -> Entry:
    bare = Entry(folder.protocol, folder.version, folder.content_hash, f"{folder.protocol} {folder.version}", folder=folder, fault=folder.fault)
    if folder.fault:
        return bare
    try:
        title, use = _head(folder.root, folder.protocol, folder.version, folder.content_hash)
    except Unreadable as fault:
        return replace(bare, fault=str(fault))
    return replace(bare, title=title, use=use)


@lru_cache
def _head(root: Path, protocol: str, version: str, _content: str) -> tuple[str, Use]:
    """Title and use out of the head alone: a list of protocols need not read every rule of each."""
    fields = read_yaml(root / protocol / version / "protocol.yaml").mapping()
    use = fields["use"].text() if "use" in fields else Use.CLINIC.value
    return fields["title"].text(), Use(use) if use in set(Use) else Use.REFERENCE
