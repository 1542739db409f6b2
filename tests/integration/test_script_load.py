"""Scripts and show files on disk: what is read, merged, warned of and refused."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audioguide import engines
from audioguide.errors import EngineUnavailable, ScriptError
from audioguide.script.load import languages_of, load_script
from audioguide.script.model import Pause, Say, Script, Sound

HEAD = "version: 1\nepisode: {title: A test}\n"
SECTIONS = "sections:\n  - title: One\n    text: Hello.\n"


def write(folder: Path, text: str | bytes, name: str = "a.yaml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


BEEP = (Path(__file__).parents[1] / "broken" / "beep.wav").read_bytes()


def mistakes(path: Path) -> list[str]:
    with pytest.raises(ScriptError) as caught:
        load_script(path)
    return [str(problem) for problem in caught.value.problems]


def segments_of(folder: Path, *lines: str) -> list[object]:
    text = HEAD + "sections:\n  - title: One\n    segments:\n" + "".join(f"      - {line}\n" for line in lines)
    return list(load_script(write(folder, text)).script.sections[0].segments or ())


def test_every_way_to_write_a_segment_is_read(tmp_path: Path) -> None:
    write(tmp_path, BEEP, "bell.wav")
    assert segments_of(
        tmp_path,
        "Hello.",
        "1984",
        "{say: Hi, speed: 0.9, pause: 2s}",
        "{say: Hi, pause: {sentence: 100ms}}",
        "{pause: 1s}",
        "{play: bell.wav, gain: -6 dB}",
    ) == [
        Say(say="Hello."),
        Say(say="1984"),
        Say.model_validate({"say": "Hi", "speed": 0.9, "pause": {"segment": 2000}}),
        Say.model_validate({"say": "Hi", "pause": {"sentence": 100}}),
        Pause(pause=1000),
        Sound(play="bell.wav", gain=-6.0),
    ]


@pytest.mark.parametrize(
    "encode",
    [
        str.encode,
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    ],
    ids=["UTF-8", "BOM", "CRLF", "UTF-16", "UTF-16 big end first"],
)
def test_encoding_makes_no_difference(encode: object, tmp_path: Path) -> None:
    assert callable(encode)
    script = load_script(write(tmp_path, encode(HEAD.replace("A test", "Café 🙂") + SECTIONS))).script
    assert script.episode.title == "Café 🙂"
    assert script.sections[0].text == "Hello."


def test_show_file_lies_under_the_script(tmp_path: Path) -> None:
    write(
        tmp_path,
        "version: 1\nshow: {id: desk, title: The Desk}\nvoices: {host: {engine: tone, speed: 1.1}}\n"
        "pronounce: {a: b, c: d}\noutput: {bitrate: 96k, formats: [mp3, wav]}\n",
        "show.yaml",
    )
    text = HEAD + "voices: {host: {speed: 0.9}}\npronounce: {a: x}\noutput: {formats: [opus]}\n" + SECTIONS
    loaded = load_script(write(tmp_path, text))
    script = loaded.script
    assert script.show.id == "desk"
    assert (script.voices["host"].engine, script.voices["host"].speed) == ("tone", 0.9)
    assert script.pronounce == {"a": "x", "c": "d"}
    assert (script.output.formats, script.output.bitrate) == (("opus",), 96)
    assert loaded.places.of(("voices", "host", "engine")).file == str(tmp_path / "show.yaml")
    assert loaded.places.of(("voices", "host", "speed")).file == str(tmp_path / "a.yaml")


def test_show_may_leave_to_the_script_what_it_builds_on(tmp_path: Path) -> None:
    write(tmp_path, "version: 1\nvoices: {host: {speed: 0.9}}\ndefaults: {voice: guest}\n", "show.yaml")
    with_rest = HEAD + "voices: {host: {engine: tone}, guest: {engine: tone}}\n" + SECTIONS
    assert load_script(write(tmp_path, with_rest)).script.defaults.voice == "guest"
    without = mistakes(write(tmp_path, HEAD + SECTIONS))
    assert [line.partition(" is ")[0].removeprefix(f"{tmp_path}/") for line in without] == [
        "show.yaml:2:16: voices.host.engine:",
        "show.yaml:3:19: defaults.voice: there",
    ]


def test_the_version_of_a_script_is_its_own(tmp_path: Path) -> None:
    write(tmp_path, "version: 1\n", "show.yaml")
    assert mistakes(write(tmp_path, SECTIONS)) == [
        f'{tmp_path}/a.yaml:1:1: version: is missing; write "version: 1" at the top'
    ]


def test_what_a_script_replaces_in_the_show_is_checked_too(tmp_path: Path) -> None:
    write(tmp_path, "version: 1\noutput: {bitrate: fast}\n", "show.yaml")
    told = mistakes(write(tmp_path, HEAD + "output: {bitrate: 96k}\n" + SECTIONS))
    assert [line.partition(": ")[0] for line in told] == [f"{tmp_path}/show.yaml:2:19"]


def test_show_file_is_checked_by_itself(tmp_path: Path) -> None:
    languages_of(write(tmp_path, "version: 1\nshow: {id: desk}\ndefaults: {voice: of-the-script}\n", "show.yaml"))
    with pytest.raises(ScriptError, match="is missing"):
        languages_of(write(tmp_path, "show: {id: desk}\n", "show.yaml"))


def test_show_file_is_no_script(tmp_path: Path) -> None:
    assert "holds what episodes share" in mistakes(write(tmp_path, "version: 1\n", "show.yaml"))[0]


def test_every_file_read_or_named_is_listed_once(tmp_path: Path) -> None:
    for name in ("bell.wav", "fort.jpg", "walk.md", "theme.wav"):
        write(tmp_path, BEEP, name)
    write(tmp_path, "version: 1\nmusic: {theme: {file: theme.wav}}\n", "show.yaml")
    text = HEAD + (
        "sections:\n  - {title: One, image: fort.jpg, segments: [{play: bell.wav}, {play: ./bell.wav}]}\n"
        "  - {title: Two, from: {file: walk.md}, music: theme}\n  - {title: Three, text: Hello., music: none}\n"
    )
    loaded = load_script(write(tmp_path, text))
    assert loaded.root == tmp_path.resolve()
    names = ["a.yaml", "show.yaml", "theme.wav", "fort.jpg", "bell.wav", "walk.md"]
    assert sorted(path.name for path in loaded.files) == sorted(names)


def test_symlink_inside_the_root_is_followed_and_one_that_leaves_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    write(tmp_path, BEEP, "outside.wav")
    write(root, BEEP, "inside.wav")
    (root / "good.wav").symlink_to("inside.wav")
    (root / "bad.wav").symlink_to(tmp_path / "outside.wav")
    (root / "loop.wav").symlink_to("loop.wav")
    assert segments_of(root, "{play: good.wav}") == [Sound(play="good.wav")]
    text = HEAD + "sections:\n  - title: One\n    segments: [{play: bad.wav}, {play: loop.wav}]\n"
    leaving, endless = mistakes(write(root, text))
    assert '"bad.wav" leads out of the script\'s folder' in leaving
    assert '"loop.wav" cannot be read' in endless


def test_fifo_is_neither_a_script_nor_a_sound(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert mistakes(tmp_path / "pipe") == [f"{tmp_path}/pipe:1:1: this is not a regular file"]
    text = HEAD + "sections: [{title: One, segments: [{play: pipe}]}]\n"
    assert '"pipe" is a special file' in mistakes(write(tmp_path, text))[0]


def test_script_that_is_not_there_or_a_folder_is_told(tmp_path: Path) -> None:
    assert mistakes(tmp_path / "none.yaml") == [f"{tmp_path}/none.yaml:1:1: there is no such file"]
    assert mistakes(tmp_path) == [f"{tmp_path}:1:1: this is a folder; name a script in it"]


@pytest.mark.parametrize("name", ["x" * 300 + ".wav", "x/" * 3000 + "x.wav"])
def test_name_that_no_file_can_have_is_told(name: str, tmp_path: Path) -> None:
    text = HEAD + f"sections: [{{title: One, segments: [{{play: {name}}}]}}]\n"
    assert "sections[0].segments[0].play" in mistakes(write(tmp_path, text))[0]


def test_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, BEEP, "bell.wav")
    monkeypatch.setattr(os, "access", lambda *_: False)  # the superuser may read anything
    text = HEAD + "sections: [{title: One, segments: [{play: bell.wav}]}]\n"
    assert '"bell.wav" may not be read' in mistakes(write(tmp_path, text))[0]


def test_engine_whose_package_is_missing_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(name: str) -> None:
        raise EngineUnavailable(f"{name} is not installed", hint="pip install it")

    monkeypatch.setattr(engines, "get_engine", unavailable)
    loaded = load_script(write(tmp_path, HEAD + "voices: {host: {engine: tone}}\n" + SECTIONS))
    assert [warning.message for warning in loaded.warnings] == ["tone is not installed"]


def test_file_of_more_than_five_megabytes_is_refused(tmp_path: Path) -> None:
    assert "larger than 5 MB" in mistakes(write(tmp_path, b"#" * 5_000_001))[0]


def test_show_file_that_leaves_the_root_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    write(tmp_path, "version: 1\n", "show.yaml")
    (root / "show.yaml").symlink_to(tmp_path / "show.yaml")
    assert "leads out of the script's folder" in mistakes(write(root, HEAD + SECTIONS))[0]


def test_absent_title_and_a_long_segment_are_warnings(tmp_path: Path) -> None:
    long = "word " * 1001
    text = f"version: 1\nsections:\n  - title: One\n    segments: [{long}]\n  - title: Two\n    text: {long}\n"
    told = "a segment is longer than 5,000 characters; shorter ones are easier to hear and to edit"
    loaded = load_script(write(tmp_path, text))
    assert [str(warning).removeprefix(f"{tmp_path}/") for warning in loaded.warnings] == [
        "a.yaml:1:1: warning: episode.title: is absent; the file's stem is used",
        f"a.yaml:4:16: warning: sections[0].segments[0]: {told}",
        f"a.yaml:6:11: warning: sections[1].text: {told}",
    ]


def test_long_text_of_short_paragraphs_is_no_reason_to_warn(tmp_path: Path) -> None:
    paragraphs = "\n\n".join(["      " + "word " * 100] * 20)
    text = HEAD + f"sections:\n  - title: One\n    text: |\n{paragraphs}\n"
    assert load_script(write(tmp_path, text)).warnings == ()


def test_ten_hours_of_script_load_quickly(tmp_path: Path) -> None:
    say = "{say: When we train the fibres take small damage and then they grow again., voice: host}"
    lines = "".join(f"      - {say}\n" for _ in range(100))
    sections = "".join(f"  - title: Section {number}\n    segments:\n{lines}" for number in range(100))
    path = write(tmp_path, HEAD + "voices: {host: {engine: tone}}\nsections:\n" + sections)
    load_script(write(tmp_path, HEAD + SECTIONS, "b.yaml"))  # imports and the model's own making, once
    begun = time.process_time()
    assert len(load_script(path).script.sections) == 100
    assert time.process_time() - begun < 1.5  # 0.15 s on a quiet machine; tracing and neighbours cost


def test_a_hundred_thousand_mistakes_are_told_within_ten_seconds(tmp_path: Path) -> None:
    text = HEAD + "sections:\n  - title: One\n    segments:\n" + "    - {sya: x, vioce: y}\n" * 30_000
    begun = time.process_time()
    assert len(mistakes(write(tmp_path, text))) >= 30_000
    assert time.process_time() - begun < 10


@given(data=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_script_or_a_script_error(data: bytes, tmp_path: Path) -> None:
    path = write(tmp_path, data)
    try:
        load_script(path)
    except ScriptError as error:
        assert all(problem.line >= 1 and problem.column >= 1 for problem in error.problems)  # noqa: PT017 - both ends


SCALARS = st.one_of(
    st.text(max_size=8), st.integers(), st.none(), st.booleans(), st.sampled_from(["1s", "-6 dB", "host"])
)
KEYS = st.sampled_from(
    [*Script.model_fields, "title", "segments", "text", "from", "say", "pause", "play", "id", "voice"]
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@given(head=st.dictionaries(KEYS, VALUES, max_size=4), sections=VALUES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_yaml_is_a_script_or_a_script_error(head: dict[str, object], sections: object, tmp_path: Path) -> None:
    path = write(tmp_path, yaml.safe_dump({"version": 1, "sections": sections, **head}))
    try:
        loaded = load_script(path)
    except ScriptError as error:
        assert error.problems  # noqa: PT017 - both ends are right
    else:
        assert loaded.script.sections
