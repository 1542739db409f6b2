"""English: money, measures, fractions, plain numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from audioguide.text.english_numbers import cardinal, digits, number, ordinal, plural, year

Match = re.Match[str]


@dataclass(frozen=True, slots=True)
class Style:
    """What differs between the regions of English."""

    british: bool = False
    """One hundred *and* five; the day before the month; pence."""

    @property
    def joined_by(self) -> str:
        """The word between hundreds and the rest."""
        return "and" if self.british else ""

    def number(self, written: str) -> str:
        """A written number in words; it may end in a fraction sign."""
        if written[-1:] in VULGAR:
            return mixed(written[:-1].strip(), *VULGAR[written[-1]], style=self)
        return number(written, joined_by=self.joined_by)


VULGAR: Final = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5),
    "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8),
}  # fmt: skip
PLAIN: Final = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
N: Final = rf"(?:{PLAIN}\s?[{''.join(VULGAR)}]|[{''.join(VULGAR)}]|{PLAIN}|\.\d+)"


def mixed(whole: str, part: int, of: int, *, style: Style) -> str:
    """`2`, 1, 2 -> "two and a half"; "", 3, 4 -> "three quarters"."""
    name = {2: "half", 4: "quarter"}.get(of) or ordinal(of)
    parts = {1: name}.get(part) or {"half": "halves"}.get(name, f"{name}s")
    if not whole:
        return f"{cardinal(part)} {parts}"
    return f"{style.number(whole)} and {'a' if part == 1 else cardinal(part)} {parts}"


@dataclass(frozen=True, slots=True)
class Currency:
    """The names of its coins; without `cent` amounts are read as decimals."""

    one: str
    many: str
    cent: str = ""
    cents: str = ""


_DOLLAR: Final = Currency("dollar", "dollars", "cent", "cents")
_SIGNS: Final = {
    "US$": Currency("US dollar", "US dollars", "cent", "cents"),
    "A$": Currency("Australian dollar", "Australian dollars", "cent", "cents"),
    "C$": Currency("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "NZ$": Currency("New Zealand dollar", "New Zealand dollars", "cent", "cents"),
    "HK$": Currency("Hong Kong dollar", "Hong Kong dollars", "cent", "cents"),
    "$": _DOLLAR,
    "£": Currency("pound", "pounds", "penny", "pence"),
    "€": Currency("euro", "euros", "cent", "cents"),
    "¥": Currency("yen", "yen"),
    "₹": Currency("rupee", "rupees", "paisa", "paise"),
    "₩": Currency("won", "won"),
    "₽": Currency("rouble", "roubles", "kopeck", "kopecks"),
    "₺": Currency("lira", "lira"),
    "₴": Currency("hryvnia", "hryvnias"),
    "₪": Currency("shekel", "shekels"),
    "฿": Currency("baht", "baht"),
    "₿": Currency("bitcoin", "bitcoins"),
}
_CODES: Final = {
    "USD": _SIGNS["US$"],
    "EUR": _SIGNS["€"],
    "GBP": _SIGNS["£"],
    "JPY": _SIGNS["¥"],
    "INR": _SIGNS["₹"],
    "AUD": _SIGNS["A$"],
    "CAD": _SIGNS["C$"],
    "NZD": _SIGNS["NZ$"],
    "CHF": Currency("Swiss franc", "Swiss francs", "centime", "centimes"),
    "CNY": Currency("yuan", "yuan"),
    "SEK": Currency("Swedish krona", "Swedish kronor"),
    "NOK": Currency("Norwegian krone", "Norwegian kroner"),
    "DKK": Currency("Danish krone", "Danish kroner"),
    "PLN": Currency("zloty", "zlotys"),
    "BTC": _SIGNS["₿"],
}
_MONEY: Final = {**_SIGNS, **_CODES}
_SCALES: Final = {
    **dict.fromkeys(("k", "K", "thousand"), "thousand"),
    **dict.fromkeys(("m", "M", "mn", "mm", "mil", "million"), "million"),
    **dict.fromkeys(("b", "B", "bn", "billion"), "billion"),
    **dict.fromkeys(("t", "T", "tn", "trillion"), "trillion"),
}


def _either(keys: object) -> str:
    assert isinstance(keys, dict)
    return "|".join(re.escape(key) for key in sorted(keys, key=len, reverse=True))


_SCALE: Final = rf"(?:[\s-]?(?P<scale>{_either(_SCALES)})(?!\w))?"
MONEY_BEFORE: Final = (
    rf"(?P<coin>{_either(_MONEY)})\s?(?P<n>{N})(?:\s?[-–—]\s?(?:{_either(_SIGNS)})?(?P<to>{N}))?{_SCALE}(?!\w)"
)
MONEY_AFTER: Final = rf"(?P<n>{N})(?:\s?[-–]\s?(?P<to>{N}))?{_SCALE}\s?(?P<coin>{_either(_MONEY)})(?![\w$£€])"
CENTS: Final = rf"(?P<n>{PLAIN})\s?(?P<coin>¢|p(?!\w))"


def is_adjective(match: Match) -> bool:
    """An article stands before: "a $5 note", "an 8 km run"."""
    return re.search(r"\b(?:an?|A[Nn]?) $", match.string[max(0, match.start() - 4) : match.start()]) is not None


def say_money(match: Match, style: Style) -> str | None:
    """`£1m` -> "one million pounds", `$1.50` -> "one dollar and fifty cents"."""
    coin = _MONEY[match["coin"]]
    written, upper, scale = match["n"], match["to"], _SCALES.get(match["scale"] or "", "")
    amount = style.number(written) + (f" to {style.number(upper)}" if upper else "")
    if scale:
        return f"{amount} {scale} {coin.one if is_adjective(match) else coin.many}"
    whole, _, part = written.replace(",", "").partition(".")
    if coin.cent and len(part) == 2 and part.isdecimal() and not upper:
        return _with_cents(int(whole or 0), int(part), coin, style)
    return f"{amount} {coin.one if (written == '1' and not upper) or is_adjective(match) else coin.many}"


def _with_cents(whole: int, part: int, coin: Currency, style: Style) -> str:
    large = f"{cardinal(whole, joined_by=style.joined_by)} {coin.one if whole == 1 else coin.many}"
    small = f"{cardinal(part)} {coin.cent if part == 1 else coin.cents}"
    if not part:
        return large
    return f"{large} and {small}" if whole else small


def say_cents(match: Match, style: Style) -> str | None:
    """`99¢` -> "ninety-nine cents"; `50p` is money in British English only."""
    if match["coin"] == "p" and not style.british:
        return None
    one, many = ("penny", "pence") if match["coin"] == "p" else ("cent", "cents")
    return f"{style.number(match['n'])} {one if match['n'] == '1' else many}"


_UNITS: Final[dict[str, str]] = {
    "nm": "nanometre", "µm": "micrometre", "μm": "micrometre", "mm": "millimetre", "cm": "centimetre", "m": "metre",
    "km": "kilometre", "in": "inch", "ft": "foot", "yd": "yard", "yds": "yard", "mi": "mile",
    "mm²": "square millimetre", "cm²": "square centimetre", "m²": "square metre", "km²": "square kilometre",
    "m2": "square metre", "km2": "square kilometre", "sq km": "square kilometre", "sq m": "square metre",
    "sq ft": "square foot", "ft²": "square foot", "mi²": "square mile", "sq mi": "square mile", "ha": "hectare",
    "cm³": "cubic centimetre", "m³": "cubic metre", "m3": "cubic metre", "km³": "cubic kilometre",
    "km/h": "kilometre per hour", "kmh": "kilometre per hour", "kph": "kilometre per hour", "mph": "mile per hour",
    "m/s": "metre per second", "m/s²": "metre per second squared", "ft/s": "foot per second",
    "µg": "microgram", "μg": "microgram", "mcg": "microgram", "mg": "milligram", "g": "gram", "kg": "kilogram",
    "t": "tonne", "oz": "ounce", "lb": "pound", "lbs": "pound", "g/l": "gram per litre", "mg/l": "milligram per litre",
    "ml": "millilitre", "mL": "millilitre", "cl": "centilitre", "dl": "decilitre", "l": "litre", "L": "litre",
    "gal": "gallon", "mpg": "mile per gallon", "fl oz": "fluid ounce", "tbsp": "tablespoon", "tsp": "teaspoon",
    "ns": "nanosecond", "µs": "microsecond", "μs": "microsecond", "ms": "millisecond", "s": "second", "sec": "second",
    "secs": "second", "min": "minute", "mins": "minute", "h": "hour", "hr": "hour", "hrs": "hour", "yr": "year",
    "yrs": "year", "wk": "week", "wks": "week", "W": "watt", "kW": "kilowatt", "MW": "megawatt", "GW": "gigawatt",
    "TW": "terawatt", "Wh": "watt hour", "kWh": "kilowatt hour", "MWh": "megawatt hour", "GWh": "gigawatt hour",
    "TWh": "terawatt hour", "V": "volt", "kV": "kilovolt", "mA": "milliamp", "mAh": "milliamp hour", "J": "joule",
    "kJ": "kilojoule", "kcal": "kilocalorie", "cal": "calorie", "Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz",
    "GHz": "gigahertz", "dB": "decibel", "Pa": "pascal", "hPa": "hectopascal", "kPa": "kilopascal", "psi": "psi",
    "kB": "kilobyte", "KB": "kilobyte", "MB": "megabyte", "GB": "gigabyte", "TB": "terabyte", "PB": "petabyte",
    "kbit/s": "kilobit per second", "Mbit/s": "megabit per second", "Gbit/s": "gigabit per second",
    "kbps": "kilobit per second", "Mbps": "megabit per second", "Gbps": "gigabit per second",
    "MB/s": "megabyte per second", "GB/s": "gigabyte per second", "rpm": "revolution per minute",
    "bpm": "beat per minute", "fps": "frame per second", "dpi": "dot per inch", "ppm": "part per million",
    "px": "pixel", "°": "degree", "°C": "degree Celsius", "°F": "degree Fahrenheit", "℃": "degree Celsius",
    "℉": "degree Fahrenheit", "%": "percent", "‰": "per thousand", "bn": "billion", "tn": "trillion",
    "kg/m²": "kilogram per square metre", "kg/m³": "kilogram per cubic metre", "g/km": "gram per kilometre",
    "ml/kg": "millilitre per kilogram", "ml/kg/min": "millilitre per kilogram per minute",
    "min/km": "minute per kilometre", "min/mi": "minute per mile", "kWh/m²": "kilowatt hour per square metre",
}  # fmt: skip
_PLURALS: Final = {"foot": "feet", "inch": "inches"}
_SAME_IN_PLURAL: Final = frozenset({"percent", "thousand", "billion", "trillion", "psi"})
UNIT: Final = rf"(?P<n>{N})(?P<gap>[\s-]|\s?(?=°|%))?(?P<unit>°\s[CF]|{_either(_UNITS)})(?!\w)(?P<stop>\.(?=\s[a-z]))?"
BARE_UNIT: Final = "(?P<unit>km/h|m/s|ml/kg/min|ml/kg|kg/m²|kg/m³|Mbit/s|MB/s|km²|m²|m³|kWh|mph|min/km)(?!\\w)"


def unit_plural(unit: str) -> str:
    """`kilometre per hour` -> "kilometres per hour"."""
    head, per, rest = unit.partition(" per ")
    first, _, scale = head.partition(" ")
    if first == "degree":
        return f"degrees {scale}".strip()
    words, _, last = head.rpartition(" ")
    if last in _SAME_IN_PLURAL or last.endswith("hertz"):
        return unit
    return f"{words} {_PLURALS.get(last, last + 's')}".strip() + per + rest


def say_measure(match: Match, style: Style) -> str | None:
    """`5 km` -> "five kilometres"; one of a hyphen or an article keeps the singular: "a ten-kilometre run"."""
    symbol, gap = match["unit"].replace("° ", "°"), match["gap"] or ""
    if symbol == "in" and gap == " " and not match["stop"]:
        return None
    if gap and symbol == "s":
        gap = " "
    unit = _UNITS[symbol]
    singular = match["n"] in {"1", *VULGAR} or gap == "-" or is_adjective(match)
    return f"{style.number(match['n'])}{gap if gap == '-' else ' '}{unit if singular else unit_plural(unit)}"


def say_bare_unit(match: Match, _style: Style) -> str | None:
    """`km/h` alone -> "kilometres per hour"."""
    return unit_plural(_UNITS[match["unit"]])


FEET: Final = r"(?P<feet>\d+)(?:['′]\s?(?P<inches>\d{1,2})(?:[\"″]|'')?|′)(?!\w)"
FRACTION: Final = r"(?:(?P<whole>\d+)\s)?(?P<part>\d{1,3})\s?[/⁄]\s?(?P<of>\d{1,3})(?![\w/])"
ORDINAL: Final = r"(?P<n>\d[\d,]{0,15})(?:st|nd|rd|th)(?!\w)"
SIZE: Final = rf"(?P<n>{N})\s?(?P<sign>[x×])\s?(?P<to>{N})(?P<unit>\s?(?:{_either(_UNITS)})(?!\w))?(?!\w)"
TIMES: Final = rf"(?P<n>{N})[x×](?!\w)"
VERSION: Final = r"(?P<v>v|V)?(?P<n>\d+(?:\.\d+){2,})(?!\w)|[vV](?P<v1>\d+(?:\.\d+)?)(?!\w)"
PHONE: Final = (
    r"\+\d{1,3}(?:[\s().-]{0,2}\d){6,13}(?!\w)|\(\d{3}\)\s?\d{3}[-.\s]\d{4}(?!\w)"
    r"|(?:1[-.\s])?\d{3}[-.]\d{3}[-.]\d{4}(?!\w)|555-\d{4}(?!\w)|0\d{2,4}[\s-]\d{3,4}[\s-]?\d{3,4}(?!\w)"
    r"|\d+(?:-\d+){2,}(?!\w)"
)
CODE: Final = r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z\d]+(?!\w)"
PLAIN_NUMBER: Final = N
_YEAR: Final = re.compile(r"1[1-9]\d\d|10[1-9]\d|20\d\d")
_NAMED_FRACTIONS: Final = {(24, 7): "twenty-four seven", (9, 11): "nine eleven", (50, 50): "fifty-fifty"}
_NUMBERED: Final = re.compile(r"(?:Boeing|Airbus|Flight|Room|Route|Highway|Interstate) $")


def say_feet(match: Match, _style: Style) -> str | None:
    """`5'11"` -> "five feet eleven"."""
    feet = f"{cardinal(int(match['feet']))} {'foot' if match['feet'] == '1' else 'feet'}"
    return f"{feet} {cardinal(int(match['inches']))}" if match["inches"] else feet


def say_fraction(match: Match, style: Style) -> str | None:
    """`3/4` -> "three quarters", `120/80` -> "one hundred twenty over eighty", `8/10` -> "eight out of ten"."""
    part, of = int(match["part"]), int(match["of"])
    whole = match["whole"] or ""
    if not whole and (part, of) in _NAMED_FRACTIONS:
        return _NAMED_FRACTIONS[part, of]
    if 0 < part < of <= 64 and of > 1 and (of != 10 or whole):
        return mixed(whole, part, of, style=style)
    word = "out of" if of in {10, 100} else "over"
    lead = f"{style.number(whole)} " if whole else ""
    return f"{lead}{style.number(match['part'])} {word} {style.number(match['of'])}"


def say_ordinal(match: Match, style: Style) -> str | None:
    """`22nd` -> "twenty-second"."""
    return ordinal(int(match["n"].replace(",", "")), joined_by=style.joined_by)


def say_size(match: Match, style: Style) -> str | None:
    """`3 x 4` and `3 × 4 m` -> "three by four", `3 × 4` -> "three times four"."""
    word = "by" if match["sign"] == "x" or match["unit"] else "times"
    name = _UNITS.get((match["unit"] or "").strip(), "")
    unit = f" {name if is_adjective(match) else unit_plural(name)}" if name else ""
    return f"{style.number(match['n'])} {word} {style.number(match['to'])}{unit}"


def say_times(match: Match, style: Style) -> str | None:
    """`2x` -> "two times"."""
    return f"{style.number(match['n'])} times"


def say_version(match: Match, style: Style) -> str | None:
    """`v1.2.3` -> "version one point two point three"."""
    said = " point ".join(style.number(part) for part in (match["n"] or match["v1"]).split("."))
    return f"version {said}" if match["v"] or match["v1"] else said


def say_phone(match: Match, _style: Style) -> str | None:
    """Group by group, digit by digit."""
    groups = ", ".join(digits(group) for group in re.findall(r"[0-9]+", match[0]))
    return f"plus {groups}" if match[0].startswith("+") else groups


def say_code(match: Match, style: Style) -> str | None:
    """`MP3` -> "MP three", `B747` -> "B seven forty-seven"; `A4` stays."""
    parts = re.findall(r"[A-Za-z]+|\d+", match[0])
    if parts[0] == "A":  # spelled "A four", it would be the article
        return match[0]
    return " ".join(in_name(part, style) if part.isdigit() else part for part in parts)


def in_name(written: str, style: Style) -> str:
    """Digits of a name: three as people say flights and rooms ("seven forty-seven"), four as a year, many one by one."""
    if len(written) > 6:
        return digits(written)
    if _YEAR.fullmatch(written):
        return year(int(written))
    hundreds, rest = divmod(int(written), 100)
    if len(written) != 3 or not hundreds or not rest:
        return style.number(written)
    return f"{cardinal(hundreds)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def say_number(match: Match, style: Style) -> str | None:
    """Four digits from 1010 to 2099 sound as a year does, all others as a count."""
    written = match[0]
    if _YEAR.fullmatch(written):
        return year(int(written))
    if len(written) == 3 and _NUMBERED.search(match.string, max(0, match.start() - 12), match.start()):
        return in_name(written, style)
    return style.number(written)


def plural_number(written: str) -> str:
    """`1990` -> "nineteen nineties", `20` -> "twenties"."""
    return plural(year(int(written)))
