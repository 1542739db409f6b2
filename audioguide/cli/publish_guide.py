"""`audioguide publish --guide`: the scripts of an audio guide become a folder that is a small web app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audioguide.cli.output import emit, emit_json, note

if TYPE_CHECKING:
    from audioguide.guide.collect import Told
    from audioguide.guide.publication import Published
    from audioguide.publish.collect import Built


def in_every_language(scripts: Sequence[Path]) -> tuple[Path, ...]:
    """The scripts, and those of the other languages that the show.yaml beside one names, each once. Raises ScriptError."""
    from audioguide.languages import scripts_of
    from audioguide.script.load import SHOW_FILE, load_script

    found: dict[Path, Path] = {}
    for script in scripts:
        loaded = load_script(script)
        for one in scripts_of(loaded.path.parent / SHOW_FILE) if loaded.script.languages else [script]:
            found.setdefault(one.resolve(), one)
    return tuple(found.values())


def told_of(built: Built) -> Told:
    """What a guide's folder is made of."""
    from audioguide.guide.collect import Told

    loaded = built.plan.loaded
    return Told(built.folder, built.facts, loaded.root, built.script, loaded.script.episode.description or "")


def tell_guide(published: Published, folder: Path, *, as_json: bool) -> None:
    """What the folder holds now, and what changed."""
    guide, changes = published.guide, published.changes
    if as_json:
        emit_json(_document(published, folder))
        return
    for notice in published.notices:
        note(f"note: {notice}")
    if published.overridden:
        note("published all the same, because of --force; what is printed leads elsewhere now:")
    for line in published.overridden:
        note(f"  {line}")
    for number in guide.numbers():
        emit(f"{number:>4}  {next(guide.titles(number))[1]}: {guide.address(number)}")
    emit(f"languages: {', '.join(edition.language for edition in guide.editions)}")
    if not changes.written and not changes.removed:
        emit(f"{folder}: nothing changed")
    else:
        emit(f"{folder}: {len(changes.written)} files written, {len(changes.removed)} removed")
    emit(f"guide: {guide.base_url}")
    emit(f"sheet to print: {guide.base_url}sheet.html")


def _document(published: Published, folder: Path) -> dict[str, Any]:
    guide = published.guide
    return {
        "path": str(folder),
        "guide": guide.base_url,
        "sheet": f"{guide.base_url}sheet.html",
        "languages": [edition.language for edition in guide.editions],
        "stops": [
            {"number": number, "id": stop, "titles": dict(guide.titles(number)), "url": guide.address(number)}
            for number, stop in guide.numbers().items()
        ],
        **asdict(published.changes),
        "notices": list(published.notices),
        "overridden": list(published.overridden),
    }
