"""English: short forms, capitals, Roman numerals, addresses, signs."""

from __future__ import annotations

import re
from typing import Final

from audioguide.text.abbreviations import WORDS_OF_LETTERS
from audioguide.text.english_dates import final_stop
from audioguide.text.english_numbers import cardinal, ordinal
from audioguide.text.english_quantities import Match, Style, in_name

_BEFORE_NUMBER: Final = {
    "No": "number", "Nos": "numbers", "Fig": "figure", "Figs": "figures", "Vol": "volume", "Vols": "volumes",
    "p": "page", "pp": "pages", "Ch": "chapter", "Chap": "chapter", "Sec": "section", "Eq": "equation",
    "Art": "article", "Pt": "part", "par": "paragraph", "Op": "opus", "Tel": "telephone", "ext": "extension",
    "Ext": "extension", "Apt": "apartment", "Rm": "room", "c": "circa", "ca": "circa", "est": "established",
    "max": "maximum", "Max": "maximum", "min": "minimum", "Min": "minimum", "no": "number", "fig": "figure",
    "vol": "volume", "ch": "chapter", "sec": "section", "v": "version", "ver": "version", "nos": "numbers",
    "figs": "figures", "Ver": "version", "Jan": "January",
}  # fmt: skip
BEFORE_NUMBER: Final = (
    rf"(?P<short>{'|'.join(sorted(_BEFORE_NUMBER, key=len, reverse=True))})\.\s?(?=\d)"
    r"|(?P<bare>No|Nos|Fig|Figs|Vol|pp)\s(?=\d)"
)
_TITLES: Final = {
    "Dr": "Doctor", "Mr": "Mister", "Mrs": "Missus", "Ms": "Ms", "Mx": "Mx", "Prof": "Professor", "Rev": "Reverend",
    "Gen": "General", "Col": "Colonel", "Lt": "Lieutenant", "Sgt": "Sergeant", "Capt": "Captain", "Cmdr": "Commander",
    "Adm": "Admiral", "Sen": "Senator", "Rep": "Representative", "Gov": "Governor", "Pres": "President",
    "Hon": "Honourable", "Fr": "Father", "Sr": "Sister", "St": "Saint", "Ste": "Sainte", "Mt": "Mount", "Ft": "Fort",
    "Messrs": "Messieurs",
}  # fmt: skip
# A name that the script pronounces stands here as a character of the private plane.
TITLE: Final = rf"(?P<short>{'|'.join(_TITLES)})\.\s?(?=[A-ZÀ-Þ\U000F0000-\U000FFFFF])"
_STREETS: Final = {
    "St": "Street", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Ln": "Lane", "Dr": "Drive", "Sq": "Square",
    "Ct": "Court", "Pl": "Place", "Hwy": "Highway", "Pkwy": "Parkway",
}  # fmt: skip
STREET: Final = rf"(?:(?<=[a-z] )|(?<=st )|(?<=nd )|(?<=th ))(?P<short>{'|'.join(_STREETS)})(?:\.|(?=[,;]|$))"
_STREET_NAME: Final = re.compile(r"(?:\b[A-Z][a-z'-]+|\d(?:st|nd|rd|th)) $")
_NOT_A_STREET: Final = re.compile(r"(?:Doctor|Dr|The|Saint|And|To|In|At|From|Of|By|With|For) $")

