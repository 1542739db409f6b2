"""Spanish."""

from __future__ import annotations

from typing import Final

from audioguide.text import continental
from audioguide.text.continental import Match, Names, Tables, in_words
from audioguide.text.english_words import roman_value
from audioguide.text.readings import Language, Rule

_MONTHS: Final = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
]
_ROMAN: Final = r"(?P<roman>(?=[IVX])X{0,3}(?:IX|IV|V?I{0,3}))"


def _number_date(match: Match) -> str | None:
    day, month = int(match["day"]), int(match["month"])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    return f"{in_words(day, 'es')} de {_MONTHS[month - 1]} de {in_words(int(match['year']), 'es')}"


def _clock(match: Match) -> str:
    hour, minute = int(match["hour"]), int(match["minute"])
    said = "una" if hour == 1 else in_words(hour, "es")
    if not minute:
        return f"{said} en punto"
    return f"{said} {'cero ' if minute < 10 else ''}{in_words(minute, 'es')}"


def _ordinal(match: Match) -> str:
    said = in_words(int(match["n"]), "es", "ordinal")
    if match["end"] in {"er", ".er"}:
        return said.removesuffix("o")
    return said.removesuffix("o") + "a" if "ª" in match["end"] or match["end"] == "a" else said


def _century(match: Match) -> str:
    return f"{match['word']} {in_words(roman_value(match['roman']), 'es')}"


def _ruler(match: Match) -> str:
    number = roman_value(match["roman"])
    return f"{match['name']} {in_words(number, 'es', 'ordinal') if number <= 10 else in_words(number, 'es')}"


def _list_number(match: Match) -> str:
    return f"{in_words(int(match['n']), 'es').capitalize()}, "


def _un(word: str) -> Names:
    return (f"un {word}", _many(word))


def _una(word: str) -> Names:
    return (f"una {word}", _many(word))


def _many(word: str) -> str:
    first, space, rest = word.partition(" ")
    return f"{first}s{space}" + (f"{rest}s" if rest in {"cuadrado", "cúbico", "suizo"} else rest)


_CENT: Final = ("un céntimo", "céntimos")
_EURO: Final = (_un("euro"), _CENT)
_DOLLAR: Final = (("un dólar", "dólares"), ("un centavo", "centavos"))
_POUND: Final = (_una("libra"), ("un penique", "peniques"))
TABLES: Final = Tables(
    code="es",
    comma="coma",
    to="a",
    minus="menos",
    dot="punto",
    slash="barra",
    at="arroba",
    of_coins="de",
    digit_by_digit=False,
    coins={
        "€": _EURO, "EUR": _EURO, "euros": _EURO, "$": _DOLLAR, "US$": _DOLLAR, "USD": _DOLLAR, "£": _POUND,
        "CHF": (_un("franco suizo"), _CENT),
    },
    scales={
        "M": ("un millón", "millones"), "millones": ("un millón", "millones"), "millón": ("un millón", "millones"),
        "mil millones": ("mil millones", "mil millones"),
    },
    units={
        "mm": _un("milímetro"), "cm": _un("centímetro"), "m": _un("metro"), "km": _un("kilómetro"),
        "km/h": _un("kilómetro por hora"), "m/s": _un("metro por segundo"), "m²": _un("metro cuadrado"),
        "km²": _un("kilómetro cuadrado"), "m³": _un("metro cúbico"), "ha": _una("hectárea"), "g": _un("gramo"),
        "kg": _un("kilo"), "mg": _un("miligramo"), "t": _una("tonelada"), "l": _un("litro"), "L": _un("litro"),
        "ml": _un("mililitro"), "cl": _un("centilitro"), "°C": _un("grado Celsius"), "°": _un("grado"),
        "ºC": _un("grado Celsius"), "%": ("uno por ciento", "por ciento"), "kWh": _un("kilovatio hora"),
        "kW": _un("kilovatio"), "W": _un("vatio"), "GB": _un("gigabyte"), "MB": _un("megabyte"), "h": _una("hora"),
        "min": _un("minuto"), "s": _un("segundo"),
    },
    short_forms={
        "Sr.": "señor", "Sra.": "señora", "Sres.": "señores", "Srta.": "señorita", "Dr.": "doctor", "Dra.": "doctora",
        "D.": "don", "Dña.": "doña", "Ud.": "usted", "Uds.": "ustedes", "EE. UU.": "Estados Unidos",
        "EE.UU.": "Estados Unidos", "etc.": "etcétera", "p. ej.": "por ejemplo", "p.ej.": "por ejemplo",
        "aprox.": "aproximadamente", "av.": "avenida", "Avda.": "avenida", "Av.": "avenida", "a. C.": "antes de Cristo",
        "a.C.": "antes de Cristo", "d. C.": "después de Cristo", "d.C.": "después de Cristo", "prof.": "profesor",
        "Prof.": "profesor", "km/h": "kilómetros por hora", "máx.": "máximo", "mín.": "mínimo", "a. m.": "de la mañana",
        "p. m.": "de la tarde", "a.m.": "de la mañana", "p.m.": "de la tarde", "C/": "calle",
    },
    before_number={
        "n.º": "número", "n.°": "número", "nº": "número", "núm.": "número", "No.": "número", "pág.": "página",
        "págs.": "páginas", "p.": "página", "pp.": "páginas", "vol.": "volumen", "cap.": "capítulo", "fig.": "figura",
        "art.": "artículo", "tel.": "teléfono", "Tel.": "teléfono",
    },
    signs={"&": "y", "+": "más", "=": "igual a", "×": "por", "%": "por ciento", "½": "y medio", "/": ""},
    lower_words=r"(?:siglo|capítulo|tomo) [IVX]",
    extra=(
        Rule(r"(?<![\s\S])(?P<n>\d{1,2})[.)]\s(?=\S)", _list_number),
        Rule(r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})(?!\d)", _number_date),
        Rule(r"(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?:\sh(?!\w))?(?![\w:])", _clock),
        Rule(r"(?P<n>\d{1,3})(?P<end>\.?[ºª°]|\.?er)(?!\w|C)", _ordinal),
        Rule(rf"(?P<word>[Ss]iglo|[Cc]apítulo|[Tt]omo)\s{_ROMAN}(?!\w)", _century),
        Rule(rf"(?P<name>Felipe|Carlos|Alfonso|Isabel|Fernando|Juan Pablo|Enrique|Pedro|Jaime|Sancho|Luis|Pío)\s{_ROMAN}(?!\w)", _ruler),
        Rule(r"½", lambda _match: "medio", "other"),
    ),
)  # fmt: skip


def language(_region: str) -> Language:
    """The same for every region."""
    return continental.language(TABLES)
