"""The script's own pronunciations: whole words that are spoken as the author says."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import lru_cache

Hide = Callable[[str], str]
"""Takes a finished spoken form, gives a stand-in that the readings do not touch."""


def pronounced(text: str, pronounce: Mapping[str, str], hide: Hide) -> str:
    """The text with each word that has a pronunciation replaced by a stand-in for it; the longest key wins."""
    if not pronounce:
        return text
    pattern, forms = _compiled(tuple(sorted(pronounce.items())))

    def spoken(match: re.Match[str]) -> str:
        key = " ".join(match[0].split())
        form = forms.get(key) or forms.get(key.lower())
        return hide(form) if form else match[0]

    return pattern.sub(spoken, text)


@lru_cache(maxsize=64)
def _compiled(items: tuple[tuple[str, str], ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    """One pattern for all keys. Keys are grouped by their first letter, which lets the search pass over most words."""
    forms = {" ".join(unicodedata.normalize("NFC", key).split()): form for key, form in items if key.strip()}
    groups: dict[str, list[str]] = defaultdict(list)
    for key in sorted(forms, key=len, reverse=True):
        groups[key[0].lower()].append(_key_pattern(key))
    branches = [f"(?={_either_case(first)})(?:{'|'.join(keys)})" for first, keys in groups.items()]
    return re.compile("|".join(branches) or r"(?!)"), forms


def _either_case(letter: str) -> str:
    cases = {letter, letter.upper(), letter.lower()}
    return "[" + "".join(re.escape(case) for case in sorted(cases) if len(case) == 1) + "]"


def _key_pattern(key: str) -> str:
    """Whole words: an edge of the key that is a letter or digit must be an edge of a word."""
    before = r"(?<!\w)" if key[0].isalnum() else ""
    after = r"(?!\w)" if key[-1].isalnum() else ""
    words = r"\s+".join(re.escape(word) for word in key.split())
    return f"{before}(?i:{words}){after}" if key == key.lower() else f"{before}{words}{after}"
