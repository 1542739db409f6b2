"""The show that a feed tells of: what show.yaml says, what was published before, and defaults, each told once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from audioguide.episode import PODCAST_NAMESPACE
from audioguide.errors import FeedError, ScriptError, SettingsError
from audioguide.publish.categories import category_problem, read_category
from audioguide.publish.collect import Asset, Built, bytes_asset, content_name, image_asset
from audioguide.publish.model import FeedShow, Finding
from audioguide.publish.state import State
from audioguide.publish.wording import line, prose, web_address
from audioguide.script.model import Show

DEFAULT_CATEGORY = "Education"
_COVER_ART = 1
"""Rises when covers are to be drawn anew."""


_Cover = tuple[str, dict[str, Asset], str]
"""The cover's name, its file where it is new, and what it was drawn from."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The show with every default in place, and what is to be told about it."""

    show: FeedShow
    assets: Mapping[str, Asset]
    told: tuple[str, ...]
    drawn: str
    notices: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Default:
    """What stands in for a field of the show that nobody wrote."""

    value: Callable[[Built], str]
    line: Callable[[str], str]
    """The line of show.yaml that sets it."""


_DEFAULTS: Mapping[str, _Default] = {
    "title": _Default(lambda built: line(built.plan.title), lambda text: f"title: {_yaml(text)}"),
    "author": _Default(
        lambda built: line(built.plan.script.episode.author) or line(built.plan.title),
        lambda text: f"author: {_yaml(text)}",
    ),
    "description": _Default(
        lambda built: prose(
            built.plan.script.episode.description or built.plan.script.episode.subtitle or built.plan.title
        ),
        lambda text: f"description: {_yaml(text)}",
    ),
    "language": _Default(lambda built: built.plan.language, lambda text: f"language: {text}"),
    "category": _Default(lambda _: DEFAULT_CATEGORY, lambda text: f"category: {text}"),
}


def _yaml(text: str) -> str:
    """A text as one YAML scalar: JSON's strings are YAML's."""
    return json.dumps(text if len(text) <= 60 else f"{text[:57]}…", ensure_ascii=False)


def base_url_of(given: str | None, state: State) -> str:
    """The base URL, with its slash: the one that is given, or the one published before. Raises SettingsError."""
    return folder_url(given, before=state.show.base_url if state.show else None)


def folder_url(given: str | None, *, before: str | None) -> str:
    """The address of a folder, with its slash: the one that is given, or the one before. Raises SettingsError."""
    if given is None:
        if before is None:
            raise SettingsError(
                "is not known yet",
                where="--base-url",
                hint="say where the folder will be: --base-url https://example.org/show/",
            )
        return before
    address = web_address(given.strip())
    parts = urlsplit(address or "")
    if address is None or parts.query or parts.fragment or parts.username:
        hint = "write it like https://example.org/show/"
        raise SettingsError(f'"{given}" is not the address of a folder on the web', where="--base-url", hint=hint)
    return address.removesuffix("feed.xml").rstrip("/") + "/"


def podcast_guid(feed_url: str) -> str:
    """The show's own guid: UUIDv5 over the feed's first URL without its scheme and trailing slashes."""
    return str(uuid.uuid5(PODCAST_NAMESPACE, feed_url.partition("://")[2].rstrip("/")))


@dataclass(slots=True)
class _Told:
    """Which defaults hold, and the notices of those that are told for the first time."""

    before: tuple[str, ...]
    names: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def tell(self, name: str, what: str, setting: str) -> None:
        self.names.append(name)
        if name not in self.before:
            self.notices.append(
                f"the show's {name} is not set, so {what}; to set it, write under show: in show.yaml: {setting}"
            )


