"""One guide in several languages: which scripts belong together, and where a translation differs from its reference.

`languages.lock` beside `show.yaml` holds, for every stop of every translation, which text of the reference it was made
from. It is recorded by itself: a translation that changed counts as brought up to date. A stop whose reference changed
alone is out of date, until it is translated anew or accepted as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audioguide.errors import AudioguideError, Problem, ScriptError
from audioguide.files import write_atomically
from audioguide.importers import fill_sections
from audioguide.plan import Cue, Plan, PlannedSection, Speech, lasting_s, make_plan
from audioguide.script.load import SHOW_FILE, languages_of, load_script
from audioguide.script.problems import Steps, shown

LOCK_FILE = "languages.lock"
LOCK_VERSION = 1
MUCH_LONGER = 1.5
"""A stop that takes so many times as long as in another language is told of."""
LEAST_DIFFERENCE_S = 5.0
"""Short stops may differ by so much, however many times that is."""

Known = dict[str, dict[str, dict[str, str]]]
"""Language -> stop -> the hash of the reference's text and of the translation's, as they were when they agreed."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A guide in one language."""

    tag: str
    plan: Plan

    @property
    def file(self) -> str:
        """Its script, as it was named."""
        return str(self.plan.loaded.path)

    def stops(self) -> dict[str, PlannedSection]:
        """Its stops by their ids, in order."""
        return {section.id: section for section in self.plan.stops()}

    def line(self, section: PlannedSection) -> str:
        """`FILE:LINE` of a stop."""
        return f"{self.file}:{self.plan.loaded.places.of(self.steps(section)).line}"

    def steps(self, section: PlannedSection, *more: str) -> Steps:
        """The way to a stop in the script."""
        index = next(index for index, one in enumerate(self.plan.sections) if one.id == section.id)
        return ("sections", index, *more)

    def warning(self, steps: Steps, message: str, hint: str) -> Problem:
        """What is to be said of a place of the script."""
        place = self.plan.loaded.places.of_key(steps)
        return Problem(self.file, place.line, place.column, shown(steps), message, hint, "warning")


def scripts_of(path: Path) -> list[Path]:
    """The scripts that a name stands for: a show.yaml with languages, or its folder, for one script a language.

    Any other name stands for itself. Raises ScriptError for a show.yaml with mistakes.
    """
    show = path / SHOW_FILE if path.is_dir() else path
    if show.name != SHOW_FILE or not show.is_file():
        return [path]
    return list(languages_of(show).scripts.values()) or [path]


def is_edition(script: Path) -> bool:
    """Whether a show.yaml beside the script names it for a language."""
    show = script.parent / SHOW_FILE
    try:
        named = languages_of(show).scripts.values() if show.is_file() else ()
    except ScriptError:
        return False
    return any(one.resolve() == script.resolve() for one in named)


def compare_languages(show: Path, *, accept: bool = False) -> list[Problem]:
    """What is to be said of a guide's translations, as warnings; and mistakes of scripts that cannot be compared.

    What agrees is recorded. `accept`: every translation agrees with the reference as it stands now. Raises ScriptError
    for a show.yaml with mistakes.
    """
    languages = languages_of(show)
    problems: list[Problem] = []
    editions = dict(_editions(show, languages.scripts, problems))
    problems += _same_ids(editions.values())
    reference = editions.pop(languages.reference or "", None)
    if reference is None:
        return problems
    known = _read(show.parent / LOCK_FILE, reference.tag, [] if accept else problems)
    agreed: Known = {} if accept or known is None else known
    kept: Known = {tag: stops for tag, stops in agreed.items() if tag in languages.scripts}
    for translation in editions.values():
        now = _hashes(reference, translation)
        stale = _stale(now, agreed.get(translation.tag, {}))
        problems += _compared(reference, translation, stale)
        kept[translation.tag] = _agreed(now, agreed.get(translation.tag, {}), stale, reference)
    if known is not None or accept:
        _write(show.parent / LOCK_FILE, reference.tag, kept)
    return problems


def _editions(show: Path, scripts: Mapping[str, Path], problems: list[Problem]) -> Iterator[tuple[str, Edition]]:
    """The guide in every language that can be planned; what is wrong with the others goes to `problems`."""
    for tag, path in scripts.items():
        try:
            yield tag, Edition(tag, make_plan(fill_sections(load_script(path))))
        except ScriptError as error:
            problems += error.problems
        except AudioguideError as error:
            message = f"cannot be compared: {error.message}"
            problems.append(Problem(str(show), 1, 1, f"languages.{tag}", message, error.hint, "warning"))


def _same_ids(editions: Iterable[Edition]) -> Iterator[Problem]:
    """Scripts whose episodes would lie in one folder."""
    first: dict[str, Edition] = {}
    for edition in editions:
        if (other := first.setdefault(edition.plan.id, edition)) is not edition:
            place = edition.plan.loaded.places.of(("episode", "id"))
            message, hint = f'"{edition.plan.id}" is the id of {other.file} too', "give each language an id of its own"
            yield Problem(edition.file, place.line, place.column, "episode.id", message, hint)


# -- what was said when ------------------------------------------------------------------------------------------------


