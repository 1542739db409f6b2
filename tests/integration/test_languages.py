"""A guide in several languages: what is missing, out of date or much longer, and one build for all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner, Result

from audioguide.cli import main
from audioguide.errors import ScriptError
from audioguide.languages import LOCK_FILE, compare_languages, scripts_of
from audioguide.script.load import languages_of, load_script
from audioguide.script.model import Script, ShowFile
from audioguide.script.schema import make_schema
from tests.tools import require_tool

SAMPLE = Path(__file__).parents[2] / "scripts" / "walk"
LONG = " It has stood here for as long as anybody can remember, and for a good deal longer than that."
EN: dict[int, tuple[str, str]] = {12: ("fort", "This is the fort."), 3: ("mill", "This is the mill.")}
DE: dict[int, tuple[str, str]] = {12: ("fort", "Das ist die Schanze."), 3: ("mill", "Das ist die Mühle.")}
FR: dict[int, tuple[str, str]] = {12: ("fort", "Voici le fort."), 3: ("mill", "Voici le moulin.")}


def run(*args: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, args)


def write(tag: str, stops: dict[int, tuple[str, str]], **more: Any) -> Path:
    """A guide's script in one language."""
    sections = [
        {"id": name, "title": name.title(), "stop": number, "segments": [text], **more.pop(name, {})}
        for number, (name, text) in stops.items()
    ]
    document = {"version": 1, "episode": {"kind": "guide", "title": tag, "language": tag}, **more, "sections": sections}
    path = Path(f"walk.{tag}.yaml")
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), "utf-8")
    return path


def write_show(*tags: str, **more: Any) -> Path:
    languages = {tag: f"walk.{tag}.yaml" for tag in tags}
    shared = {"version": 1, "voices": {"host": {"engine": "tone"}}, "languages": languages, "reference": "en", **more}
    Path("show.yaml").write_text(yaml.safe_dump(shared, sort_keys=False), "utf-8")
    return Path("show.yaml")


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A show with an English and a German script that agree."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUDIOGUIDE_OUTPUT", str(tmp_path / "output"))
    write("en", EN)
    write("de", DE)
    return write_show("en", "de")


def told(show: Path, **how: bool) -> list[str]:
    problems = compare_languages(show, **how)
    assert {problem.level for problem in problems} <= {"warning"}
    return [f"{problem.file}:{problem.line}: {problem.message}" for problem in problems]


def lock() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(Path(LOCK_FILE).read_text("utf-8"))
    return known


# what the lock knows


def test_what_is_seen_first_agrees_and_is_recorded(show: Path) -> None:
    assert told(show) == []
    known = lock()
    assert (known["version"], known["reference"]) == (1, "en")
    assert {tag: sorted(stops) for tag, stops in known["languages"].items()} == {"de": ["fort", "mill"]}


def test_a_stop_whose_reference_changed_alone_is_out_of_date_until_it_is_translated(show: Path) -> None:
    told(show)
    write("en", EN | {12: ("fort", "This was the fort.")})
    stale = ["walk.de.yaml:7: is out of date: walk.en.yaml:7 changed since it was translated"]
    assert told(show) == stale
    assert told(show) == stale
    write("de", DE | {12: ("fort", "Das war die Schanze.")})
    assert told(show) == []
    write("en", EN)
    assert len(told(show)) == 1


def test_a_reference_that_is_what_it_was_is_no_more_out_of_date(show: Path) -> None:
    told(show)
    write("en", EN | {12: ("fort", "This was the fort.")})
    assert len(told(show)) == 1
    write("en", EN)
    assert told(show) == []


def test_accepting_says_that_the_translations_are_right_as_they_are(show: Path) -> None:
    told(show)
    write("en", EN | {12: ("fort", "This is the old fort.")})
    assert len(told(show)) == 1
    assert told(show, accept=True) == []
    assert told(show) == []


