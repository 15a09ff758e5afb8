"""`python -m kairn` is the same as `kairn`."""

from __future__ import annotations

from kairn.cli import main

if __name__ == "__main__":
    main()
