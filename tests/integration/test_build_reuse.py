"""Building again: what is spoken, what is encoded, and which bytes come out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from tests.desk import Built, Desk, Document, script

FIRST = ["Good morning, and welcome. It is early.", {"id": "two", "say": "Yes. No. Yes."}, "The last of three."]
SECOND = ["Here begins the second part.", "And here it ends."]


def _script(first: Sequence[Any] = FIRST, second: Sequence[Any] = SECOND, **more: Any) -> Document:
    sections = [
        {"title": "First", "segments": list(first)},
        {"title": "Second", "segments": list(second), **more.pop("section", {})},
    ]
    return script(sections, engine="diary", **more)


def _episode(built: Built) -> dict[str, Any]:
    """What episode.json says, but for what the run did."""
    return {key: value for key, value in built.facts.items() if key not in {"spoken", "reused", "encoded"}}


def test_each_different_utterance_is_spoken_once(desk: Desk) -> None:
    built = desk.build(_script())
    assert sorted(desk.asked()) == sorted(
        [
            "Good morning, and welcome.",
            "It is early.",
            "Yes.",
            "No.",
            "The last of three.",
            "Here begins the second part.",
            "And here it ends.",
        ]
    )
    assert built.counts == (7, 0, 5)


def test_building_again_speaks_and_encodes_nothing_and_changes_no_file(desk: Desk) -> None:
    first = desk.build(_script())
    data, changed = first.data, first.media.stat().st_mtime_ns
    desk.asked()
    again = desk.build(_script())
    assert again.counts == (0, 7, 0)
    assert desk.asked() == []
    assert (again.data, again.media.stat().st_mtime_ns) == (data, changed)
    assert _episode(again) == _episode(first)


@pytest.mark.parametrize("kept", ["speech", "parts"])
def test_half_a_store_is_enough(desk: Desk, kept: str) -> None:
    first = desk.build(_script())
    data = first.data
    desk.asked()
    for kind in {"speech", "parts", "state"} - {kept}:
        (desk.cache / kind).rename(desk.folder / f"gone-{kind}")
    again = desk.build(_script())
    assert again.counts == (0, 7, {"speech": 5, "parts": 0}[kept])
    assert desk.asked() == []
    assert again.data == data


def test_the_file_before_is_enough(desk: Desk) -> None:
    """Its unchanged parts are taken out of it, though the store was cleared."""
    data = desk.build(_script()).data
    desk.asked()
    for kind in ("speech", "parts"):
        (desk.cache / kind).rename(desk.folder / f"gone-{kind}")
    assert desk.build(_script()).data == data
    built = desk.build(_script([FIRST[0], "New words.", *FIRST[1:]]))
    assert built.counts[0] == 1
    assert desk.asked() == ["New words."]
    assert (
        built.data
        == desk.build(
            _script([FIRST[0], "New words.", *FIRST[1:]]),
            cache=desk.folder / "cold",
            output=desk.folder / "cold-output",
        ).data
    )


@pytest.mark.parametrize(
    ("edited", "spoken", "encoded"),
    [
        (_script([*FIRST[:2], "The very last of three."]), ["The very last of three."], 1),
        (_script(["Good morning, and welcome. It is late.", *FIRST[1:]]), ["It is late."], 1),
        (_script(["Something new.", *FIRST]), ["Something new."], 2),
        (_script(FIRST[1:]), [], 1),
        (_script([FIRST[1], FIRST[0], FIRST[2]]), [], 2),
        (_script(SECOND, FIRST), [], 4),
        (_script(section={"title": "Retitled", "id": "x", "link": "https://example.org"}), [], 0),
        (_script(section={"chapter": False}), [], 0),
        (_script([{"say": FIRST[0], "gain": "-2 dB"}, *FIRST[1:]]), [], 1),
        (_script([FIRST[0], {"pause": "2s"}, *FIRST[1:]]), [], 1),
        (_script(defaults={"pause": {"sentence": "400ms"}}), [], 2),
        (_script(defaults={"pause": {"section": "3s"}}), [], 1),
        (_script(output={"loudness": "-19 LUFS"}), [], 5),
        (_script(output={"sample_rate": "48 kHz", "bitrate": "64k"}), [], 5),
    ],
    ids=[
        "one sentence",
        "one of two sentences",
        "inserted at the start",
        "removed at the start",
        "reordered",
        "sections swapped",
        "retitled",
        "no chapter",
        "gain",
        "pause",
        "sentence pause",
        "section pause",
        "loudness",
        "another file",
    ],
)
def test_an_edit_speaks_and_encodes_what_it_touches(
    desk: Desk, edited: Document, spoken: list[str], encoded: int
) -> None:
    """An insertion or removal at the very start also moves the episode's lead-in to another part.

    The bytes are those of a build from nothing.
    """
    desk.build(_script())
    desk.asked()
    built = desk.build(edited)
    assert desk.asked() == spoken
    assert (built.counts[0], built.counts[2]) == (len(spoken), encoded)
    cold = desk.build(edited, cache=desk.folder / "cold", output=desk.folder / "cold-output")
    assert built.data == cold.data
    assert _episode(built) == _episode(cold)


def test_the_same_bytes_however_many_hands(desk: Desk) -> None:
    desk.sound("bed.wav", duration_s=2)
    document = _script(section={"music": "theme"}, music={"theme": {"file": "bed.wav"}})
    built = [
        desk.build(document, jobs=jobs, cache=desk.folder / f"cache-{jobs}", output=desk.folder / f"output-{jobs}")
        for jobs in (1, 4)
    ]
    assert built[0].data == built[1].data
    assert _episode(built[0]) == _episode(built[1])


def test_the_same_bytes_after_any_history(desk: Desk) -> None:
    """Ten random edits, each over what the one before left; the last is compared with a build from nothing."""
    desk.sound("bed.wav", duration_s=2)
    rng = random.Random(7)  # noqa: S311 - no secret
    words = ["One one.", "Two two.", "Three. Four.", "Five five five.", {"pause": "700ms"}, {"play": "bed.wav"}]
    documents = []
    for _ in range(10):
        sections = []
        for number in range(rng.randint(1, 3)):
            segments = [rng.choice(words[:4]), *(rng.choice(words) for _ in range(rng.randint(0, 3)))]
            sections.append({"title": f"T {number}", "segments": segments, "music": rng.choice(["none", "theme"])})
        documents.append(script(sections, engine="diary", music={"theme": {"file": "bed.wav", "fade_out": "500ms"}}))
    warm = [desk.build(document) for document in documents][-1]
    cold = desk.build(documents[-1], cache=desk.folder / "cold", output=desk.folder / "cold-output", jobs=1)
    assert warm.data == cold.data
    assert _episode(warm) == _episode(cold)


def test_a_forced_build_speaks_and_encodes_everything_once_and_gives_the_same(desk: Desk) -> None:
    data = desk.build(_script()).data
    desk.asked()
    forced = desk.build(_script(), force=True)
    assert forced.counts == (7, 0, 5)
    assert len(desk.asked()) == 7
    assert forced.data == data


def test_an_edit_under_music_makes_its_own_and_the_later_parts_of_the_run(desk: Desk) -> None:
    """Later parts move along the music, so their bytes change; earlier ones hear nothing of it."""
    desk.sound("bed.wav", duration_s=2)
    music = {"theme": {"file": "bed.wav", "fade_in": "200ms", "fade_out": "500ms"}}
    segments = [f"Sentence number {number}, and then some more of it." for number in range(8)]
    edited = [*segments[:6], "Another sentence, which is a good deal longer than the one it replaces.", segments[7]]

    def of(lines: list[str]) -> Document:
        return script([{"title": "A", "music": "theme", "segments": lines}], engine="diary", music=music)

    desk.build(of(segments))
    desk.asked()
    built = desk.build(of(edited))
    assert desk.asked() == [edited[6]]
    assert built.counts == (1, 7, 3)  # the one before hears the new neighbour
    assert desk.build(of(edited), cache=desk.folder / "c", output=desk.folder / "o").data == built.data


def test_a_draft_never_replaces_the_episode(desk: Desk) -> None:
    from audioguide.ledger import Order

    path = desk.write(_script())
    final = desk.run(Order(path))
    data = final.data
    draft = desk.run(Order(path, voice="low"))
    assert draft.folder.name == "episode.draft"
    assert draft.facts["draft"]
    assert draft.data != data == final.data


def test_a_changed_sound_file_is_heard(desk: Desk) -> None:
    """In the same process too: nothing of the old file is remembered under the new one's key."""
    document = script(
        [{"title": "A", "music": "theme", "segments": ["Hello there.", {"play": "bell.wav"}]}],
        engine="diary",
        music={"theme": {"file": "bed.wav"}},
    )
    desk.sound("bed.wav", duration_s=2, hz=220)
    desk.sound("bell.wav", duration_s=0.5, hz=500)
    desk.build(document)
    desk.sound("bed.wav", duration_s=2.5, hz=300)
    desk.sound("bell.wav", duration_s=0.7, hz=700)
    warm = desk.build(document)
    other = desk.build(document, cache=desk.folder / "cold", output=desk.folder / "cold-output")
    assert warm.data == other.data
    assert warm.facts["duration_s"] > 0