def test_a_translation_that_is_gone_for_a_while_is_still_known(show: Path) -> None:
    told(show)
    write("en", EN | {12: ("fort", "This was the fort.")})
    write("de", {3: DE[3]})
    assert len(told(show)) == 1
    write("de", DE)
    assert ["out of date" in line for line in told(show)] == [True]


def test_an_addition_is_recorded_and_what_the_reference_drops_forgotten(show: Path) -> None:
    told(show)
    for tag, texts in (("en", EN), ("de", DE)):
        write(tag, {7: ("pump", "Pump."), 3: texts[3]})
    assert told(show) == []
    assert sorted(lock()["languages"]["de"]) == ["mill", "pump"]


def test_nothing_is_written_where_nothing_changed(show: Path) -> None:
    told(show)
    os.utime(LOCK_FILE, ns=(0, 0))
    told(show)
    assert Path(LOCK_FILE).stat().st_mtime_ns == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_can_only_be_read_is_no_failure(show: Path) -> None:
    Path.cwd().chmod(0o555)
    assert told(show) == []
    Path.cwd().chmod(0o755)
    assert not Path(LOCK_FILE).exists()


def test_a_lock_that_cannot_be_written_is_no_failure(show: Path) -> None:
    Path(LOCK_FILE).mkdir()
    assert [line.partition(": ")[2] for line in told(show)] == ["cannot be read"]
    assert Path(LOCK_FILE).is_dir()


@pytest.mark.parametrize(
    "damage", ["<<<<<<< HEAD", "[]", '{"version": 2}', '{"version": 1, "reference": "en"}', "\xff"]
)
def test_a_damaged_lock_is_told_of_and_kept_until_somebody_accepts(show: Path, damage: str) -> None:
    Path(LOCK_FILE).write_bytes(damage.encode("latin-1"))
    assert told(show) == [f"{LOCK_FILE}:1: cannot be read"]
    assert Path(LOCK_FILE).read_bytes() == damage.encode("latin-1")
    assert told(show, accept=True) == []
    assert told(show) == []
    assert sorted(lock()["languages"]) == ["de"]


def test_another_reference_begins_anew(show: Path) -> None:
    told(show)
    write_show("en", "de", reference="de")
    write("en", EN | {12: ("fort", "This was the fort.")})
    assert told(show) == []
    assert sorted(lock()["languages"]) == ["en"]


# what differs


def test_a_missing_stop_and_one_too_many_are_told(show: Path) -> None:
    write("de", {3: DE[3], 5: ("bridge", "Das ist die Brücke.")})
    assert told(show) == [
        'walk.de.yaml:6: stop 12 "fort" is missing: walk.en.yaml:7',
        'walk.de.yaml:12: stop 5 "bridge" is not in walk.en.yaml',
    ]


def test_another_number_is_told_at_the_number(show: Path) -> None:
    write("de", {13: DE[12], 3: DE[3]})
    assert told(show) == ["walk.de.yaml:9: is 13 here and 12 in walk.en.yaml:7"]


def test_another_id_under_the_same_number_is_told_once(show: Path) -> None:
    write("de", {12: ("schanze", "Das ist die Schanze."), 3: DE[3]})
    assert told(show) == ['walk.de.yaml:7: stop 12 is "schanze" here and "fort" in walk.en.yaml:7']


def test_a_missing_extra_track_is_told(show: Path) -> None:
    write("en", EN, fort={"more": ["It is deep."]})
    assert told(show) == ["walk.de.yaml:7: has no extra track, and there is one in walk.en.yaml:7"]


@pytest.mark.parametrize(("tag", "word"), [("de", "longer"), ("en", "shorter")])
def test_a_much_longer_or_shorter_stop_is_told(show: Path, tag: str, word: str) -> None:
    texts = {"en": EN, "de": DE}[tag]
    write(tag, texts | {12: ("fort", texts[12][1] + 2 * LONG)})
    (line,) = told(show)
    assert line.startswith("walk.de.yaml:7: takes about ")
    assert f"much {word} than" in line


