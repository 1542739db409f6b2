"""The command line's frame and its first commands: check, schema, init; exit codes and the one error boundary."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from audioguide import cli
from audioguide.cli import COMMANDS, main, output
from audioguide.cli.interruption import INTERRUPTED
from audioguide.errors import EngineUnavailable, Problem, ScriptError, SettingsError
from audioguide.script.model import Script
from audioguide.script.schema import SCHEMA_FILES, schema_text

GOOD = (
    "version: 1\nepisode: {title: A test}\nvoices: {host: {engine: tone}}\nsections:\n  - {title: One, text: Hello.}\n"
)
BAD = GOOD.replace("text: Hello.", "voce: host, text: Hello.")
TOLD = 'a.yaml:5:18: sections[0].voce: is not a known key; did you mean "voice"?'


def run(*args: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, args)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def raising(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `audioguide fail [--json]` a command that raises the error."""

    @click.command(name="fail")
    @output.json_option
    def fail(*, as_json: bool) -> None:  # noqa: ARG001 - the boundary reads it
        raise error

    monkeypatch.setattr(cli, "COMMANDS", {**COMMANDS, "fail": (f"{__name__}:fail", "Fail.")})
    monkeypatch.setattr(sys.modules[__name__], "fail", fail, raising=False)


# check


def test_good_script_is_said_to_be_good(folder: Path) -> None:
    (folder / "a.yaml").write_text(GOOD)
    result = run("check", "a.yaml")
    assert (result.exit_code, result.stdout) == (0, "a.yaml: no mistakes found (1 section, 1 segment)\n")


def test_mistake_is_printed_with_its_place_and_ends_with_two(folder: Path) -> None:
    (folder / "a.yaml").write_text(BAD)
    result = run("check", "a.yaml")
    assert (result.exit_code, result.stdout) == (2, f"{TOLD}\n")


def test_every_script_is_checked_and_a_shared_mistake_told_once(folder: Path) -> None:
    (folder / "show.yaml").write_text("version: 1\nshow: {titel: x}\n")
    (folder / "a.yaml").write_text(BAD)
    (folder / "b.yaml").write_text(GOOD)
    result = run("check", "a.yaml", "b.yaml", "show.yaml")
    show_told = 'show.yaml:2:8: show.titel: is not a known key; did you mean "title"?'
    assert (result.exit_code, result.stdout.splitlines()) == (2, [TOLD, show_told])


def test_mistakes_as_json(folder: Path) -> None:
    (folder / "a.yaml").write_text(BAD)
    result = run("check", "a.yaml", "--json")
    problem = {
        "file": "a.yaml",
        "line": 5,
        "column": 18,
        "path": "sections[0].voce",
        "message": "is not a known key",
        "hint": 'did you mean "voice"?',
        "level": "error",
    }
    assert (result.exit_code, json.loads(result.stdout)) == (2, {"problems": [problem]})


def test_warning_is_told_and_stops_nothing(folder: Path) -> None:
    (folder / "a.yaml").write_text(GOOD.replace("episode: {title: A test}\n", ""))
    result = run("check", "a.yaml")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].startswith("a.yaml:1:1: warning: episode.title: is absent")
    assert [problem["level"] for problem in json.loads(run("check", "a.yaml", "--json").stdout)["problems"]] == [
        "warning"
    ]


def test_mistake_of_meaning_is_told_too(folder: Path) -> None:
    (folder / "walk.md").write_text("# The Fort\n\nIt is old.\n")
    (folder / "a.yaml").write_text(GOOD.replace("text: Hello.", "from: {file: walk.md, heading: The Port}"))
    result = run("check", "a.yaml")
    assert result.exit_code == 2
    assert result.stdout.startswith("a.yaml:5:")


def test_control_characters_of_a_script_reach_no_terminal(folder: Path) -> None:
    (folder / "a.yaml").write_text(GOOD.replace("text: Hello.", 'text: Hello., "voi\\u009bce": x, "a\\nb": y'))
    result = run("check", "a.yaml")
    assert result.exit_code == 2
    assert "\x9b" not in result.stdout
    assert all(line.startswith("a.yaml:5:") for line in result.stdout.splitlines())


# schema and init


def test_schema_is_printed(folder: Path) -> None:
    assert folder
    assert run("schema").stdout == schema_text(Script)
    assert json.loads(run("schema", "--show").stdout)["title"] == "audioguide show.yaml"


def test_init_writes_what_passes_check(folder: Path) -> None:
    result = run("init", "my-show")
    assert result.exit_code == 0
    assert "audioguide build my-show/first-episode.yaml" in result.stdout
    assert names_in(folder / "my-show") == sorted([*SCHEMA_FILES, "first-episode.yaml", "show.yaml"])
    checked = run("check", "my-show/first-episode.yaml", "my-show/show.yaml")
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert "warning" not in checked.stdout


def test_copies_of_the_schema_are_the_shipped_ones(folder: Path) -> None:
    run("init")
    for name in SCHEMA_FILES:
        shipped = Path(cli.__file__).parents[1] / "script" / name
        assert (folder / name).read_bytes() == shipped.read_bytes()


def test_init_overwrites_nothing(folder: Path) -> None:
    (folder / "show.yaml").write_text("mine")
    result = run("init")
    assert result.exit_code == 1
    assert "show.yaml is there already" in result.stderr
    assert names_in(folder) == ["show.yaml"]
    assert (folder / "show.yaml").read_text() == "mine"


def test_init_under_a_file_is_a_known_failure(folder: Path) -> None:
    (folder / "file").write_text("")
    result = run("init", "file/show")
    assert (result.exit_code, "hint: name another folder" in result.stderr) == (1, True)


