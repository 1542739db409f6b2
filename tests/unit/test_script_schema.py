"""The JSON Schema for editors: in step with the model, and of one mind with the loader."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import jsonschema
import pytest
import yaml

from audioguide.cli.init import TEMPLATES
from audioguide.script.model import Script, ShowFile
from audioguide.script.schema import SCHEMA_FILES, make_schema, schema_text

SCRIPT = jsonschema.Draft202012Validator(make_schema(Script))
SHOW = jsonschema.Draft202012Validator(make_schema(ShowFile))


def script(**section: Any) -> dict[str, Any]:
    return {"version": 1, "sections": [{"title": "One", **section}]}


@pytest.mark.parametrize("name", SCHEMA_FILES)
def test_shipped_schema_is_the_models(name: str) -> None:
    shipped = (files("audioguide.script") / name).read_text(encoding="utf-8")
    option = " --show" if SCHEMA_FILES[name] is ShowFile else ""
    assert shipped == schema_text(SCHEMA_FILES[name]), f"run: audioguide schema{option} > audioguide/script/{name}"


@pytest.mark.parametrize("name", SCHEMA_FILES)
def test_schema_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(make_schema(SCHEMA_FILES[name]))


@pytest.mark.parametrize("name", TEMPLATES)
def test_first_files_fit_the_schema_that_they_name(name: str) -> None:
    text = (files("audioguide.cli") / "templates" / name).read_text(encoding="utf-8")
    named = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert SCHEMA_FILES[named] is (ShowFile if name == "show.yaml" else Script)
    validator = SHOW if name == "show.yaml" else SCRIPT
    assert not list(validator.iter_errors(yaml.safe_load(text)))


@pytest.mark.parametrize(
    "document",
    [
        script(segments=["Hello.", 1984, True, {"say": "Hi", "pause": "2s"}, {"pause": "1s"}, {"play": "a.wav"}]),
        script(text="Hello.", chapter=False, location={"name": "Old Town", "geo": "47.37,8.54"}),
        {**script(**{"from": {"file": "walk.md"}}), "voices": {"host": {"speed": 0.9, "wobble": "3"}}},
    ],
)
def test_right_scripts_fit(document: dict[str, Any]) -> None:
    assert not list(SCRIPT.iter_errors(document))


@pytest.mark.parametrize(
    "document",
    [
        script(),
        script(text="Hello.", segments=["Hello."]),
        script(text="Hello.", voce="host"),
        script(source={"file": "walk.md"}),
        script(segments=[{"pause": 2}]),
        script(segments=[{"sya": "Hello."}]),
        script(segments=[]),
        script(text=None),
        {**script(text="Hello."), "version": 2},
        {**script(text="Hello."), "output": {"formats": ["mp4"]}},
        {**script(text="Hello."), "voices": {"The Host": {"engine": "tone"}}},
        {"version": 1},
    ],
)
def test_mistakes_do_not_fit(document: dict[str, Any]) -> None:
    assert list(SCRIPT.iter_errors(document))


def test_every_field_is_described() -> None:
    schema = make_schema(Script)
    for name, definition in [("Script", schema), *schema["$defs"].items()]:
        for key, field in definition["properties"].items():
            assert field.get("description"), f"{name}.{key}"