def test_a_slower_voice_counts(show: Path) -> None:
    """The same words at half the pace are twice as long."""
    text = "This is the fort." + LONG
    write("en", {12: ("fort", text)})
    write("de", {12: ("fort", text)})
    assert told(show) == []
    write("de", {12: ("fort", text)}, voices={"host": {"engine": "tone", "speed": 0.5}})
    assert ["much longer" in line for line in told(show)] == [True]


def test_a_few_seconds_more_are_nothing_to_tell(show: Path) -> None:
    write("de", DE | {12: ("fort", "Das hier ist nun also endlich die alte Schanze.")})
    assert told(show) == []


def test_every_translation_is_compared_by_itself(show: Path) -> None:
    write("fr", {3: FR[3]})
    write_show("en", "de", "fr")
    assert told(show) == ['walk.fr.yaml:6: stop 12 "fort" is missing: walk.en.yaml:7']
    assert sorted(lock()["languages"]) == ["de", "fr"]


def test_mistakes_of_one_language_keep_the_others_from_nothing(show: Path) -> None:
    told(show)
    write("fr", FR, voces="x")
    write_show("en", "de", "fr")
    write("en", EN | {12: ("fort", "This was the fort.")})
    assert sorted((problem.file, problem.level) for problem in compare_languages(show)) == [
        ("walk.de.yaml", "warning"),
        ("walk.fr.yaml", "error"),
    ]


def test_languages_share_no_id(show: Path) -> None:
    for path in ("walk.en.yaml", "walk.de.yaml"):
        Path(path).write_text(Path(path).read_text("utf-8").replace("  title", "  id: walk\n  title", 1), "utf-8")
    (problem,) = compare_languages(show)
    assert str(problem).startswith('walk.de.yaml:4:7: episode.id: "walk" is the id of walk.en.yaml too')


# show.yaml


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"languages": {"en": "walk.en.yaml", "de": "wlak.de.yaml"}}, 'there is no file "wlak.de.yaml"'),
        ({"languages": {"en": "walk.en.yaml", "de": "../walk.de.yaml"}}, "leads out of the script's folder"),
        ({"languages": {"en": "walk.en.yaml", "german!": "walk.de.yaml"}}, "is not a language tag"),
        ({"languages": {"en": "walk.en.yaml", "de": "de/walk.yaml"}}, "is not beside show.yaml"),
        ({"reference": "fr"}, '"fr" is not one of the languages'),
        ({"languages": ["walk.en.yaml"]}, "must be a map"),
    ],
)
def test_mistakes_of_the_languages_have_their_places(show: Path, more: dict[str, Any], message: str) -> None:
    Path("de").mkdir()
    Path("de/walk.yaml").write_text("version: 1\n", "utf-8")
    write_show("en", "de", **more)
    with pytest.raises(ScriptError) as caught:
        languages_of(show)
    assert message in str(caught.value)
    assert all(problem.file == "show.yaml" for problem in caught.value.problems)


def test_several_languages_need_a_reference(show: Path) -> None:
    document = yaml.safe_load(show.read_text("utf-8"))
    del document["reference"]
    show.write_text(yaml.safe_dump(document), "utf-8")
    with pytest.raises(ScriptError, match="write reference: "):
        languages_of(show)


@pytest.mark.parametrize(
    ("tag", "language", "agrees"),
    [("de", "de", True), ("de", "de-AT", True), ("de-AT", "de", False), ("de", "en", False), ("pt", "pt-BR", True)],
)
def test_a_script_is_in_the_language_that_it_is_named_for(show: Path, tag: str, language: str, agrees: bool) -> None:  # noqa: FBT001 - a table
    write_show("en", languages={"en": "walk.en.yaml", tag: "walk.x.yaml"})
    text = Path("walk.de.yaml").read_text("utf-8").replace("language: de", f"language: {language}")
    Path("walk.x.yaml").write_text(text, "utf-8")
    assert show.exists()
    if agrees:
        load_script(Path("walk.x.yaml"))
        return
    with pytest.raises(ScriptError, match=f'walk.x.yaml:5:13: episode.language: is "{language}"'):
        load_script(Path("walk.x.yaml"))


