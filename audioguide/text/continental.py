"""Readings shared by languages with a decimal comma; each brings its own words as `Tables`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Final

from audioguide.text.english_words import DOMAIN, EMAIL, URL
from audioguide.text.readings import Language, Rule

Match = re.Match[str]
Names = tuple[str, str]
"""One, with its article: "ein Kilometer"; many: "Kilometer"."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The words of one language."""

    code: str
    """As the number library knows it."""
    comma: str
    to: str
    minus: str
    dot: str
    slash: str
    at: str
    coins: Mapping[str, tuple[Names, Names]]
    """Sign or code -> the coin, its hundredth."""
    scales: Mapping[str, Names]
    units: Mapping[str, Names]
    short_forms: Mapping[str, str]
    before_number: Mapping[str, str]
    signs: Mapping[str, str]
    of_coins: str = ""
    """Between a million and the coin: French and Spanish "de"."""
    digit_by_digit: bool = True
    """How decimals are read."""
    lower_words: str = r"(?!)"
    extra: tuple[Rule, ...] = ()
    """The language's own readings, tried first."""


_DIGITS: Final = r"(?:\d{1,3}(?:[.\s]\d{3})+(?!\d)|\d+)"
N: Final = rf"(?:{_DIGITS}(?:,\d+)?(?!\d))"


@lru_cache(maxsize=4096)
def in_words(number: int, code: str, kind: str = "cardinal") -> str:
    """A number as the number library says it: `cardinal`, `ordinal` or `year`."""
    said: str = import_module("num2words").num2words(number, lang=code, to=kind)
    return said


def number(written: str, tables: Tables) -> str:
    """`1.250,5` in words; long numbers and leading zeros digit by digit."""
    whole, _, part = re.sub(r"[.\s]", "", written).partition(",")
    if len(whole) > 12 or (len(whole) > 1 and whole[0] == "0"):
        said = _digits(whole, tables)
    else:
        said = in_words(int(whole), tables.code)
    if not part:
        return said
    by_digit = tables.digit_by_digit or part[0] == "0" or len(part) > 3
    return f"{said} {tables.comma} {_digits(part, tables) if by_digit else in_words(int(part), tables.code)}"


def _digits(text: str, tables: Tables) -> str:
    return " ".join(in_words(int(digit), tables.code) for digit in text)


def _either(words: Mapping[str, object]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def language(tables: Tables) -> Language:
    """The rules made of a language's tables."""
    return Language(
        (*tables.extra, *_addresses(tables), *_amounts(tables), *_words(tables)),
        lower_words=tables.lower_words,
        capitals=r"[A-ZÀ-Þ]{2}|(?<=[a-zß-ÿ] )[IVX]+(?!\w)",
        last_words=frozenset(word for word in tables.short_forms if word.endswith(".")),
    )


def _addresses(tables: Tables) -> tuple[Rule, ...]:
    def address(written: str) -> str:
        said = re.sub(r"/+", f" {tables.slash} ", written.rstrip("/.,;:!")).replace(".", f" {tables.dot} ")
        said = re.sub(r"[^\w\s]|_", " ", said)
        return " ".join(re.sub(r"\d+", lambda match: f" {number(match[0], tables)} ", said).split())

    def url(match: Match) -> str:
        whole = match[0]
        return address(match["host"] + (match["path"] or "")) + whole[len(whole.rstrip(".,;:!?")) :]

    def email(match: Match) -> str:
        return f"{address(match['user'])} {tables.at} {address(match['host'])}"

    return Rule(URL, url), Rule(EMAIL, email), Rule(DOMAIN, url)


def _amounts(tables: Tables) -> tuple[Rule, ...]:
    scale = rf"(?:\s?(?P<scale>{_either(tables.scales)})(?!\w))?"
    upper = rf"(?:\s?[-–]\s?(?P<upper>{N}))?"
    coin = rf"(?P<coin>{_either(tables.coins)})"

    def amount(match: Match) -> str:
        said = number(match["n"], tables)
        return f"{said} {tables.to} {number(match['upper'], tables)}" if match["upper"] else said

    def money(match: Match) -> str:
        (one, many), cent = tables.coins[match["coin"]]
        whole, _, part = re.sub(r"[.\s]", "", match["n"]).partition(",")
        if match["scale"]:
            name = tables.scales[match["scale"]]
            scaled = name[0] if match["n"] == "1" else f"{_before_noun(amount(match), tables)} {name[1]}"
            return " ".join(filter(None, (scaled, tables.of_coins, many)))
        if len(part) == 2 and part.isdigit() and not match["upper"]:
            coins = one if whole == "1" else f"{_before_noun(number(whole, tables), tables)} {many}"
            cents = cent[0] if part == "01" else f"{_before_noun(in_words(int(part), tables.code), tables)} {cent[1]}"
            return f"{coins} {cents}" if int(whole) and int(part) else cents if int(part) else coins
        return one if match["n"] == "1" and not match["upper"] else f"{_before_noun(amount(match), tables)} {many}"

    def measure(match: Match) -> str:
        one, many = tables.units[match["unit"]]
        return one if match["n"] == "1" and not match["upper"] else f"{_before_noun(amount(match), tables)} {many}"

    def scaled(match: Match) -> str:
        one, many = tables.scales[match["scale"]]
        return one if match["n"] == "1" else f"{_before_noun(amount(match), tables)} {many}"

    return (
        Rule(rf"{coin}\s?(?P<n>{N}){upper}{scale}(?!\w)", money),
        Rule(rf"(?P<n>{N}){upper}{scale}\s?{coin}(?!\w)", money),
        Rule(rf"(?P<n>{N}){upper}\s?(?P<unit>{_either(tables.units)})(?![\w])", measure),
        Rule(rf"(?P<n>{N}){upper}\s?(?P<scale>{_either(tables.scales)})(?!\w)", scaled),
    )


def _before_noun(words: str, tables: Tables) -> str:
    """Spanish "uno" and German "eins" lose their end before a noun."""
    ends = {"es": ("uno", "ún" if words.endswith("veintiuno") else "un"), "de": ("hunderteins", "hundertein")}
    end, short = ends.get(tables.code, ("", ""))
    return words[: -len(end)] + short if end and words.endswith(end) else words


def _words(tables: Tables) -> tuple[Rule, ...]:
    def short_form(match: Match) -> str:
        stop = "." if match[0].endswith(".") and not match.string[match.end() :].strip(" \"')") else ""
        return tables.short_forms[match[0]] + stop

    def signed(sign: str, said: str) -> Rule:
        return Rule(re.escape(sign), lambda _match: f" {said} ", "sign")

    return (
        Rule(rf"(?P<short>{_either(tables.before_number)})\s?(?=\d)", lambda m: f"{tables.before_number[m['short']]} "),
        Rule(rf"(?:{_either(tables.short_forms)})(?!\w)", short_form),
        Rule(
            r"(?!\d{1,3}(?:\.\d{3})+(?![.\d]))\d+(?:\.\d+){2,}(?!\w)",
            lambda m: f" {tables.dot} ".join(number(n, tables) for n in m[0].split(".")),
        ),
        Rule(N, lambda m: number(m[0], tables)),
        Rule(r"(?<![\w)%])-(?=\d)", lambda _match: f"{tables.minus} ", "sign"),
        Rule(r"[-–](?:(?<=[\d%€].)|(?<=[\d%€] .))\s?(?=\d)", lambda _match: f" {tables.to} ", "sign"),
        *(signed(sign, said) for sign, said in tables.signs.items()),
    )
