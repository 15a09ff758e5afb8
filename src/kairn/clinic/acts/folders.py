"""Protocols that lie in folders, the templates that ship and the clinic's own beside its data, none of them in force by lying there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from kairn.library.places import own_protocols
from kairn.protocol.load import PROTOCOLS, content_hash, load_protocol, reached
from kairn.protocol.rule import Protocol
from kairn.terms.problem import Unreadable, unreadable


@dataclass(frozen=True)
class Folder:
    """One version of one protocol as it lies there now; `fault` is the sentence where it cannot be read, and then it has no content."""

    root: Path
    protocol: str
    version: str
    own: bool
    content_hash: str = ""
    fault: str = ""


def folders() -> tuple[Folder, ...]:
    """Every template that ships, then every protocol of the clinic's own, as their files stand at this moment."""
    return (*_in(PROTOCOLS, own=False), *_in(own_protocols(settings.KAIRN_HOME), own=True))


def folder_of(content_hash: str) -> Folder | None:
    """The folder whose files give that hash now, the clinic's own before a template; None where no folder does."""
    return next((each for each in reversed(folders()) if each.content_hash == content_hash), None)


def load_folder(folder: Folder) -> Protocol:
    """The protocol in a folder. Raises Unreadable for a folder that cannot be read, or whose file says another name than the folder."""
    found = _loaded(folder.root, folder.protocol, folder.version, folder.content_hash)
    if (found.id, found.version) != (folder.protocol, folder.version):
        raise unreadable(
            f"the protocol {found.id} {found.version} in the folder {folder.protocol}/{folder.version}", "a folder named after what lies in it",
            "Rename the folder, or correct `protocol` and `version`.", "protocol.yaml",
        )  # fmt: skip
    if found.content_hash != folder.content_hash:
        raise unreadable("files that changed while they were read", "files at rest", "Wait until nobody writes to the folder, and try again.")
    return found


def _in(root: Path, *, own: bool) -> Iterable[Folder]:
    for path in sorted(root.glob("*/*/protocol.yaml")):
        protocol, version = path.parent.parent.name, path.parent.name
        try:
            yield Folder(root, protocol, version, own, content_hash(reached(protocol, version, root)))
        except (Unreadable, OSError) as fault:
            yield Folder(root, protocol, version, own, fault=str(fault))


@lru_cache
def _loaded(root: Path, protocol: str, version: str, content_hash: str) -> Protocol:
    """Parsed once for each content: the hash is part of the question, so a changed file is parsed anew."""
    return load_protocol(protocol, version, root)
