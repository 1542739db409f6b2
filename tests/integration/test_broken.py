"""One script per mistake, and exactly what is said about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from audioguide.errors import ScriptError
from audioguide.script.load import load_script

BROKEN = Path(__file__).parents[1] / "broken"
SCRIPTS = sorted(path for path in BROKEN.rglob("*.yaml") if path.name != "show.yaml")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(BROKEN).with_suffix("")))
def test_mistake_is_told_in_these_words(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN)
    with pytest.raises(ScriptError) as caught:
        load_script(script.relative_to(BROKEN))
    assert f"{caught.value}\n" == script.with_suffix(".txt").read_text(encoding="utf-8")


def test_there_is_a_script_for_every_text_and_the_other_way_round() -> None:
    assert sorted(path.with_suffix(".yaml") for path in BROKEN.rglob("*.txt")) == SCRIPTS
    assert len(SCRIPTS) >= 40


def test_ten_mistakes_come_out_together_in_the_order_of_the_file() -> None:
    with pytest.raises(ScriptError) as caught:
        load_script(BROKEN / "ten-mistakes.yaml")
    places = [(problem.line, problem.column) for problem in caught.value.problems]
    assert len(places) >= 10
    assert places == sorted(places)
