"""The studio's server: the page, what it asks for, and the loopback socket that it listens on."""

from __future__ import annotations

import logging
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from audioguide.errors import AudioguideError, SettingsError
from audioguide.settings import Settings
from audioguide.studio.answers import Answers
from audioguide.studio.builds import Builds
from audioguide.studio.errors import error_facts
from audioguide.studio.events import Hub
from audioguide.studio.guard import Guard, Refusal, cookie_name, refused
from audioguide.studio.library import Library, Watch

HOST = "127.0.0.1"
_STATIC = Path(__file__).parent / "static"
_GRACE_S = 0.5
"""How long work in hand may take when the server ends."""


class Studio:
    """A server that runs in threads of its own until it is closed."""

    def __init__(self, place: Path, settings: Settings, *, port: int) -> None:
        """Listen at once; `port` 0: any that is free. Raises SettingsError."""
        self.library = Library(place, settings)
        self._socket = _listening(port)
        self.port: int = self._socket.getsockname()[1]
        self.token = secrets.token_urlsafe(24)
        self.hub = Hub()
        self.builds = Builds(settings, lambda facts: self.hub.tell("build", facts))
        logging.getLogger("uvicorn.error").addFilter(_KNOWN)
        self._watch = Watch(self.library, self._changed)
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._app(),
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="audioguide-studio", daemon=True)

    @property
    def address(self) -> str:
        """What to open in a browser; whoever has it may edit the scripts."""
        return f"http://{HOST}:{self.port}/?token={self.token}"

    def start(self) -> None:
        """Answer from now on."""
        self._watch.start()
        self._thread.start()

    def wait(self) -> None:
        """Wait until the server ends by itself, which it does when something is wrong.

        Not by `Thread.join`: Python 3.11 takes a thread for ended when Ctrl-C reaches whoever waits in it (bpo-45274).
        """
        while not self._ended.wait(0.2):
            pass

    def close(self) -> None:
        """End every connection and every build; what was spoken is kept."""
        self.hub.close()
        self._server.should_exit = True
        self._watch.stop()
        self.builds.end(timeout_s=_GRACE_S)
        self._ended.wait(2 * _GRACE_S)

    def _serve(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()  # here and nowhere else: the server looks at it until its very end
            self._ended.set()

    def _changed(self, name: str, version: str) -> None:
        self.hub.tell("changed", {"name": name, "version": version})

    def _app(self) -> Starlette:
        answers = Answers(self.library, self.hub, self.builds)
        return Starlette(
            routes=[
                Route("/", self._page),
                Mount("/static", StaticFiles(directory=_STATIC)),
                *answers.routes(),
            ],
            middleware=[Middleware(Guard, port=self.port, token=self.token)],
            exception_handlers={
                Refusal: _tell_refusal,
                AudioguideError: _tell_error,
                HTTPException: _tell_status,
            },
        )

    def _page(self, _request: Request) -> Response:
        page = (_STATIC / "index.html").read_text("utf-8").replace("{{ token }}", self.token)
        answer = HTMLResponse(page, headers={"Cache-Control": "no-store"})
        answer.set_cookie(cookie_name(self.port), self.token, path="/", httponly=True, samesite="strict")
        return answer


@contextmanager
def open_studio(place: Path, settings: Settings, *, port: int) -> Iterator[Studio]:
    """A studio for a script or a folder of them, answering. Raises SettingsError."""
    studio = Studio(place, settings, port=port)
    studio.start()
    try:
        yield studio
    finally:
        studio.close()


class _NoKnownFailures(logging.Filter):
    """Lets pass what is our mistake; a sentence that cannot be spoken is none, even when a sound has begun before it."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not (
            isinstance(error, AudioguideError) or isinstance(getattr(error, "__cause__", None), AudioguideError)
        )


_KNOWN = _NoKnownFailures()


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(64)
    except OSError as error:
        listener.close()
        hint = "choose another with --port, or 0 for any that is free"
        raise SettingsError(f"port {port} cannot be used: {error.strerror}", where="--port", hint=hint) from error
    return listener


def _tell_refusal(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return refused(error)


def _tell_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, AudioguideError)
    return JSONResponse({"error": error_facts(error)}, status_code=422)


def _tell_status(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return refused(Refusal(error.status_code, error.detail))
