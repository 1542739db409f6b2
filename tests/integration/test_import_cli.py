"""`audioguide import` as it is run."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from audioguide.cli import main
from audioguide.script.load import load_script
from tests.articles import make

FIRST_ARTICLE = Path(__file__).parents[3] / "shared" / "articles" / "does-jogging-make-your-legs-bigger.txt"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a folder of its own that holds the article in each format."""
    monkeypatch.chdir(tmp_path)
    for suffix, made in make.SAMPLES.values():
        (tmp_path / f"walk{suffix}").write_bytes(made())
    return tmp_path


def _run(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner(mix_stderr=False).invoke(main, ["import", *arguments], input=stdin)


def _json(*arguments: str, stdin: bytes = b"") -> dict[str, Any]:
    result = _run(*arguments, "--json", stdin=stdin)
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def _said(path: Path) -> str:
    return " ".join(" ".join((section.text or "").split()) for section in load_script(path).script.sections)


def _check(path: str) -> int:
    return CliRunner().invoke(main, ["check", path]).exit_code


def test_minutes_are_those_of_the_voice_that_would_speak(folder: Path) -> None:
    usual = _json("walk.md", "--dry-run")["minutes"]
    voices = "voices: {host: {engine: hibari, speed: 0.5}}\ndefaults: {pause: {segment: 9s}}\n"
    (folder / "show.yaml").write_text(f"version: 1\n{voices}")
    slow = _json("walk.md", "--dry-run")["minutes"]
    assert slow >= 2 * usual
    assert slow == _json("walk.md")["minutes"]


def test_the_outline_is_shown_and_the_script_written(folder: Path) -> None:
    result = _run("walk.md")
    assert result.exit_code == 0
    assert "The Market: 7 words" in result.stdout
    assert "4 sections, 41 words, about 0.3 minutes" in result.stdout
    assert result.stdout.endswith("wrote a-walk-to-the-fort.yaml\n")
    assert _check("a-walk-to-the-fort.yaml") == 0
    episode = load_script(folder / "a-walk-to-the-fort.yaml").script.episode
    assert (episode.title, episode.author, episode.language) == (make.TITLE, make.AUTHOR, "en-GB")
    assert episode.date is not None
    assert (episode.date.date().isoformat(), episode.tags) == ("2026-05-01", ("walks", "harbours"))


def test_json_is_the_outline() -> None:
    assert _json("walk.html", "--dry-run") == {
        "title": make.TITLE,
        "language": "en-GB",
        "sections": [
            {"title": "Introduction", "level": 2, "words": 12},
            {"title": "The Harbour", "level": 2, "words": 13},
            {"title": "The Market", "level": 3, "words": 7},
            {"title": "The Fort", "level": 2, "words": 9},
        ],
        "minutes": 0.3,
    }


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    before = sorted(folder.iterdir())
    assert _run("walk.txt", "--dry-run").exit_code == 0
    assert sorted(folder.iterdir()) == before


def test_the_scripts_folder_is_the_place(folder: Path) -> None:
    (folder / "scripts").mkdir()
    assert _run("walk.txt").exit_code == 0
    assert (folder / "scripts" / "a-walk-to-the-fort.yaml").is_file()


def test_nothing_is_overwritten_without_force(folder: Path) -> None:
    (folder / "a.yaml").write_text("mine")
    result = _run("walk.txt", "-o", "a.yaml")
    assert (result.exit_code, (folder / "a.yaml").read_text()) == (1, "mine")
    assert "--force" in result.stderr
    assert _run("walk.txt", "-o", "a.yaml", "--force").exit_code == 0
    assert _check("a.yaml") == 0


def test_the_show_is_never_overwritten(folder: Path) -> None:
    assert _run("walk.txt", "-o", "show.yaml", "--force").exit_code == 1
    assert not (folder / "show.yaml").exists()


def test_standard_input_is_a_source(folder: Path) -> None:
    assert _run("-", "-o", "new/a.yaml", stdin=make.html()).exit_code == 0
    assert _said(folder / "new" / "a.yaml") == " ".join(make.SENTENCES)


def test_kinds_are_kept_and_dropped(folder: Path) -> None:
    (folder / "a.md").write_text("# A\n\nText.\n\n- item\n\n|a|b|\n|-|-|\n|c|d|\n")
    assert _run("a.md", "--keep", "table", "--drop", "list", "-o", "a.yaml").exit_code == 0
    assert _said(folder / "a.yaml") == "Text. a, b c, d"
    assert "# left out: 1 list item (--keep list)" in (folder / "a.yaml").read_text()


def test_an_unknown_kind_is_a_mistake_of_the_command_line() -> None:
    assert _run("walk.md", "--keep", "tables").exit_code == 2


def test_depth_folds_deeper_headings() -> None:
    sections = _json("walk.md", "--depth", "2", "--dry-run")["sections"]
    assert [(one["title"], one["words"]) for one in sections] == [
        ("Introduction", 12),
        ("The Harbour", 22),
        ("The Fort", 9),
    ]


def test_a_book_becomes_a_script_per_chapter(folder: Path) -> None:
    pages = {
        f"OEBPS/c{number}.xhtml": make.page(f"<h1>Day {number}</h1><p>It is day {number}.</p>") for number in (0, 1)
    }
    (folder / "b.epub").write_bytes(make.book({"OEBPS/book.opf": make.package(chapters=2), **pages}))
    assert _run("b.epub", "--per-chapter", "-o", "days").exit_code == 0
    names = sorted(path.name for path in (folder / "days").iterdir())
    assert names == ["a-walk-to-the-fort-01-day-0.yaml", "a-walk-to-the-fort-02-day-1.yaml"]
    assert _said(folder / "days" / names[1]) == "It is day 1."


def _picture(kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (1400, 1400)).save(stream, kind)
    return stream.getvalue()


def test_the_cover_comes_along(folder: Path) -> None:
    (folder / "pictures").mkdir()
    (folder / "pictures" / "fort.png").write_bytes(_picture())
    (folder / "a.md").write_text("---\ntitle: A\nimage: pictures/fort.png\n---\n\nText.\n")
    assert _run("a.md", "-o", "out/a.yaml").exit_code == 0
    assert load_script(folder / "out" / "a.yaml").script.episode.image == "a-cover.png"
    assert (folder / "out" / "a-cover.png").read_bytes() == _picture()


@pytest.mark.parametrize(
    "image", ["../secret.png", "/etc/hostname", "fort.gif", "nowhere.png", "http://127.0.0.1:9/a.png"]
)
def test_a_cover_that_may_not_be_had_is_a_comment(folder: Path, image: str) -> None:
    (folder / "in").mkdir()
    (folder / "secret.png").write_bytes(_picture())
    (folder / "in" / "fort.gif").write_bytes(_picture("GIF"))
    (folder / "in" / "a.md").write_text(f"---\ntitle: A\nimage: {image}\n---\n\nText.\n")
    assert _run("in/a.md", "-o", "a.yaml").exit_code == 0
    assert load_script(folder / "a.yaml").script.episode.image is None
    assert f"# image: the source names {image}" in (folder / "a.yaml").read_text()


def test_a_voice_of_this_machine_is_chosen_for_another_language(folder: Path) -> None:
    (folder / "a.md").write_text("---\ntitle: Weg\nlang: de\n---\n\nDer Weg ist lang.\n")
    assert _run("a.md", "-o", "a.yaml").exit_code == 0
    engines = {voice.engine for voice in load_script(folder / "a.yaml").script.voices.values()}
    assert not engines & {"gtts", "openai"}
    assert engines or "# no voice of this machine speaks de" in (folder / "a.yaml").read_text()


def test_the_voices_of_the_show_are_enough(folder: Path) -> None:
    (folder / "show.yaml").write_text("version: 1\nvoices: {host: {engine: tone}}\n")
    (folder / "a.md").write_text("---\ntitle: Weg\nlang: de\n---\n\nDer Weg ist lang.\n")
    assert _run("a.md", "-o", "a.yaml").exit_code == 0
    assert "voices" not in (folder / "a.yaml").read_text()
    assert _check("a.yaml") == 0


def test_failures_are_one_line_and_a_hint(folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"")
    for source in ("a.txt", "nowhere.txt", ".", "http://127.0.0.1:9/", "ftp://x/"):
        result = _run(source)
        assert (result.exit_code, result.stdout) == (1, "")
        assert 1 <= len(result.stderr.splitlines()) <= 2
        assert result.stderr.startswith(source if source != "a.txt" else "a.txt")


def test_offline_fetches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIOGUIDE_OFFLINE", "1")
    result = _run("http://127.0.0.1:9/", "--allow-private")
    assert (result.exit_code, "switched off" in result.stderr) == (1, True)


def test_update_brings_changes_in_and_shows_conflicts(folder: Path) -> None:
    assert _run("walk.md", "-o", "a.yaml").exit_code == 0
    script = folder / "a.yaml"
    script.write_text(script.read_text().replace("never taken", "taken once"))
    article = (folder / "walk.md").read_text()
    changed = article.replace("Fish is sold", "Bread is sold").replace("three years", "four years")
    (folder / "walk.md").write_text(changed)
    before = script.read_text()
    dry = _run("walk.md", "--update", "a.yaml", "--dry-run")
    assert (dry.exit_code, script.read_text()) == (0, before)
    result = _run("walk.md", "--update", "a.yaml")
    assert result.exit_code == 0
    assert "changed: The Market\n" in result.stdout
    assert "conflict, left to you: The Fort\n" in result.stdout
    assert "Bread is sold" in _said(script)
    assert "three years & taken once" in _said(script)
    changes = _json("walk.md", "--update", "a.yaml")["changes"]
    assert [(one["change"], one["section"]) for one in changes] == [("conflict", "The Fort")]
    assert _run("walk.md", "--update", "a.yaml", "--force").exit_code == 0
    assert _run("walk.md", "--update", "a.yaml").stdout == "nothing changed\n"


def test_update_reads_what_the_import_read(folder: Path) -> None:
    assert _run("walk.md", "--depth", "2", "--drop", "list", "-o", "a.yaml").exit_code == 0
    before = (folder / "a.yaml").read_bytes()
    assert _run("walk.md", "--update", "a.yaml").stdout == "nothing changed\n"
    assert (folder / "a.yaml").read_bytes() == before
    assert _run("walk.md", "--depth", "3", "--update", "a.yaml").exit_code == 0
    assert "The Market" in [section.title for section in load_script(folder / "a.yaml").script.sections]
    assert _run("walk.md", "--update", "a.yaml").stdout == "nothing changed\n"


def test_update_touches_no_script_with_mistakes(folder: Path) -> None:
    (folder / "a.yaml").write_text("version: 1\nsections:\n  - titel: A\n")
    result = _run("walk.md", "--update", "a.yaml")
    assert (result.exit_code, (folder / "a.yaml").read_text()) == (2, "version: 1\nsections:\n  - titel: A\n")


def test_update_and_output_do_not_go_together() -> None:
    assert _run("walk.md", "--update", "a.yaml", "-o", "b.yaml").exit_code == 2


def test_the_first_article_has_the_outline_that_its_author_sees() -> None:
    if not FIRST_ARTICLE.is_file():
        pytest.skip("the first user's article is not beside this project")
    outline = _json(str(FIRST_ARTICLE), "--dry-run")
    assert outline["title"] == "Does Jogging Make Your Legs Bigger"
    assert [one["title"] for one in outline["sections"]] == [
        "Introduction",
        "The Science Behind Muscle Growth",
        "Jogging and Leg Size",
        "Factors to Consider",
        "Conclusion",
    ]


def test_a_book_with_more_headings_than_a_file_has_chapters_can_be_built(folder: Path) -> None:
    """So the lower headings are no chapters; a script that has too many all the same is told before it is spoken."""
    lines = [
        f"# Part {part}\n\nHello.\n\n" + "".join(f"## {part}.{n}\n\nHello.\n\n" for n in range(30)) for part in range(9)
    ]
    (folder / "book.md").write_text("".join(lines))
    assert _run("book.md", "-o", "book.yaml").exit_code == 0
    assert _check("book.yaml") == 0
    sections = load_script(folder / "book.yaml").script.sections
    assert len(sections) == 279
    assert [section.title for section in sections if section.chapter] == [f"Part {part}" for part in range(9)]
    text = (folder / "book.yaml").read_text()
    (folder / "book.yaml").write_text("\n".join(line for line in text.split("\n") if "chapter: false" not in line))
    told = CliRunner().invoke(main, ["check", "book.yaml"])
    assert told.exit_code == 2
    assert "chapter 256 of 279" in told.output