_SHORT_FORMS: Final = {
    "e.g.": "for example", "eg.": "for example", "i.e.": "that is", "ie.": "that is", "etc.": "et cetera", "vs.": "versus",
    "v.": "versus", "vs": "versus", "approx.": "approximately", "cf.": "compare", "a.k.a.": "also known as", "Mr.": "Mister", "Mrs.": "Missus", "Jr.": "Junior",
    "Sr.": "Senior", "Inc.": "Incorporated", "Ltd.": "Limited", "Co.": "Company", "Corp.": "Corporation",
    "Bros.": "Brothers", "Dept.": "Department", "dept.": "department", "Assn.": "Association", "Univ.": "University",
    "incl.": "including", "excl.": "excluding", "esp.": "especially", "et al.": "and others", "viz.": "namely",
    "Ph.D.": "PhD", "Ph.D": "PhD", "M.D.": "MD", "w/o": "without", "w/": "with", "b/c": "because", "avg.": "average",
    "max.": "maximum", "min.": "minimum", "govt.": "government", "Govt.": "Government",
    "feat.": "featuring", "ed.": "editor", "eds.": "editors", "trans.": "translator", "p.a.": "per annum", "p.s.": "PS",
    "R.I.P.": "RIP", "n/a": "not applicable", "N/A": "not applicable", "c/o": "care of", "and/or": "and or",
    "he/she": "he or she", "she/he": "she or he", "his/her": "his or her", "him/her": "him or her", "s/he": "she or he",
    "hr.": "hour", "hrs.": "hours", "mo.": "month", "yr.": "year", "Nat'l": "National", "Int'l": "International",
}  # fmt: skip
_CAPITALISED: Final = {short[0].upper() + short[1:]: said for short, said in _SHORT_FORMS.items()}
_ALL_SHORT: Final = {**_CAPITALISED, **_SHORT_FORMS}
SHORT_FORM: Final = rf"(?P<short>{'|'.join(re.escape(s) for s in sorted(_ALL_SHORT, key=len, reverse=True))})(?!\w)"
DOTTED: Final = r"(?P<letters>(?:[A-Z]\.){2,}|(?:[A-Z]\.)+[A-Z](?![\w.]))(?P<own>'s)?"

_ACRONYMS: Final = {
    "IKEA": "Ikea", "CO2": "C O two", "CO₂": "C O two", "H2O": "H two O", "H₂O": "H two O", "WWI": "World War One",
    "WWII": "World War Two", "WW1": "World War One", "WW2": "World War Two", "VO2": "V O two", "VO₂": "V O two",
    "NO2": "N O two", "O2": "O two", "PS": "P.S.", "TL;DR": "in short", "DIY": "D I Y",
}  # fmt: skip
ACRONYM: Final = (
    rf"(?:{'|'.join(re.escape(a) for a in sorted(_ACRONYMS, key=len, reverse=True))})(?!\w)|(?<=[Tt]he )WHO(?!\w)"
)
AMPERSAND_NAME: Final = r"[A-Z]{1,4}&[A-Z]{1,4}(?!\w)|[A-Z]/[A-Z](?![\w/])"

_ROMAN: Final = r"(?P<roman>(?=[IVXLC])(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))(?!\w|\.\w|'(?!s\b))"
ROMAN_PART: Final = (
    r"(?P<word>(?:[Cc]hapter|[Pp]art|[Vv]olume|Vol\.|[Aa]ct|[Ss]cene|[Bb]ook|World War|[Ss]ection|[Aa]rticle|[Aa]ppendix|"
    r"[Pp]hase|[Tt]ype|[Ss]tage|[Ll]evel|[Cc]lass|[Gg]rade|[Ee]pisode|Canto|Super Bowl|[Ff]igure|[Tt]able|Mark|Title|"
    r"Apollo|Factor|Rocky|Symphony|Schedule|Annex))\s" + _ROMAN
)
_RULERS: Final = [
    "Henry",
    "Louis",
    "Elizabeth",
    "George",
    "Edward",
    "Richard",
    "James",
    "Charles",
    "William",
    "Philip",
    "Philippe",
    "Napoleon",
    "Pius",
    "Paul",
    "Benedict",
    "Leo",
    "Gregory",
    "Clement",
    "Innocent",
    "Alexander",
    "Nicholas",
    "Catherine",
    "Frederick",
    "Wilhelm",
    "Ivan",
    "Ramesses",
    "Ramses",
    "Thutmose",
    "Ptolemy",
    "Cleopatra",
    "Francis",
    "Ferdinand",
    "Alfonso",
    "Gustav",
    "Christian",
    "Olav",
    "Haakon",
    "Harald",
    "Otto",
    "Leopold",
    "Albert",
    "Mary",
    "Urban",
    "Boniface",
    "Darius",
    "Xerxes",
    "Artaxerxes",
    "Mehmed",
    "Murad",
    "Selim",
    "Peter",
    "Maximilian",
    "Rudolf",
    "Emmanuel",
    "Pedro",
    "Carlos",
    "Felipe",
    "Constantine",
    "Basil",
    "Robert",
    "David",
    "Malcolm",
    "Margaret",
    "Victor",
    "John",
    "Joseph",
    "Julius",
    "Sixtus",
    "Celestine",
    "Stephen",
    "Baldwin",
    "Bayezid",
    "Amenhotep",
    "Seti",
]
ROMAN_NAME: Final = (
    rf"(?P<word>(?:(?:King|Queen|Pope|Emperor|Empress|Tsar|Sultan)\s[A-Z][a-zé]+|{'|'.join(_RULERS)}))\s{_ROMAN}"
)
_AFTER_FIRST: Final = re.compile(r"$|[,.;:)!?]|'s|\s(?:of|and|was|is|died|ruled|reigned|became|to|in|the|has)\b")
_ROMAN_DIGITS: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}

