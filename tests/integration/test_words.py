"""The words that a voice may read wrongly."""

from __future__ import annotations

from pathlib import Path

import yaml
from click.testing import CliRunner

from audioguide.audit import Finding, audit, pronounce_block
from audioguide.build import plan_script
from audioguide.cli import main
from audioguide.ledger import Order

TEXT = (
    "We met Dr. Nguyen in Zürich on the 3rd of May. NASA and the FBI sent 2 CEOs, and the H2O level rose by 5 km. "
    "Nguyen's biohackery was fine. Jogging is fun, and I know that I’ve said so."
)


def _script(folder: Path, pronounce: str = "{x: x}") -> Path:
    path = folder / "words.yaml"
    path.write_text(f"version: 1\npronounce: {pronounce}\nsections:\n  - title: One\n    text: {TEXT}\n", "utf-8")
    return path


def _found(path: Path) -> dict[str, Finding]:
    return {finding.word: finding for finding in audit(plan_script(Order(path)))}


def test_each_kind_is_found_and_plain_words_are_not(tmp_path: Path) -> None:
    kinds = {word: finding.kind for word, finding in _found(_script(tmp_path)).items()}
    assert kinds == {
        "Nguyen": "name",
        "Zürich": "foreign",
        "NASA": "acronym",
        "FBI": "acronym",
        "CEOs": "acronym",
        "H2O": "digits",
        "biohackery": "unknown",
    }


def test_a_word_is_counted_with_its_places_and_its_sounds(tmp_path: Path) -> None:
    finding = _found(_script(tmp_path))["Nguyen"]
    assert (finding.count, finding.addresses) == (2, ("one.1",))
    assert finding.sounds


def test_words_that_are_settled_are_left_out(tmp_path: Path) -> None:
    assert "Nguyen" not in _found(_script(tmp_path, "{nguyen: win}"))


def test_the_block_can_be_pasted(tmp_path: Path) -> None:
    findings = list(_found(_script(tmp_path)).values())
    block = yaml.safe_load(pronounce_block(findings))["pronounce"]
    assert block == {finding.word: finding.spoken for finding in findings}
    assert not block.keys() & _found(_script(tmp_path, str(block).replace("'", '"'))).keys()


def test_the_command_lists_them(tmp_path: Path) -> None:
    shown = CliRunner().invoke(main, ["words", str(_script(tmp_path))])
    assert shown.exit_code == 0
    assert "Nguyen" in shown.stdout
    assert "pronounce:" in shown.stdout
