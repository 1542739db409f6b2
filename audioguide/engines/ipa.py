"""Sounds in a text: `[word](/ipa/)`, a word and how it sounds in the International Phonetic Alphabet.

The planner writes a text so for engines that say `takes_ipa`; each turns it into what its voices understand. IPA sets the
mark of stress before a syllable; the dictionaries that voices learned from set it before the vowel.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_MARK = re.compile(r"\[([^\[\]]+)\]\(/([^/()\[\]]+)/\)")
_VOWELS = "aeiouyæøœɐɑɒɔəɘɚɛɜɝɞɤɨɪɯɵɶʉʊʌʏᵻ"
_STRESS = re.compile(rf"([ˈˌ])([^\sˈˌ{_VOWELS}]*)(?=[{_VOWELS}])")

IPA = re.compile(r"(?=.*[^\W\d_ˈˌːˑ])(?:[^\W\d_]|[ˈˌːˑ˞.‿\u0300-\u036f ])+")
"""What may stand between the slashes: letters, marks of length, stress and syllables, combining marks, spaces."""


def marked(word: str, ipa: str) -> str:
    """The word with its sounds."""
    return f"[{word}](/{ipa}/)"


def plain(text: str) -> str:
    """The text with its words as they are written."""
    return _MARK.sub(r"\1", text) if "](/" in text else text


def masked(text: str) -> str:
    """The same, each word at its place in the text: spaces stand for the rest."""
    return _MARK.sub(lambda mark: f" {mark[1]} ".ljust(len(mark[0])), text) if "](/" in text else text


def with_sounds(text: str, write: Callable[[str, str], str]) -> str:
    """The text with what `write` makes of each word and its sounds."""
    return _MARK.sub(lambda mark: write(mark[1], mark[2]), text) if "](/" in text else text


def rewritten(ipa: str, table: Mapping[str, str]) -> str:
    """Sounds with each that the table has replaced, the longest first."""
    symbols = "|".join(map(re.escape, sorted(table, key=len, reverse=True)))
    return re.sub(symbols, lambda match: table[match[0]], ipa)


def stressed_at_vowels(ipa: str) -> str:
    """Sounds with each mark of stress moved to its vowel: `haɪˈpɜːtrəfi` -> `haɪpˈɜːtrəfi`; syllable dots and ties gone."""
    return _STRESS.sub(r"\2\1", re.sub("[.‿\u0361\u035c]", "", ipa))
