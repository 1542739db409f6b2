"""`audioguide import --update`: what a changed article changes in its script."""

from __future__ import annotations

import codecs
import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from audioguide.cli.output import emit, emit_json
from audioguide.errors import ScriptError
from audioguide.importers.article import DEFAULT_KINDS, KINDS, MAX_LEVEL, Article
from audioguide.importers.resync import Change, Resync, resync
from audioguide.importers.write import RECIPE, Choices, Imported, minutes_of, sections_of
from audioguide.script.document import Document, read_document
from audioguide.script.load import load_script
from audioguide.script.problems import Problems

if TYPE_CHECKING:
    from audioguide.cli.import_ import Job

_RECIPE_LINE = re.compile(rf"^{re.escape(RECIPE)}(.*?)\r?$", re.MULTILINE)
_SIGNS = {"changed": "changed", "new": "new", "removed": "removed", "conflict": "conflict, left to you"}


def update_script(job: Job, path: Path, *, given: bool) -> None:
    """Bring the article's changes into the script at `path`. `given`: the command line itself says what to read."""
    from audioguide.cli.import_ import minutes_of_script, read_source, save

    load_script(path)  # a script with mistakes is not touched
    document = _document(path)
    choices = job.choices if given else remembered(document.text)
    job = replace(job, choices=choices)
    article = read_source(job)
    sections = sections_of(article, choices)
    done = resync(document.text, document.tree, sections, settle=job.force)
    text = _with_recipe(done.text, choices) if given else done.text
    _show(article, sections, done, job, minutes=minutes_of_script(path, text) or minutes_of(sections))
    if text == document.text or job.dry_run:
        return
    mark = codecs.BOM_UTF8 if path.read_bytes().startswith(codecs.BOM_UTF8) else b""
    save(path, mark + text.encode())
    if not job.as_json:
        emit(f"wrote {path}")


def _document(path: Path) -> Document:
    problems = Problems((str(path),))
    document = read_document(path, problems)
    if document is not None and document.encoding != "utf-8":
        from audioguide.script.problems import Place

        problems.add(Place(str(path), 1, 1), (), "is not in UTF-8, so it is not edited", hint="save it as UTF-8")
        document = None
    if document is None:
        raise ScriptError(problems.listed("error"))
    return document


def remembered(text: str) -> Choices:
    """What was read when the script was imported, by its comment; the usual where there is none."""
    line = _RECIPE_LINE.search(text)
    try:
        words = shlex.split(line[1]) if line else []
    except ValueError:
        words = []
    pairs = list(pairwise(words))
    depths = [int(value) for flag, value in pairs if flag == "--depth" and value in set("123456")]
    kept = {value for flag, value in pairs if flag == "--keep" and value in KINDS}
    dropped = {value for flag, value in pairs if flag == "--drop" and value in KINDS}
    return Choices(depths[-1] if depths else MAX_LEVEL, frozenset((DEFAULT_KINDS | kept) - dropped))


def _with_recipe(text: str, choices: Choices) -> str:
    """The text with the comment that remembers what is read brought up to date."""
    line = _RECIPE_LINE.search(text)
    if line is None:
        return text
    source = re.split(r" --(?:depth|keep|drop) ", line[1])[0]
    return text[: line.start(1)] + " ".join([source, *choices.flags]) + text[line.end(1) :]


def _show(article: Article, sections: Sequence[Imported], done: Resync, job: Job, *, minutes: float) -> None:
    if job.as_json:
        outline = [{"title": one.title, "level": one.level, "words": one.words} for one in sections]
        changes = [{"change": one.kind, "section": one.title, "diff": list(one.diff)} for one in done.changes]
        facts = {"title": article.title, "language": article.language or None, "sections": outline}
        emit_json({**facts, "minutes": minutes, "changes": changes})
        return
    for change in done.changes:
        emit(f"{_SIGNS[change.kind]}: {change.title}")
        for line in change.diff:
            emit(f"  {line}")
    emit(_summary(done.changes))


def _summary(changes: Sequence[Change]) -> str:
    if not changes:
        return "nothing changed"
    counts = {kind: sum(1 for change in changes if change.kind == kind) for kind in _SIGNS}
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    hint = "; edit the script, or --force to keep it as it is and not be asked again" if counts["conflict"] else ""
    return f"sections: {told}{hint}"