URL: Final = r"(?:https?://(?:www\.)?|www\.)(?P<host>[^\s/?#<>()\[\]\"]*[^\W_])(?P<path>/[^\s?#<>()\[\]\"]*)?(?P<rest>[?#][^\s<>()\[\]\"]*)?"
DOMAIN: Final = (
    r"(?P<host>(?:[A-Za-z0-9-]{1,63}\.){1,8}"
    r"(?:com|org|net|edu|gov|info|io|co\.uk|ac\.uk|org\.uk|uk|de|fr|es|it|eu|ch|at|nl|ca|au|dev|app|fm|tv|me|blog))(?!\w|\.\w|@)"
    r"(?P<path>/[^\s?#<>()\[\]\"]*)?(?P<rest>[?#][^\s<>()\[\]\"]*)?"
)
EMAIL: Final = r"(?P<user>[\w.+-]{1,64})@(?P<host>[\w-]{1,63}(?:\.[\w-]{1,63})+)"
HANDLE: Final = r"@(?P<name>\w+)"
HASHTAG: Final = r"#(?P<name>[A-Za-z]\w*)"
NUMBER_SIGN: Final = r"#\s?(?=\d)"
LIST_NUMBER: Final = r"(?<![\s\S])(?:\((?P<a>\d{1,3})\)|(?P<b>\d{1,3})[.)])\s(?=\S)"


_CAPITAL_NEXT: Final = re.compile(r"\s[A-Z]")


def say_before_number(match: Match, _style: Style) -> str | None:
    """`No. 5` -> "number five"."""
    return f"{_BEFORE_NUMBER[match['short'] or match['bare']]} "


def say_title(match: Match, _style: Style) -> str | None:
    """`Dr. St. John` -> "Doctor Saint John"."""
    return f"{_TITLES[match['short']]} "


def say_street(match: Match, _style: Style) -> str | None:
    """`Main St.` -> "Main Street"."""
    before = match.string[max(0, match.start() - 20) : match.start()]
    if not _STREET_NAME.search(before) or _NOT_A_STREET.search(before):
        return None
    return _STREETS[match["short"]] + final_stop(match)


def say_short_form(match: Match, _style: Style) -> str | None:
    """`e.g.` -> "for example"."""
    if match["short"] == "v." and not _CAPITAL_NEXT.match(match.string, match.end()):
        return None
    said = _ALL_SHORT[match["short"]]
    comma = "," if said in {"for example", "that is"} and match.string.startswith(" ", match.end()) else ""
    return f"{said}{comma}{final_stop(match)}"


def say_dotted(match: Match, _style: Style) -> str | None:
    """`U.S.` -> "US", `J.R.R. Tolkien` -> "J. R. R. Tolkien"."""
    letters = match["letters"].replace(".", "")
    if letters in WORDS_OF_LETTERS:
        return f"{letters}{match['own'] or final_stop(match)}"
    last_stop = "." if match[0].endswith(".") else ""
    return f"{'. '.join(letters)}{match['own'] or last_stop}"


def say_acronym(match: Match, _style: Style) -> str | None:
    """Capitals that would be read wrongly; all others are known to the engines or spelled by them."""
    return _ACRONYMS.get(match[0], "W H O")


def keep(match: Match, _style: Style) -> str | None:
    """`AT&T` and `A/B` stay: engines know them."""
    return match[0]


def roman_value(numeral: str) -> int:
    """`XIV` -> 14."""
    values = [_ROMAN_DIGITS[letter] for letter in numeral]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))


def _is_pronoun(match: Match) -> bool:
    return match["roman"] == "I" and not _AFTER_FIRST.match(match.string, match.end())


def say_roman_part(match: Match, _style: Style) -> str | None:
    """`Chapter IV` -> "Chapter four"."""
    word, numeral = match["word"], match["roman"]
    if len(numeral) == 1 and (numeral not in "IVX" or word[0].islower() or _is_pronoun(match)):
        return None
    return f"{'Volume' if word == 'Vol.' else word} {cardinal(roman_value(numeral))}"


