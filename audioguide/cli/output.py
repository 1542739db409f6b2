"""What commands print: results on standard output, the rest on standard error, user text made safe for a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from audioguide.errors import AudioguideError, Problem, ScriptError

_LISTED = 3
"""So many addresses are told of parts that one failure befell."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document, also when it fails.")
"""The option of every command whose result programs read; its argument is `as_json`."""


def emit(text: str) -> None:
    """Print a result, a line or several, with control characters shown."""
    click.echo(safe(text))


def note(text: str) -> None:
    """Print to standard error what is no result: progress, a hint, what to do next."""
    click.echo(safe(text), err=True)


def emit_json(document: Mapping[str, Any]) -> None:
    """Print the one JSON document of a command, in ASCII, so that any terminal and any name will do."""
    from audioguide.cli.redaction import redacted

    click.echo(redacted(json.dumps(document, indent=2)))


def safe(text: str) -> str:
    """The text with control characters shown and without secrets; its line breaks stay."""
    from audioguide.cli.redaction import redacted
    from audioguide.text import visible

    return "\n".join(visible(line) for line in redacted(text).split("\n"))


def problem_lines(problems: Iterable[Problem]) -> list[str]:
    """A line for each problem, fit to print: `FILE:LINE:COLUMN: path: what is wrong; hint`."""
    return safe("\n".join(str(problem).replace("\n", " ") for problem in problems)).split("\n")


def problems_document(problems: Iterable[Problem]) -> dict[str, Any]:
    """The document of `check --json`."""
    return {"problems": [asdict(problem) for problem in problems]}


def go_on_line() -> str:
    """The command that goes on where this one could not."""
    return safe(f"go on with: {click.get_current_context().obj}")


def error_document(error: AudioguideError) -> dict[str, Any]:
    """The document of a known failure; of mistakes in a script, the document of `check --json`."""
    if isinstance(error, ScriptError):
        return problems_document(error.problems)
    facts = {"where": error.where, "message": error.message, "hint": error.hint, "kind": type(error).__name__}
    return {"error": facts}


def error_lines(error: AudioguideError) -> list[str]:
    """A known failure for people: `where: message`, then the hint."""
    if isinstance(error, ScriptError):
        return problem_lines(error.problems)
    lines = [f"{error.where}: {error.message}" if error.where else error.message]
    return [safe(line) for line in (*lines, *([f"hint: {error.hint}"] if error.hint else []))]


def failure_facts(error: AudioguideError) -> list[dict[str, Any]]:
    """What `failures` of a document holds of one error: a mistake each, a part each, or the error itself."""
    if isinstance(error, ScriptError):
        return [
            {"where": f"{p.file}:{p.line}:{p.column}", "message": f"{p.path}: {p.message}", "hint": p.hint}
            for p in error.problems
        ]
    parts = getattr(error, "failures", None) or [error]
    return [{"where": part.where, "message": part.message, "hint": part.hint} for part in parts]


def failure_lines(error: AudioguideError) -> list[str]:
    """One of several failures for people: what went wrong with the parts that it befell, what is kept, a hint once."""
    if isinstance(error, ScriptError) or not hasattr(error, "failures"):
        return error_lines(error)
    told = failure_facts(error)
    script = f"{error.where}: " if error.where else ""
    befallen: dict[str, list[str]] = {}
    for fact in told:
        befallen.setdefault(fact["message"], []).append(fact["where"])
    lines = [f"{script}{_listed(places)}: {message}" for message, places in befallen.items()]
    if missing := getattr(error, "missing", 0):
        lines.append(f"{script}{getattr(error, 'kept', 0)} utterances are spoken and kept, {missing} are missing")
    hints = dict.fromkeys(f"hint: {fact['hint']}" for fact in told if fact["hint"])
    return [safe(line) for line in (*lines, *hints)]


def _listed(places: Sequence[str]) -> str:
    """The first addresses, and how many more there are."""
    more = len(places) - _LISTED
    return ", ".join(places[:_LISTED]) + (f" and {more} more" if more > 0 else "")