def test_a_word_of_the_show_is_said_as_the_scripts_own_language_says(show: Path) -> None:
    write_show("en", "de", pronounce={"fort": "fawt", "mill": "mihl"})
    write("de", DE, pronounce={"fort": "Fohr"})
    assert show.exists()
    assert load_script(Path("walk.de.yaml")).script.pronounce == {"fort": "Fohr", "mill": "mihl"}
    assert load_script(Path("walk.en.yaml")).script.pronounce == {"fort": "fawt", "mill": "mihl"}


def test_a_show_or_its_folder_stands_for_its_scripts(show: Path) -> None:
    both = [Path("walk.en.yaml"), Path("walk.de.yaml")]
    assert scripts_of(show) == both
    assert scripts_of(Path()) == both
    assert scripts_of(Path("walk.de.yaml")) == [Path("walk.de.yaml")]
    show.write_text("version: 1\n", "utf-8")
    assert scripts_of(show) == [show]
    assert scripts_of(Path("nowhere")) == [Path("nowhere")]


# the commands


@pytest.mark.parametrize("named", ["show.yaml", ".", "walk.en.yaml", "walk.de.yaml"])
def test_check_compares_whichever_of_them_is_named(show: Path, named: str) -> None:
    assert run("check", named).exit_code == 0
    write("en", EN | {12: ("fort", "This was the fort.")})
    assert show.exists()
    result = run("check", named)
    assert result.exit_code == 0
    (line,) = [line for line in result.stdout.splitlines() if "warning" in line]
    assert line.startswith("walk.de.yaml:7:3: warning: sections[0]: is out of date: walk.en.yaml:7 changed")
    assert run("check", named, "--accept").exit_code == 0
    assert "warning" not in run("check", named).stdout


def test_check_tells_every_mistake_of_every_language_once(show: Path) -> None:
    write("de", DE, voces="x")
    result = run("check", "show.yaml", "--json")
    assert result.exit_code == 2
    (problem,) = json.loads(result.stdout)["problems"]
    assert (problem["file"], problem["path"]) == ("walk.de.yaml", "voces")
    show.write_text("version: 1\nlanguages: {en: walk.en.yaml}\nrefrence: en\n", "utf-8")
    assert run("check", ".").exit_code == 2


def test_accepting_needs_a_guide_in_several_languages(show: Path) -> None:
    show.unlink()
    result = run("check", "walk.en.yaml", "--accept")
    assert result.exit_code == 2
    assert "--accept is for guides" in result.stderr


@pytest.mark.parametrize("named", ["show.yaml", "."])
def test_one_build_makes_every_language(show: Path, named: str) -> None:
    Path("show.yaml").write_text(show.read_text("utf-8") + "show: {id: town}\n", "utf-8")
    result = run("build", named, "--json")
    assert result.exit_code == 0, result.stderr
    episodes = json.loads(result.stdout)["episodes"]
    assert [(one["id"], one["kind"]) for one in episodes] == [("walk-en", "guide"), ("walk-de", "guide")]
    assert [[stop["number"] for stop in one["stops"]] for one in episodes] == [[12, 3], [12, 3]]
    assert sorted(lock()["languages"]["de"]) == ["fort", "mill"]
    again = json.loads(run("build", named, "--json").stdout)["episodes"]
    assert [(one["spoken"], one["stops"]) for one in again] == [(0, one["stops"]) for one in episodes]


def test_a_build_records_what_agrees(show: Path) -> None:
    told(show)
    write("de", DE | {12: ("fort", "Das war die Schanze.")})
    assert run("build", "walk.de.yaml").exit_code == 0
    write("en", EN | {12: ("fort", "This was the fort.")})
    assert ["out of date" in line for line in told(show)] == [True]