def say_roman_name(match: Match, _style: Style) -> str | None:
    """`Henry VIII` -> "Henry the eighth"."""
    numeral = match["roman"]
    if numeral in {"L", "C"} or (match["word"] == "Malcolm" and numeral == "X") or _is_pronoun(match):
        return None
    return f"{match['word']} the {ordinal(roman_value(numeral))}"


def _address(written: str, style: Style) -> str:
    """Dots and slashes as words, numbers in words, all else as spaces."""
    said = re.sub(r"[.]", " dot ", written)
    said = re.sub(r"/+", " slash ", said)
    said = re.sub(r":(?=\d)", " port ", said)
    said = re.sub(r"[^\w\s]|_", " ", said)
    return " ".join(re.sub(r"\d+", lambda match: f" {in_name(match[0], style)} ", said).split())


def say_url(match: Match, style: Style) -> str | None:
    """`https://example.org/a-b?x=1` -> "example dot org slash a b"; what follows ? or # is not said."""
    said = _address(match["host"] + (match["path"] or "").rstrip("/.,;:!'*"), style)
    whole = match[0]
    return said + whole[len(whole.rstrip(".,;:!?")) :]


def say_email(match: Match, style: Style) -> str | None:
    """`a.b@example.org` -> "a dot b at example dot org"."""
    return f"{_address(match['user'], style)} at {_address(match['host'].rstrip('.'), style)}"


def _parted(name: str) -> str:
    """`RunningTips` -> "Running Tips"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])|_", " ", name)


def say_handle(match: Match, _style: Style) -> str | None:
    """`@name` -> "at name"."""
    return f"at {_parted(match['name'])}"


def say_hashtag(match: Match, _style: Style) -> str | None:
    """`#RunningTips` -> "hashtag Running Tips"."""
    return f"hashtag {_parted(match['name'])}"


def say_list_number(match: Match, _style: Style) -> str | None:
    """`1. Wash it.` -> "One, Wash it."."""
    return f"{cardinal(int(match['a'] or match['b'])).capitalize()}, "


SIGNS: Final[tuple[tuple[str, str], ...]] = (
    (r"→|->|⇒|=>", " to "),
    (r"≥|>=", " at least "),
    (r"≤|<=", " at most "),
    (r"(?<![\w)%'.])-(?=[$£€]?[.\d])", "minus "),
    (r"(?<=\d )- (?=\d[^=]*=)", " minus "),
    (r"[-–](?:(?<=[\d%°½¼¾].)|(?<=[\d%] .)|(?<=°[CF].)|(?<=[ap]m.)|(?<=m\..))\s?(?=[$£€]?\d)", " to "),
    (r"–(?:(?<=[\w.%)].)|(?<=[\w.%)] .))\s?(?=[$£€]?\d)", " to "),
    (r"–(?<=\..)(?=[A-Z])", " to "),
    (r"(?<=[^\W\d_])–(?=[^\W\d_])", "-"),
    (r"\+\+(?<=\bC..)(?!\w)", " plus plus"),
    (r"\+(?<=\d.)", " plus "),
    (r"\+(?<=\s.)\s|\+(?<=\w.)(?=\w)", " plus "),
    (r"\+(?=\d)", "plus "),
    (r"#\s?(?=\d)", "number "),
    (r"#(?<=\bC.)(?!\w)", " sharp"),
    (r"&", " and "),
    (r"==?", " equals "),
    (r"[×✕]|\*(?<=\d .)(?=\s\d)", " times "),
    (r"÷", " divided by "),
    (r"±\s?", " plus or minus "),
    (r"[≈~]\s?(?=\d)", "about "),
    (r"<(?=\s?\d|\s)", " less than "),
    (r">(?<=\s.)(?=\s?[\d$£€]|\s)", " more than "),
    (r"§\s?", " section "),
    (r"°", " degrees "),
    (r"%", " percent "),
    (r"[©®™]", " "),
    (r"/km(?!\w)", " per kilometre"),
    (
        r"(?<=\w)/(?=(?:second|minute|hour|day|night|week|month|year|person|head|unit|mile|litre|liter|h|mo|yr)(?!\w))",
        " per ",
    ),
    (r"/(?=\s?\w)", " "),
    (r"₂(?!\w)", " two "),
    (r"²", " squared "),
    (r"³", " cubed "),
    (r"₃", " three "),
)
"""Signs, wherever they stand, and what they sound as."""
