"""A publish from end to end: prove what was built, give each episode its guid and date, and bring the folder to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from audioguide.errors import FeedError
from audioguide.publish.collect import Asset, Built, Collected, bytes_asset, collect, content_name, moment, read_lines
from audioguide.publish.feed import FEED_FILE, chapters_json, feed_xml
from audioguide.publish.folder import Changes, Contents, commit, held_site
from audioguide.publish.model import FeedEpisode, FeedShow, Finding
from audioguide.publish.pictures import CHAPTER_PX, COVER_PX, Pictures
from audioguide.publish.proof import proof_key, prove
from audioguide.publish.show import Resolved, base_url_of, resolve_show, source_findings
from audioguide.publish.state import Entry, State, load_state, memory_of
from audioguide.publish.wording import file_stem

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for. `now` has a time zone."""

    folder: Path
    now: datetime
    base_url: str | None = None
    """None: the one published before."""
    draft: bool = False
    """A page for each episode, and no place in the feed."""
    keep: int | None = None
    """How many of the newest episodes stay in the feed; trailers stay besides."""
    force: bool = False
    """Publish what does not check out, and replace files that no publish put there."""


@dataclass(frozen=True, slots=True)
class Published:
    """What the folder holds now, and what is to be told."""

    state: State
    changes: Changes
    notices: tuple[str, ...] = ()
    overridden: tuple[Finding, ...] = ()
    """What was wrong and published all the same."""


