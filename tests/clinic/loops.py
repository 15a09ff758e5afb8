"""An event loop for a test, whatever else runs in its thread."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_apart(main: Coroutine[Any, Any, T]) -> T:
    """Run it to its end in a thread of its own: a browser that an earlier test opened has a loop running in this one."""
    with ThreadPoolExecutor(1) as crew:
        return crew.submit(asyncio.run, main).result()
