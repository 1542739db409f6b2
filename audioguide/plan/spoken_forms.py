"""What a script's `pronounce` means to one engine: IPA for those that take it, a respelling for the others."""

from __future__ import annotations

from collections.abc import Mapping

from audioguide.engines import Engine
from audioguide.engines.ipa import marked
from audioguide.script.model import Sounds
from audioguide.text.pronounce import pronounced

Written = Mapping[str, str | Sounds]


def spoken_forms(written: Written, engine: Engine) -> dict[str, str]:
    """Words -> what the engine is asked to say. Words of which it is told nothing that it can use are left out."""
    forms = {word: _form(word, form, takes_ipa=engine.takes_ipa) for word, form in written.items()}
    return {word: form for word, form in forms.items() if form is not None}


def _form(word: str, form: str | Sounds, *, takes_ipa: bool) -> str | None:
    if isinstance(form, str):
        return form
    return marked(word, form.ipa) if takes_ipa else form.say


def unusable(text: str, written: Written, forms: Mapping[str, str]) -> list[str]:
    """The words of a text that are written in IPA alone, for an engine that takes none."""
    lacking = [word for word in written if word not in forms]
    found: list[str] = []

    def note(word: str) -> str:
        found.append(word)
        return word

    pronounced(text, {word: word for word in lacking}, note)
    return found
