"""What the page can ask for, request by request."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from audioguide.episode import episode_folder
from audioguide.errors import AudioguideError
from audioguide.preview import built_episode
from audioguide.publish.ranges import asked_range
from audioguide.studio.builds import Builds
from audioguide.studio.document import script_document
from audioguide.studio.editing import FIELDS, Asked, Conflict, change_script
from audioguide.studio.errors import error_facts
from audioguide.studio.events import Hub
from audioguide.studio.guard import Refusal
from audioguide.studio.library import Library
from audioguide.studio.session import Session, stamp_of
from audioguide.studio.sounds import cut, drawn, wave_of, wave_of_file

MAX_BINS = 4000
_KEPT = {"Cache-Control": "private, no-cache"}
"""Kept by the browser, and asked for again with its tag."""


class Answers:
    """The routes under `/api/`."""

    def __init__(self, library: Library, hub: Hub, builds: Builds) -> None:
        """All of them are the server's."""
        self.library = library
        self.hub = hub
        self.builds = builds
        self._waves: dict[Path, tuple[object, tuple[float, NDArray[Any]]]] = {}

    def routes(self) -> list[Route]:
        """Path -> answer."""
        return [
            Route("/api/scripts", self.scripts),
            Route("/api/script", self.script),
            Route("/api/sound", self.sound),
            Route("/api/wave", self.wave),
            Route("/api/episode/sound", self.episode_sound),
            Route("/api/events", self.events),
            Route("/api/edit", self.edit, methods=["POST"]),
            Route("/api/build", self.build, methods=["POST"]),
            Route("/api/build/stop", self.stop_build, methods=["POST"]),
        ]

    def _session(self, request: Request) -> Session:
        return self._named(request.query_params.get("name", ""))

    def _named(self, name: str) -> Session:
        session = self.library.session(name)
        if session is None:
            raise Refusal(404, f'There is no script "{name}" here.', "Choose one of the list.")
        return session

    # -- scripts ---------------------------------------------------------------------------------------------------

    def scripts(self, _request: Request) -> Response:
        """Every script, with its title and how many mistakes it has."""
        listed = []
        for session in self.library.sessions():
            reading, ready = session.reading(), session.ready()
            errors = sum(1 for problem in reading.problems if problem.level == "error")
            title = ready.plan.title if ready else session.path.stem
            listed.append({"name": session.name, "title": title, "problems": errors})
        return JSONResponse({"scripts": listed})

    def script(self, request: Request) -> Response:
        """One script, as cards."""
        return JSONResponse(script_document(self._session(request)))

    # -- sound -----------------------------------------------------------------------------------------------------

    def sound(self, request: Request) -> Response:
        """A card as it sounds in the episode; `from=1`: and what follows in its section."""
        to_the_end = request.query_params.get("from") == "1"
        stretch = self._session(request).stretch(request.query_params.get("address", ""), to_the_end=to_the_end)
        headers = {**_KEPT, "ETag": stretch.tag}
        if request.headers.get("if-none-match") == stretch.tag:
            return Response(status_code=304, headers=headers)
        size = stretch.size_bytes()
        if size is None:  # nobody knows yet how long it will be: it is sent as it is spoken
            return _streamed(stretch.pieces(None), 200, headers)
        headers["Accept-Ranges"] = "bytes"
        ranged = request.headers.get("if-range", stretch.tag) == stretch.tag
        part = asked_range(request.headers.get("range", ""), size) if ranged else None
        first, last = part or (0, size)
        if first >= last:
            return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
        headers["Content-Length"] = str(last - first)
        if part:
            headers["Content-Range"] = f"bytes {first}-{last - 1}/{size}"
        return _streamed(cut(stretch.pieces(size), first, last), 206 if part else 200, headers)

    def episode_sound(self, request: Request) -> Response:
        """The built episode's first file."""
        path, kind = self._media(self._session(request))
        return FileResponse(path, media_type=kind, headers=_KEPT)

    def _media(self, session: Session) -> tuple[Path, str]:
        """The built file, and its type. Raises Refusal."""
        ready = session.ready()
        if ready is None:
            raise Refusal(404, "The episode is not built.")
        try:
            facts = built_episode(ready.plan, session.settings.output)
        except AudioguideError as error:
            raise Refusal(404, "The episode is not built.", error.hint) from error
        file = facts["files"][0]
        path = episode_folder(ready.plan, session.settings.output) / Path(str(file["name"])).name
        if not path.is_file():
            raise Refusal(404, "The episode's file is not there.", "Build it again.")
        return path, str(file["type"])

    # -- waves -----------------------------------------------------------------------------------------------------

    def wave(self, request: Request) -> Response:
        """The outline of a card that was spoken, or of the built episode."""
        session = self._session(request)
        try:
            bins = min(MAX_BINS, max(1, int(request.query_params.get("bins", "200"))))
        except ValueError:
            raise Refusal(422, "bins is no number.") from None
        address = request.query_params.get("address")
        if address is None:
            return JSONResponse(drawn(*self._episode_wave(session), bins), headers=_KEPT)
        stretch = session.stretch(address)
        if not stretch.is_spoken():
            return JSONResponse({"duration_s": 0.0, "peaks": []})  # a picture is no reason to speak
        mixed = stretch.shelf.make(stretch.parts[0], stretch.workshop)
        return JSONResponse(wave_of(mixed, stretch.workshop, bins), headers={**_KEPT, "ETag": stretch.tag})

    def _episode_wave(self, session: Session) -> tuple[float, NDArray[Any]]:
        path, _ = self._media(session)
        stamp = stamp_of(path)
        kept = self._waves.get(path)
        if kept is None or kept[0] != stamp:
            kept = self._waves[path] = (stamp, wave_of_file(path))
        return kept[1]

    # -- changes ---------------------------------------------------------------------------------------------------

    async def edit(self, request: Request) -> Response:
        """One change, written into the file."""
        body = await _body(request)
        return await run_in_threadpool(self._edit, self._named(_text(body, "name")), body)

    def _edit(self, session: Session, body: dict[str, Any]) -> Response:
        field, value = _text(body, "field"), body.get("value")
        if field not in FIELDS or isinstance(value, bool) or not isinstance(value, str | int | float | None):
            raise Refusal(422, f'There is no "{field}" to change to that.')
        word = _text(body, "word") if field == "pronounce" else ""
        address = "" if word else _text(body, "address")
        try:
            changed = change_script(session, Asked(_text(body, "version"), field, value, address, word))
        except Conflict as conflict:
            facts = {"error": error_facts(conflict), "mine": value, "theirs": script_document(session)}
            return JSONResponse(facts, status_code=409)
        if changed:
            session.speak_ahead(address)
            self.hub.tell("changed", {"name": session.name, "version": session.version})
        return JSONResponse(script_document(session))

    async def build(self, request: Request) -> Response:
        """Begin to build a script."""
        session = self._named(_text(await _body(request), "name"))
        await run_in_threadpool(self.builds.start, session)
        return JSONResponse({}, status_code=202)

    async def stop_build(self, request: Request) -> Response:
        """Let it end."""
        session = self._named(_text(await _body(request), "name"))
        self.builds.stop(session.name)
        return JSONResponse({}, status_code=202)

    # -- events ----------------------------------------------------------------------------------------------------

    async def events(self, _request: Request) -> Response:
        """What happens from now on."""
        return StreamingResponse(
            self.hub.stream(self.builds.states()), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
        )


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        raise Refusal(400, "That is no JSON.") from None
    if not isinstance(body, dict):
        raise Refusal(400, "That is no JSON object.")
    return body


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str):
        raise Refusal(422, f'"{key}" is missing.')
    return value


def _streamed(pieces: Iterator[bytes], status: int, headers: dict[str, str]) -> Response:
    """The pieces as they come; what goes wrong before the first is an error, and not half a sound."""
    begun = next(pieces, b"")
    return StreamingResponse(chain([begun], pieces), status_code=status, media_type="audio/wav", headers=headers)
