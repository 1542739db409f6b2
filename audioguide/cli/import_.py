"""`audioguide import`: an article becomes a script."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from audioguide.cli.output import emit, emit_json, json_option, note
from audioguide.errors import AudioguideError, ImportFailed, OutputError
from audioguide.importers import MAX_SOURCE_BYTES, read_article, read_data
from audioguide.importers.article import DEFAULT_KINDS, KINDS, MAX_LEVEL, Article, chapters_of, clean
from audioguide.importers.cover import cover_of, picture_suffix
from audioguide.importers.fetch import Allows, fetch, is_public, is_url
from audioguide.importers.write import Choices, Imported, minutes_of, script_text, sections_of, surroundings_of
from audioguide.script.load import SHOW_FILE
from audioguide.text import slug

_EPILOG = """\b
Examples:
  audioguide import article.txt --dry-run
  audioguide import https://example.org/page -o scripts/page.yaml
  audioguide import book.epub --per-chapter -o scripts
  audioguide import article.md --update scripts/article.yaml
\b
KIND is one of: paragraph, list, quote, heading (deeper than --depth), and, left out unless
kept: table, code, caption, footnote, image (its alternative text).
"""
_KIND = click.Choice(tuple(KINDS))


@dataclass(frozen=True, slots=True)
class Job:
    """One import as it was asked for."""

    source: str
    output: Path | None
    choices: Choices
    allows: Allows | None
    """Which addresses may be fetched from; None where nothing may."""
    force: bool
    dry_run: bool
    as_json: bool

    @property
    def folder(self) -> Path | None:
        """Where the source's file lies; None for a page or standard input."""
        return None if self.source == "-" or is_url(self.source) else Path(self.source).parent


@click.command(name="import", epilog=_EPILOG)
@click.argument("source", metavar="SOURCE")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="The script, or a folder for it.")
@click.option("--update", metavar="FILE", type=click.Path(path_type=Path), help="Bring changes into this script.")
@click.option("--depth", metavar="N", type=click.IntRange(1, MAX_LEVEL), help="Headings to this level become sections.")
@click.option("--keep", metavar="KIND", type=_KIND, multiple=True, help="Read this kind of text too.")
@click.option("--drop", metavar="KIND", type=_KIND, multiple=True, help="Leave this kind of text out.")
@click.option("--per-chapter", is_flag=True, help="A script for each top heading: a book's chapters.")
@click.option("--allow-private", is_flag=True, help="Fetch from this machine and private networks too.")
@click.option("--dry-run", is_flag=True, help="Show what is found, and write nothing.")
@click.option("--force", is_flag=True, help="Overwrite a script that is there already.")
@json_option
def command(source: str, update: Path | None, per_chapter: bool, **options: Any) -> None:
    """Make a script of an article.

    SOURCE is a file (.txt, .md, .html, .docx, .epub, .pdf), the address of a page, or - for standard input. Its headings
    become sections, its paragraphs segments. What is found is shown before it is written.
    """
    if update is not None and (options["output"] or per_chapter):
        raise click.UsageError("--update names the script already; leave -o and --per-chapter out")
    job = _job(source, options)
    if update is not None:
        from audioguide.cli.import_update import update_script

        update_script(job, update, given=_given(options))
        return
    article = read_source(job)
    target = target_of(job, article)
    show(article, sections_of(article, job.choices), job, minutes=minutes_spoken(article, target, job))
    if per_chapter:
        _write_chapters(article, job)
    else:
        _write(article, target, job)


def _given(options: dict[str, Any]) -> bool:
    """Whether the command line itself says what to read."""
    return bool(options["depth"] or options["keep"] or options["drop"])


def _job(source: str, options: dict[str, Any]) -> Job:
    from audioguide.settings import load_settings

    kinds = (DEFAULT_KINDS | set(options["keep"])) - set(options["drop"])
    allows: Allows | None = (lambda _: True) if options["allow_private"] else is_public
    return Job(
        source,
        options["output"],
        Choices(options["depth"] or MAX_LEVEL, frozenset(kinds)),
        None if load_settings().offline else allows,
        force=options["force"],
        dry_run=options["dry_run"],
        as_json=options["as_json"],
    )


