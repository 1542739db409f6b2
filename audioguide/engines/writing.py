"""What each language is written in: an engine whose voices know one language refuses letters that they cannot read.

Latin letters are fit for every language: its voices read foreign names and short forms in them. Scripts are named as
`audioguide.text.scripts_of` names them, by the first word of their letters' Unicode names.
"""

from __future__ import annotations

from collections.abc import Mapping

from audioguide.text import scripts_of

_WRITTEN_IN = {
    "ARABIC": "ar arz fa ps sd ug ur ku ckb ks pnb",
    "ARMENIAN": "hy hyw",
    "BENGALI": "as bn bpy",
    "CANADIAN": "cr iu oj",
    "CHEROKEE": "chr",
    "CJK BOPOMOFO IDEOGRAPHIC": "cmn hak nan wuu yue zh",
    "CJK HIRAGANA KATAKANA KATAKANA-HIRAGANA IDEOGRAPHIC": "ja",
    "CYRILLIC": "ab ba be bg ce crh cv kk kv ky mk mn nog os ru sah sr tg tk tt udm uk uz",
    "DEVANAGARI": "bho brx doi hi kok mai mr ne sa sd",
    "ETHIOPIC": "am ti",
    "GEORGIAN": "ka xmf",
    "GREEK": "el grc",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "HANGUL CJK": "ko",
    "HEBREW": "he iw yi",
    "KANNADA": "kn",
    "KHMER": "km",
    "LAO": "lo",
    "MALAYALAM": "ml",
    "MEETEI": "mni",
    "MYANMAR": "my shn",
    "OL": "sat",
    "ORIYA": "or",
    "SINHALA": "si",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAANA": "dv",
    "THAI": "th",
    "TIBETAN": "bo dz",
}

_READABLE: dict[str, set[str]] = {}
for _scripts, _languages in _WRITTEN_IN.items():
    for _language in _languages.split():
        _READABLE.setdefault(_language, set()).update(_scripts.split())

_EVERYWHERE = {"LATIN", "MODIFIER"}

_SAME: Mapping[str, str] = {"nb": "no", "nn": "no", "cmn": "zh", "iw": "he", "in": "id", "tl": "fil"}
"""Languages with two tags: the one that stands for both here."""


def unreadable(text: str, *languages: str) -> str | None:
    """What a voice of those languages (BCP 47) cannot read in the text, as `Cyrillic, Greek`; None where it reads all."""
    readable = _EVERYWHERE.union(*(_READABLE.get(primary(language), set()) for language in languages))
    foreign = scripts_of(text) - readable
    return ", ".join(sorted(name.title() for name in foreign)) or None


def primary(language: str) -> str:
    """The language itself, without region and script, in small letters: `pt` of `pt-BR`."""
    return language.lower().replace("_", "-").split("-")[0]


def same_language(first: str, second: str) -> bool:
    """Whether two tags name one language, whatever the region."""
    one, other = (_SAME.get(primary(tag), primary(tag)) for tag in (first, second))
    return one == other
