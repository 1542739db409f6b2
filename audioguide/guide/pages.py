"""The guide's pages: the app in each language, the sheet to print, and what belongs to them.

Every page works without scripts: the list, the pictures, the sounds, the texts and the map are in it. With them it is an app.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from audioguide.guide.chart import draw_chart
from audioguide.guide.icons import code_files, code_of, ground, icon_files
from audioguide.guide.model import Edition, Guide, Place, Stop, Track
from audioguide.publish.pages import direction_of, embedded, environment_of, map_address, read_together

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

DATA_FILE, SHEET_FILE, MANIFEST_FILE, WORKER_FILE, LANDING_FILE = (
    "guide.json",
    "sheet.html",
    "manifest.webmanifest",
    "sw.js",
    "index.html",
)
_SCRIPTS = ("page.js", "offline.js", "saving.js", "here.js", "app.js")
"""In the order in which they run: each uses those before it."""
_LIGHT, _DARK = "#f7f5f1", "#151413"
"""The ground of the pages, as app.css has it."""


def guide_pages(guide: Guide) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Files that may change under their name, and those of them that come last: the landing page and the worker."""
    static = {name: _templates().joinpath(name).read_bytes() for name in ("app.css", *_SCRIPTS)}
    versions = {name: hashlib.sha256(data).hexdigest()[:10] for name, data in static.items()}
    apps = {f"{edition.folder}{LANDING_FILE}": _app(guide, edition, versions) for edition in guide.editions}
    made = {
        **static,
        **icon_files(guide.id),
        MANIFEST_FILE: _manifest(guide),
        DATA_FILE: _json(guide_data(guide)),
        SHEET_FILE: _sheet(guide, versions),
        **apps,
    }
    for number in guide.numbers():
        made |= code_files(number, guide.address(number))
    landing = made.pop(LANDING_FILE)
    worker = _worker(guide, {**made, LANDING_FILE: landing}, versions)
    return made, {LANDING_FILE: landing, WORKER_FILE: worker}


# The app


def _app(guide: Guide, edition: Edition, versions: Mapping[str, str]) -> bytes:
    words, foreign = words_of(edition.language)
    return _render(
        "app.html",
        guide=guide,
        edition=edition,
        chart=draw_chart(edition.stops),
        root="../" if edition.folder else "./",
        w=words,
        foreign=foreign,
        words=embedded({key: text for key, text in words.items() if isinstance(text, str)}),
        versions=versions,
        scripts=_SCRIPTS,
    )


def _sheet(guide: Guide, versions: Mapping[str, str]) -> bytes:
    return _render("sheet.html", guide=guide, edition=guide.reference, versions=versions)


def _render(template: str, **values: Any) -> bytes:
    text: str = _environment().get_template(template).render(**values)
    return text.encode("utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = environment_of("audioguide.guide")
    environment.globals.update(
        direction=direction_of,
        seconds=_seconds,
        minutes=_minutes,
        read_together=read_together,
        web_map=_web_map,
        qr=_qr,
    )
    environment.filters["address"] = quote
    return environment


def _templates() -> Traversable:
    return files("audioguide.guide").joinpath("templates")


@lru_cache(maxsize=1)
def _all_words() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = json.loads(_templates().joinpath("words.json").read_text(encoding="utf-8"))
    return words


def words_of(language: str) -> tuple[dict[str, str], bool]:
    """The app's own words in a language; English where there are none, and whether that is so."""
    words = _all_words().get(language.partition("-")[0].lower())
    return (words, False) if words else (_all_words()["en"], True)


def _seconds(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _minutes(stop: Stop) -> int:
    return max(1, round(stop.track.duration_s / 60))


def _web_map(place: Place) -> str:
    return map_address((place.name, f"{place.latitude},{place.longitude}"))


def _qr(address: str) -> Markup:
    """The code to stand in the page; black on white in any mode."""
    from markupsafe import Markup

    return Markup(code_of(address).svg_inline(border=4, dark="#000", light="#fff", omitsize=True))  # noqa: S704 - segno's own drawing


# Data


def guide_data(guide: Guide) -> dict[str, Any]:
    """The guide for programs, the app's own among them: names are relative to the folder."""
    return {
        "version": 1,
        "id": guide.id,
        "base_url": guide.base_url,
        "reference": guide.reference.language,
        "languages": [
            {
                "language": edition.language,
                "title": edition.title,
                "description": edition.description,
                "page": edition.folder,
                "stops": [_stop_data(guide, stop) for stop in edition.stops],
            }
            for edition in guide.editions
        ],
    }


def _stop_data(guide: Guide, stop: Stop) -> dict[str, Any]:
    picture, place = stop.picture, stop.place
    return {
        "number": stop.number,
        "id": stop.id,
        "title": stop.title,
        "address": guide.address(stop.number),
        "sound": _track_data(stop.track),
        "more": _track_data(stop.more) if stop.more else None,
        "image": {"file": picture.name, "small": picture.small} if picture else None,
        "location": {"name": place.name, "latitude": place.latitude, "longitude": place.longitude} if place else None,
        "link": stop.link,
        "files": [{"file": name, "bytes": size} for name, size in stop.files.items()],
    }


def _track_data(track: Track) -> dict[str, Any]:
    return {
        "file": track.name,
        "type": track.type,
        "bytes": track.bytes,
        "sha256": track.sha256,
        "duration_s": track.duration_s,
        "transcript": track.transcript,
        "vtt": track.vtt,
    }


def _manifest(guide: Guide) -> bytes:
    """What makes the guide an app on a phone. Its identity is its address, whatever its title becomes."""
    path, title = urlsplit(guide.base_url).path or "/", guide.reference.title
    icons = [
        ("icons/icon-192.png", 192, "any"),
        ("icons/icon-512.png", 512, "any"),
        ("icons/maskable-512.png", 512, "maskable"),
    ]
    return _json(
        {
            "id": path,
            "name": title,
            "short_name": title if len(title) <= 24 else f"{title[:23].rstrip()}…",
            "description": guide.reference.description or title,
            "lang": guide.reference.language,
            "dir": direction_of(guide.reference.language),
            "start_url": "./",
            "scope": "./",
            "display": "standalone",
            "background_color": _LIGHT,
            "theme_color": ground(guide.id),
            "icons": [
                {"src": name, "sizes": f"{side}x{side}", "type": "image/png", "purpose": purpose}
                for name, side, purpose in icons
            ],
        }
    )


def _worker(guide: Guide, pages: Mapping[str, bytes], versions: Mapping[str, str]) -> bytes:
    """The service worker, with the version and the files that it keeps. Another version has another first line."""
    shell = [edition.folder or "./" for edition in guide.editions]
    shell += [f"{name}?v={version}" for name, version in versions.items()]
    shell += [DATA_FILE, MANIFEST_FILE, "icons/icon-192.png"]
    small = {stop.picture.small for edition in guide.editions for stop in edition.stops if stop.picture}
    code = _templates().joinpath(WORKER_FILE).read_bytes()
    digest = hashlib.sha256(code)
    for name in sorted(pages):
        digest.update(name.encode() + b"\0" + hashlib.sha256(pages[name]).digest())
    facts = {"version": digest.hexdigest()[:16], "shell": [*shell, *sorted(small)]}
    return f"const GUIDE = {json.dumps(facts)};\n".encode() + code


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
