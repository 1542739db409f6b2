"""`audioguide init`: a show and a first script to edit."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

import click

from audioguide.cli.output import emit
from audioguide.errors import OutputError
from audioguide.files import write_atomically

FIRST_SCRIPT = "first-episode.yaml"
TEMPLATES = ("show.yaml", FIRST_SCRIPT)
_EPILOG = """\b
Examples:
  audioguide init
  audioguide init my-show
"""


@click.command(name="init", epilog=_EPILOG)
@click.argument("folder", metavar="[DIR]", default=Path(), type=click.Path(path_type=Path))
def init(*, folder: Path) -> None:
    """Write a show.yaml and a first script to edit.

    Nothing that is there already is overwritten.
    """
    contents = _contents()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if present := [name for name in contents if os.path.lexists(folder / name)]:
            raise OutputError(
                f"{', '.join(present)} {'is' if len(present) == 1 else 'are'} there already",
                where=str(folder),
                hint="name another folder: audioguide init DIR",
            )
        for name, text in contents.items():
            write_atomically(folder / name, text.encode())
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror}", where=str(folder), hint="name another folder"
        ) from error
    script = folder / FIRST_SCRIPT
    emit(f"wrote {', '.join(str(folder / name) for name in contents)}")
    emit(f"edit {script}, then run:")
    emit(f"  audioguide check {script}")
    emit(f"  audioguide build {script}")


def _contents() -> dict[str, str]:
    """File name -> text of everything that is written, schemas first: a script names its schema."""
    from audioguide.script.schema import SCHEMA_FILES, schema_text

    templates = files("audioguide.cli") / "templates"
    schemas = {name: schema_text(model) for name, model in SCHEMA_FILES.items()}
    return schemas | {name: (templates / name).read_text(encoding="utf-8") for name in TEMPLATES}
