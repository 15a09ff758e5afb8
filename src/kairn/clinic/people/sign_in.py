"""Sign-in: what happens besides the password."""

from __future__ import annotations


def listen() -> None:
    """Connect to the signals of signing in."""
