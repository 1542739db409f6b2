"""The report of a built episode: its figures are those of the file, and its page stands alone."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from audioguide.build import plan_script
from audioguide.cli import main
from audioguide.errors import AudioError
from audioguide.ledger import Order, unchanged
from audioguide.report import write_report
from audioguide.report.measure import measure
from tests.desk import Built, Desk, Document, script

NASTY = 'A <script>alert("x")</script> & "quotes" — “these” too'
LONG = "Good morning, and welcome to all of you who came here today."


def _document(**more: Any) -> Document:
    sections = [
        {"id": "welcome", "title": NASTY, "segments": [LONG, {"say": LONG, "voice": "guest"}, {"pause": "6s"}]},
        {"id": "end", "title": "The end", "segments": [{"say": "<b>It ends</b> here & now.", "gain": "-6 dB"}]},
    ]
    document = script(sections, **more)
    document["voices"]["guest"] = {"engine": "tone", "name": "high", "speed": 0.5}
    document["defaults"] = {"voice": "host"}
    return document


@pytest.fixture
def home(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose settings the command finds by itself."""
    monkeypatch.setenv("AUDIOGUIDE_CACHE", str(desk.cache))
    monkeypatch.setenv("AUDIOGUIDE_OUTPUT", str(desk.folder / "output"))
    return desk


def _run(*arguments: object) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, [str(argument) for argument in arguments])


def _report(home: Desk, document: Document) -> tuple[Built, dict[str, Any], str]:
    """Build, report, and what the report says: for programs, for people."""
    built = home.build(document)
    result = _run("report", home.folder / "episode.yaml", "--json")
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return built, told, Path(told["path"]).read_text("utf-8")


