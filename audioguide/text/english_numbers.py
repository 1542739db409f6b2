"""Numbers in English words: cardinals, ordinals, years, decimals, digit by digit."""

from __future__ import annotations

from typing import Final

_SMALL: Final = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS: Final = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES: Final = ("", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion")
_ORDINALS: Final = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_DIGITS_AT_MOST: Final = 18
"""Longer numbers are read digit by digit."""


def cardinal(number: int, *, joined_by: str = "") -> str:
    """`1250` -> "one thousand two hundred fifty"; with `joined_by="and"` "… two hundred and fifty"."""
    if number < 0:
        return f"minus {cardinal(-number, joined_by=joined_by)}"
    if number < 100:
        return _below_hundred(number)
    if number >= 10**_DIGITS_AT_MOST:
        return digits(str(number))
    words: list[str] = []
    for scale in range(len(_SCALES) - 1, -1, -1):
        group = number // 1000**scale % 1000
        if group:
            if scale == 0 and group < 100 and words and joined_by:
                words.append(joined_by)
            words += [*_below_thousand(group, joined_by), _SCALES[scale]]
    return " ".join(word for word in words if word) or "zero"


def _below_thousand(number: int, joined_by: str) -> list[str]:
    hundreds, rest = divmod(number, 100)
    words = [_SMALL[hundreds], "hundred"] if hundreds else []
    if hundreds and rest and joined_by:
        words.append(joined_by)
    if rest:
        words.append(_below_hundred(rest))
    return words


def _below_hundred(number: int) -> str:
    if number < 20:
        return _SMALL[number]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]}-{_SMALL[ones]}" if ones else _TENS[tens]


def ordinal(number: int, *, joined_by: str = "") -> str:
    """`22` -> "twenty-second"."""
    words = cardinal(number, joined_by=joined_by)
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    last = words[cut:]
    if last in _ORDINALS:
        return words[:cut] + _ORDINALS[last]
    return words[:cut] + (last[:-1] + "ieth" if last.endswith("y") else last + "th")


def year(number: int) -> str:
    """`1984` -> "nineteen eighty-four", `1905` -> "nineteen oh five", `2005` -> "two thousand five"."""
    century, rest = divmod(number, 100)
    if number < 1010 or number > 9999 or 2000 <= number < 2010 or (rest == 0 and century % 10 == 0):
        return cardinal(number)
    if rest == 0:
        return f"{_below_hundred(century)} hundred"
    return f"{_below_hundred(century)} {'oh ' if rest < 10 else ''}{_below_hundred(rest)}"


def digits(text: str) -> str:
    """`007` -> "zero zero seven"; what is no ASCII digit is left out."""
    return " ".join(_SMALL[int(digit)] for digit in text if digit in "0123456789")


def plural(words: str) -> str:
    """`nineteen eighty` -> "nineteen eighties", `nineteen hundred` -> "nineteen hundreds"."""
    if words.endswith("y"):
        return words[:-1] + "ies"
    return words + ("es" if words.endswith(("x", "o")) else "s")


def number(written: str, *, joined_by: str = "") -> str:
    """`1,250.50` -> "one thousand two hundred fifty point five zero"; a leading zero asks for digit by digit."""
    whole, _, part = written.replace(",", "").partition(".")
    if len(whole) > 1 and whole.startswith("0"):
        said = digits(whole)
    else:
        said = cardinal(int(whole or 0), joined_by=joined_by) if len(whole) <= _DIGITS_AT_MOST else digits(whole)
    return f"{said} point {digits(part)}" if part else said