class NotPublished(FeedError):
    """Something does not check out; `findings` has all of it. The folder is as it was."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """`findings` must not be empty."""
        first = findings[0]
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        super().__init__(f"{first.message}{more}", where=first.where, hint=first.hint)
        self.findings = tuple(findings)


def publish(built: Sequence[Built], request: Request) -> Published:
    """Publish episodes that were built. Raises NotPublished, FeedError, SettingsError, ScriptError, OutputError."""
    assert built
    _refuse_twins(built)
    known = load_state(request.folder) or State()
    base_url_of(request.base_url, known)
    findings: dict[str, list[Finding]] = {}
    for one in built:
        entry = known.episodes.get(one.id)
        if entry is None or entry.proved != proof_key(one):
            findings[one.id] = prove(one)
    _refuse([found for of_one in findings.values() for found in of_one], request)
    with held_site(request.folder):
        return _Publication(request, load_state(request.folder) or State()).publish(built, findings)


def unpublish(ids: Sequence[str], request: Request, *, erase: bool = False) -> Published:
    """Take episodes out of the feed; guid and date stay known. `erase`: their files go without a grace period."""
    if not request.folder.is_dir():
        raise FeedError("is no folder", where=str(request.folder), hint="name the folder that was published to")
    with held_site(request.folder):
        state = load_state(request.folder)
        if state is None or state.show is None:
            raise FeedError(
                "holds no feed of audioguide's", where=str(request.folder), hint="name the published folder"
            )
        for one in ids:
            entry = state.episodes.get(one)
            if entry is None or entry.status == "unpublished":
                there = ", ".join(name for name, known in state.episodes.items() if known.status != "unpublished")
                raise FeedError("is not published here", where=one, hint=f"published: {there or 'nothing'}")
        return _Publication(request, state).unpublish(ids, erase=erase)


def _refuse_twins(built: Sequence[Built]) -> None:
    stems: dict[str, Built] = {}
    for one in built:
        other = stems.setdefault(file_stem(one.id), one)
        if other is not one:
            hint = "give one of them another id under episode:"
            raise FeedError(f"has the same id as {other.script}: {one.id}", where=one.script, hint=hint)


def _refuse(findings: Sequence[Finding], request: Request) -> None:
    if findings and not request.force:
        raise NotPublished(findings)


@dataclass(slots=True)
class _Publication:
    """One publish at work on a folder that is held."""

    request: Request
    before: State
    entries: dict[str, Entry] = field(default_factory=dict)
    assets: dict[str, Asset] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    pictures: Pictures = field(init=False)

    def __post_init__(self) -> None:
        self.entries = dict(self.before.episodes)
        self.pictures = Pictures(self.request.folder, self.before.pictures, self.before.files)

    def publish(self, built: Sequence[Built], findings: Mapping[str, list[Finding]]) -> Published:
        request, before = self.request, self.before
        base_url = base_url_of(request.base_url, before)
        resolved = resolve_show(built, before, base_url, folder=request.folder)
        told = [*resolved.findings, *(found for one in built for found in _told_findings(one, resolved.show))]
        _refuse(told, request)
        self.notices += resolved.notices
        self.assets |= resolved.assets
        show = replace(resolved.show, image=self._cover(resolved.show.image, "the show's"))
        resolved = replace(resolved, show=show)
        for one in _in_order(built):
            self._enter(one, resolved.show, proved=not findings.get(one.id))
        self._drop_old()
        moved = before.moved or (before.show is not None and before.show.base_url != base_url)
        overridden = [*told, *(found for of_one in findings.values() for found in of_one)]
        return self._write(_state(before, resolved, moved=moved), overridden)

    def unpublish(self, ids: Sequence[str], *, erase: bool) -> Published:
        erased: list[str] = []
        for one in ids:
            entry = self.entries[one]
            if erase and entry.episode:
                erased += [*_names(entry.episode), entry.episode.page]
            self.entries[one] = replace(entry, status="unpublished", episode=None, proved="")
        return self._write(self.before, [], erased=erased)

    # -- episodes --------------------------------------------------------------------------------------------------

    def _enter(self, built: Built, show: FeedShow, *, proved: bool) -> None:
        """Give an episode its guid and its date, unless its time has not come."""
        collected = collect(built, explicit=show.explicit)
        self.notices += collected.notices
        entry = self.entries.get(built.id)
        if self.request.draft and entry and entry.status == "published":
            hint = "leave --draft out, or unpublish it first"
            raise FeedError("is in the feed already, so it is no draft", where=built.id, hint=hint)
        written = built.plan.script.episode.date
        dates = self._dates(built, entry, moment(written) if written else None)
        if dates is None:
            return
        published, dated = dates
        guid = entry.guid if entry else collected.episode.guid
        if twin := next((one for one, other in self.entries.items() if other.guid == guid and one != built.id), None):
            raise FeedError(f"has the guid of {twin}", where=built.script, hint="give it another id under episode:")
        self.entries[built.id] = Entry(
            guid=guid,
            published=published,
            dated=dated,
            status="draft" if self.request.draft else "published",
            proved=proof_key(built) if proved else "",
            episode=self._placed(collected, guid, published),
        )

    def _placed(self, collected: Collected, guid: str, published: datetime) -> FeedEpisode:
        self.assets |= collected.assets
        episode = collected.episode
        image = self._cover(episode.image, f"{episode.id}: its") if episode.image else None
        chapters = tuple(replace(one, image=self._light(one.image)) for one in episode.chapters)
        return replace(episode, guid=guid, published=published, image=image, chapters=chapters)

    def _light(self, name: str | None) -> str | None:
        return self.pictures.light(name, self.assets[name]) if name else None

    def _cover(self, name: str, whose: str) -> str:
        """The name of a cover as it is published; one that lies in the folder already stays."""
        return self.pictures.cover(name, self.assets[name], whose) if name in self.assets else name

    def _dates(
        self, built: Built, entry: Entry | None, dated: datetime | None
    ) -> tuple[datetime, datetime | None] | None:
        """The date that the feed gives, and the script's at that time. None: its time has not come.

        It is assigned once, unless the script names another; a draft's is assigned when it comes into the feed.
        """
        now, draft = self.request.now.replace(microsecond=0), self.request.draft
        if entry and (entry.status != "draft" or draft) and dated in {None, entry.dated}:
            return entry.published, entry.dated
        if dated is None:
            return self._free(built, now, -_SECOND), None
        if dated <= now or draft:
            return self._free(built, dated, _SECOND), dated
        when = dated.isoformat(sep=" ", timespec="minutes")
        if entry and entry.status == "published":
            self.notices.append(f"{built.id} is in the feed already and keeps its date; it is to appear on {when}")
            return entry.published, entry.dated
        self.notices.append(f"{built.id} is held back until {when}: publish it again then")
        return None

    def _free(self, built: Built, date: datetime, step: timedelta) -> datetime:
        """The date, or the next to it that no other episode has."""
        taken = {entry.published for name, entry in self.entries.items() if name != built.id}
        while date in taken:
            date += step
        return date

    def _drop_old(self) -> None:
        """Unpublish what `keep` leaves out."""
        if self.request.keep is None:
            return
        listed = sorted(
            (name for name, entry in self.entries.items() if _is_kept_by_number(entry)),
            key=lambda name: self.entries[name].published,
            reverse=True,
        )
        for name in listed[self.request.keep :]:
            self.entries[name] = replace(self.entries[name], status="unpublished", episode=None, proved="")
            if (before := self.before.episodes.get(name)) and before.status == "published":
                self.notices.append(f"{name} leaves the feed: {self.request.keep} are kept")

    # -- the folder ------------------------------------------------------------------------------------------------

    def _write(self, state: State, overridden: Sequence[Finding], *, erased: Sequence[str] = ()) -> Published:
        """Bring the folder to the entries and the state's show."""
        show = state.show
        assert show
        self.entries = {name: self._with_chapters(show, entry) for name, entry in self.entries.items()}
        state = replace(state, episodes=self.entries)
        used = [show.image, *(name for one in (*state.listed(), *state.drafts()) for name in _names(one))]
        small = self._small(show, state)
        used += [name for name in small.values() if name not in used]
        self.assets |= self.pictures.assets
        self.notices += self.pictures.notices
        state = replace(state, pictures={key: name for key, name in self.pictures.used.items() if name in used})
        contents = Contents(
            state=memory_of(state),
            kept=used,
            assets={name: self.assets[name] for name in dict.fromkeys(used) if name in self.assets},
            pages=self._pages(show, state, small),
            last={FEED_FILE: feed_xml(show, state.listed(), moved=state.moved)},
        )
        if not state.listed():
            self.notices.append("the feed holds no episode")
        folder, now, force = self.request.folder, self.request.now, self.request.force
        changes = commit(folder, memory_of(self.before), contents, now=now, force=force, erased=erased)
        return Published(state, changes, tuple(self.notices), tuple(overridden))

    def _with_chapters(self, show: FeedShow, entry: Entry) -> Entry:
        """The entry with its JSON chapters, made anew: they hold absolute addresses."""
        if entry.episode is None:
            return entry
        asset = bytes_asset(chapters_json(show, entry.episode))
        name = content_name(file_stem(entry.episode.id), asset.sha256, ".chapters.json")
        self.assets[name] = asset
        return replace(entry, episode=replace(entry.episode, chapters_file=name))

    def _small(self, show: FeedShow, state: State) -> dict[str, str]:
        """Each picture -> the small one that pages show."""
        sides = {show.image: COVER_PX}
        for one in (*state.listed(), *state.drafts()):
            sides |= {chapter.image: CHAPTER_PX for chapter in one.chapters if chapter.image}
            sides |= {one.image: COVER_PX} if one.image else {}
        assets = self.assets | self.pictures.assets
        return {name: self.pictures.small(name, assets.get(name), side_px) for name, side_px in sides.items()}

    def _pages(self, show: FeedShow, state: State, small: Mapping[str, str]) -> dict[str, bytes]:
        from audioguide.publish import pages

        made = dict(pages.static_files())
        for robots, episodes in (("", state.listed()), ("noindex", state.drafts())):
            for episode in episodes:
                made[episode.page] = pages.episode_page(show, self._with_lines(episode), small=small, robots=robots)
        made["sitemap.xml"] = pages.sitemap(show, state.listed())
        made["index.html"] = pages.index_page(show, state.listed(), small=small)
        return made

    def _with_lines(self, episode: FeedEpisode) -> FeedEpisode:
        """The episode with its sentences, from its transcript where it was published before."""
        name = next((file.name for file in episode.transcripts if file.type == "application/json"), None)
        if episode.lines or name is None or name in self.assets:
            return episode
        return replace(episode, lines=read_lines(self.request.folder / name))


