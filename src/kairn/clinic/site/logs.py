"""Log lines without charts in them: an error is named with the place it came from, not with the values it carried."""

from __future__ import annotations

import logging
import os
import traceback
from types import TracebackType

Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class PlaceOnly(logging.Formatter):
    """One line a record; KAIRN_TRACEBACKS=1 shows the whole, for a developer with invented data."""

    def formatException(self, ei: Raised) -> str:
        """The error's type and the innermost place, never its message: messages quote what was charted."""
        if os.environ.get("KAIRN_TRACEBACKS") == "1":
            return super().formatException(ei)
        kind, _, trace = ei
        frames = traceback.extract_tb(trace)
        place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        return f"  {kind.__name__ if kind else 'error'}{place}"

    def formatStack(self, stack_info: str) -> str:
        """No stack either."""
        return super().formatStack(stack_info) if os.environ.get("KAIRN_TRACEBACKS") == "1" else ""
