"""What is missing of a sound file is noticed, wherever it was cut."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest

from audioguide.audio import mono, to_flac
from audioguide.engines.sound_faults import flac_fault, wav_fault

SAMPLES = (0.1 * np.sin(np.arange(24_000) / 20)).astype(np.float32)
FLAC = to_flac(mono(SAMPLES, 24_000))


def _wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 24_000, 0, "NONE", ""))
        file.writeframes((SAMPLES * 32767).astype("<i2").tobytes())
    return out.getvalue()


WAV = _wav()


def test_whole_files_have_no_fault() -> None:
    assert wav_fault(WAV) is None
    assert flac_fault(FLAC) is None


@pytest.mark.parametrize("length", [0, 3, 11, 43, 44, 1000, len(WAV) - 1])
def test_cut_wav_has_one(length: int) -> None:
    assert wav_fault(WAV[:length])


@pytest.mark.parametrize("length", [0, 3, 41, 60, 1000, len(FLAC) // 2, len(FLAC) - 200])
def test_cut_flac_has_one(length: int) -> None:
    assert flac_fault(FLAC[:length])


@pytest.mark.parametrize("unknown", [0xFFFFFFFF, 0x7FFFF000])
def test_length_that_a_server_did_not_know_is_no_fault(unknown: int) -> None:
    assert wav_fault(WAV[:40] + unknown.to_bytes(4, "little") + WAV[44:5000]) is None


def test_other_bytes_are_no_sound() -> None:
    assert wav_fault(b'{"error": 1}') == "it is no WAV file"
    assert flac_fault(b"") == "it is empty"
    assert wav_fault(b"RIFF\x04\0\0\0WAVE") == "it holds no sound"
