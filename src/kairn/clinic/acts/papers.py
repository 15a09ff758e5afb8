"""Protocols read from the database, to the byte as two people published them; a changed byte of anything the hash reaches is refused."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from kairn.clinic.acts.folders import Folder
from kairn.clinic.ledger.papers import Paper, keep, kept, short
from kairn.protocol.load import GRAMMAR, LIBRARY_FILE, content_hash, load_protocol, reached
from kairn.protocol.rule import Protocol
from kairn.terms.problem import unreadable

AGAIN = "Publish the protocol anew with this version of Kairn, or run the version it was published with."


def keep_bytes(folder: Folder) -> None:
    """Copy every byte the folder's hash reaches into the database. Raises Unreadable where a file changed since the hash was made."""
    files = reached(folder.protocol, folder.version, folder.root)
    if content_hash(files) != folder.content_hash:
        raise unreadable("files that changed while they were copied", "files at rest", "Wait until nobody writes to the folder, and try again.")
    keep(Paper(folder.content_hash, folder.protocol, folder.version, GRAMMAR, files))


LOADED: dict[str, Protocol] = {}
_ONE_LOADS = Lock()


def protocol_of(hash_: str) -> Protocol:
    """The protocol kept under that hash, loaded once a process from the bytes in the database. Raises Unreadable, and then is asked again.

    Its own files are those that were published; what all protocols share must be the running library's, byte for byte.
    """
    if hash_ not in LOADED:
        # Loading takes half a second: of those who ask at the same moment after a start one loads, and the others wait for it.
        with _ONE_LOADS:
            if hash_ not in LOADED:
                LOADED[hash_] = _load(hash_)
    return LOADED[hash_]


def _load(hash_: str) -> Protocol:
    paper = kept(hash_)
    if paper is None:
        raise unreadable(f"no bytes of the protocol {short(hash_)} in the database", "every byte of it", "Propose and publish it anew.", "database")
    _untouched(paper)
    with TemporaryDirectory(prefix="kairn-protocol-") as place:
        _lay_out(paper, Path(place) / paper.protocol / paper.version)
        _same_library(paper, reached(paper.protocol, paper.version, Path(place)))
        found = load_protocol(paper.protocol, paper.version, Path(place))
    if found.content_hash != hash_:
        raise unreadable(f"the content {short(found.content_hash)}", f"the content {short(hash_)} that was published", AGAIN, "database")
    return found


def _untouched(paper: Paper) -> None:
    if paper.grammar != GRAMMAR:
        raise unreadable(f"the grammar {paper.grammar}", f"the grammar {GRAMMAR}, which this Kairn reads", AGAIN, f"{paper.protocol} {paper.version}")
    found = content_hash(paper.files)
    if found != paper.content_hash:
        raise unreadable(
            f"bytes that give the content {short(found)}", f"those that were published, which give {short(paper.content_hash)}",
            "Something was changed in the database: run `kairn verify`, and publish the protocol anew.", f"{paper.protocol} {paper.version}",
        )  # fmt: skip


def _lay_out(paper: Paper, folder: Path) -> None:
    """The protocol's own files as the loader reads them; none may stand outside its folder."""
    for name, body in paper.files.items():
        path = folder / name
        if name.startswith(LIBRARY_FILE):
            continue
        if not path.resolve().is_relative_to(folder.resolve()):
            raise unreadable(f"the file name {name!r}", "a name inside the protocol's folder", "Publish the protocol anew.", "database")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


def _same_library(paper: Paper, running: dict[str, bytes]) -> None:
    """What all protocols share is read from the running library, so it must be what was published."""
    differing = sorted(name for name in paper.files.keys() | running.keys() if paper.files.get(name) != running.get(name))
    if differing:
        more = f" and {len(differing) - 1} more" if len(differing) > 1 else ""
        raise unreadable(
            f"{differing[0]}{more}, not as when this was published", "the library the protocol was published with", AGAIN,
            f"{paper.protocol} {paper.version}",
        )  # fmt: skip
