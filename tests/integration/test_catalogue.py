"""Many scripts in one run: side by side, one table, and failures with their addresses at the end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from audioguide.cli import main
from audioguide.ledger import Order
from audioguide.store import Entry, FolderStore, unpack
from tests.desk import Desk, script


def _scripts(desk: Desk, count: int, *, engine: str = "tone") -> list[Path]:
    def one(number: int) -> dict[str, Any]:
        lines = ["The same words open every one.", f"And these are of number {number} alone."]
        return script([{"title": "Only part", "segments": lines}], engine=engine)

    return [desk.write(one(number), f"number-{number}.yaml") for number in range(count)]


def _run(desk: Desk, scripts: Sequence[Path], *options: str) -> Result:
    names = [path.name for path in scripts]
    place = ["-o", str(desk.folder / "output")]
    return CliRunner(mix_stderr=False).invoke(
        main, ["build", *names, *place, *options], env={"AUDIOGUIDE_CACHE": str(desk.cache)}
    )


def test_a_catalogue_has_one_table(desk: Desk) -> None:
    done = _run(desk, _scripts(desk, 3))
    assert done.exit_code == 0, done.output
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == ["episode", "number-0", "number-1", "number-2", "3"]
    assert sum(int(row[-2]) for row in rows[1:4]) == int(rows[4][-2]) == 4  # the first line is spoken once for all
    assert "3 of 3: number-" in done.stderr
    assert all((desk.folder / "output" / f"number-{number}" / "episode.json").exists() for number in range(3))


def test_a_catalogue_gives_what_single_builds_give(desk: Desk, tmp_path: Path) -> None:
    scripts = _scripts(desk, 4)
    assert _run(desk, scripts).exit_code == 0
    for path in scripts:
        alone = desk.run(Order(path), cache=tmp_path / "own", output=tmp_path / "alone")
        assert (desk.folder / "output" / path.stem / f"{path.stem}.mp3").read_bytes() == alone.data


def test_nothing_is_made_again_where_nothing_changed(desk: Desk) -> None:
    scripts = _scripts(desk, 2)
    first = _run(desk, scripts, "--json")
    again = json.loads(_run(desk, scripts, "--json").stdout)
    assert [episode["sha256"] for episode in again["episodes"]] == [
        episode["sha256"] for episode in json.loads(first.stdout)["episodes"]
    ]
    assert [(episode["spoken"], episode["encoded"]) for episode in again["episodes"]] == [(0, 0), (0, 0)]


def test_the_mistakes_of_all_scripts_are_told_before_anything_is_spoken(desk: Desk) -> None:
    scripts = _scripts(desk, 2, engine="diary")
    bad = [desk.write({**script([]), "version": 1}, f"bad-{number}.yaml") for number in range(2)]
    done = _run(desk, [scripts[0], *bad, scripts[1]])
    assert done.exit_code == 2
    assert "bad-0.yaml:" in done.stderr
    assert "bad-1.yaml:" in done.stderr
    assert desk.asked() == []


def test_two_scripts_of_one_episode_are_a_mistake(desk: Desk) -> None:
    document = script([{"title": "A", "segments": ["Something."]}])
    document["episode"]["id"] = "same"
    done = _run(desk, [desk.write(document, "one.yaml"), desk.write(document, "two.yaml")])
    assert done.exit_code == 2
    assert 'two.yaml:1:1: episode.id: "same" is the episode of one.yaml too' in done.stderr


def test_keep_going_makes_the_others_and_lists_every_failure(desk: Desk) -> None:
    scripts = _scripts(desk, 4, engine="diary")
    bad = desk.write(script([]), "bad.yaml")
    desk.refuse("two")
    done = _run(desk, [bad, *scripts], "--keep-going", "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 1
    assert [episode["id"] for episode in told["episodes"]] == ["number-0", "number-1", "number-3"]
    assert [failure["where"].partition(":")[0] for failure in told["failures"]] == ["bad.yaml", "only-part.2"]
    assert "refuses two" in told["failures"][1]["message"]
    people = _run(desk, [bad, *scripts], "--keep-going")
    assert "number-2.yaml: only-part.2: the diary refuses two" in people.stderr
    assert "hint: word it otherwise" in people.stderr
    desk.refuse()
    mended = _run(desk, scripts, "--keep-going", "--json")
    assert mended.exit_code == 0
    assert [episode["spoken"] for episode in json.loads(mended.stdout)["episodes"]] == [0, 0, 1, 0]


def test_without_keep_going_nothing_new_is_begun_after_a_failure(desk: Desk) -> None:
    scripts = _scripts(desk, 8, engine="diary")
    desk.refuse("zero")
    done = _run(desk, scripts, "--json")
    assert done.exit_code == 1
    made = [episode["id"] for episode in json.loads(done.stdout)["episodes"]]
    assert len(made) < 7
    assert len(desk.asked()) < 9


def test_a_mistake_in_every_script_that_failed_is_exit_2(desk: Desk) -> None:
    done = _run(desk, [*_scripts(desk, 1), desk.write(script([]), "bad.yaml")], "--keep-going")
    assert done.exit_code == 2
    assert "number-0" in done.stdout


@pytest.mark.parametrize("warm", [False, True], ids=["just built", "nothing changed"])
def test_verify_finds_the_episode_sound(desk: Desk, warm: bool) -> None:  # noqa: FBT001 - a parameter of the test
    scripts = _scripts(desk, 1)
    if warm:
        assert _run(desk, scripts).exit_code == 0
    done = _run(desk, scripts, "--verify")
    assert done.exit_code == 0, done.output
    assert "verified:" in done.stderr


def test_verify_notices_a_file_that_is_not_what_the_script_gives(desk: Desk) -> None:
    """A part in the store that passes for whole and holds other sound."""
    scripts = _scripts(desk, 1)
    assert _run(desk, scripts).exit_code == 0
    store = FolderStore(desk.cache)
    for path in (desk.cache / "parts").rglob("*.age"):
        entry = unpack(path.stem, path.read_bytes())
        assert entry
        middle = len(entry.data) // 2
        other = entry.data[:middle] + bytes([entry.data[middle] ^ 1]) + entry.data[middle + 1 :]
        store.put("parts", path.stem, Entry(entry.facts, other), replace=True)
    for path in (desk.folder / "output" / "number-0").iterdir():
        path.unlink()
    done = _run(desk, scripts, "--verify")
    assert done.exit_code == 1
    assert "number-0.mp3: is not what the script gives when it is built from nothing" in done.stderr
