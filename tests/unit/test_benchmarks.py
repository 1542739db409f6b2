"""What the benchmarks work out from their figures, and what they draw."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from benchmarks import measure, report, scale
from benchmarks.material import EDITED, script_text, sentence
from benchmarks.plot import Chart, Line, picture


def _one(wall_s: float, peak_bytes: int = 100_000_000) -> dict[str, float]:
    return {"wall_s": wall_s, "cpu_s": wall_s, "peak_bytes": peak_bytes}


def _length(hours: float) -> dict[str, Any]:
    return {
        "hours": hours,
        "concat": _one(30 * hours),
        "cold": _one(12 * hours),
        "encode": _one(10 * hours),
        "joined": _one(24 * hours),
        "edit": _one(0.6),
        "nothing": _one(0.1),
        "check": _one(0.4),
        "plan": _one(0.8),
        "store": {
            "speech": {"entries": round(800 * hours), "bytes": 80e6 * hours},
            "parts": {"entries": round(266 * hours), "bytes": 44e6 * hours},
        },
    }


RESULTS: dict[str, Any] = {
    "command": "python -m benchmarks",
    "date": "2026-11-22",
    "machine": {"processor": "P", "cores": 2, "system": "S", "ffmpeg": "F", "packages": {"audioguide": "1"}},
    "lengths": [{**_length(1), "added": _one(100)}, _length(10)],
    "whole": {"hours": 0.25, "synthesis": _one(5), "rest": _one(4), "whole": _one(7)},
    "help": _one(0.1),
    "first_sound": {"preview": 0.9, "studio": 0.2},
    "requests": {"utterances": 60, "parts": 20, "reads": 160, "writes": 80, "lists": 0},
}


def test_a_promise_is_met_up_to_its_figure_and_missed_beyond() -> None:
    told = {aim.what: aim for aim in report.aims(RESULTS)}
    assert told["1 h: cold build with the speech at hand, of ffmpeg concat"].found == pytest.approx(0.4)
    assert told["1 h: the cold build, of pydub `+=`"].most == pytest.approx(1 / 4)
    assert told["10 h: one sentence edited, of ffmpeg concat"].most == pytest.approx(1 / 150)
    whole = next(aim for aim in told.values() if "from nothing" in aim.what)
    assert whole.found == pytest.approx(1.4)
    assert told["the same, of the least that 2 cores need for both halves"].found == pytest.approx(7 / 5)
    assert told["a new sentence is heard as a preview, process start included"].found == pytest.approx(0.9)
    assert "**missed**" in whole.line()
    assert "| met |" in told["--help"].line()


def test_the_page_has_every_row_and_its_picture() -> None:
    page = report.page(RESULTS)
    assert all(name in page for name in report.ROWS.values())
    assert "benchmarks.svg" in page
    assert len(report.charts(RESULTS["lengths"])) > 1000


def test_a_picture_is_xml_with_a_name_for_each_line() -> None:
    drawn = ET.fromstring(picture([Chart("Seconds & more", [Line("one", [(1, 2), (10, 20)]), Line("two", [])])]))  # noqa: S314 - ours
    texts = [element.text for element in drawn.iter() if element.tag.endswith("text")]
    assert "Seconds & more" in texts
    assert "one" in texts
    assert "two" not in texts


def test_costs_grow_with_the_articles() -> None:
    made = scale.table(RESULTS, articles=(10_000, 1_000_000), minutes=10)
    rows = {line.split(" | ")[0]: line for line in made.splitlines()}
    assert rows["| sound"] == "| sound | 1,667 h | 166,667 h |"
    # 20 core seconds of the voice and 12 of all else, an hour of sound: 166,667 h × 32 s / 3600
    assert rows["| processor time, all of it"].endswith("| 1,481 core hours |")
    # 160 reads for 20 parts are 8 a part; 266 parts an hour
    assert rows["| store requests, reading"].endswith("| 355 million |")


def test_a_session_without_the_whole_says_so() -> None:
    partly = {**RESULTS, "whole": None, "notes": ["It was a busy day."]}
    assert "was not measured in this session" in report.page(partly)
    assert "It was a busy day." in report.page(partly)
    assert not [aim for aim in report.aims(partly) if "from nothing" in aim.what]
    assert scale.costs(partly).speak_core_s == scale.SPEAK_CORE_S


def test_the_page_of_scale_has_a_place_for_its_figures() -> None:
    page = scale.PAGE.read_text("utf-8")
    assert page.index(scale.BEGIN) < page.index(scale.END)


def test_a_build_asks_a_store_far_away_for_keys_and_never_for_a_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scale, "SENTENCES", 6)
    monkeypatch.setattr(
        scale, "script_text", lambda count: script_text(count).replace("engine: hibari, name: heart", "engine: tone")
    )
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked = scale.count_requests(tmp_path)
    assert asked == {"utterances": 6, "parts": 2, "reads": 16, "writes": 8, "lists": 0}


def test_every_sentence_is_another() -> None:
    assert len({sentence(number) for number in range(12_000)}) == 12_000


def test_an_edit_changes_one_sentence() -> None:
    before, after = script_text(50), script_text(50, edited=20)
    assert after.count(EDITED) == 1
    assert after.replace(EDITED, sentence(20)) == before


def test_memory_is_the_programs_own() -> None:
    """Not that of the process that measures it, which holds more."""
    ballast = bytearray(200_000_000)
    small = measure.run([sys.executable, "-I", "-S", "-c", "pass"])
    large = measure.run([sys.executable, "-I", "-S", "-c", "x = bytearray(100_000_000)"])
    assert len(ballast) > large.peak_bytes > 100_000_000 > 2 * small.peak_bytes


def test_a_program_that_fails_is_told_with_what_it_said() -> None:
    with pytest.raises(RuntimeError, match="it is broken"):
        measure.run([sys.executable, "-c", "raise SystemExit('it is broken')"])


def test_the_best_of_several_runs_is_the_quickest_with_the_most_memory_of_all() -> None:
    runs = [measure.Measured(2.0, 3.0, 500), measure.Measured(1.0, 1.5, 400)]
    assert measure.best(runs) == measure.Measured(1.0, 1.5, 500)
