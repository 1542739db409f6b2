"""What the characters of a text are: speech or not, of which writing system, fit for a terminal, an id."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

_SPEECH: Final = re.compile(r"[^\W_]")
_NOT_LATIN: Final = re.compile(r"[^\W\d_A-Za-z]")
_BASIC_LATIN: Final = re.compile(r"[A-Za-z]")
_LATIN: Final = frozenset({"LATIN"})
_NONE: Final[frozenset[str]] = frozenset()
_NO_ID: Final = re.compile(r"[^a-z0-9]+")
_FOLDED: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
_ID_CHARS: Final = 60
_BLANK_LINE: Final = re.compile(r"\n[^\S\n]*\n\s*")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def has_speech(text: str) -> bool:
    """There is a letter or a digit in the text: something that can be spoken."""
    return _SPEECH.search(text) is not None


def scripts_of(text: str) -> frozenset[str]:
    """The writing systems of the letters in a text: LATIN, CYRILLIC, CJK, HIRAGANA, ... as Unicode names begin."""
    latin = _LATIN if _BASIC_LATIN.search(text) else _NONE
    if text.isascii():
        return latin
    return latin | {_script_of(letter) for letter in set(_NOT_LATIN.findall(text))} - {""}


def _script_of(letter: str) -> str:
    """The first word of the letter's name; width and modifier forms count as what they are forms of."""
    plain = unicodedata.normalize("NFKC", letter)[0]
    return unicodedata.name(plain, "").partition(" ")[0] if plain.isalpha() else ""


def slug(title: str) -> str:
    """An id made of a title: `[a-z0-9][a-z0-9-]*`, not all digits, at most 60 characters.

    A title in another writing system becomes "s-" and eight digits of its hash; one with no letter or digit becomes "".
    """
    if not has_speech(title):
        return ""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", title).lower().translate(_FOLDED))
    bare = "".join(char for char in folded if not unicodedata.combining(char)).replace("'", "").replace("’", "")
    made = _shortened(_NO_ID.sub("-", bare).strip("-"))
    if not made:
        return f"s-{hashlib.sha256(title.encode('utf-8', 'replace')).hexdigest()[:8]}"
    return f"s-{made}"[:_ID_CHARS].rstrip("-") if made.replace("-", "").isdigit() else made


def _shortened(made: str) -> str:
    """Cut at the last word that fits, or inside a word that alone is too long."""
    if len(made) <= _ID_CHARS:
        return made
    whole_words = made[: _ID_CHARS + 1].rpartition("-")[0]
    return (whole_words or made[:_ID_CHARS]).strip("-")


def visible(text: str) -> str:
    r"""Safe to print on a terminal: control and hidden characters as escapes (`\x1b`), line breaks included."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(char) if unicodedata.category(char) in _HIDDEN else char for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of a text, parted by blank lines; line breaks inside become spaces, empty ones are left out."""
    parts = _BLANK_LINE.split(text.replace("\r\n", "\n").replace("\r", "\n"))
    return tuple(joined for part in parts if (joined := " ".join(part.split())))
