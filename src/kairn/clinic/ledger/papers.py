"""Keeping protocols to the byte: each file once under its digest, each protocol as the manifest of its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import transaction

from kairn.clinic.ledger.session import cursor

PUT_FILE = "INSERT INTO ledger_file (digest, body) VALUES (%s, %s) ON CONFLICT DO NOTHING"
PUT = "INSERT INTO ledger_protocol (content_hash, protocol, version, grammar, files) VALUES (%s, %s, %s, %s, %s::jsonb) ON CONFLICT DO NOTHING"
GET = "SELECT content_hash, protocol, version, grammar, files FROM ledger_protocol WHERE content_hash = %s"
BODIES = "SELECT encode(digest, 'hex'), body FROM ledger_file WHERE digest = ANY(%s)"


SHORT = 12


def short(content_hash: str) -> str:
    """The first digits of a content hash, as people name it to one another."""
    return content_hash[:SHORT]


@dataclass(frozen=True)
class Paper:
    """One protocol as it was kept: every file its hash was made of, by name. Whether they still give that hash is asked by whoever reads it."""

    content_hash: str
    protocol: str
    version: str
    grammar: str
    files: Mapping[str, bytes]


def keep(paper: Paper) -> None:
    """Keep a protocol for ever; one that is kept already stays as it is."""
    manifest = {name: hashlib.sha256(body).hexdigest() for name, body in paper.files.items()}
    with transaction.atomic(), cursor() as opened:
        opened.executemany(PUT_FILE, [(hashlib.sha256(body).digest(), body) for body in paper.files.values()])
        opened.execute(PUT, (paper.content_hash, paper.protocol, paper.version, paper.grammar, json.dumps(manifest)))


def kept(content_hash: str) -> Paper | None:
    """The protocol kept under that hash; a file of its manifest that is gone is left out, and so no longer gives the hash."""
    with cursor() as opened:
        row = opened.execute(GET, (content_hash,)).fetchone()
        if row is None:
            return None
        hash_, protocol, version, grammar, manifest = row
        bodies = _bodies(opened, manifest)
    return Paper(hash_, protocol, version, grammar, {name: bodies[digest] for name, digest in sorted(manifest.items()) if digest in bodies})


def _bodies(opened: psycopg.Cursor[Any], manifest: Mapping[str, str]) -> dict[str, bytes]:
    wanted = [bytes.fromhex(digest) for digest in set(manifest.values())]
    return {digest: bytes(body) for digest, body in opened.execute(BODIES, (wanted,))}
