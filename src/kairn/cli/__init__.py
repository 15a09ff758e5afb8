"""The `kairn` command: the pure library's own commands, and whatever an installed room adds to them."""

from __future__ import annotations

from kairn.cli.root import kairn, main

__all__ = ["kairn", "main"]
