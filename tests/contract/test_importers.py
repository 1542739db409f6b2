"""Every row of IMPORTERS keeps the same promises."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from audioguide.errors import ImportFailed
from audioguide.importers import IMPORTERS, format_of, read_article, read_data
from audioguide.importers.article import KINDS, Article
from audioguide.importers.write import Choices, script_text
from audioguide.script.load import load_script
from tests.articles import make

every_format = pytest.mark.parametrize("name", list(IMPORTERS))


def _sample(name: str) -> tuple[str, bytes]:
    suffix, made = make.SAMPLES[name]
    return f"walk{suffix}", made()


def _read(name: str) -> Article:
    file, data = _sample(name)
    return read_data(data, name=file)


def test_every_importer_has_a_sample() -> None:
    assert set(make.SAMPLES) == set(IMPORTERS)


@every_format
def test_title_and_author_are_found(name: str) -> None:
    article = _read(name)
    assert (article.title, article.author) == (make.TITLE, make.AUTHOR)


@every_format
def test_headings_become_parts_in_order(name: str) -> None:
    assert tuple(part.title for part in _read(name).parts) == make.TITLES


@every_format
def test_every_sentence_is_there_once(name: str) -> None:
    said = [text for part in _read(name).parts for text in part.paragraphs()]
    assert " ".join(said) == " ".join(make.SENTENCES)


@pytest.mark.parametrize("name", [name for name in IMPORTERS if name != "text"])
def test_levels_are_kept(name: str) -> None:
    levels = [part.level for part in _read(name).parts[1:]]
    assert [level - levels[0] for level in levels] == [0, 1, 0]


@every_format
def test_the_script_of_it_has_no_mistakes(name: str, tmp_path: Path) -> None:
    script = tmp_path / "walk.yaml"
    script.write_text(script_text(_read(name), Choices(kinds=frozenset(KINDS)), recipe="walk"), encoding="utf-8")
    loaded = load_script(script).script
    assert loaded.episode.title == make.TITLE
    assert tuple(section.title for section in loaded.sections) == make.TITLES


@every_format
def test_the_format_shows_without_a_name(name: str) -> None:
    assert format_of(_sample(name)[1], "") == name


@every_format
def test_nothing_but_our_error_comes_out_of_damaged_files(name: str) -> None:
    file, data = _sample(name)
    dice = random.Random(name)  # noqa: S311 - the same damage every time
    refused = list[ImportFailed]()
    for _ in range(25):
        broken = bytearray(data[: dice.randint(0, len(data))] if dice.random() < 0.3 else data)
        for _ in range(dice.randint(1, 40)):
            if broken:
                broken[dice.randrange(len(broken))] = dice.randrange(256)
        try:
            assert read_data(bytes(broken), name=file).title
        except ImportFailed as error:
            refused.append(error)
    assert all(error.message and "\n" not in error.message for error in refused)


@every_format
def test_an_empty_file_is_refused(name: str) -> None:
    with pytest.raises(ImportFailed):
        read_data(b"", name=_sample(name)[0])


@every_format
def test_a_folder_is_refused(name: str, tmp_path: Path) -> None:
    folder = tmp_path / _sample(name)[0]
    folder.mkdir()
    with pytest.raises(ImportFailed, match="not a file"):
        read_article(folder)
