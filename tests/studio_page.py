"""A page of the studio without a browser: what it asks, and the events that it hears."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import requests

from audioguide.settings import Settings
from audioguide.studio.server import open_studio

Facts = dict[str, Any]


class Page:
    """An open page: it has the cookie and the token."""

    def __init__(self, address: str) -> None:
        """`address` is what the studio printed."""
        self.root, _, self.token = address.partition("/?token=")
        self.session = requests.Session()
        self.session.get(address, timeout=20).raise_for_status()

    def ask(self, path: str, **terms: Any) -> requests.Response:
        """A request for something to read; `headers` are its headers."""
        headers = terms.pop("headers", {})
        return self.session.get(self.root + path, params=terms, headers=headers, timeout=60)

    def script(self, name: str = "script.yaml") -> Facts:
        """The script's document."""
        answer = self.ask("/api/script", name=name)
        assert answer.status_code == 200, answer.text
        document: Facts = answer.json()
        return document

    def post(self, path: str, **body: Any) -> requests.Response:
        """A change, as the page sends it."""
        headers = {"X-Studio-Token": self.token, "Origin": self.root}
        return self.session.post(self.root + path, json=body, headers=headers, timeout=60)

    def edit(self, field: str, value: Any, **more: Any) -> requests.Response:
        """One change of the script as it is now."""
        version = more.pop("version", None) or self.script()["version"]
        return self.post(
            "/api/edit", **{"name": "script.yaml", "version": version, "field": field, "value": value, **more}
        )

    @contextmanager
    def events(self) -> Iterator[Events]:
        """The events from now on."""
        answer = self.session.get(f"{self.root}/api/events", stream=True, timeout=60)
        events = Events(answer)
        try:
            assert events.take(lambda kind, _: kind == "begun")
            yield events
        finally:
            events.end()


class Events:
    """An event stream, read by a thread of its own."""

    def __init__(self, answer: requests.Response) -> None:
        """`answer` is still open."""
        self.answer = answer
        self.ended = threading.Event()
        self._heard: Queue[tuple[str, Facts]] = Queue()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        kind = ""
        try:
            for line in self.answer.iter_lines(chunk_size=1):
                name, _, rest = line.decode().partition(": ")
                if name == "retry":
                    self._heard.put(("begun", {}))
                elif name == "event":
                    kind = rest
                elif name == "data":
                    self._heard.put((kind, json.loads(rest)))
        except (requests.RequestException, AttributeError, ValueError):
            pass  # closed at this end
        self.ended.set()

    def take(self, wanted: Callable[[str, Facts], bool]) -> Facts:
        """The next event that is wanted; others are passed over."""
        while True:
            try:
                kind, facts = self._heard.get(timeout=60)
            except Empty:
                raise AssertionError("no such event came") from None
            if wanted(kind, facts):
                return facts | {"kind": kind}

    def build(self, *states: str) -> Facts:
        """The next event of a build in one of these states."""
        return self.take(lambda kind, facts: kind == "build" and facts["state"] in states)

    def end(self) -> None:
        """Hear no more."""
        if not self.ended.is_set():
            self.answer.raw._fp.fp.raw._sock.shutdown(2)
        self._thread.join(20)
        self.answer.close()


@contextmanager
def studio_page(place: Path, settings: Settings) -> Iterator[Page]:
    """A studio for a script or a folder, and its page."""
    with open_studio(place, settings, port=0) as studio:
        page = Page(studio.address)
        try:
            yield page
        finally:
            page.session.close()


def cards(document: Facts) -> dict[str, Facts]:
    """Every card of a script by its address."""
    return {card["address"]: card for section in document["sections"] for card in section["cards"]}
