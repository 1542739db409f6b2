"""Cues that follow each other so closely that no silence fits between them: every pause is there, and no sound is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from audioguide.audio import decode, mono, resample
from audioguide.bench import make_parts, part_sound
from audioguide.build import BuildFailed, plan_script, workshop_of, workshops_of
from audioguide.engines import SpeechRequest, get_engine
from audioguide.forecast import forecast
from audioguide.formats import EncodedPart, PartSound, get_format
from audioguide.parts import Workshop, bed_jobs, dry_parts, facts_of, plain_jobs
from audioguide.plan.addresses import cues_at
from audioguide.preview import record_of, sounds, sounds_with_music
from audioguide.store import open_store
from audioguide.studio.sounds import HEADER_BYTES, SoundShelf, Stretch, wave_of
from audioguide.trim import trim
from tests.desk import Built, Desk, Document, script
from tests.integration.test_format_coders import snr_db
from tests.sound_files import write_file

Floats = NDArray[np.float64]

PAUSES_MS = (0, 5, 13, 20, 40, 60, 79, 80, 93, 100, 250)
FORMATS = ["mp3", "m4b", "opus", "flac", "wav"]
TEXTS = {
    "tone": (  # words of five letters: notes whose edges lie where speech is told from silence
        *("Seven bells.", "Three ships.", "Eight crows.", "Small gulls."),
        *("White boats.", "Early birds.", "Quiet waves.", "North winds."),
    ),
    "hibari": ("The harbour wakes early.", "Nobody needs a ticket.", "Four fishermen saw it.", "Keep left here."),
}
NOISES_S = {"a.wav": 0.05, "b.wav": 0.087, "c.wav": 0.121, "d.wav": 0.2}
MUSIC = {"theme": {"file": "bed.wav", "gain": "-30 dB", "fade_in": "0s", "fade_out": "0s"}}


# -- pauses ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sound:
    """What is heard, a text or the name of a file, and the pause that follows it."""

    text: str
    pause_ms: int

    @property
    def entry(self) -> Any:
        """As a segment of a script."""
        return {"play": self.text} if self.text in NOISES_S else self.text


def _noise(name: str) -> Floats:
    """Noise with sharp edges."""
    return np.random.default_rng(len(name) + ord(name[0])).standard_normal(round(44_100 * NOISES_S[name])) * 0.1


@cache
def _samples(text: str, engine: str, rate_hz: int) -> Floats:
    """What is heard of a sound from its first speech to its last, alone."""
    if text in NOISES_S:
        clip = mono(_noise(text), 44_100)
    else:
        voice = get_engine(engine)
        name = voice.default_voice("en") or ""
        asked = SpeechRequest(text=text, language="en", voice=name, speed=1.0, pitch=0.0, options=())
        trimmed = trim(voice.speak(asked, timeout_s=60).clip)
        assert trimmed
        last = trimmed.clip.frames - trimmed.offset_frames
        clip = replace(trimmed.clip, samples=trimmed.clip.samples[trimmed.onset_frames : last])
    return resample(clip, rate_hz).samples[:, 0].astype(np.float64)


def _walk(engine: str) -> list[list[Sound]]:
    """Sections in which each pause stands between speech and speech, speech and sounds, two sounds, and two sections."""
    texts, noises = TEXTS[engine], list(NOISES_S)
    sections, said, played = [], 0, 0
    for pause_ms in PAUSES_MS:
        section = []
        for kind in "ssppss":
            section.append(Sound(texts[said % len(texts)] if kind == "s" else noises[played % 4], pause_ms))
            said, played = said + (kind == "s"), played + (kind == "p")
        sections.append(section)
    return sections


def _written(sections: Sequence[Sequence[Sound]], engine: str, desk: Desk, *, music: bool, **more: Any) -> Document:
    for name in NOISES_S:
        soundfile.write(desk.folder / name, _noise(name).astype(np.float32), 44_100)
    desk.sound("bed.wav", duration_s=3, hz=97)
    return script(
        [
            {
                "title": f"Section {number}",
                "segments": [part for sound in section for part in (sound.entry, {"pause": f"{sound.pause_ms}ms"})],
                **({"music": "theme"} if music else {}),
            }
            for number, section in enumerate(sections)
        ],
        engine=engine,
        **({"music": MUSIC} if music else {}),
        **more,
    )


def _place(heard: Floats, sound: Floats, first: int, last: int) -> int:
    """Where a sound begins that begins between two frames."""
    first = max(0, first)
    within = heard[first : last + len(sound)]
    size = 1 << (len(within) + len(sound)).bit_length()
    likeness = np.fft.irfft(np.fft.rfft(within, size) * np.conj(np.fft.rfft(sound, size)), size)
    return first + int(likeness[: len(within) - len(sound) + 1].argmax())


def _pauses_ms(path: Path, sounds: Sequence[Sound], engine: str) -> list[float]:
    """The pauses that are heard in a file, from the last of each sound to the first of the next."""
    rate_hz = 48_000 if path.suffix == ".opus" else 44_100
    heard = decode(path, rate_hz=rate_hz).samples[:, 0].astype(np.float64)
    pauses = []
    end, pause_ms = 0, 200
    for sound in sounds:
        own = _samples(sound.text, engine, rate_hz)
        start = _place(heard, own, end - rate_hz // 25, end + (pause_ms + 150) * rate_hz // 1000)
        pauses.append((start - end) * 1000 / rate_hz)
        end, pause_ms = start + len(own), sound.pause_ms
    return pauses[1:]


@pytest.mark.parametrize("music", [False, True], ids=["bare", "music"])
@pytest.mark.parametrize("engine", TEXTS)
def test_every_pause_is_as_long_as_it_is_written_in_every_format(desk: Desk, engine: str, *, music: bool) -> None:
    """± 15 ms, however short: between speech and speech, speech and played sounds, two sounds, and across sections."""
    sections = _walk(engine)
    built = desk.build(_written(sections, engine, desk, music=music, output={"formats": FORMATS}))
    every = [sound for section in sections for sound in section]
    expected = [sound.pause_ms for sound in every[:-1]]
    for file in built.facts["files"][: len(FORMATS)]:
        found = _pauses_ms(built.folder / file["name"], every, engine)
        off = {pause: round(have - pause, 1) for have, pause in zip(found, expected, strict=True)}
        assert found == pytest.approx(expected, abs=15), (file["name"], off)


def test_a_chapter_begins_with_its_first_sound_at_a_close_seam_too(desk: Desk) -> None:
    sections = [[Sound(text, 20)] for text in (*TEXTS["tone"][:3], "a.wav", TEXTS["tone"][4])]
    built = desk.build(_written(sections, "tone", desk, music=False))
    heard = built.decoded().samples[:, 0].astype(np.float64)
    for chapter, (sound,) in list(zip(built.facts["chapters"], sections, strict=True))[1:]:
        start = round(chapter["start_s"] * 44_100)
        own = _samples(sound.text, "tone", 44_100)
        assert _place(heard, own, start - 4410, start + 4410) == pytest.approx(start, abs=0.006 * 44_100)


# -- what sounds -------------------------------------------------------------------------------------------------------


def _laid_out(built: Built) -> list[tuple[int, int, int]]:
    """Where each part begins, and where its sound does and ends: frames of the episode."""
    facts = [part.facts for part in sorted(built.parts, key=lambda part: part.index) if part.facts]
    starts = accumulate((of_one.frames for of_one in facts), initial=0)
    return [
        (start, start + of_one.spans[0][0], start + of_one.spans[-1][1])
        for of_one, start in zip(facts, starts, strict=False)
    ]


@pytest.mark.parametrize("pause", ["0s", "7ms", "25ms", "60ms"])
@pytest.mark.parametrize(("name", "noise_db"), [("wav", None), ("flac", None), ("mp3", -18.0)])
def test_what_sounds_at_a_close_seam_is_the_sum_of_what_sounds_apart(
    desk: Desk, name: str, noise_db: float | None, pause: str
) -> None:
    """To the last sample: each sound is heard whole, as it is where half a second follows it, and nothing else is heard."""
    desk.sound("bell.wav", duration_s=0.3, hz=880)
    segments = ["Goodness.", "Marvellous.", {"play": "bell.wav"}, "Wonderful.", {"play": "bell.wav"}, "Henceforth."]
    paused = [entry for segment in segments for entry in (segment, {"pause": pause})]
    output = {"formats": [name]}
    close = desk.build(script([{"title": "A", "segments": paused}], output=output))
    apart = desk.build(script([{"title": "A", "segments": segments}], output=output), output=desk.folder / "apart")
    heard, alone = (one.decoded().samples[:, 0].astype(np.float64) for one in (close, apart))
    summed = np.zeros_like(heard)
    reach = 30 * 441 // 10
    for (_, at, end), (_, first, last) in zip(_laid_out(close), _laid_out(apart), strict=True):
        assert end - at == last - first
        summed[at - reach : end + reach] += alone[first - reach : last + reach][: len(summed) - at + reach]
    if noise_db is None:
        assert np.array_equal(heard, summed)
        return
    step = 441  # in no hundredth of a second is more than the codec's own noise, and its ringing about a sharp edge
    noise_power, power = (
        np.add.reduceat(np.square(of), range(0, len(of), step)) / step for of in (heard - summed, summed)
    )
    assert (10 * np.log10(noise_power + 1e-12) < np.maximum(10 * np.log10(power + 1e-12), -35) + noise_db).all()


def _encoded(desk: Desk, document: Document) -> list[tuple[Workshop, list[bytes], list[EncodedPart]]]:
    """For each format: what its encoder gets, part after part, and what it makes of it."""
    plan = plan_script(desk.order(document))
    made = []
    for workshop in workshops_of(plan, desk.settled()):
        dry = dry_parts(plan, workshop)
        known = {part.index: part.dry for part in make_parts(dry, workshop) if part.dry}
        jobs = [*plain_jobs(plan, dry), *bed_jobs(plan, dry, known, workshop)]
        jobs.sort(key=lambda job: job.index)
        make_parts(jobs, workshop)
        entries = [open_store(workshop.store).get("parts", job.key) for job in jobs]
        parts = [EncodedPart(entry.data, facts_of(entry).frames, np.zeros(0), 0.0) for entry in entries if entry]
        made.append((workshop, [part_sound(job, workshop).pcm for job in jobs], parts))
    return made


@pytest.mark.parametrize("engine", TEXTS)
@pytest.mark.parametrize("music", [False, True], ids=["bare", "music"])
def test_sound_across_close_seams_is_as_good_as_if_there_were_none(desk: Desk, engine: str, *, music: bool) -> None:
    """What one encoder makes of the whole is hardly better; what each makes of its part alone loses sound there.

    With music a bed begins and ends at close seams too.
    """
    formats = {"output": {"formats": ["mp3", "m4b", "opus"]}}
    document = _written(_walk(engine)[:6:2], engine, desk, music=music, **formats)
    document["sections"][1].pop("music", None)
    for workshop, pcms, own in _encoded(desk, document):
        form, quantum, encoding = get_format(workshop.format), workshop.quantum, workshop.encoding
        sound = np.frombuffer(b"".join(pcms), "<i2").reshape(-1, 1)
        quality = {}
        for kind, parts in {
            "close": own,
            "whole": form.encode([PartSound(sound.tobytes())], encoding),
            "alone": form.encode([PartSound(pcm) for pcm in pcms], encoding),
        }.items():
            write_file(form, parts, encoding, desk.folder / kind)
            noise = snr_db(sound | 1, desk.folder / kind, encoding, quantum)  # no quantum is all silence
            quality[kind] = np.clip(noise, 0, 60)
        loud = np.square(sound.astype(float)).reshape(-1, quantum).mean(axis=1) > 300**2
        edges = np.cumsum([len(pcm) // (2 * quantum) for pcm in pcms])[:-1]
        seams = [at for at in sorted({edge + by for edge in edges for by in range(-2, 2)}) if loud[at]]
        last = [edge - 1 for edge in edges if loud[edge - 1]]
        assert len(seams) > len(edges)
        assert quality["close"][seams].mean() > quality["whole"][seams].mean() - 0.5
        assert np.percentile(quality["close"][seams], 5) > np.percentile(quality["whole"][seams], 5) - 1.5
        assert quality["close"][seams].min() > quality["whole"][seams].min() - 3
        assert (quality["alone"] - quality["close"])[last].mean() < -1


# -- what is made ------------------------------------------------------------------------------------------------------

LINES = sorted(f"Line {name} of a walk." for name in ("ash", "bay", "cod", "dew", "elm", "fig", "gum", "hay"))


def _lines(lines: Sequence[Any] = LINES, pause: str = "20ms", **more: Any) -> Document:
    return script(
        [{"title": "A", "segments": list(lines[:4])}, {"title": "B", "segments": list(lines[4:])}],
        engine="diary",
        defaults={"pause": {"segment": pause, "section": pause}},
        **more,
    )


def _with(at: int, entry: Any) -> list[Any]:
    return [*LINES[:at], entry, *LINES[at + 1 :]]


@pytest.mark.parametrize(
    ("edited", "encoded"),
    [
        (_with(0, "Another line altogether."), 2),
        (_with(2, "Another line altogether."), 3),
        (_with(4, "Another line altogether."), 3),
        (_with(7, "Another line altogether."), 2),
        (_with(3, {"say": LINES[3], "gain": "-2 dB"}), 3),
        (_with(3, {"say": LINES[3], "id": "named"}), 0),
        ([*LINES[:2], "One more.", *LINES[2:]], 3),
    ],
    ids=["first", "inner", "across sections", "last", "gain", "id", "inserted"],
)
def test_an_edit_encodes_its_part_and_its_close_neighbours_again(desk: Desk, edited: list[Any], encoded: int) -> None:
    """And the bytes are those of a build from nothing."""
    desk.build(_lines())
    built = desk.build(_lines(edited))
    cold = desk.build(_lines(edited), cache=desk.folder / "cold", output=desk.folder / "cold-output")
    assert built.data == cold.data
    assert built.counts[2] == encoded


@pytest.mark.parametrize("name", ["m4b", "opus", "flac"])
def test_an_edit_encodes_no_more_in_a_file_that_is_muxed(desk: Desk, name: str) -> None:
    output = {"formats": [name]}
    desk.build(_lines(output=output))
    document = _lines(_with(2, "Another line altogether."), output=output)
    built = desk.build(document)
    assert built.counts[2] == 3
    assert built.data == desk.build(document, cache=desk.folder / "cold", output=desk.folder / "cold-output").data


def test_an_edit_beside_a_long_pause_encodes_one_part_again(desk: Desk) -> None:
    lines = [*LINES[:2], {"pause": "500ms"}, *LINES[2:]]
    desk.build(_lines(lines))
    assert desk.build(_lines(["Another line altogether.", *lines[1:]])).counts[2] == 2
    assert desk.build(_lines(["Another line altogether.", "And one more.", *lines[2:]])).counts[2] == 2


@pytest.mark.parametrize(("pause", "encoded"), [("40ms", 3), ("20ms", 4)])
def test_a_pause_that_becomes_long_encodes_both_its_sides_and_what_is_close_to_them(
    desk: Desk, pause: str, encoded: int
) -> None:
    """The side after it is another only where the pause was shorter than the room before speech."""
    desk.build(_lines(pause=pause))
    edited = _lines(_with(2, {"say": LINES[2], "pause": {"segment": "500ms"}}), pause=pause)
    assert desk.build(edited).counts[2] == encoded


@pytest.mark.parametrize(
    "settings", [{"jobs": 1}, {"jobs": 4}, {"workers": "serial"}, {"workers": "processes"}], ids=str
)
def test_the_bytes_are_the_same_whoever_works(desk: Desk, settings: dict[str, Any]) -> None:
    desk.sound("bed.wav", duration_s=3)
    document = {**_lines(music={"bed": {"file": "bed.wav"}}), "voices": {"host": {"engine": "tone"}}}
    document["sections"][1]["music"] = "bed"
    plain = desk.build(document)
    built = desk.build(document, cache=desk.folder / "other", output=desk.folder / "other-output", **settings)
    assert (built.data, built.counts) == (plain.data, plain.counts)
    assert plain.counts == (8, 0, 8)


@pytest.mark.parametrize("jobs", [1, 4])
def test_a_neighbour_is_heard_and_not_spoken_twice(desk: Desk, jobs: int) -> None:
    desk.build(_lines(), jobs=jobs)
    assert sorted(desk.asked()) == LINES


@pytest.mark.parametrize("name", ["mp3", "opus"])
@pytest.mark.parametrize("kept", ["speech", "dry", "parts"])
def test_a_third_of_a_store_is_enough(desk: Desk, kept: str, name: str) -> None:
    first = desk.build(_lines(output={"formats": [name]}))
    desk.asked()
    data = first.data
    for kind in {"speech", "dry", "parts", "state"} - {kept}:
        (desk.cache / kind).rename(desk.folder / f"gone-{kind}")
    again = desk.build(_lines(output={"formats": [name]}))
    assert desk.asked() == []
    assert again.data == data
    assert again.counts == (0, 8, 0 if kept == "parts" else 8)


def test_the_file_before_gives_what_is_far_from_an_edit(desk: Desk) -> None:
    """Where the store was cleared, what is heard along with an edit is spoken again, and nothing else."""
    desk.build(_lines())
    desk.asked()
    for kind in ("speech", "dry", "parts"):
        (desk.cache / kind).rename(desk.folder / f"gone-{kind}")
    edited = _lines(_with(1, "Another line altogether."))
    built = desk.build(edited)
    assert sorted(desk.asked()) == sorted([LINES[0], "Another line altogether.", *LINES[2:4]])
    assert built.counts[2] == 3
    cold = desk.build(edited, cache=desk.folder / "cold", output=desk.folder / "cold-output")
    assert built.data == cold.data


@pytest.mark.parametrize("kept", ["speech", "dry", "parts"])
@pytest.mark.parametrize("edited", [None, 1])
def test_the_plan_tells_what_the_build_then_does(desk: Desk, kept: str, edited: int | None) -> None:
    desk.build(_lines(output={"formats": ["opus"]}))
    for kind in {"speech", "dry", "parts"} - {kept}:
        (desk.cache / kind).rename(desk.folder / f"gone-{kind}")
    lines = LINES if edited is None else _with(edited, "Another line altogether.")
    document = _lines(lines, output={"formats": ["opus"]})
    plan = plan_script(desk.order(document))
    told = forecast(plan, workshop_of(plan, desk.settled()), desk.folder / "output")
    desk.asked()
    built = desk.build(document)
    assert (told.speak, told.reuse) == built.counts[:2]
    assert len(desk.asked()) == told.speak


def test_building_anew_speaks_each_line_once(desk: Desk) -> None:
    first = desk.build(_lines())
    desk.asked()
    again = desk.build(_lines(), force=True)
    assert sorted(desk.asked()) == LINES
    assert again.data == first.data


def test_a_line_that_cannot_be_spoken_is_told_once_and_in_its_place(desk: Desk) -> None:
    desk.refuse("elm")
    with pytest.raises(BuildFailed) as caught:
        desk.build(_lines())
    assert [failure.where for failure in caught.value.failures] == ["b.1"]
    assert caught.value.kept == 7


def test_a_voice_that_gives_way_takes_no_close_neighbour_with_it(desk: Desk) -> None:
    segments = ["One.", {"say": "Two.", "voice": "guest"}, "Three."]
    voices = {
        "host": {"engine": "tone"},
        "guest": {"engine": "diary", "fallback": "other"},
        "other": {"engine": "tone", "name": "low"},
    }
    desk.refuse("Two.final")
    pauses = {"voice": "host", "pause": {"segment": "0s"}}
    built = desk.build(script([{"title": "A", "segments": segments}], voices=voices, defaults=pauses))
    assert built.facts["fallbacks"] == {"guest": "other"}


# -- what is told ------------------------------------------------------------------------------------------------------


def test_captions_keep_their_order_and_do_not_overlap(desk: Desk) -> None:
    built = desk.build(_lines(pause="0s"))
    facts = built.facts["segments"]
    assert any(end > begin for (_, _, end), (_, begin, _) in pairwise(_laid_out(built))), (
        "nothing sounds across a seam here: this shows nothing"
    )
    for before, after in pairwise(facts):
        assert before["start_s"] < before["end_s"] <= after["start_s"]
    (vtt,) = built.folder.glob("*.vtt")
    times = [line.split(" --> ") for line in vtt.read_text("utf-8").splitlines() if " --> " in line]
    assert len(times) == 8
    assert all(start < end for start, end in times)
    assert all(before[1] <= after[0] for before, after in pairwise(times))


def _stretch(built: Built, chosen: range) -> NDArray[np.int16]:
    starts = [start for start, _, _ in _laid_out(built)]
    return np.rint(built.decoded().samples[starts[chosen.start] :, 0] * 32768).astype(np.int16)


@pytest.mark.parametrize("address", ["a", "a.2..b.1", "b.4"])
def test_a_preview_across_close_seams_is_the_stretch_of_the_episode(desk: Desk, address: str) -> None:
    """And its last segment sounds to its end."""
    document = _lines(output={"formats": ["wav"]})
    built = desk.build(document)
    chosen = cues_at(built.plan, address)
    workshop = workshop_of(built.plan, desk.settled())
    heard = np.frombuffer(b"".join(sounds(built.plan, workshop, chosen)), "<i2")
    episode = _stretch(built, chosen)
    spans = _laid_out(built)
    first, last = spans[chosen.start], spans[chosen[-1]]
    clear = slice(first[1] - first[0], last[2] - first[0] - 660)  # before is the segment before, after is the next
    assert np.abs(heard[clear].astype(int) - episode[clear]).max() <= 2
    assert last[2] - first[0] <= len(heard)


@pytest.mark.parametrize("music", [False, True], ids=["bare", "music"])
def test_a_preview_of_one_segment_sounds_complete(desk: Desk, *, music: bool) -> None:
    """Each is what it would be by itself, whatever is close to it; nothing else is spoken for it."""
    document = _lines(pause="0s", output={"formats": ["wav"]})
    plan = plan_script(desk.order(document))
    workshop = workshop_of(plan, desk.settled())
    for index, line in enumerate(LINES):
        chosen = range(index, index + 1)
        pieces = (
            sounds_with_music(plan, workshop, chosen, record_of(plan, workshop, desk.settled()))
            if music
            else sounds(plan, workshop, chosen)
        )
        heard = np.frombuffer(b"".join(pieces), "<i2") / 32768
        (part,) = [part for part in dry_parts(plan, workshop) if part.index == index]
        span = part_sound(part, workshop).spans[0]
        alone = script([{"title": "A", "segments": [line]}], engine="diary", output={"formats": ["wav"]})
        whole = part_sound(dry_parts(plan_script(desk.order(alone)), workshop)[0], workshop)
        expected = np.frombuffer(whole.pcm, "<i2")[whole.spans[0][0] : whole.spans[0][1]] / 32768
        assert np.array_equal(heard[span[0] : span[1]], expected)
        assert sorted(desk.asked()) == [line]


def test_the_studio_knows_how_long_a_card_at_a_close_seam_is(desk: Desk) -> None:
    plan = plan_script(desk.order(_lines(pause="0s")))
    workshop, shelf = workshop_of(plan, desk.settled()), SoundShelf()
    parts = dry_parts(plan, workshop)
    for chosen in (parts[1:2], parts[2:6], parts[-1:]):
        for part in chosen:
            shelf.make(part, workshop)
        stretch = Stretch(chosen, workshop, shelf, {})
        size = stretch.size_bytes()
        assert size == len(b"".join(stretch.pieces(size)))
    wave = wave_of(shelf.make(parts[1], workshop), workshop, 50)
    assert wave["duration_s"] == round((len(shelf.make(parts[1], workshop).pcm) // 2) / 44_100, 3)
    assert HEADER_BYTES == 44


def test_a_stop_is_cut_out_in_silence_however_short_the_pause(desk: Desk) -> None:
    """In every format: what is told of one holds for all."""
    sections: list[Document] = [
        {"title": "Welcome", "segments": ["Welcome to the walk.", "It is short."]},
        {
            "title": "Fort",
            "stop": 1,
            "segments": ["This is the fort.", "It is old."],
            "more": ["A well.", "It is deep."],
        },
        {"title": "Mill", "stop": 2, "segments": ["This is the mill."]},
        {"title": "End", "segments": ["Here it ends.", "Goodbye."]},
    ]
    pauses = {"pause": {"segment": "10ms", "section": "10ms"}}
    document = script(sections, defaults=pauses, output={"formats": ["wav", "flac"]})
    document["episode"] = {"title": "A walk", "kind": "guide", "language": "en"}
    built = desk.build(document)
    plan = built.plan
    for workshop in workshops_of(plan, desk.settled()):
        closes = [part.spacing.close for part in dry_parts(plan, workshop)]
        assert closes == [True, False, True, False, False, True, False, True, False]
    wav, flac = (built.folder / file["name"] for file in built.facts["files"][:2])
    assert np.array_equal(soundfile.read(wav, dtype="int16")[0], soundfile.read(flac, dtype="int16")[0])
    whole = soundfile.read(wav, dtype="int16")[0]
    for stop in built.facts["stops"]:
        own, rate_hz = soundfile.read(built.folder / stop["file"], dtype="int16")
        start = round(stop["start_s"] * rate_hz)
        assert np.array_equal(own, whole[start : start + len(own)])
        assert not own[-rate_hz // 25 :].any()  # where speech rings out longer, room is kept for it
        assert np.flatnonzero(own)[0] >= 0.02 * rate_hz
