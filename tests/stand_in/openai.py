"""A stand-in for a speech server of OpenAI's kind on this machine: it speaks with tone, or goes wrong as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, repeat
from typing import Any, Self

from audioguide.audio import Samples, run_ffmpeg, to_flac
from audioguide.engines import SpeechRequest
from audioguide.engines.tone import RATE_HZ, Tone
from tests.stand_in.faults import Exchange

PATH = "/v1/audio/speech"
_FLAC = ["-f", "flac", "-i", "pipe:0"]
_MP3 = ["-c:a", "libmp3lame", "-b:a", "64k", "-write_xing", "0", "-f", "mp3", "pipe:1"]


@dataclass(frozen=True)
class Asked:
    """One request, as it arrived."""

    body: dict[str, Any]
    authorization: str | None


@dataclass
class SpeechServer:
    """The server. `asked` lists the requests."""

    asked: list[Asked] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    plan: Iterator[str] = field(default_factory=lambda: repeat("ok"))

    def __post_init__(self) -> None:
        """Take a free port."""
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.stand_in = self

    @property
    def url(self) -> str:
        """What base_url has to say."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def answer_with(self, faults: Iterable[str]) -> None:
        """Give these answers in turn, then good ones; forget what was asked."""
        self.asked.clear()
        self.plan = chain(faults, repeat("ok"))

    def __enter__(self) -> Self:
        """Serve in the background."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; whoever stalls ends too."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    stand_in: SpeechServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are half of the point here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing."""

    def do_POST(self) -> None:
        """Answer by the plan."""
        stand_in = self.server.stand_in
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        stand_in.asked.append(Asked(body, self.headers.get("Authorization")))
        name, _, value = next(stand_in.plan).partition("=")
        exchange = Exchange(self, lambda: speech(body), value or None, stand_in.closing)
        if self.path != PATH:
            _refusal(404)(exchange)
        elif name.isdecimal():
            _refusal(int(name))(exchange)
        else:
            FAULTS[name](exchange)

    def finish(self) -> None:
        """Close, whoever hung up before."""
        with suppress(OSError):
            super().finish()


def speech(body: dict[str, Any]) -> bytes:
    """The text as tone says it, in the format that is asked for."""
    request = SpeechRequest(body["input"], "en", "mid", speed=body.get("speed", 1.0))
    clip = Tone().speak(request, timeout_s=5).clip
    return _WRITERS[body["response_format"]](to_flac(clip), clip.samples)


def _wav(_flac: bytes, samples: Samples) -> bytes:
    """As streaming servers write it: with lengths that nobody knew yet."""
    data = (samples * 32767).astype("<i2").tobytes()
    rate = RATE_HZ.to_bytes(4, "little") + (2 * RATE_HZ).to_bytes(4, "little")
    form = b"fmt \x10\0\0\0\x01\0\x01\0" + rate + b"\x02\0\x10\0"
    return b"RIFF\xff\xff\xff\xffWAVE" + form + b"data\xff\xff\xff\xff" + data


_WRITERS: dict[str, Callable[[bytes, Samples], bytes]] = {
    "wav": _wav,
    "flac": lambda flac, _: flac,
    "mp3": lambda flac, _: run_ffmpeg([*_FLAC, *_MP3], data=flac),
}


def _refusal(status: int) -> Callable[[Exchange], None]:
    def refuse(exchange: Exchange) -> None:
        authorization = exchange.handler.headers.get("Authorization", "")
        said = {
            "error": {"message": f"No. You sent {authorization}, not sk-proj-abcdef123456.", "code": exchange.value}
        }
        value = exchange.value or ""
        wait = {"Retry_After": value} if value.isdecimal() else {}
        exchange.send(status, json.dumps(said).encode(), Location="http://127.0.0.1:9/v1", **wait)

    return refuse


def _sound(exchange: Exchange, data: bytes) -> None:
    exchange.send(200, data, Content_Type="audio/wav")


def _cut(exchange: Exchange) -> None:
    """Half of the sound, in an answer that says it is whole."""
    data = exchange.mp3()
    _sound(exchange, data[: len(data) // 2 + 1])


def _honest_cut(exchange: Exchange) -> None:
    """A WAV file that says how long it is, and is not."""
    data = exchange.mp3()
    _sound(exchange, data[:40] + (len(data) - 44).to_bytes(4, "little") + data[44:-1000])


def _drop(exchange: Exchange) -> None:
    data = exchange.mp3()
    exchange.head(200, len(data))
    exchange.handler.wfile.write(data[: len(data) // 2])
    exchange.drop()


def _drip(exchange: Exchange) -> None:
    data = exchange.mp3()
    exchange.head(200, len(data))
    for place in range(len(data)):
        if exchange.closing.wait(0.05):
            break
        exchange.handler.wfile.write(data[place : place + 1])
    exchange.handler.close_connection = True


def _stall(exchange: Exchange) -> None:
    exchange.stall()
    exchange.handler.close_connection = True


def _short(exchange: Exchange) -> None:
    _sound(exchange, exchange.mp3()[: 44 + 2 * RATE_HZ // 10])


def _long(exchange: Exchange) -> None:
    _sound(exchange, exchange.mp3() + bytes(2 * RATE_HZ * 300))


FAULTS: dict[str, Callable[[Exchange], None]] = {
    "ok": lambda exchange: _sound(exchange, exchange.mp3()),
    "empty": lambda exchange: _sound(exchange, b""),
    "json": lambda exchange: exchange.send(200, b'{"url": "https://example.org/speech.wav"}'),
    "cut": _cut,
    "honest-cut": _honest_cut,
    "short": _short,
    "long": _long,
    "drop": _drop,
    "hang-up": Exchange.drop,
    "drip": _drip,
    "stall": _stall,
}
"""Name -> what the server does; a number is a refusal with that status, `429=7` one with `Retry-After: 7`."""
