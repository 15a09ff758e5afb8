"""What ships is a template: its content hash is recorded here, so that no byte of it changes unnoticed."""

from __future__ import annotations

import json
from pathlib import Path

from kairn.protocol.load import PROTOCOLS, load_protocol

RECORDED = Path(__file__).parent / "protocols.json"


def test_every_shipped_protocol_is_the_one_recorded() -> None:
    """A change that is meant is recorded with it, and stands under *Clinical* in the changelog."""
    shipped = {f"{path.parent.parent.name} {path.parent.name}": path for path in PROTOCOLS.glob("*/*/protocol.yaml")}
    assert {name: load_protocol(*name.split()).content_hash for name in shipped} == json.loads(RECORDED.read_text("utf-8"))
