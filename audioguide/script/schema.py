"""The JSON Schema of scripts and show files, for editors that complete and check as one types.

It is made from the model. Editors see YAML's own types, so numbers and truth values appear where text is meant too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from audioguide.script.model import FORMAT_VERSION, SEGMENT_LISTS, Script, ShowFile

SCHEMA_FILES: Mapping[str, type[ShowFile]] = {
    "audioguide.schema.json": Script,
    "audioguide-show.schema.json": ShowFile,
}
"""The names under which the schemas are shipped, and stand beside scripts."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BODIES = ("segments", "text", "from")


def schema_text(model: type[ShowFile]) -> str:
    """The schema of a kind of file, as it is shipped."""
    return json.dumps(make_schema(model), indent=2, ensure_ascii=False) + "\n"


def make_schema(model: type[ShowFile]) -> dict[str, Any]:
    """The schema of a kind of file."""
    schema: dict[str, Any] = {"$schema": _DIALECT, **_for_editors(model.model_json_schema(by_alias=True))}
    schema["title"] = "audioguide script" if model is Script else "audioguide show.yaml"
    schema["properties"]["version"]["const"] = FORMAT_VERSION
    definitions = schema["$defs"]
    for name in ("Voice", "Music"):
        definitions[name].pop("required", None)  # show.yaml may have the rest of a voice or bed
    definitions["Voice"]["additionalProperties"] = {"type": ["string", "number", "boolean"]}
    if model is Script:
        _segments(definitions)
    return schema


def _segments(definitions: dict[str, Any]) -> None:
    """A segment may be plain text, and `pause: 2s` stands for the pause after a spoken one."""
    section = definitions["Section"]
    section["oneOf"] = [{"required": [key]} for key in _BODIES]
    for key in SEGMENT_LISTS:
        items = section["properties"][key]["items"]
        items["anyOf"] = [{"type": ["string", "number", "boolean"]}, *items.pop("oneOf")]
    say = definitions["Say"]["properties"]
    duration = definitions["Pause"]["properties"]["pause"]
    shorthand = {key: value for key, value in duration.items() if key != "description"}
    say["pause"] = {"anyOf": [{"$ref": say["pause"].pop("$ref")}, shorthand], **say["pause"]}


def _for_editors(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without the validator's own names, without null (YAML's null is text here) and empty defaults."""
    made = {key: value for key, value in schema.items() if key != "title" and not (key == "default" and not value)}
    alternatives = [kind for kind in made.pop("anyOf", ()) if kind.get("type") != "null"]
    if len(alternatives) == 1:
        made |= alternatives[0]
    elif alternatives:
        made["anyOf"] = alternatives
    for key, value in made.items():
        if key in {"properties", "$defs", "patternProperties"}:
            made[key] = {name: _for_editors(inner) for name, inner in value.items()}
        elif key in {"items", "additionalProperties"} and isinstance(value, dict):
            made[key] = _for_editors(value)
    if "patternProperties" in made:
        made["additionalProperties"] = False
    if made.get("type") == "array":
        made["minItems"] = 1  # nothing written may be empty
    return made
