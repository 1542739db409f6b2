"""Settings: flag over environment over file over default, each with its origin."""

from __future__ import annotations

from pathlib import Path

import pytest

from audioguide.errors import SettingsError
from audioguide.settings import MAX_JOBS, SETTINGS, environment_name, load_settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder, and a home without settings."""
    for name in SETTINGS:
        monkeypatch.delenv(environment_name(name), raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_the_nearest_source_wins_and_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = _write(folder.parent / "config" / "audioguide" / "config.toml", "jobs = 3")
    found = load_settings(folder=folder)
    assert (found.jobs, found.origin["jobs"]) == (3, str(user))
    project = _write(folder / "pyproject.toml", "[tool.audioguide]\njobs = 5")
    found = load_settings(folder=folder)
    assert (found.jobs, found.origin["jobs"]) == (5, str(project))
    monkeypatch.setenv("AUDIOGUIDE_JOBS", "7")
    found = load_settings(folder=folder)
    assert (found.jobs, found.origin["jobs"]) == (7, "AUDIOGUIDE_JOBS")
    found = load_settings({"jobs": 9}, folder=folder)
    assert (found.jobs, found.origin["jobs"]) == (9, "--jobs")


def test_without_any_source_every_setting_has_its_default(folder: Path) -> None:
    found = load_settings({"jobs": None}, folder=folder)
    assert set(found.origin.values()) == {"default"}
    assert set(found.origin) == set(SETTINGS)
    assert (found.output, found.offline, found.cache_limit_bytes) == (Path("output"), False, 5_000_000_000)
    assert 1 <= found.jobs <= MAX_JOBS


def test_a_project_above_the_folder_counts(folder: Path) -> None:
    _write(folder / "pyproject.toml", "[tool.audioguide]\noffline = true\ncache_limit = '200 MB'")
    (folder / "a" / "b").mkdir(parents=True)
    found = load_settings(folder=folder / "a" / "b")
    assert (found.offline, found.cache_limit_bytes) == (True, 200_000_000)


def test_another_project_file_without_a_table_is_passed_over(folder: Path) -> None:
    _write(folder / "pyproject.toml", "[tool.audioguide]\njobs = 2")
    _write(folder / "inner" / "pyproject.toml", "[project]\nname = 'other'")
    assert load_settings(folder=folder / "inner").jobs == 2


@pytest.mark.parametrize(
    ("text", "size"),
    [("5 GB", 5 * 10**9), ("1.5g", 1_500_000_000), ("800", 800), ("800B", 800), (" 2 tb ", 2 * 10**12), ("0", 0)],
)
def test_sizes(folder: Path, text: str, size: int) -> None:
    assert load_settings({"cache_limit_bytes": text}, folder=folder).cache_limit_bytes == size


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("jobs", "0", "not a number of jobs"),
        ("jobs", str(MAX_JOBS + 1), "not a number of jobs"),
        ("jobs", "two", "not a number of jobs"),
        ("jobs", "-1", "not a number of jobs"),
        ("jobs", "٣", "not a number of jobs"),
        ("offline", "maybe", "write 1 or 0"),
        ("cache_limit_bytes", "5 lightyears", "write it like 5 GB"),
    ],
)
def test_what_cannot_be_read_says_how_to_write_it(
    folder: Path, name: str, text: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(environment_name(name), text)
    with pytest.raises(SettingsError, match=message) as caught:
        load_settings(folder=folder)
    assert caught.value.where == environment_name(name)


@pytest.mark.parametrize("text", ["1", "true", "YES"])
def test_offline_is_switched_on(folder: Path, text: str) -> None:
    assert load_settings({"offline": text}, folder=folder).offline


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.audioguide]\nvoice = 'x'", 'unknown setting "voice"'),
        ("[tool]\naudioguide = 3", "not a table"),
        ("[tool", "cannot be read"),
    ],
)
def test_a_wrong_file_is_named(folder: Path, text: str, message: str) -> None:
    path = _write(folder / "pyproject.toml", text)
    with pytest.raises(SettingsError, match=message) as caught:
        load_settings(folder=folder)
    assert caught.value.where == str(path)


def test_a_tool_that_is_no_table_is_somebody_elses(folder: Path) -> None:
    _write(folder / "pyproject.toml", "tool = 3")
    assert load_settings({"jobs": 4}, folder=folder).jobs == 4


def test_an_empty_variable_is_as_if_unset(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIOGUIDE_JOBS", "")
    assert load_settings(folder=folder).origin["jobs"] == "default"


def test_a_home_is_expanded_and_an_address_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere")
    assert load_settings({"cache": "~/store"}, folder=folder).cache == "/somewhere/store"
    remote = load_settings({"cache": "s3://bucket/~"}, folder=folder)
    assert remote.cache == "s3://bucket/~"
    assert "://" not in str(remote.state_folder)
    assert load_settings({"cache": "c"}, folder=folder).state_folder == Path("c/state")
