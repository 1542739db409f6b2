"""A stand-in for Google Translate's speech: a proxy on this machine that answers in Google's place.

The unmodified gTTS client goes through whatever HTTPS_PROXY names and looks at no certificate, so this server accepts its
CONNECT, speaks TLS with a certificate made on the spot, and answers with real speech or with a fault of its plan.

    python -m tests.stand_in.gtts --port 8899 --fault 429=2 --fault truncated-mp3
    HTTPS_PROXY=http://127.0.0.1:8899 audioguide build scripts/episode.yaml
"""

from __future__ import annotations

import argparse
import json
import random
import ssl
import threading
import urllib.parse
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, repeat
from typing import Any, Self

import trustme

from tests.stand_in.faults import CONSENT, FAULTS, Exchange
from tests.stand_in.voice import mp3_of

PATH = "/_/TranslateWebserverUi/data/batchexecute"


@dataclass(frozen=True)
class Heard:
    """One request for speech, as it arrived."""

    text: str
    language: str
    slow: bool
    host: str
    fault: str
    """What it got for an answer: `ok` or a fault."""


class StandIn:
    """The server. `heard` lists the requests for speech, `hits` every HTTP request, redirected ones too."""

    def __init__(self, port: int = 0) -> None:
        """Port 0 takes a free one; see `url`."""
        self.heard: list[Heard] = []
        self.hits: list[str] = []
        self.closing = threading.Event()
        self._plan: Iterator[str] = repeat("ok")
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.stand_in = self

    @property
    def url(self) -> str:
        """What HTTPS_PROXY has to say."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def texts(self) -> list[str]:
        """The texts asked for, in order."""
        return [heard.text for heard in self.heard]

    def plan(self, faults: Iterable[str] = (), *, throttle: float = 0, seed: int = 0) -> None:
        """Forget what was heard; give these answers in turn, then good ones, of which a share is throttled by chance."""
        names = list(faults)
        if unknown := {name.partition("=")[0] for name in names} - set(FAULTS):
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}; there are {', '.join(FAULTS)}")
        chance = random.Random(seed)  # noqa: S311 - faults, not secrets
        rest = ("429" if chance.random() < throttle else "ok" for _ in repeat(None))
        with self._lock:
            self.heard.clear()
            self.hits.clear()
            self._plan = chain(names, rest)

    def next_answer(self) -> str:
        """The plan's next entry."""
        with self._lock:
            return next(self._plan)

    def __enter__(self) -> Self:
        """Serve in the background. All is loaded before, so that the first answer is as quick as the others."""
        _tls()
        mp3_of("Ready.")
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; whoever stalls ends too."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # the usual 5 makes clients wait seconds when they come at once
    stand_in: StandIn

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are half of the point here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing."""

    def do_CONNECT(self) -> None:
        """Become the server that the client wanted to reach, whichever that is."""
        self.send_response(200)
        self.end_headers()
        self.connection = _tls().wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.close_connection = False

    def finish(self) -> None:
        """Close the encrypted connection, which the base class knows nothing of."""
        with suppress(OSError):
            super().finish()
        self.connection.close()

    def do_GET(self) -> None:
        """Serve the page behind a redirect."""
        self.server.stand_in.hits.append(f"GET {self.headers['Host']}{self.path}")
        if self.path == "/again":
            Exchange(self, bytes, None).send(302, b"", Location="https://translate.google.com/again")
        else:
            Exchange(self, bytes, None).send(200, CONSENT, Content_Type="text/html; charset=utf-8")

    def do_POST(self) -> None:
        """Answer a request for speech by the plan."""
        stand_in = self.server.stand_in
        stand_in.hits.append(f"POST {self.headers['Host']}{self.path}")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != PATH:
            Exchange(self, bytes, None).send(404, b"")
            return
        text, language, slow = _asked(body)
        entry = stand_in.next_answer()
        stand_in.heard.append(Heard(text, language, slow, self.headers["Host"], entry))
        name, _, value = entry.partition("=")
        FAULTS[name](Exchange(self, lambda: mp3_of(text, slow=slow), value or None, stand_in.closing))


def _asked(body: bytes) -> tuple[str, str, bool]:
    """Text, language and slowness of `f.req=[[["jQ1olc","[text,language,slow,…]",null,"generic"]]]&`."""
    (request,) = urllib.parse.parse_qs(body.decode("ascii"))["f.req"]
    ((_, parameters, _, _),) = json.loads(request)[0]
    text, language, slow, _ = json.loads(parameters)
    return text, language, slow is True


@cache
def _tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("translate.google.com", "consent.google.com").configure_cert(context)
    return context


def main(arguments: list[str] | None = None) -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.stand_in.gtts", description=__doc__.split("\n\n")[0])
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME[=VALUE]", help=", ".join(FAULTS))
    parser.add_argument("--throttle", type=float, default=0, help="share of later requests answered with 429")
    parser.add_argument("--seed", type=int, default=0, help="of that chance")
    options = parser.parse_args(arguments)
    with StandIn(options.port) as stand_in:
        stand_in.plan(options.fault, throttle=options.throttle, seed=options.seed)
        print(f"export HTTPS_PROXY={stand_in.url}", flush=True)  # noqa: T201 - a tool's own output
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
