"""Google Translate's languages: our BCP 47 tags -> its own codes, and the address that gives a regional accent.

Google's codes are old (`iw`, `jw`, `tl`) and mind upper and lower case. The table is ours, so that a tag never depends
on what the gTTS package thinks of it.
"""

from __future__ import annotations

from collections.abc import Mapping

_CODES = (
    "af am ar bg bn bs ca cs cy da de el en es et eu fi fr fr-CA gl gu ha hi hr hu id is it iw ja jw km kn ko la lt lv ml "
    "mr ms my ne nl no pa pl pt pt-PT ro ru si sk sq sr su sv sw ta te th tl tr uk ur vi yue zh zh-CN zh-TW"
)

TAGS: Mapping[str, str] = {code: code for code in _CODES.split()} | {"iw": "he", "jw": "jv", "tl": "fil"}
"""Google's code -> the BCP 47 tag of today."""

_OTHER_TAGS = {
    "he": "iw",
    "jv": "jw",
    "fil": "tl",
    "nb": "no",
    "nn": "no",
    "in": "id",  # what Java and old Android still call Indonesian
    "cmn": "zh-CN",
    "zh": "zh-CN",
    "zh-hans": "zh-CN",
    "zh-sg": "zh-CN",
    "zh-hant": "zh-TW",
    "zh-hk": "zh-TW",
    "zh-mo": "zh-TW",
    "zh-yue": "yue",
    "pt-ao": "pt-PT",
    "pt-mz": "pt-PT",
    "ca-valencia": "ca",
}

_BY_TAG = {code.lower(): code for code in TAGS} | _OTHER_TAGS

_ADDRESSES: Mapping[str, str] = {
    "en-au": "com.au",
    "en-ca": "ca",
    "en-gb": "co.uk",
    "en-ie": "ie",
    "en-in": "co.in",
    "en-ng": "com.ng",
    "en-nz": "co.nz",
    "en-us": "com",
    "en-za": "co.za",
    "es-es": "es",
    "es-mx": "com.mx",
    "es-us": "com",
    "fr-ca": "ca",
    "fr-fr": "fr",
    "pt-br": "com.br",
    "pt-pt": "pt",
}
"""Language and region -> the end of Google's address whose voice has that accent, by the gTTS documentation."""

DEFAULT_ADDRESS = "com"


def google_code(language: str) -> str | None:
    """Google's code for a BCP 47 tag, dropping subtags from the end until one is known; None where it speaks none."""
    parts = language.lower().replace("_", "-").split("-")
    tags = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((_BY_TAG[tag] for tag in tags if tag in _BY_TAG), None)


def address_end(language: str) -> str:
    """What follows `translate.google.` for the accent of this tag's region; `com` where it makes no difference."""
    parts = language.lower().replace("_", "-").split("-")
    region = next((part for part in parts[1:] if len(part) == 2), "")
    return _ADDRESSES.get(f"{parts[0]}-{region}", DEFAULT_ADDRESS)