def _told_findings(built: Built, show: FeedShow) -> Iterator[Finding]:
    """What is wrong with what a script tells of its episode."""
    episode = built.plan.script.episode
    if show.type == "serial" and (episode.type or "full") == "full" and not episode.number:
        hint = "write number: under episode:, or type: episodic under show:"
        yield Finding(built.script, "has no number, and the show is serial", hint)
    if episode.image:
        yield from source_findings(built.plan.loaded.root / episode.image)


def _is_kept_by_number(entry: Entry) -> bool:
    return entry.status == "published" and entry.episode is not None and entry.episode.type != "trailer"


def _in_order(built: Sequence[Built]) -> list[Built]:
    """Those without a date last and backwards: the last script's is the newest, and each gets an earlier second."""
    undated = [one for one in built if one.plan.script.episode.date is None]
    return [*(one for one in built if one.plan.script.episode.date is not None), *reversed(undated)]


def _state(before: State, resolved: Resolved, *, moved: bool) -> State:
    return replace(before, show=resolved.show, told=resolved.told, drawn=resolved.drawn, moved=moved)


def _names(episode: FeedEpisode) -> Iterator[str]:
    """Every file of an episode that never changes under its name."""
    yield from (file.name for file in episode.media)
    yield from (file.name for file in episode.transcripts)
    yield from (chapter.image for chapter in episode.chapters if chapter.image)
    yield episode.chapters_file
    if episode.image:
        yield episode.image