def test_a_build_of_one_language_says_how_many_stops_it_has(show: Path) -> None:
    write("en", EN, fort={"more": ["It is deep."]})
    assert show.exists()
    assert "2 stops and 1 extra track, each a file in " in run("build", "walk.en.yaml").stdout
    assert "2 stops, each a file in " in run("build", "walk.de.yaml").stdout


def test_a_stop_that_changed_by_itself_is_made_anew(show: Path) -> None:
    """A file of a stop counts as the episode's own does: one that was changed or lost is written again."""
    assert show.exists()
    assert run("build", "walk.en.yaml").exit_code == 0
    mill = Path("output/walk-en/stops/003-mill.mp3")
    whole = mill.read_bytes()
    for damage in (mill.unlink, lambda: mill.write_bytes(whole[:-1])):
        damage()
        assert run("build", "walk.en.yaml").exit_code == 0
        assert mill.read_bytes() == whole


def test_verify_compares_the_stops_too(show: Path) -> None:
    assert show.exists()
    assert "verified: 11 files" in run("build", "walk.en.yaml", "--verify").stderr
    path = Path("output/walk-en/episode.json")
    assert json.loads(path.read_bytes())["stops"]


def test_plan_and_preview_know_the_extra_tracks(show: Path) -> None:
    write("en", EN, fort={"more": ["It is deep."]})
    planned = json.loads(run("plan", "show.yaml", "--json").stdout)["episodes"]
    assert [one["id"] for one in planned] == ["walk-en", "walk-de"]
    assert [segment["address"] for segment in planned[0]["segments"]] == ["fort.1", "mill.1", "fort.more.1"]
    assert show.exists()
    assert run("preview", "walk.en.yaml", "fort.more", "-o", "more.wav").exit_code == 0
    listed = json.loads(run("preview", "walk.en.yaml", "--json").stdout)["segments"]
    assert [(one["address"], one["start_s"]) for one in listed][2] == ("fort.more.1", listed[0]["start_s"])
    assert run("build", "walk.en.yaml").exit_code == 0
    result = run("where", "walk.en.yaml", "fort.more.1")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "is in an extra track" in result.stderr


# the sample


def test_the_sample_walk_has_nothing_to_find() -> None:
    require_tool("espeak-ng")
    before = (SAMPLE / LOCK_FILE).read_bytes()
    result = run("check", str(SAMPLE))
    assert result.exit_code == 0
    assert "warning" not in result.stdout
    assert (SAMPLE / LOCK_FILE).read_bytes() == before


@pytest.mark.parametrize(
    ("name", "schema"),
    [("show.yaml", ShowFile), ("walk.en.yaml", Script), ("walk.de.yaml", Script)],
    ids=["show", "English", "German"],
)
def test_the_sample_walk_fits_the_schema(name: str, schema: type[ShowFile]) -> None:
    jsonschema.validate(_as_editors_read(SAMPLE / name), make_schema(schema))


def _as_editors_read(path: Path) -> Any:
    """YAML as an editor has it: a date is text."""
    document = yaml.safe_load(path.read_text("utf-8"))
    return json.loads(json.dumps(document, default=lambda date: date.isoformat()))


def test_the_sample_walk_is_built_in_both_languages(tmp_path: Path) -> None:
    require_tool("espeak-ng")
    result = run("build", str(SAMPLE), "-o", str(tmp_path), "--json")
    assert result.exit_code == 0, result.stderr
    for episode in json.loads(result.stdout)["episodes"]:
        assert [stop["number"] for stop in episode["stops"]] == [1, 2, 3, 7, 12]
        assert all(18 < stop["duration_s"] < 35 for stop in episode["stops"])
        assert all((SAMPLE / stop["image"]).is_file() and stop["location"] for stop in episode["stops"])
        assert [stop["number"] for stop in episode["stops"] if stop["more"]] == [12]