def _hashes(reference: Edition, translation: Edition) -> dict[str, dict[str, str]]:
    """The texts of every stop that both have."""
    theirs = reference.stops()
    return {
        name: {"reference": text_hash(theirs[name]), "translation": text_hash(stop)}
        for name, stop in translation.stops().items()
        if name in theirs
    }


def text_hash(stop: PlannedSection) -> str:
    """What tells one text of a stop from another: its title and words, not how they are spaced, marked or spoken."""
    more = stop.more.cues if stop.more else ()
    told = ("".join(text.split()) for text in (stop.title, _text(stop.cues), _text(more)))
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def _text(cues: Sequence[Cue]) -> str:
    return "".join(cue.text for cue in cues if isinstance(cue, Speech) and not cue.address.endswith(".title"))


def _stale(now: Mapping[str, dict[str, str]], agreed: Mapping[str, dict[str, str]]) -> set[str]:
    """The stops whose reference changed and whose translation did not."""
    return {
        name
        for name, texts in now.items()
        if name in agreed
        and agreed[name]["translation"] == texts["translation"]
        and agreed[name]["reference"] != texts["reference"]
    }


def _agreed(
    now: Mapping[str, dict[str, str]], before: Mapping[str, dict[str, str]], stale: set[str], reference: Edition
) -> dict[str, dict[str, str]]:
    """What to remember: of stops out of date and of those that are not there now, what was; of all others, what is."""
    there = reference.stops()
    kept = {name: texts for name, texts in before.items() if name in there}
    return kept | {name: texts for name, texts in now.items() if name not in stale}


def _read(path: Path, reference: str, problems: list[Problem]) -> Known | None:
    """What was recorded; None where that cannot be read, and `problems` says so."""
    try:
        return _known(json.loads(path.read_text("utf-8")), reference)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        line = getattr(error, "lineno", 1)
        hint = "take it from your version control, or write it anew with check --accept"
        problems.append(Problem(str(path), line, 1, "", "cannot be read", hint, "warning"))
        return None


def _known(document: Any, reference: str) -> Known:
    """What a lock holds for this reference. Raises ValueError, or what wrong shapes raise."""
    if document["version"] != LOCK_VERSION:
        raise ValueError(document["version"])
    recorded: Known = document["languages"] if document["reference"] == reference else {}
    return {
        tag: {name: {key: texts[key] for key in ("reference", "translation")} for name, texts in stops.items()}
        for tag, stops in recorded.items()
    }


def _write(path: Path, reference: str, known: Known) -> None:
    """Record what agrees, where that changed and the folder can be written."""
    document = {"version": LOCK_VERSION, "reference": reference, "languages": known}
    data = (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
    with suppress(OSError):
        if known and not (path.is_file() and path.read_bytes() == data):
            write_atomically(path, data)


# -- what differs ------------------------------------------------------------------------------------------------------


def _compared(reference: Edition, translation: Edition, stale: set[str]) -> Iterator[Problem]:
    """What is to be said of one translation."""
    theirs, own = reference.stops(), translation.stops()
    renamed = {stop.stop: stop for name, stop in own.items() if name not in theirs}
    for name, stop in theirs.items():
        if name in own:
            yield from _of_stop(reference, stop, translation, own[name], is_stale=name in stale)
        elif stop.stop in renamed:
            other = renamed.pop(stop.stop)
            message = f'stop {stop.stop} is "{other.id}" here and "{name}" in {reference.line(stop)}'
            yield translation.warning(translation.steps(other), message, f"write id: {name}")
        else:
            message = f'stop {stop.stop} "{name}" is missing: {reference.line(stop)}'
            yield translation.warning(("sections",), message, f"translate it, with id: {name} and stop: {stop.stop}")
    for other in renamed.values():
        message = f'stop {other.stop} "{other.id}" is not in {reference.file}'
        yield translation.warning(translation.steps(other), message, "add it there too, with the same id")


def _of_stop(
    reference: Edition, theirs: PlannedSection, translation: Edition, own: PlannedSection, *, is_stale: bool
) -> Iterator[Problem]:
    """What is to be said of one stop that both have."""
    there = reference.line(theirs)
    if own.stop != theirs.stop:
        message = f"is {own.stop} here and {theirs.stop} in {there}"
        hint = "a stop has one number in every language"
        yield translation.warning(translation.steps(own, "stop"), message, hint)
    if theirs.more and not own.more:
        message = f"has no extra track, and there is one in {there}"
        yield translation.warning(translation.steps(own), message, "translate more: too")
    if is_stale:
        message = f"is out of date: {there} changed since it was translated"
        hint = "translate it anew; if it is right as it is: audioguide check --accept"
        yield translation.warning(translation.steps(own), message, hint)
    ours_s, theirs_s = lasting_s(own.cues), lasting_s(theirs.cues)
    for longer_s, shorter_s, word in ((ours_s, theirs_s, "longer"), (theirs_s, ours_s, "shorter")):
        if longer_s > MUCH_LONGER * shorter_s and longer_s - shorter_s > LEAST_DIFFERENCE_S:
            message = f"takes about {ours_s:.0f} s, much {word} than the {theirs_s:.0f} s of {there}"
            hint = f"is it all there, and no more? One may take {MUCH_LONGER:g} times as long as the other"
            yield translation.warning(translation.steps(own), message, hint)
