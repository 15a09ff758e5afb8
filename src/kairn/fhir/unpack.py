"""Bytes as they arrive, gzip or plain, to plain bytes of a bounded size."""

from __future__ import annotations

import zlib

from kairn.terms.problem import unreadable

MAX_BYTES = 64 * 1024 * 1024
GZIP_SIGN = b"\x1f\x8b"
_GZIP_WINDOW = 31


def check_size(size: int, where: str = "") -> None:
    """Refuse a file that is too large before it is read. Raises Unreadable."""
    if size > MAX_BYTES:
        raise unreadable(f"{size:,} bytes", f"one person's record of at most {MAX_BYTES:,} bytes", "Export the record in smaller parts.", where)


def unpack(raw: bytes, where: str = "") -> bytes:
    """The plain bytes of a file or a gzip of it. A gzip that would unpack beyond the bound is refused. Raises Unreadable."""
    check_size(len(raw), where)
    return _gunzip(raw, where) if raw.startswith(GZIP_SIGN) else raw


def _gunzip(raw: bytes, where: str) -> bytes:
    inflate = zlib.decompressobj(wbits=_GZIP_WINDOW)
    try:
        plain = inflate.decompress(raw, MAX_BYTES + 1)
    except zlib.error as fault:
        raise unreadable(f"a gzip file that is damaged ({fault})", "a whole gzip file", "Send the file again, whole.", where) from None
    if len(plain) > MAX_BYTES:
        raise unreadable(f"a gzip file that unpacks beyond {MAX_BYTES:,} bytes", "one person's record", "Send the record itself, in smaller parts.", where)
    if not inflate.eof or inflate.unused_data:
        raise unreadable("a gzip file that is cut off or has bytes after its end", "a whole gzip file", "Send the file again, whole.", where)
    return plain
