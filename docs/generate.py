"""Writes the reference pages that are made of the code: `python -m docs.generate`, or `--check` to see they are fresh."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import BaseModel

from audioguide import errors
from audioguide.cli import MISTAKES, main
from audioguide.cli.interruption import EXIT_INTERRUPTED
from audioguide.script import model

HERE = Path(__file__).parent
_NOTE = "<!-- Made by `python -m docs.generate` from the code: edit that, not this. -->\n"
_PARTS: tuple[tuple[str, type[BaseModel], str], ...] = (
    (
        "The script",
        model.Script,
        (
            "One file is one episode. Its folder's `show.yaml` may hold every part but `episode` and `sections`; `languages` and "
            "`reference` stand there alone ([audio guides](guide.md))."
        ),
    ),
    ("show", model.Show, "The podcast that episodes belong to; in `show.yaml`."),
    ("show.owner", model.Owner, "Whom the podcast directories write to."),
    ("episode", model.Episode, "What is known of the episode."),
    ("episode.people[]", model.Person, "Somebody heard in the episode or at work on it."),
    (
        "voices.NAME",
        model.Voice,
        "How a voice sounds. An engine's own keys may follow: `audioguide engines` lists them.",
    ),
    (
        "pronounce.WORD",
        model.Sounds,
        (
            "A word's value is a respelling (`hy-per`), IPA between slashes (`/ˈhaɪpɚ/`), or both. Of the show's and the "
            "script's, a voice's, a section's and a segment's own, the last of these wins."
        ),
    ),
    ("defaults", model.Defaults, "What holds where a section or segment says nothing."),
    ("pause", model.Pauses, "Silence; a section's and a segment's own override the defaults."),
    ("music.NAME", model.Music, "A bed under speech. Named by neighbouring sections it runs on without a break."),
    (
        "sections[]",
        model.Section,
        "A part of the episode, and a chapter; in a guide, a stop. Exactly one of `segments`, `text` and `from`.",
    ),
    ("sections[].from", model.Source, "A section's text from an article."),
    ("sections[].location", model.Place, "Where a section happens."),
    ("segments[] that are spoken", model.Say, "A plain string is one too."),
    ("segments[] that are silent", model.Pause, "Silence in place of the default pause."),
    ("segments[] that are played; intro, outro", model.Sound, "A sound file by itself."),
    ("publish", model.Publish, "Where the show is published: what `audioguide publish` is not told otherwise."),
    ("output", model.Output, "The file that is made, and how loud it is."),
)


def script_page() -> str:
    """Every field of a script, with what it means and how it is written."""
    lines = [_NOTE, "# The script, field by field\n", _READING]
    for title, part, text in _PARTS:
        lines += [f"## {title}\n", f"{text}\n", "| field | how it is written | what it means |", "|---|---|---|"]
        lines += list(_rows(part))
        lines.append("")
    return "\n".join(lines)


_READING = """Quantities carry their unit (`800ms`, `1.5s`, `-6 dB`, `44.1 kHz`, `96k`, `-16 LUFS`). Paths are relative to the file that
names them and stay inside its folder. Unknown keys are mistakes; `audioguide check` finds all of them at once.

Inside spoken text: `[pause 1s]` is silence, `[[word|spoken form]]` shows one thing and says another, `\\[` is a bracket.
"""


def _rows(part: type[BaseModel]) -> Iterator[str]:
    schema = part.model_json_schema()["properties"]
    for name, field in part.model_fields.items():
        written = field.alias or name
        required = " (required)" if field.is_required() else ""
        yield f"| `{written}`{required} | {_written(schema.get(written, {}))} | {field.description} |"


def _written(schema: dict[str, object]) -> str:
    options = schema.get("anyOf")
    if isinstance(options, list):
        schema = {
            **next(option for option in options if option.get("type") != "null"),
            **{k: v for k, v in schema.items() if k == "examples"},
        }
    if "enum" in schema:
        assert isinstance(schema["enum"], list)
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if "examples" in schema:
        assert isinstance(schema["examples"], list)
        return f"like `{schema['examples'][0]}`"
    named = {"boolean": "`true` or `false`", "integer": "a whole number", "number": "a plain number", "array": "a list"}
    return named.get(
        str(schema.get("type")), "a mapping" if "$ref" in schema or schema.get("type") == "object" else "text"
    )


def commands_page() -> str:
    """Every command, as its help shows it."""
    lines = [_NOTE, "# The commands\n"]
    root = click.Context(main, info_name="audioguide", terminal_width=100, max_content_width=100)
    for name in main.list_commands(root):
        command = main.get_command(root, name)
        assert command
        lines += list(_help(command, click.Context(command, info_name=name, parent=root)))
    return "\n".join(lines)


def _help(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context).rstrip()}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            part = command.get_command(context, name)
            assert part
            yield from _help(part, click.Context(part, info_name=name, parent=context))


def errors_page() -> str:
    """Every kind of failure, with the exit code it ends with and the document that programs get."""
    lines = [_NOTE, "# When something goes wrong\n", _ERRORS, "## The kinds\n"]
    lines += ["| kind | what it is | exit |", "|---|---|---|", *_kinds(errors.AudioguideError)]
    lines += ["", "## As JSON\n", _JSON]
    return "\n".join(lines)


def _kinds(kind: type[errors.AudioguideError], depth: int = 0) -> Iterator[str]:
    code = 2 if issubclass(kind, MISTAKES) else 1
    told = (kind.__doc__ or "").partition("\n")[0]
    yield f"| {'&nbsp;&nbsp;' * depth}`{kind.__name__}` | {told} | {code} |"
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from _kinds(below, depth + 1)


_ERRORS = f"""A known failure is one line on standard error, `where: what is wrong`, and a line `hint: what to do next`. A traceback is
a bug of ours; `audioguide --debug …` shows one for known failures too.

| exit | what it says |
|---|---|
| 0 | done |
| 1 | a known failure: what is done is kept, and the same command goes on from there |
| 2 | a mistake in a script, in the settings or on the command line; nothing was written |
| {EXIT_INTERRUPTED} | interrupted with Ctrl-C, within a second; what is done is kept |
"""

_JSON = """With `--json` a command prints one document on standard output, also when it fails:

```json
{"error": {"where": "AUDIOGUIDE_CACHE", "message": "no such folder", "hint": "make it", "kind": "SettingsError"}}
```

`where` and `hint` may be null. `kind` is one of the table, `UsageError` for the command line, or one that says more and
belongs to a kind of the table: `BuildFailed` (`EngineError`), `NotPublished` (`FeedError`, with `findings`). Mistakes in
scripts come all at once, as `audioguide check --json` tells them:

```json
{"problems": [{"file": "a.yaml", "line": 14, "column": 9, "path": "sections[0].title", "message": "is missing",
               "hint": null, "level": "error"}]}
```

`build` tells episodes and failures together: `{"episodes": [...], "failures": [{"where", "message", "hint"}]}`.
"""


PAGES = {"script.md": script_page, "commands.md": commands_page, "errors.md": errors_page}


def run(arguments: list[str]) -> int:
    """Write the pages, or with `--check` name those that are stale."""
    stale = [
        name
        for name, page in PAGES.items()
        if not (HERE / name).is_file() or (HERE / name).read_text("utf-8") != page()
    ]
    if "--check" in arguments:
        for name in stale:
            sys.stderr.write(f"docs/{name} is stale: run python -m docs.generate\n")
        return 1 if stale else 0
    for name in stale:
        (HERE / name).write_text(PAGES[name](), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
