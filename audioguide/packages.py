"""Which version of a package is installed, read where packages usually lie.

`importlib.metadata` knows of every place and takes 25 ms to load: it is asked about what is not found here.
"""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from pathlib import Path

_SUFFIX = ".dist-info"


def package_version(name: str) -> str | None:
    """The version of an installed package, as its metadata say; None where it is not installed."""
    folder = _folders().get(_normalized(name))
    return (_written(folder) if folder else None) or _looked_up(name)


@cache
def _folders() -> dict[str, Path]:
    """The metadata of each package, in the first folder of Python's path that has any."""
    found: dict[str, Path] = {}
    for place in sys.path:
        try:
            names = os.listdir(place or ".")  # noqa: PTH208 - hundreds of names, and most are of no interest
        except OSError:
            continue
        for name in names:
            if name.endswith(_SUFFIX):
                found.setdefault(_normalized(name.partition("-")[0]), Path(place, name))
    return found


def _normalized(name: str) -> str:
    """Names that differ in case, and in which sign parts their words, are one."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _written(folder: Path) -> str | None:
    """The version in a folder of metadata: a line of its head."""
    try:
        head = (folder / "METADATA").read_text("utf-8", "replace").partition("\n\n")[0]
    except OSError:
        return None
    found = re.search(r"^Version:[ \t]*(\S+)[ \t]*$", head, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else None


def _looked_up(name: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None
