"""`audioguide check`: every mistake in scripts, each with its place."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from audioguide.cli.output import emit, emit_json, json_option, problem_lines, problems_document
from audioguide.errors import Problem, ScriptError
from audioguide.script.load import SHOW_FILE, LoadedScript, check_show, load_script
from audioguide.text import paragraphs

_EPILOG = """\b
Examples:
  audioguide check scripts/demo.yaml
  audioguide check scripts/*.yaml
  audioguide check demo.yaml --json
"""


@click.command(name="check", epilog=_EPILOG)
@click.argument("scripts", metavar="SCRIPT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def check(*, scripts: tuple[Path, ...], as_json: bool) -> None:
    """Find every mistake in scripts, with its place.

    Prints FILE:LINE:COLUMN: path: what is wrong. Exit 2 where there is a mistake; warnings alone are no reason.
    """
    found: dict[Problem, None] = {}
    for path in scripts:
        summary, problems = problems_of(path)
        fresh = [problem for problem in problems if problem not in found]
        found |= dict.fromkeys(fresh)
        if as_json:
            continue
        for line in problem_lines(fresh):
            emit(line)
        if summary is not None:
            emit(f"{path}: no mistakes found ({summary})")
    if as_json:
        emit_json(problems_document(found))
    if any(problem.level == "error" for problem in found):
        sys.exit(2)


def problems_of(path: Path) -> tuple[str | None, list[Problem]]:
    """What a good script holds, in a few words, and everything that is to be said about it, mistakes of meaning too."""
    from audioguide.importers import fill_sections
    from audioguide.plan import make_plan
    from audioguide.publish.categories import category_problem

    warnings: tuple[Problem, ...] = ()
    try:
        if path.name == SHOW_FILE:
            check_show(path)
            return "the show", []
        loaded = load_script(path)
        warnings = loaded.warnings
        loaded = fill_sections(loaded)
        make_plan(loaded)
    except ScriptError as error:
        found = dict.fromkeys((*warnings, *error.problems))
        return None, sorted(found, key=lambda one: (one.file != str(path), one.line, one.column))
    if problem := category_problem(loaded):
        return None, [*warnings, problem]
    return _counted(loaded), list(warnings)


def _counted(loaded: LoadedScript) -> str:
    sections = loaded.script.sections
    segments = sum(len(section.segments or ()) + len(paragraphs(section.text or "")) for section in sections)
    return f"{len(sections)} section{'s' * (len(sections) != 1)}, {segments} segment{'s' * (segments != 1)}"
