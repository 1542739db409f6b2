"""R10: the clock is a year off, or thirty: the same sound, the same guid, the same dates."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.torture.ground import Ground, Result, contents

OFFSETS = {
    "right": None,
    "a year ahead": "+1y",
    "thirty years ahead": "+30y",
    "a year back": "-1y",
    "1990": "@1990-01-01 00:00:00",
}
BASE = "https://example.org/show/"


def wrong_clocks(ground: Ground, count: int, seed: int) -> Result:
    """R10: built and published under every clock; guid and date of what was published stay."""
    del seed
    result = Result("R10 the clock is wrong", count * len(OFFSETS))
    if not (faketime := shutil.which("faketime")):
        result.note = "not tried: the program faketime is missing"
        result.count = 0
        return result
    right: dict[str, str] = {}
    identity: list[tuple[str | None, str | None]] = []
    for name, offset in list(OFFSETS.items()) * count:
        work = ground.sub("work")
        work.write()
        before = [faketime, "-f", offset] if offset else []
        built = work.build(before=before)
        result.worst_s = max(result.worst_s, built.seconds)
        result.check(built.code == 0, f"{name}: {built}")
        right = right or contents(work.episode)
        result.check(contents(work.episode) == right, f"{name}: another output")
        site = ground.folder / "site"
        told = work.run("publish", str(work.script), "--to", str(site), "--base-url", BASE, before=before)
        result.check(told.code == 0, f"{name}: {told}")
        identity.append(_identity(site))
        result.check(identity[-1] == identity[0], f"{name}: {identity[-1]} instead of {identity[0]}")
    return result


def _identity(site: Path) -> tuple[str | None, str | None]:
    """The guid and the date of the one episode in a feed; nothing where there is no feed yet."""
    feed = site / "feed.xml"
    if not feed.exists():
        return None, None
    item = ET.parse(feed).getroot().find("channel/item")  # noqa: S314 - our own feed
    assert item is not None, json.dumps([path.name for path in site.iterdir()])
    return item.findtext("guid"), item.findtext("pubDate")
