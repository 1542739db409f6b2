"""A guide's publish from end to end: check its numbers against those of before, and bring the folder to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from audioguide.errors import FeedError
from audioguide.guide.collect import Collected, Told, collect
from audioguide.guide.model import Guide, Picture
from audioguide.guide.pages import guide_pages
from audioguide.guide.state import GuideState, load_guide_state, memory_of
from audioguide.publish.folder import Changes, Contents, commit, held_site
from audioguide.publish.show import folder_url
from audioguide.publish.state import STATE_FILE as FEED_STATE_FILE


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for. `now` has a time zone."""

    folder: Path
    now: datetime
    base_url: str | None = None
    """None: the one published before."""
    reference: str | None = None
    """The language of the landing page; None: the first script's."""
    force: bool = False
    """Let a published number name another stop, and replace files that no publish put there."""


@dataclass(frozen=True, slots=True)
class Published:
    """What the folder holds now, and what is to be told."""

    guide: Guide
    changes: Changes
    notices: tuple[str, ...] = ()
    overridden: tuple[str, ...] = ()
    """Numbers that were published as other stops, and are not any more."""


def check_request(request: Request) -> str:
    """The guide's address, where it can be published there. Raises FeedError, SettingsError."""
    if (request.folder / FEED_STATE_FILE).exists():
        raise FeedError("holds a podcast's feed", where=str(request.folder), hint="publish the guide to another folder")
    before = load_guide_state(request.folder)
    return folder_url(request.base_url, before=before.base_url if before else None)


def publish_guide(told: Sequence[Told], request: Request) -> Published:
    """Publish a guide whose languages were built. Raises FeedError, SettingsError, OutputError."""
    assert told
    check_request(request)
    with held_site(request.folder):
        before = load_guide_state(request.folder) or GuideState()
        base_url = folder_url(request.base_url, before=before.base_url)
        found = collect(told, base_url, reference=request.reference, pictures=_there(before, request.folder))
        broken = tuple(_broken_numbers(before.numbers, found.guide.numbers()))
        if broken and not request.force:
            hint = "give each stop its number back, and a new stop a new one; --force breaks what is printed"
            more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
            raise FeedError(f"{broken[0]}{more}", where=told[0].script, hint=hint)
        changes = _write(found, request, before)
        return Published(found.guide, changes, tuple(_notices(found, before)), broken)


def _there(before: GuideState, folder: Path) -> dict[str, Picture]:
    """The pictures that lie in the folder."""
    return {
        digest: picture
        for digest, picture in before.pictures.items()
        if all(name in before.files and (folder / name).is_file() for name in (picture.name, picture.small))
    }


def _broken_numbers(before: Mapping[int, str], now: Mapping[int, str]) -> Iterator[str]:
    """Which printed numbers would lead to another stop, or to none although the stop is there."""
    numbers = {stop: number for number, stop in now.items()}
    for number, stop in sorted(before.items()):
        if number in now and now[number] != stop:
            yield f"stop {number} was published as {stop} and would now be {now[number]}"
        elif number not in now and stop in numbers:
            yield f"{stop} was published as stop {number} and would now be stop {numbers[stop]}"


def _write(found: Collected, request: Request, before: GuideState) -> Changes:
    guide = found.guide
    pages, last = guide_pages(guide)
    current = guide.numbers()
    kept = {number: stop for number, stop in before.numbers.items() if stop not in current.values()}
    state = replace(before, base_url=guide.base_url, numbers={**kept, **current}, pictures=found.pictures)
    shown = [name for picture in found.pictures.values() for name in (picture.name, picture.small)]
    contents = Contents(memory_of(state), shown, found.assets, pages, last)
    return commit(request.folder, memory_of(before), contents, now=request.now, force=request.force)


def _notices(found: Collected, before: GuideState) -> Iterator[str]:
    yield from found.notices
    current = found.guide.numbers()
    gone = [number for number, stop in before.numbers.items() if number not in current and stop not in current.values()]
    for number in sorted(gone):
        yield f"stop {number} is gone; its number stays kept for {before.numbers[number]}"
    reference = {stop.number for stop in found.guide.reference.stops}
    for edition in found.guide.editions[1:]:
        numbers = {stop.number for stop in edition.stops}
        for what in sorted(reference - numbers):
            yield f"{edition.language} has no stop {what}"
        for what in sorted(numbers - reference):
            yield f"{found.guide.reference.language} has no stop {what}, which {edition.language} has"