# the frame


def test_help_names_every_command() -> None:
    text = " ".join(run("--help").stdout.split())
    for name, (_, line) in COMMANDS.items():
        assert f"{name} {line}" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_opens_and_has_help(name: str) -> None:
    assert run(name, "-h").exit_code == 0


@pytest.mark.parametrize("name", ["init", "check", "schema"])
def test_help_has_examples(name: str) -> None:
    assert f"Examples:\n  audioguide {name}" in run(name, "-h").stdout.replace("\n    ", "\n  ")


def test_help_imports_no_command_and_is_quick() -> None:
    assert not loaded_by(["--help"], Path()) & {"yaml", "pydantic", "numpy", "audioguide.script"}


SOUND = {"numpy", "soundfile", "soxr", "pydub", "mutagen", "onnxruntime", "hibari"}
SITES = {"lxml", "jinja2", "PIL", "starlette", "uvicorn", "trafilatura", "pypdf", "docx", "markdown_it", "requests"}


def loaded_by(arguments: list[str], folder: Path) -> set[str]:
    """The modules that a command has loaded when it ends."""
    code = (
        "import sys\nfrom audioguide.cli import main\n"
        f"try: main({arguments!r})\nexcept SystemExit as end: assert not end.code, end.code\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_a_command_loads_what_it_needs_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The edit leaves the speech as it is, so the voice is not loaded."""
    monkeypatch.setenv("AUDIOGUIDE_CACHE", str(tmp_path / "cache"))
    script = tmp_path / "walk.yaml"
    text = "version: 1\nepisode: {title: A walk}\nsections:\n  - title: One\n    segments: [A short one.]\n"
    script.write_text(text)
    build = ["build", script.name]
    assert not loaded_by(["check", script.name], tmp_path) & (SOUND | SITES)
    assert "hibari" in loaded_by(build, tmp_path)
    assert not loaded_by(build, tmp_path) & (SOUND | SITES | {"yaml", "pydantic", "importlib.metadata"})
    script.write_text(text.replace("[A short one.]", "[{say: A short one., gain: -3 dB}]"))
    assert not loaded_by(["plan", script.name], tmp_path) & (SITES | {"onnxruntime", "hibari"})
    assert not loaded_by(build, tmp_path) & (SITES | {"onnxruntime", "hibari", "numpy.ma"})


def test_version_is_printed() -> None:
    assert run("--version").stdout.startswith("audioguide, version ")


def test_unknown_command_is_a_mistake_with_the_nearest_name() -> None:
    result = run("chekc")
    assert (result.exit_code, result.stdout) == (2, "")
    assert 'did you mean "check"?' in result.stderr


def test_unknown_option_is_a_mistake_and_json_where_json_was_asked_for() -> None:
    assert run("check", "--jsno").exit_code == 2
    result = run("check", "--json", "--wrong")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["kind"] == "UsageError"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EngineUnavailable("no network", where="gtts", hint="try again"), 1),
        (SettingsError("no such folder", where="AUDIOGUIDE_CACHE", hint="make it"), 2),
    ],
)
def test_known_failure_is_two_lines_or_one_document(
    error: EngineUnavailable | SettingsError, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    raising(error, monkeypatch)
    plain = run("fail")
    assert (plain.exit_code, plain.stdout) == (code, "")
    assert plain.stderr == f"{error.where}: {error.message}\nhint: {error.hint}\n"
    document = run("fail", "--json")
    facts = {"where": error.where, "message": error.message, "hint": error.hint, "kind": type(error).__name__}
    assert (document.exit_code, json.loads(document.stdout), document.stderr) == (code, {"error": facts}, "")


def test_script_mistake_in_any_command_is_told_as_check_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(ScriptError([Problem("a.yaml", 1, 2, "x", "is wrong")]), monkeypatch)
    assert (run("fail").exit_code, run("fail").stderr) == (2, "a.yaml:1:2: x: is wrong\n")
    document: dict[str, Any] = json.loads(run("fail", "--json").stdout)
    assert [problem["message"] for problem in document["problems"]] == ["is wrong"]


def test_debug_shows_the_traceback_of_a_known_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(SettingsError("no such folder"), monkeypatch)
    assert "Traceback" not in run("fail").stderr
    assert "Traceback" in run("--debug", "fail").stderr


def test_interruption_is_one_line_and_130(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(KeyboardInterrupt(), monkeypatch)
    result = run("fail")
    assert (result.exit_code, result.stderr.strip()) == (130, INTERRUPTED)


def test_unknown_failure_looks_like_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(ZeroDivisionError("ours"), monkeypatch)
    assert isinstance(run("fail").exception, ZeroDivisionError)


def test_reader_that_goes_away_is_no_failure_to_tell(folder: Path) -> None:
    assert folder
    code = "from audioguide.cli import main; main(['schema'])"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait()


def test_terminal_without_a_character_gets_its_escape(folder: Path) -> None:
    code = "from audioguide.cli import main; main(['check', 'б.yaml'])"
    surroundings = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=surroundings, cwd=folder, check=False)
    assert (done.returncode, done.stdout) == (2, b"\\u0431.yaml:1:1: there is no such file\n")


def test_interrupted_process_ends_with_130(folder: Path) -> None:
    os.mkfifo(folder / "wait")
    code = (
        "import audioguide.cli as c, click, pathlib\n"
        "c.COMMANDS = {'wait': ('__main__:wait', '')}\n"
        "@click.command()\ndef wait(): print('ready', flush=True); pathlib.Path('wait').read_bytes()\n"
        "c.main(['wait'])"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=10)
    assert (process.returncode, told.strip()) == (130, INTERRUPTED.encode())
