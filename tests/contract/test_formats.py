"""What every row of FORMATS keeps: the same suite for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audioguide.audio import Samples, from_s16, run_ffmpeg
from audioguide.errors import AudioError
from audioguide.formats import FORMATS, EncodedPart, Encoding, Format, PartSound, Tags, get_format
from audioguide.loudness import block_powers, true_peak_dbtp

ENCODING = Encoding(48000, 1, 96)


@pytest.fixture(params=sorted(FORMATS))
def form(request: pytest.FixtureRequest) -> Format:
    name: str = request.param
    return get_format(name)


def sound(form: Format, quanta: int, *, encoding: Encoding = ENCODING, seed: int = 1) -> PartSound:
    """Noise that swells and fades between silences, as a part of speech does."""
    quantum = form.quantum(encoding.rate_hz)
    samples = np.zeros((quanta * quantum, encoding.channels))
    heard = len(samples) - 6 * quantum
    noise = np.random.default_rng(seed).standard_normal((heard, encoding.channels)).cumsum(axis=0)
    noise -= np.linspace(noise[0], noise[-1], heard)
    samples[quantum : quantum + heard] = noise / abs(noise).max() * 0.5 * np.hanning(heard)[:, None]
    return PartSound(np.rint(samples * 32767).astype("<i2").tobytes())


def decoded(form: Format, parts: Sequence[EncodedPart], encoding: Encoding, folder: Path) -> Samples:
    """What a player makes of the file of these parts."""
    data = b"".join(part.data for part in parts)
    frames = sum(part.frames for part in parts)
    file = folder / f"file{form.suffix}"
    prologue = form.prologue(Tags("T"), total_frames=frames, data_bytes=len(data), encoding=encoding)
    file.write_bytes(prologue + data + form.epilogue(encoding))
    pcm = run_ffmpeg(["-i", str(file), "-f", "s16le", "pipe:1"])
    return from_s16(pcm, encoding.rate_hz, encoding.channels).samples


def test_its_name_is_its_row_and_its_suffix_begins_with_a_dot(form: Format) -> None:
    assert FORMATS[form.name].endswith(f":{type(form).__name__}")
    assert form.suffix.startswith(".")
    assert form.media_type.startswith("audio/")


@pytest.mark.parametrize("channels", [1, 2], ids=["mono", "stereo"])
def test_a_file_of_parts_decodes_to_the_sum_of_their_frames(form: Format, channels: int, tmp_path: Path) -> None:
    encoding = replace(ENCODING, channels=channels)
    sounds = [sound(form, quanta, encoding=encoding, seed=quanta) for quanta in (40, 8, 61)]
    parts = form.encode(sounds, encoding)
    assert [part.frames for part in parts] == [quanta * form.quantum(encoding.rate_hz) for quanta in (40, 8, 61)]
    assert len(decoded(form, parts, encoding, tmp_path)) == sum(part.frames for part in parts)


def test_decoded_sound_is_the_sound_that_went_in_to_the_sample(form: Format, tmp_path: Path) -> None:
    """The difference is least where nothing is shifted, and small."""
    sounds = [sound(form, 60, seed=3), sound(form, 50, seed=4)]
    before = np.concatenate([from_s16(part.pcm, 48000, 1).samples for part in sounds])[:, 0]
    after = decoded(form, form.encode(sounds, ENCODING), ENCODING, tmp_path)[:, 0]
    errors = {shift: float(np.square(before - np.roll(after, shift)).mean()) for shift in range(-3, 4)}
    assert min(errors, key=errors.__getitem__) == 0
    assert errors[0] < float(np.square(before).mean()) / 100


def test_the_figures_of_a_part_are_those_of_its_decoded_sound(form: Format, tmp_path: Path) -> None:
    part = form.encode([sound(form, 50)], ENCODING)[0]
    quantum = form.quantum(ENCODING.rate_hz)
    samples = decoded(form, [part], ENCODING, tmp_path)
    clip = from_s16(np.rint(samples * 32768).astype("<i2").tobytes(), ENCODING.rate_hz, 1)
    expected = block_powers(clip, block_frames=quantum)
    assert part.powers.shape == (50,)
    assert np.allclose(part.powers, expected, rtol=1e-3, atol=1e-8)
    assert part.true_peak_dbtp == pytest.approx(true_peak_dbtp(clip), abs=0.02)


def test_a_part_has_the_same_bytes_in_any_batch(form: Format) -> None:
    sounds = [sound(form, 20 + n, seed=n) for n in range(27)]
    together = form.encode(sounds, ENCODING)
    backwards = form.encode(sounds[::-1], ENCODING)[::-1]
    some = [form.encode([sounds[n]], ENCODING)[0] for n in (0, 13, 26)]
    assert len({part.data for part in together}) == 27
    assert [part.data for part in together] == [part.data for part in backwards]
    assert [part.data for part in some] == [together[n].data for n in (0, 13, 26)]


def test_packets_where_there_are_any_add_up_to_the_data(form: Format) -> None:
    part = form.encode([sound(form, 20)], ENCODING)[0]
    assert part.packets is None or sum(part.packets) == len(part.data)


def test_no_parts_make_no_parts(form: Format) -> None:
    assert form.encode([], ENCODING) == []


def test_an_episode_without_sound_is_refused(form: Format) -> None:
    with pytest.raises(AudioError, match="without sound"):
        form.prologue(Tags("T"), total_frames=0, data_bytes=0, encoding=ENCODING)


@pytest.mark.parametrize(
    "encoding",
    [replace(ENCODING, rate_hz=12345), replace(ENCODING, bitrate_kbps=97), replace(ENCODING, channels=3)],
    ids=["rate", "bitrate", "channels"],
)
def test_an_encoding_that_the_codec_does_not_have_is_refused_with_a_hint(form: Format, encoding: Encoding) -> None:
    for refusing in (form.fingerprint, form.epilogue, lambda wrong: form.encode([PartSound(bytes(100))], wrong)):
        with pytest.raises(AudioError) as caught:
            refusing(encoding)
        assert caught.value.hint


def test_the_fingerprint_changes_with_every_setting_and_with_nothing_else(form: Format) -> None:
    encodings = [
        ENCODING,
        replace(ENCODING, rate_hz=44100),
        replace(ENCODING, channels=2),
        replace(ENCODING, bitrate_kbps=128),
        replace(ENCODING, fast=True),
    ]
    prints = [form.fingerprint(encoding) for encoding in encodings]
    assert len(set(prints)) == len(encodings)
    assert form.fingerprint(replace(ENCODING)) == prints[0]


def test_the_same_tags_and_counts_give_the_same_prologue(form: Format) -> None:
    frames = 100 * form.quantum(ENCODING.rate_hz)
    made = {
        form.prologue(Tags("T"), total_frames=frames, data_bytes=12345, encoding=ENCODING),
        get_format(form.name).prologue(Tags("T"), total_frames=frames, data_bytes=12345, encoding=ENCODING),
    }
    assert len(made) == 1


def test_an_unknown_format_is_refused_with_those_there_are() -> None:
    with pytest.raises(AudioError, match='no format "mp4"') as caught:
        get_format("mp4")
    assert "mp3" in str(caught.value.hint)
