"""The scripts that the studio was opened with, and the thread that notices when they change."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from audioguide.errors import AudioguideError, SettingsError
from audioguide.script.document import read_document
from audioguide.script.load import SHOW_FILE
from audioguide.script.problems import Problems
from audioguide.settings import Settings
from audioguide.studio.session import Session, Warmth, stamp_of

LOOK_EVERY_S = 0.3
_SUFFIXES = {".yaml", ".yml"}


class Library:
    """One script, or every script of a folder, by name."""

    def __init__(self, place: Path, settings: Settings) -> None:
        """`place` is a script or a folder. Raises SettingsError where there is neither."""
        self.settings = settings
        self._folder = place if place.is_dir() else None
        if self._folder is None and not place.is_file():
            raise SettingsError(
                "is no script and no folder", where=str(place), hint="name one: audioguide studio scripts"
            )
        warmth = self._warmth = Warmth()
        self._sessions: dict[str, Session] = {} if self._folder else {place.name: Session(place, settings, warmth)}
        self._known: dict[Path, tuple[tuple[int, int] | None, bool]] = {}
        self._lock = threading.Lock()
        if self._folder and not self.names():
            raise SettingsError("holds no script", where=str(place), hint="audioguide init makes one to begin with")

    def names(self) -> list[str]:
        """The scripts that are there now."""
        with self._lock:
            if self._folder is None:
                return list(self._sessions)
            try:
                paths = [path for path in sorted(self._folder.iterdir()) if self._is_script(path)]
            except OSError:
                return []
            for path in paths:
                self._sessions.setdefault(path.name, Session(path, self.settings, self._warmth))
            return [path.name for path in paths]

    def sessions(self) -> list[Session]:
        """The scripts that are there now, in the order of their names."""
        return [self._sessions[name] for name in self.names()]

    def session(self, name: str) -> Session | None:
        """The script of that name, of those in the list; None for any other."""
        return self._sessions[name] if name in self.names() else None

    def _is_script(self, path: Path) -> bool:
        """Whether a file of the folder has sections; links that lead out of the folder are none of it."""
        if path.suffix not in _SUFFIXES or path.name == SHOW_FILE or self._folder is None:
            return False
        if not path.is_file() or not path.resolve().is_relative_to(self._folder.resolve()):
            return False
        stamp = stamp_of(path)
        known = self._known.get(path)
        if known is None or known[0] != stamp:
            document = read_document(path, Problems((str(path),)))
            is_script = "sections" in document.tree.entries if document else bool(known and known[1])
            known = self._known[path] = (stamp, is_script)
        return known[1]

    def open_sessions(self) -> list[Session]:
        """The scripts that somebody has looked at."""
        with self._lock:
            return [session for session in self._sessions.values() if session.is_open]


class Watch:
    """Looks at the files now and then. `tell(name, version)` is called for each script that reads otherwise now."""

    def __init__(self, library: Library, tell: Callable[[str, str], None]) -> None:
        """Nothing is looked at before `start`."""
        self._library = library
        self._tell = tell
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audioguide-watch", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for it."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            for session in self._library.open_sessions():
                self._look(session)

    def _look(self, session: Session) -> None:
        with session.lock:
            if not session.changed():
                return
            try:
                session.refresh()
            except AudioguideError:
                return  # gone for a moment, as some editors do it: look again
        self._tell(session.name, session.version)
