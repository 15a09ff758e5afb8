"""Streams of chance: counter-based, keyed by seed, patient and purpose, the same bytes on any number of workers."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from kairn.pharmacology.arrays import Floats

KEY_BYTES = 16
PEOPLE = 200


def stream(seed: int, patient: str, purpose: str) -> np.random.Generator:
    """A generator of its own for one purpose of one patient."""
    key = sha256("\n".join((str(seed), patient, purpose)).encode()).digest()[:KEY_BYTES]
    return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "big")))


@dataclass(frozen=True)
class Draw:
    """How many people are drawn, and from whose stream."""

    people: int = PEOPLE
    seed: int = 1
    patient: str = ""

    def normal(self, purpose: str, columns: int = 1) -> Floats:
        """Standard normal numbers for one purpose: (people, columns)."""
        return stream(self.seed, self.patient, purpose).standard_normal((self.people, columns))


EVERYBODY = Draw()
