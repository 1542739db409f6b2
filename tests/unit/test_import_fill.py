"""Sections that take their text from an article."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from audioguide.errors import ScriptError
from audioguide.importers import fill_sections
from audioguide.script.load import LoadedScript, load_script
from audioguide.script.model import Say, Section

KETTLE = Path(__file__).parent.parent / "articles" / "kettle.txt"


def _load(folder: Path, *sections: str) -> LoadedScript:
    (folder / "kettle.txt").write_bytes(KETTLE.read_bytes())
    lines = ["version: 1", "episode: {title: Kettle}", "sections:", *sections]
    script = folder / "script.yaml"
    script.write_text("\n".join(lines), encoding="utf-8")
    return load_script(script)


def _said(section: Section) -> list[str]:
    return [segment.say for segment in section.segments or () if isinstance(segment, Say)]


def test_a_heading_gives_its_paragraphs(tmp_path: Path) -> None:
    loaded = _load(tmp_path, "  - {title: Disc, from: {file: kettle.txt, heading: the disc that bends}}")
    said = _said(fill_sections(loaded).script.sections[0])
    assert len(said) == 2
    assert said[1] == "The snap pushes a lever, and the lever opens the switch."


def test_no_heading_gives_the_whole_article(tmp_path: Path) -> None:
    loaded = _load(tmp_path, "  - {title: All, from: {file: kettle.txt}}")
    assert len(_said(fill_sections(loaded).script.sections[0])) == 5


def test_a_heading_includes_its_subsections_without_their_headings(tmp_path: Path) -> None:
    (tmp_path / "walk.md").write_text("# Walk\n\n## Fort\n\nOne.\n\n### Gate\n\nTwo.\n\n## Town\n\nThree.\n")
    loaded = _load(tmp_path, "  - {title: Fort, from: {file: walk.md, heading: Fort}}")
    assert _said(fill_sections(loaded).script.sections[0]) == ["One.", "Two."]


def test_marks_in_an_article_are_literal(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Write [pause 1s] and [[a|b]] and a\\b here.\n\nA list [1] stays.\n")
    loaded = _load(tmp_path, "  - {title: A, from: {file: a.txt}}")
    assert _said(fill_sections(loaded).script.sections[0]) == [
        r"Write \[pause 1s] and \[\[a|b]] and a\\b here.",
        "A list [1] stays.",
    ]


def test_a_heading_that_is_not_there_is_an_error_with_its_place(tmp_path: Path) -> None:
    loaded = _load(tmp_path, "  - {title: Disc, from: {file: kettle.txt, heading: The Disc That Bens}}")
    with pytest.raises(ScriptError) as caught:
        fill_sections(loaded)
    (problem,) = caught.value.problems
    assert (problem.line, problem.path) == (4, "sections[0].from.heading")
    assert problem.hint == 'did you mean "The Disc That Bends"?'


def test_every_article_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"caf\xe9 au lait")
    (tmp_path / "none.md").write_bytes(b"")
    sections = [f"  - {{title: {name}, from: {{file: {name}}}}}" for name in ("bad.txt", "none.md")]
    with pytest.raises(ScriptError) as caught:
        fill_sections(_load(tmp_path, *sections))
    bad, none = caught.value.problems
    assert "byte 3" in bad.message
    assert "has no text" in none.message


def test_a_script_without_articles_loads_no_library() -> None:
    code = (
        "import sys; import audioguide.importers; "
        "assert not {'lxml', 'trafilatura', 'docx', 'pypdf', 'markdown_it'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
