"""When hibari's words sound: the durations that its model computes on the way, matched to the words of the text.

The duration of every phoneme is a tensor inside the model. A few bytes after the model's own name it as one more output;
the sound stays the same to the bit. That name belongs to one model, so others are left alone and give no times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioguide.engines import WordTiming
from audioguide.text import has_speech
from audioguide.words import Word, carried

KNOWN_MODELS = frozenset({"5f70741d4e900f4e"})
"""The first 16 digits of the models' SHA-256: `heart` of hibari-tts 0.2.1."""

_TENSOR = b"/Clip_output_0"
_STEP_FRAMES = 600
"""A duration counts steps of 25 ms at 24 kHz."""
_EARLY_FRAMES = 1200
"""Speech is heard up to this long, 50 ms, before the step that its first phoneme begins with (measured)."""
_BLOCK_FRAMES = 240
_QUIET = 10 ** (-40 / 10)
"""A block of 10 ms this far below the loudest belongs to a pause."""


def with_durations(model: bytes) -> bytes:
    """The model with its durations as the last output: protobuf fields of messages that are repeated may follow later."""
    name = bytes([0x0A, len(_TENSOR)]) + _TENSOR  # ValueInfoProto.name
    output = bytes([0x62, len(name)]) + name  # GraphProto.output
    return model + bytes([0x3A, len(output)]) + output  # ModelProto.graph, merged into the one before


class DurationSession:
    """Stands in for a model's session: what hibari expects of it, and the durations for those who ask."""

    def __init__(self, session: Any) -> None:
        """`session`: of a model that was opened with its durations."""
        self._session = session
        self._names = [output.name for output in session.get_outputs()]

    def run(self, _names: object, feeds: dict[str, Any]) -> list[Any]:
        """The outputs that the model has by itself."""
        outputs: list[Any] = self._session.run(self._names[:-1], feeds)
        return outputs

    def run_all(self, feeds: dict[str, Any]) -> tuple[list[Any], NDArray[np.float32]]:
        """The same, and the steps of every phoneme."""
        *outputs, durations = self._session.run(self._names, feeds)
        return outputs, durations


def speak_timed(
    model: Any, text: str, written: str, *, speed: float, seed: int
) -> tuple[NDArray[np.float32], tuple[WordTiming, ...]]:
    """What `model(text)` gives, sample by sample, and when its words, as they are `written`, sound.

    None where hibari splits the text by itself, or where the durations do not add up to the sound.
    """
    from hibari import dsp
    from hibari.tts import MAX_PHONEMES

    sentences = model.split_sentences(text)
    tokens = _tokens(model, sentences[0]) if len(sentences) == 1 else []
    phonemes = "".join(_phonemes(token) for token in tokens).strip()
    if not 0 < len(phonemes) <= MAX_PHONEMES:
        return model(text, speed=speed, seed=seed), ()
    ids = model.ids(phonemes)
    if len(ids) < 3:
        return np.zeros(0, np.float32), ()
    outputs, durations = model.sess.run_all({"ids": np.array([ids]), "speed": np.array([speed], np.float32)})
    samples = dsp.synth(*(output[0] for output in outputs), np.random.default_rng(seed))
    steps = np.rint(durations).astype(int)
    if len(steps) != len(ids) or steps.sum() * _STEP_FRAMES != len(samples):
        return samples, ()
    ends = np.cumsum(steps) * _STEP_FRAMES
    said = "".join(token.text + token.whitespace for token in tokens)
    words = carried(list(_words(tokens, model.vocab, ends.tolist())), said, written)
    return samples, _as_heard(words, samples, model.sample_rate)


def _tokens(model: Any, sentence: str) -> list[Any]:
    from hibari.g2p.normalize import normalize

    tokens: list[Any] = model.g2p.phonemize_tokens(model.g2p.tokenize(normalize(sentence)))
    return tokens


def _phonemes(token: Any) -> str:
    """What a token gives to its sentence. `unk`, for what nobody can read, is empty here."""
    return (token.phonemes or "") + (" " if token.whitespace else "")


def _words(tokens: Sequence[Any], vocab: dict[str, int], ends: Sequence[int]) -> Iterator[Word]:
    """Every word that is heard, with its place in the tokens' text; `ends` is of each id, the padding included."""
    at = place = begun = 0
    heard: list[int] = []
    for token in tokens:
        phonemes = token.phonemes or ""
        ids = sum(1 for phoneme in phonemes if phoneme in vocab)
        if has_speech(phonemes):
            heard += [ends[at], ends[at + ids]]
        at += ids
        place += len(token.text)
        if token.whitespace:
            if heard:
                yield Word(heard[0], heard[-1], begun, place)
            heard = []
            at += 1 if at else 0  # what is before the first phoneme is stripped
            place += len(token.whitespace)
            begun = place
    if heard:
        yield Word(heard[0], heard[-1], begun, place)


def _as_heard(words: Sequence[Word], samples: NDArray[np.float32], rate_hz: int) -> tuple[WordTiming, ...]:
    """Starts moved to where speech is heard; ends before the pause, which the last phoneme's duration has in it."""
    starts = [max(0, word.start - _EARLY_FRAMES) for word in words]
    limits = [*starts[1:], len(samples)]
    quiet = _quiet(samples)
    timings = []
    for word, start, limit in zip(words, starts, limits, strict=True):
        end = min(word.end, limit)
        while end - _BLOCK_FRAMES > start and quiet[end // _BLOCK_FRAMES - 1]:
            end -= _BLOCK_FRAMES
        timings.append(WordTiming(start * 1000 // rate_hz, end * 1000 // rate_hz, (word.first, word.last)))
    return tuple(timings)


def _quiet(samples: NDArray[np.float32]) -> list[bool]:
    """Whether each block is far below the loudest."""
    blocks = samples[: len(samples) // _BLOCK_FRAMES * _BLOCK_FRAMES].reshape(-1, _BLOCK_FRAMES)
    powers = np.einsum("ij,ij->i", blocks, blocks)
    quiet: list[bool] = (powers < powers.max(initial=0.0) * _QUIET).tolist()
    return quiet
