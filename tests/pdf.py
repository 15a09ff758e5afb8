"""The text of a PDF, by an independent reader."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from unicodedata import normalize

from pypdf import PdfReader


def sheets(answer: Any) -> list[str]:
    """The text of each page of a PDF that was answered, or of its bytes."""
    raw = answer if isinstance(answer, bytes) else answer.content
    assert raw.startswith(b"%PDF-"), raw[:200]
    return [page.extract_text() for page in PdfReader(BytesIO(raw)).pages]


def bare(text: str) -> str:
    """A text without its spaces and line breaks, which a paper sets as it must."""
    return "".join(normalize("NFC", text).replace("\u200b", "").split())