class _Page(HTMLParser):
    """Every element of a page with its attributes, and what stands between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"script", "style"}:
            self.text.append(data)

    def attributes(self, name: str) -> list[str]:
        return [value for _, attributes in self.elements if (value := attributes.get(name)) is not None]


def test_the_report_lies_beside_the_episode_and_has_its_figures(home: Desk) -> None:
    built, told, page = _report(home, _document())
    assert Path(told["path"]).resolve() == (built.folder / "episode.report.html").resolve()
    assert [row["address"] for row in told["segments"]] == ["welcome.1", "welcome.2", "end.1"]
    assert told["loudness_lufs"] == pytest.approx(built.facts["loudness_lufs"], abs=0.1)
    for row, chapter in zip(told["chapters"], built.facts["chapters"], strict=True):
        assert row["loudness_lufs"] == pytest.approx(chapter["loudness_lufs"], abs=0.15)
    for row, segment in zip(told["segments"], built.facts["segments"], strict=True):
        assert (row["start_s"], row["end_s"], row["text"]) == (segment["start_s"], segment["end_s"], segment["text"])
        assert row["line"]
    assert told["segments"][2]["loudness_lufs"] == pytest.approx(told["segments"][0]["loudness_lufs"] - 6, abs=1)
    assert max(row["true_peak_dbtp"] for row in told["segments"]) == pytest.approx(
        built.facts["true_peak_dbtp"], abs=0.01
    )
    assert "<svg" in page


def test_long_silences_slow_voices_and_quiet_chapters_are_warned_of(home: Desk) -> None:
    _, told, page = _report(home, _document())
    assert any(5.9 < silence["end_s"] - silence["start_s"] < 6.1 for silence in told["silences"])
    warnings = " ".join(told["warnings"])
    assert "Nothing sounds for " in warnings
    assert "“The end” is" in warnings
    assert "quieter than the target" in warnings
    assert "“The end” is" in page


def test_an_episode_without_a_fault_has_no_warning(home: Desk) -> None:
    _, told, page = _report(home, script([{"id": "a", "title": "A", "segments": [LONG, LONG + " Again."]}]))
    assert told["warnings"] == []
    assert "Nothing: loudness" in page


def test_a_slow_segment_of_a_voice_is_warned_of(home: Desk) -> None:
    segments = [LONG, LONG + " Again.", {"say": LONG, "speed": 0.5}]
    _, told, _ = _report(home, script([{"id": "a", "title": "A", "segments": segments}]))
    assert [warning.split(":")[0] for warning in told["warnings"]] == ["a.3 is slow"]


def test_a_script_that_changed_since_is_told(home: Desk) -> None:
    home.build(_document())
    home.write(script([{"id": "other", "title": "Other", "segments": ["Something else."]}]))
    result = _run("report", "episode.yaml")
    assert result.exit_code == 0
    assert "warning: The script has changed since this was built" in result.stdout


def test_an_episode_that_is_not_built_is_told(home: Desk) -> None:
    result = _run("report", home.write(_document()))
    assert (result.exit_code, "build it first" in result.stderr) == (1, True)


def test_a_media_file_that_is_none_is_told(home: Desk) -> None:
    built = home.build(_document())
    built.media.write_bytes(b"no sound at all, however long it is")
    result = _run("report", "episode.yaml")
    assert (result.exit_code, "is not a sound file" in result.stderr) == (1, True)


# -- the page ----------------------------------------------------------------------------------------------------------


def test_the_page_is_well_formed_and_shows_titles_as_text(home: Desk) -> None:
    _, _, text = _report(home, _document())
    page = _Page(text)
    assert page.open == []
    shown = "".join(page.text)
    assert NASTY in shown
    assert "<b>It ends</b> here & now." in shown
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert not [tag for tag, _ in page.elements if tag == "b"]


def test_the_page_asks_nothing_of_the_network(home: Desk) -> None:
    built, _, text = _report(home, _document())
    page = _Page(text)
    for address in (*page.attributes("src"), *page.attributes("href")):
        assert address.partition("#")[0] == f"./{built.media.name}"
    assert not {"link", "iframe", "img", "object", "embed", "base", "form"} & {tag for tag, _ in page.elements}
    assert "http" not in re.sub(r"http-equiv", "", text)
    assert "@import" not in text
    assert "url(" not in text


def test_its_policy_lets_in_its_own_style_and_script_and_no_other(home: Desk) -> None:
    _, _, text = _report(home, _document())
    page = _Page(text)
    policy = next(a["content"] for tag, a in page.elements if tag == "meta" and "http-equiv" in a)
    assert policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for name in ("style", "script"):
        content = re.findall(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
        assert len(content) == 1
        digest = base64.b64encode(hashlib.sha256(content[0].encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert not page.attributes("style")
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]


def test_the_picture_and_the_tables_have_names(home: Desk) -> None:
    page = _Page(_report(home, _document())[2])
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    for names in page.attributes("aria-labelledby"):
        assert set(names.split()) <= set(ids)
    assert all("aria-label" in a or "aria-labelledby" in a for _, a in page.elements if a.get("role") == "img")
    assert all(a.get("scope") == "col" for tag, a in page.elements if tag == "th")


def test_elsewhere_it_links_to_the_episode_from_there(home: Desk) -> None:
    built = home.build(_document())
    (home.folder / "else").mkdir()
    assert _run("report", "episode.yaml", "-o", "else/a page.html").exit_code == 0
    page = _Page((home.folder / "else" / "a page.html").read_text("utf-8"))
    assert page.attributes("src") == [f"./../output/episode/{built.media.name}"]


def test_what_the_build_did_is_shown_where_it_is_known(home: Desk) -> None:
    built = home.build(_document())
    plan = plan_script(Order(home.folder / "episode.yaml"))
    sources = {"welcome.1": "reused", "welcome.2": "spoken", "end.1": "spoken"}
    report = write_report(plan, built.facts, home.settled(), sources=sources)
    assert [row.source for row in report.facts.segments] == ["reused", "spoken", "spoken"]
    assert "Last build" in report.path.read_text("utf-8")


def _sources(page: str) -> list[str]:
    return re.findall(r'data-name="last build">(\w+)<', page)


def test_a_build_with_report_shows_what_it_spoke(home: Desk) -> None:
    path = home.write(_document())
    report = home.folder / "output" / "episode" / "episode.report.html"
    first = _run("build", path, "--report")
    assert f"wrote {report}" in first.stderr
    assert _sources(report.read_text("utf-8")) == ["spoken"] * 3
    document = _document()
    document["sections"][1]["segments"] = ["Something else."]
    home.write(document)
    assert len(json.loads(_run("build", path, "--report", "--json").stdout)["episodes"]) == 1
    assert _sources(report.read_text("utf-8")) == ["reused", "reused", "spoken"]
    assert _run("build", path, "--report").exit_code == 0
    assert _sources(report.read_text("utf-8")) == ["reused"] * 3


def test_a_report_is_no_reason_to_build_again(home: Desk) -> None:
    path = home.write(_document())
    report = home.folder / "output" / "episode" / "episode.report.html"
    assert _run("build", path, "--report").exit_code == 0
    assert _run("build", path, "--force").exit_code == 0
    report.write_text("another", "utf-8")
    assert unchanged(Order(path), home.settled()) is not None


def test_without_the_record_the_peaks_are_unknown_and_the_rest_is_there(home: Desk) -> None:
    home.build(_document())
    for record in (home.cache / "state" / "records").iterdir():
        record.unlink()
    told = json.loads(_run("report", "episode.yaml", "--json").stdout)
    assert [row["true_peak_dbtp"] for row in told["segments"]] == [None] * 3
    assert told["segments"][0]["loudness_lufs"] == pytest.approx(-16, abs=1)


# -- measuring ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 2])
def test_a_long_file_is_measured_across_its_blocks(tmp_path: Path, channels: int) -> None:
    rate_hz = 44_100
    time_s = np.arange(47 * rate_hz) / rate_hz
    tone = 0.25 * np.sin(2 * np.pi * 997 * time_s)
    tone[30 * rate_hz : 33 * rate_hz] = 0
    soundfile.write(tmp_path / "a.wav", np.stack([tone] * channels, axis=1), rate_hz)
    measured = measure(tmp_path / "a.wav")
    assert measured.duration_s == pytest.approx(47.0)
    assert len(measured.powers) == len(measured.lows) == 47 * 50
    assert measured.silences(at_least_s=1) == [pytest.approx((30.0, 33.0), abs=0.021)]
    level_lufs = 20 * np.log10(0.25) - 3.01 + 10 * np.log10(channels)
    assert measured.loudness_lufs(0, 47) == pytest.approx(level_lufs, abs=0.05)
    steady = measured.momentary()[10:280]
    assert np.ptp(steady) < 0.02
    assert (measured.highs.max(), measured.lows.min()) == pytest.approx((0.25, -0.25), abs=0.001)


def test_a_file_that_is_none_cannot_be_measured(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"\xff\xfb" + bytes(2000))
    with pytest.raises(AudioError):
        measure(tmp_path / "a.mp3")
    with pytest.raises(AudioError, match="cannot be read"):
        measure(tmp_path / "b.mp3")


def test_a_very_short_and_a_silent_file_are_drawn(home: Desk) -> None:
    built, told, page = _report(home, script([{"id": "a", "title": "A", "segments": ["Oh."]}]))
    assert built.facts["duration_s"] < 3
    assert told["segments"][0]["words_per_min"] is None
    assert 'class="short-term" d=""' in page
