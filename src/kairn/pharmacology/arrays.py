"""The one type of array this room computes with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Double precision; the first axis is always the subject."""
