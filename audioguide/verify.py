"""Whether an episode is what its script says: built again beside it from nothing, compared byte by byte, and decoded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from audioguide.audio import decoded_s
from audioguide.build import build, plan_script
from audioguide.engines import get_engine
from audioguide.episode import Episode
from audioguide.errors import AudioguideError
from audioguide.files import scratch_folder
from audioguide.ledger import Found, Order
from audioguide.settings import Settings
from audioguide.stops import stop_files
from audioguide.store import FolderStore, open_store


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at and found right."""

    files: int
    duration_s: float
    kept: int
    """Utterances taken as they are, since their engine says nothing the same way twice, or is far away."""


def verify(order: Order, settings: Settings, found: Found) -> Verified:
    """Look whether a finished episode is sound. Raises AudioguideError that names the file where it is not."""
    with scratch_folder() as scratch:
        cold = replace(settings, cache=str(scratch / "store"), output=scratch / "output", workers="threads")
        kept = _seed(order, settings, FolderStore(Path(cold.cache)))
        episode = next(event for event in build(order, cold) if isinstance(event, Episode))
        names = [*(file["name"] for file in found.facts["files"]), *stop_files(found.facts)]
        for name in names:
            if not _same(found.folder / name, episode.folder / name):
                raise AudioguideError(
                    "is not what the script gives when it is built from nothing",
                    where=str(found.folder / name),
                    hint="build it again with --force, and tell the maintainers if it stays so",
                )
    seconds = _decoded_s(found)
    return Verified(len(names), seconds, kept)


def _seed(order: Order, settings: Settings, store: FolderStore) -> int:
    """Give the empty store the speech that cannot be made again: so much."""
    warm, kept = open_store(settings.cache), 0
    for key, utterance in plan_script(order).utterances.items():
        engine = get_engine(utterance.engine)
        if (engine.online or not engine.deterministic) and (entry := warm.get("speech", key)):
            store.put("speech", key, entry)
            kept += 1
    return kept


def _same(one: Path, other: Path) -> bool:
    with one.open("rb") as first, other.open("rb") as second:
        while True:
            pieces = first.read(1 << 20), second.read(1 << 20)
            if pieces[0] != pieces[1]:
                return False
            if not pieces[0]:
                return True


def _decoded_s(found: Found) -> float:
    """Decode the whole media file. Raises AudioguideError where it cannot be, or is shorter or longer than it says."""
    media = found.folder / found.facts["files"][0]["name"]
    seconds = decoded_s(media)
    if abs(seconds - found.facts["duration_s"]) > 0.001:
        raise AudioguideError(
            f"decodes to {seconds:.3f} s, and should be {found.facts['duration_s']:.3f} s long",
            where=str(media),
            hint="build it again with --force, and tell the maintainers if it stays so",
        )
    return seconds
