"""Protocols at the desk: the library, reading aloud, difference, proposing, publishing, the paper, who is on what, moving a person."""
