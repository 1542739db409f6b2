"""Where sentences end: the library's answer, put right where it is known to err."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final

import sentencex

from audioguide.text.abbreviations import NONE, SHORT_FORMS, WORDS_OF_LETTERS, ShortForms

Span = tuple[int, int]

_LINE_BREAK: Final = re.compile(
    r"""
    \n\s*\n                                 # a blank line
    | \n(?=[^\S\n]*(?:[-*•+]|\#{1,6})[^\S\n])   # before a bullet or a heading
    | (?<=[.:;!?])\n(?=[^\S\n]*\(?\d{1,3}[.)]\s)  # before the next item of a numbered list
    """,
    re.VERBOSE,
)
_HEADING: Final = re.compile(r"\s*#{1,6}\s")
_CAPITAL: Final = r"[^\W\d_a-zß-öø-ÿ]"
_NEXT: Final = rf"(?=[\"'“‘(]?{_CAPITAL})"
_MISSED: Final = re.compile(
    rf"""
    [.!?…](?:
        \)\s+{_NEXT}                                                          # "(He did.) Yes."
        | ["'”’»)]*\s+[^\w\s"'“‘„«(\[¿¡#@$£€&%+=<>~°*_`^/\\|{{}}-]+\s+{_NEXT}    # "Hurrah! 🎉 Next."
    )
    """,
    re.VERBOSE,
)
_BLANK_BEFORE_STOP: Final = re.compile(r"(?<=[^\W\d_])\s+(?=\.)")
"""The library fails where such a blank is longer than a byte and follows an initial; to it all of them are the same."""
_TAIL_CHARS: Final = 24
"""As much of a sentence's end as decides whether it is one."""
_LIST_NUMBER: Final = re.compile(r"(?:[#*•>-]+\s+)*\(?(\d{1,3})[.)]")
_ENDS: Final = (".", "!", "?")
_LAST_WORD: Final = re.compile(r"(\d\s*)?([^\s(\[\"'“‘„«]+)$")
_INITIALS: Final = re.compile(r"(?<![^\s(])(?:[A-Z]\.){2,3}$")
_ATTACHED: Final = re.compile(r"[–/,;)ºª°]|-\w")
_SHORT_WORD: Final = re.compile(r"(?:^|[\s–-])[^\W\d_]{1,4}\.$")
_WORD: Final = re.compile(r"[^\W\d_]+")
_ORDINAL: Final = re.compile(r"\b(\w+)\s+\d{1,2}\.$")


def sentence_spans(text: str, within: Span, *, language: str, whole: Sequence[Span]) -> list[Span]:
    """The sentences between two places of a text, without the white space around them; no cut falls inside `whole`."""
    primary = language.partition("-")[0].lower()
    spans = [
        span
        for line in _lines(text, within)
        for span in _joined(text, _library_spans(text, line, primary), SHORT_FORMS.get(primary, NONE))
    ]
    return _trimmed(text, _kept_whole(spans, whole) if whole else spans)


def _lines(text: str, within: Span) -> Iterator[Span]:
    """Stretches that no sentence crosses: paragraphs, list items, headings."""
    start, end = within
    if text.find("\n", start, end) < 0:
        yield within
        return
    cuts = {start, end}
    for match in _LINE_BREAK.finditer(text, start, end):
        cuts.add(match.end())
    for line in sorted(cuts):
        if _HEADING.match(text, line, end) and (stop := text.find("\n", line + 1, end)) >= 0:
            cuts.add(stop)
    yield from pairwise(sorted(cuts))


def _library_spans(text: str, within: Span, primary: str) -> list[Span]:
    """The library's sentences, and the ends that it misses. Line breaks are spaces to it."""
    start, end = within
    line = text[start:end].replace("\n", " ")
    if not line.isascii():
        line = _BLANK_BEFORE_STOP.sub(lambda match: " " * len(match[0]), line)
    cuts = {start, end}
    for sentence in sentencex.segment(primary, line):
        start += len(sentence)
        cuts.add(min(start, end))
    cuts.update(match.end() + within[0] for match in _MISSED.finditer(line))
    return list(pairwise(sorted(cuts)))


def _joined(text: str, spans: list[Span], forms: ShortForms) -> list[Span]:
    """Undo the cuts after list numbers and short forms, and inside ellipses."""
    done: list[Span] = []
    counted = before = ""
    for start, end in spans:
        piece = text[start:end].strip()
        tail = before[-_TAIL_CHARS:]
        if done and (before == counted or _goes_on_after(tail, piece, forms)):
            done[-1] = (done[-1][0], end)
        else:
            done.append((start, end))
            counted = _count(piece, counted, first=len(done) == 1)
        before = piece
    return done


def _goes_on_after(before: str, after: str, forms: ShortForms) -> bool:
    """Whether there was no end of a sentence: most ends are plain, and need no closer look."""
    return not _ends_plainly(before, after, forms) and any(test(before, after, forms) for test in _NO_END)


def _ends_plainly(before: str, after: str, forms: ShortForms) -> bool:
    """Whether a whole word or number with one sign stands before a capital, and is no short form: no test below holds."""
    word = before.rpartition(" ")[2]
    bare = word[:-1]
    if not ("A" <= after[:1] <= "Z" and word[-1:] in _ENDS and bare.isascii()):
        return False
    return word.lower() not in forms.always if bare.isalpha() else bare.isdigit() and not forms.before_ordinal


def _count(piece: str, counted: str, *, first: bool) -> str:
    """The list number that was read last: one that begins the line, is 1, or follows the one before."""
    if not (number := _LIST_NUMBER.fullmatch(piece)):
        return counted
    expected = int(re.sub(r"\D", "", counted)) + 1 if counted else 1
    return piece if first or int(number[1]) in {1, expected} else counted


def _after_short_form(before: str, after: str, forms: ShortForms) -> bool:
    if not (match := _LAST_WORD.search(before)):
        return False
    counted, word = match[1], match[2].lower()
    if word in forms.half_days and re.split(r"\W", after, maxsplit=1)[0] in forms.days:
        return True
    return (word in forms.always and not counted) or (word in forms.before_number and after[:1].isdigit())


def _inside_ellipsis(before: str, after: str, _forms: ShortForms) -> bool:
    return before.endswith(("...", "…")) and _is_small(after)


def _after_ordinal(before: str, after: str, forms: ShortForms) -> bool:
    """German writes ordinals with a stop: "der 2. Weltkrieg"."""
    match = _ORDINAL.search(before)
    if not match or match[1].lower() not in forms.before_ordinal:
        return False
    return after.split(" ", 1)[0] not in forms.openers


def _goes_on(before: str, after: str, _forms: ShortForms) -> bool:
    """A short word with a stop and then a small letter or a dash: "70 lbs. and more", "Mon.–Fri."."""
    if _ATTACHED.match(after):
        return True
    return _SHORT_WORD.search(before) is not None and _is_small(after)


def _is_small(text: str) -> bool:
    """Whether it begins with a word in small letters, of any alphabet that has them."""
    word = _WORD.match(text)
    return word is not None and word[0].islower()


def _after_initials(before: str, _after: str, _forms: ShortForms) -> bool:
    """A name's initials without spaces: "J.D. Vance"."""
    match = _INITIALS.search(before)
    return match is not None and match[0].replace(".", "") not in WORDS_OF_LETTERS


_NO_END: Final[tuple[Callable[[str, str, ShortForms], bool], ...]] = (
    _after_short_form,
    _inside_ellipsis,
    _after_ordinal,
    _goes_on,
    _after_initials,
)


def _kept_whole(spans: list[Span], whole: Sequence[Span]) -> list[Span]:
    done: list[Span] = []
    for start, end in spans:
        if done and any(first < start < last for first, last in whole):
            done[-1] = (done[-1][0], end)
        else:
            done.append((start, end))
    return done


def _trimmed(text: str, spans: list[Span]) -> list[Span]:
    done = []
    for start, end in spans:
        piece = text[start:end]
        first = start + len(piece) - len(piece.lstrip())
        last = end - len(piece) + len(piece.rstrip())
        if first < last:
            done.append((first, last))
    return done
