"""A speech engine for tests: `tone`, with a diary of what it was asked for and a list of what it refuses.

Both are files beside each other, so that several processes share them: `AUDIOGUIDE_TEST_DIARY` names the diary, a line
an utterance; the file of that name with `.refuse` holds words, one a line, and `.final` or `.silent` after a word makes
the refusal one of the whole engine, or a clip without sound.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from audioguide.audio import silence
from audioguide.engines import SpeechRequest, Spoken
from audioguide.engines.tone import Tone
from audioguide.errors import EngineUnavailable, SpeechFailed

DIARY = "AUDIOGUIDE_TEST_DIARY"
TARGET = "tests.stand_in.engines:Diary"
"""What stands for this engine in the table of engines, under the name `diary`."""


class Diary(Tone):
    """tone, writing down each text that it speaks."""

    name: ClassVar[str] = "diary"

    def fingerprint(self, request: SpeechRequest) -> str:
        """Of its own, or what tone spoke would do for it."""
        return f"diary of {super().fingerprint(request)}"

    def speak(self, request: SpeechRequest, *, timeout_s: float) -> Spoken:
        """Note the text, then speak it, or refuse it."""
        diary = Path(os.environ[DIARY])
        with diary.open("a", encoding="utf-8") as file:
            file.write(request.text + "\n")
        for refused in _refused(diary):
            word, _, how = refused.partition(".")
            if word in request.text and how == "final":
                raise EngineUnavailable("the diary is closed today", hint="come back tomorrow")
            if word in request.text and how == "silent":
                return Spoken(silence(24_000, 24_000))
            if word in request.text:
                raise SpeechFailed(f"the diary refuses {word}", hint="word it otherwise")
        return super().speak(request, timeout_s=timeout_s)


def _refused(diary: Path) -> list[str]:
    path = diary.with_suffix(".refuse")
    return path.read_text("utf-8").split() if path.exists() else []
