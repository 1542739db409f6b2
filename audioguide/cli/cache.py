"""`audioguide cache`: the store of finished speech."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from audioguide.cli.output import emit, emit_json, json_option
from audioguide.cli.summary import size
from audioguide.errors import StoreError
from audioguide.settings import Settings, load_settings
from audioguide.store import KINDS, FolderStore, open_folder


@click.group(name="cache")
def command() -> None:
    """Look at the store of finished speech, and make room in it."""


def _opened() -> tuple[Settings, FolderStore]:
    settings = load_settings()
    return settings, open_folder(settings.cache)


@command.command()
@json_option
def info(as_json: bool) -> None:
    """Tell where the store is and how much lies in it."""
    settings, store = _opened()
    kinds = store.info()
    total = sum(kind.bytes for kind in kinds.values())
    if as_json:
        facts = {name: {"entries": kind.entries, "bytes": kind.bytes} for name, kind in kinds.items()}
        emit_json({"path": settings.cache, "bytes": total, "limit_bytes": settings.cache_limit_bytes, **facts})
        return
    emit(f"{settings.cache}: {size(total)} of {size(settings.cache_limit_bytes)}")
    for name, kind in kinds.items():
        emit(f"  {name:8}{kind.entries:8} entries  {size(kind.bytes)}")


@command.command()
def verify() -> None:
    """Read every entry, and remove those that are damaged."""
    _, store = _opened()
    damaged = store.verify()
    for path in damaged:
        path.unlink(missing_ok=True)
    emit(f"{len(damaged)} damaged entries removed" if damaged else "every entry is whole")


@command.command()
@click.option("--limit", metavar="SIZE", help="How much may stay, like 2 GB.  [default: the setting]")
def prune(limit: str | None) -> None:
    """Remove what was not used for longest until the rest fits the limit."""
    settings = load_settings({"cache_limit_bytes": limit})
    removed = open_folder(settings.cache).prune(settings.cache_limit_bytes)
    emit(f"{removed.entries} entries removed, {size(removed.bytes)}")


@command.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def clear(yes: bool) -> None:
    """Remove everything: speech must be made again, and paid again where it costs."""
    settings, store = _opened()
    total = sum(kind.bytes for kind in store.info().values())
    if not yes:
        click.confirm(f"Remove {size(total)} of finished speech in {settings.cache}?", abort=True, err=True)
    for name in (*KINDS, "locks"):
        folder = Path(settings.cache) / name
        try:
            if folder.exists():
                shutil.rmtree(folder)
        except OSError as error:
            raise StoreError(f"cannot be removed: {error.strerror}", where=str(folder)) from error
    emit(f"{size(total)} removed")
