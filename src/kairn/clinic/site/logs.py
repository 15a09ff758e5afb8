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


class NoAddresses(logging.Filter):
    """Where Django names the address of a request, the name of its page stands instead: an address holds links' secrets and people's ids."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record is changed."""
        if isinstance(record.args, tuple) and any(_is_address(each) for each in record.args):
            page = _page(getattr(record, "request", None))
            record.args = tuple(page if _is_address(each) else each for each in record.args)
        return True


def _is_address(said: object) -> bool:
    return isinstance(said, str) and said.startswith("/")


def _page(request: object) -> str:
    found = getattr(request, "resolver_match", None)
    return str(found.view_name) if found and found.view_name else "a page without a name"