def resolve_show(built: Sequence[Built], state: State, base_url: str, *, folder: Path) -> Resolved:
    """The show of the scripts that are published now. Raises FeedError for scripts of two shows, ScriptError."""
    _check_one_show(built, state)
    first, written = built[0], built[0].plan.script.show
    if problem := category_problem(first.plan.loaded):
        raise ScriptError([problem])
    told = _Told(state.told)
    show = _without_cover(first, state, base_url, told)
    if written.image is None:
        told.tell("image", "a cover is drawn from its title", "image: cover.png")
        name, assets, drawn = _drawn_cover(show, state, folder)
        findings: list[Finding] = []
    else:
        path = first.plan.loaded.root / written.image
        name, assets, drawn = _own_cover(path)
        findings = source_findings(path)
    show = replace(show, image=name)
    return Resolved(show, assets, tuple(told.names), drawn, tuple(told.notices), tuple(findings))


def _without_cover(built: Built, state: State, base_url: str, told: _Told) -> FeedShow:
    written = built.plan.script.show
    texts = {name: _text(name, default, built, state, told) for name, default in _DEFAULTS.items()}
    link = web_address(written.link)
    if link is None:
        told.tell("link", f"it is the base URL {base_url}", f"link: {base_url}")
    if written.explicit is None:
        told.tell("explicit", "it is false", "explicit: false")
    if written.id is None:
        told.names.append("id")
    return FeedShow(
        id=written.id or (state.show.id if state.show else built.plan.loaded.root.name),
        title=texts["title"],
        author=texts["author"],
        owner_name=(line(written.owner.name) or texts["author"]) if written.owner else "",
        owner_email=line(written.owner.email) if written.owner else "",
        description=texts["description"],
        language=texts["language"],
        category=read_category(texts["category"]),
        explicit=bool(written.explicit),
        image="",
        link=link or base_url,
        type=written.type or "episodic",
        guid=state.show.guid if state.show else podcast_guid(f"{base_url}feed.xml"),
        base_url=base_url,
    )


def _check_one_show(built: Sequence[Built], state: State) -> None:
    """All scripts belong to one show, and it is the one that the folder holds."""
    named = {one.plan.script.show.id for one in built if one.plan.script.show.id}
    if state.show and named and "id" not in state.told:
        named.add(state.show.id)
    if len(named) > 1:
        shows = " and ".join(sorted(named))
        raise FeedError(f"holds one show, not {shows}", where="--to", hint="publish each show to a folder of its own")


def _text(name: str, default: _Default, built: Built, state: State, told: _Told) -> str:
    """What the show says, or said when it was published before, or else the default, which is told."""
    show: Show = built.plan.script.show
    written = getattr(show, name)
    fitted = (prose(written) if name == "description" else line(written)) if written else ""
    if fitted:
        return fitted
    before = getattr(state.show, name) if state.show else None
    value = (" > ".join(before) if isinstance(before, tuple) else before) or default.value(built) or built.id
    told.tell(name, f"it is {_yaml(value)}", default.line(value))
    return str(value)


def _own_cover(path: Path) -> _Cover:
    name, asset = image_asset("cover", path)
    return name, {name: asset}, ""


def _drawn_cover(show: FeedShow, state: State, folder: Path) -> _Cover:
    """The cover as it was drawn before, where it lies in the folder and would be the same; else a new one."""
    from audioguide.publish.art import cover_png

    subtitle = show.author if show.author != show.title else ""
    drawn = json.dumps([_COVER_ART, show.title, subtitle, show.id], ensure_ascii=False)
    if drawn == state.drawn and state.show and (folder / state.show.image).is_file():
        return state.show.image, {}, drawn
    asset = bytes_asset(cover_png(show.title, subtitle, seed=show.id))
    name = content_name("cover", asset.sha256, ".png")
    return name, {name: asset}, drawn


def source_findings(path: Path) -> list[Finding]:
    """Why no cover can be made of a picture."""
    from audioguide.publish.art import check_source

    return _told_findings(path, check_source(path))


def cover_findings(path: Path) -> list[Finding]:
    """Why directories would refuse a cover."""
    from audioguide.publish.art import check_cover

    return _told_findings(path, check_cover(path))


def _told_findings(path: Path, messages: Sequence[str]) -> list[Finding]:
    told = (message.rpartition(": ") for message in messages)
    return [Finding(str(path), message or hint, hint) for message, _, hint in told]
