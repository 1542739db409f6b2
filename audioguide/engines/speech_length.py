"""How long a text can sound at least and at most: the bounds that show a sound cut short, or that is not its speech.

Wide on purpose, since a wrong alarm would stop a good build: the quickest news readers need twice the lower bound.
"""

from __future__ import annotations

import unicodedata
from itertools import groupby

_LETTER_S = 0.030
"""English at a usual pace takes 0.065 to 0.09 s a letter; silent letters and quick languages halve that."""
_SYLLABLE_S = 0.070
"""A Chinese character, a kana or a Korean block is a syllable or more; quick Japanese has 8 to 9 of them a second."""
_SYLLABIC = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")


def shortest_s(text: str) -> float:
    """No voice speaks it faster; 0 where there is nothing to speak."""
    # `Hmmmmm` and `Zzzzz` are no longer for having more letters
    letters = [
        letter for letter, run in groupby(text) for _ in list(run)[:2] if unicodedata.category(letter)[0] in "LN"
    ]
    return sum(_SYLLABLE_S if unicodedata.name(letter, "").startswith(_SYLLABIC) else _LETTER_S for letter in letters)


def longest_s(text: str) -> float:
    """No voice takes longer: an emoji's name lasts two seconds, and few characters take more."""
    return 5 + 3.0 * len(text)
