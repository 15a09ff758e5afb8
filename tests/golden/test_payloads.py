"""Every payload ever shipped has an example here that still decodes, and decodes to itself where its shape is today's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kairn.record.codec import decode, encode
from kairn.record.kinds import KINDS

SHELF = Path(__file__).parent / "payloads"
EXAMPLES = sorted(SHELF.glob("*.json"))


def placed(path: Path) -> tuple[str, int]:
    """The kind and schema in a file name such as note.written.1.json."""
    kind, schema = path.stem.rsplit(".", 1)
    return kind, int(schema)


def test_every_kind_has_an_example_of_every_schema() -> None:
    wanted = {(kind, schema) for kind, payload in KINDS.items() for schema in range(1, payload.SCHEMA + 1)}
    assert {placed(path) for path in EXAMPLES} == wanted


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_still_decodes(path: Path) -> None:
    kind, schema = placed(path)
    plain = json.loads(path.read_text(encoding="utf-8"))
    payload = decode(kind, schema, plain)
    assert type(payload) is KINDS[kind]
    if schema == KINDS[kind].SCHEMA:
        assert json.loads(json.dumps(encode(payload))) == plain


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_shows_every_field(path: Path) -> None:
    kind, schema = placed(path)
    if schema == KINDS[kind].SCHEMA:
        assert set(json.loads(path.read_text(encoding="utf-8"))) == set(KINDS[kind].__struct_fields__)
