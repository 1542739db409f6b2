"""`audioguide check`: every mistake in scripts, each with its place."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from audioguide.cli.output import emit, emit_json, json_option, problem_lines, problems_document
from audioguide.errors import Problem, ScriptError
from audioguide.languages import compare_languages, is_edition, scripts_of
from audioguide.script.load import SHOW_FILE, LoadedScript, languages_of, load_script
from audioguide.text import paragraphs

_EPILOG = """\b
Examples:
  audioguide check scripts/demo.yaml
  audioguide check scripts/*.yaml
  audioguide check demo.yaml --json
  audioguide check scripts/walk/show.yaml             a guide in all its languages
  audioguide check scripts/walk/show.yaml --accept    its translations are right as they are
"""


@click.command(name="check", epilog=_EPILOG)
@click.argument("scripts", metavar="SCRIPT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--accept", is_flag=True, help="The translations of a guide agree with its reference as they stand.")
@json_option
def check(*, scripts: tuple[Path, ...], accept: bool, as_json: bool) -> None:
    """Find every mistake in scripts, with its place.

    Prints FILE:LINE:COLUMN: path: what is wrong. Exit 2 where there is a mistake; warnings alone are no reason. Of a guide
    in several languages, it also tells where a translation lacks a stop, is out of date or is much longer.
    """
    found: dict[Problem, None] = {}
    files = _files(scripts)
    if accept and not any(path.name == SHOW_FILE for path in files):
        raise click.UsageError("--accept is for guides in several languages, and there is none here")
    for path in files:
        summary, problems = problems_of(path, accept=accept)
        fresh = [problem for problem in problems if problem not in found]
        found |= dict.fromkeys(fresh)
        if as_json:
            continue
        if fresh:
            emit("\n".join(problem_lines(fresh)))
        if summary is not None:
            emit(f"{path}: no mistakes found ({summary})")
    if as_json:
        emit_json(problems_document(found))
    if any(problem.level == "error" for problem in found):
        sys.exit(2)


def _files(named: Iterable[Path]) -> list[Path]:
    """What is checked: the scripts, those that a show.yaml stands for, and that file after all of them."""
    scripts: dict[Path, None] = {}
    shows: dict[Path, None] = {}
    for path in named:
        try:
            stands_for = scripts_of(path)
        except ScriptError:
            stands_for = [path]
        scripts |= dict.fromkeys(one for one in stands_for if one.name != SHOW_FILE)
        shows |= dict.fromkeys(one for one in stands_for if one.name == SHOW_FILE)
        shows |= dict.fromkeys(one.parent / SHOW_FILE for one in stands_for[:1] if is_edition(one))
    return [*scripts, *shows]


def problems_of(path: Path, *, accept: bool = False) -> tuple[str | None, list[Problem]]:
    """What a good script holds, in a few words, and everything that is to be said about it, mistakes of meaning too."""
    from audioguide.importers import fill_sections
    from audioguide.plan import make_plan
    from audioguide.publish.written import publish_problems

    warnings: tuple[Problem, ...] = ()
    try:
        if path.name == SHOW_FILE:
            return _of_show(path, accept=accept)
        loaded = load_script(path)
        warnings = loaded.warnings
        loaded = fill_sections(loaded)
        make_plan(loaded)
    except ScriptError as error:
        found = dict.fromkeys((*warnings, *error.problems))
        return None, sorted(found, key=lambda one: (one.file != str(path), one.line, one.column))
    if problems := publish_problems(loaded):
        return None, [*warnings, *problems]
    return _counted(loaded), list(warnings)


def _of_show(path: Path, *, accept: bool) -> tuple[str | None, list[Problem]]:
    languages = languages_of(path).scripts
    if not languages:
        return "the show", []
    problems = compare_languages(path, accept=accept)
    wrong = any(problem.level == "error" for problem in problems)
    return None if wrong else f"the show, in {', '.join(languages)}", problems


def _counted(loaded: LoadedScript) -> str:
    sections = loaded.script.sections
    segments = sum(len(section.segments or ()) + len(paragraphs(section.text or "")) for section in sections)
    return f"{len(sections)} section{'s' * (len(sections) != 1)}, {segments} segment{'s' * (segments != 1)}"
