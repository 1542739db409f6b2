"""Text as tags hold it, whatever a title brings along."""

from __future__ import annotations

import unicodedata


def plain_text(text: str) -> str:
    """The text without control characters and lone surrogates, which no tag can hold: spaces instead. Line breaks stay."""
    return "".join(" " if char != "\n" and unicodedata.category(char) in {"Cc", "Cs"} else char for char in text)
