"""One line of a difference between two versions of a protocol."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.protocol.diff_conditions import ChangeKind, Effect


@dataclass(frozen=True)
class Line:
    """One difference: its kind, the rules it touches (none for the head of the protocol), the sentence, and whether it is stricter by it."""

    kind: ChangeKind
    rules: tuple[str, ...]
    said: str
    effect: Effect = Effect.NONE