def read_source(job: Job) -> Article:
    """The article that the job names."""
    if job.source == "-":
        return read_data(click.get_binary_stream("stdin").read(MAX_SOURCE_BYTES + 1))
    if not is_url(job.source):
        return read_article(Path(job.source))
    if job.allows is None:
        hint = "set AUDIOGUIDE_OFFLINE=0, or save the page and import the file"
        raise ImportFailed("the network is switched off", where=job.source, hint=hint)
    fetched = fetch(job.source, allows=job.allows)
    return read_data(fetched.data, name=fetched.name, known=Article("", link=fetched.url))


def minutes_spoken(article: Article, target: Path, job: Job) -> float:
    """How long the script that would be written takes, with the voice and the pauses that it would have there."""
    text = script_text(article, job.choices, recipe="-", beside=surroundings_of(target.parent, image=""))
    return minutes_of_script(target, text) or minutes_of(sections_of(article, job.choices))


def minutes_of_script(path: Path, text: str) -> float | None:
    """How long a script would take to speak; None where it cannot be planned as it is, for want of a voice maybe."""
    from audioguide.plan import make_plan
    from audioguide.script.load import load_script

    try:
        return round(make_plan(load_script(path, text.encode())).duration_s() / 60, 1)
    except AudioguideError:
        return None


def show(article: Article, sections: tuple[Imported, ...], job: Job, *, minutes: float) -> None:
    """Print what was found, for people or for programs."""
    if job.as_json:
        outline = [{"title": one.title, "level": one.level, "words": one.words} for one in sections]
        language = article.language or None
        emit_json({"title": article.title, "language": language, "sections": outline, "minutes": minutes})
        return
    emit(f"{article.title}{f' ({article.language})' if article.language else ''}")
    top = min(section.level for section in sections)
    for section in sections:
        emit(f"{'  ' * (1 + section.level - top)}{section.title}: {section.words:,} words")
        if section.left_out:
            emit(f"{'  ' * (2 + section.level - top)}left out: {section.left_out}")
    words, count = sum(section.words for section in sections), len(sections)
    emit(f"{count} section{'s' * (count != 1)}, {words:,} words, about {minutes:g} minutes")
    for notice in article.notices:
        note(f"note: {notice}")


def target_of(job: Job, article: Article) -> Path:
    """Where the script goes: as asked, else named after the article, in scripts/ where there is such a folder."""
    name = f"{slug(article.title) or 'article'}.yaml"
    if job.output is None:
        return Path("scripts", name) if Path("scripts").is_dir() else Path(name)
    return job.output / name if job.output.is_dir() else job.output


def _write_chapters(article: Article, job: Job) -> None:
    """A script for each chapter, numbered in the folder that the job names."""
    whole = target_of(job, article)
    folder = job.output if job.output is not None else whole.parent
    if job.output is not None and not job.dry_run:
        _make_folder(folder)
    for number, chapter in enumerate(chapters_of(article), 1):
        name = f"{whole.stem if whole.parent == folder else slug(article.title)}-{number:02}-{slug(chapter.title)}"
        _write(chapter, folder / f"{name.strip('-')}.yaml", job)


def _write(article: Article, target: Path, job: Job) -> None:
    """Write a script and its cover, unless nothing may be written."""
    if target.name == SHOW_FILE:
        raise OutputError(f"{SHOW_FILE} holds what episodes share", where=str(target), hint="name another file")
    if job.dry_run:
        return
    if os.path.lexists(target) and not job.force:
        hint = f"--update {target} brings changes into it, --force overwrites it, -o FILE names another"
        raise OutputError("is there already", where=str(target), hint=hint)
    _make_folder(target.parent)
    image = _write_cover(article, target, job)
    recipe = clean("-" if job.folder is None and not is_url(job.source) else job.source)
    text = script_text(article, job.choices, recipe=recipe, beside=surroundings_of(target.parent, image=image))
    save(target, text.encode())
    if not job.as_json:
        emit(f"wrote {target}")


def _write_cover(article: Article, target: Path, job: Job) -> str:
    """The name of the cover beside the script, "" where there is none."""
    data = cover_of(article, job.folder, allows=job.allows)
    if not (suffix := picture_suffix(data)):
        return ""
    path = target.with_name(f"{target.stem}-cover{suffix}")
    if not os.path.lexists(path) or job.force:
        save(path, data)
    return path.name if path.is_file() and path.read_bytes() == data else ""


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot be made: {error.strerror}", where=str(folder), hint="name another folder") from error


def save(path: Path, data: bytes) -> None:
    """Write a file whole, or leave what is there."""
    from audioguide.files import write_atomically

    try:
        write_atomically(path, data)
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise OutputError(message, where=str(path), hint="name another file with -o") from error
