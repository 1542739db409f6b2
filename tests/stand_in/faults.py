"""What can go wrong between gTTS and Google, by name: each fault turns a good answer into a bad one.

Written `NAME` or `NAME=VALUE`: `429=7` is a refusal with `Retry-After: 7`, `drip=0.2` a byte each 0.2 s.
"""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

CONSENT = b"<!doctype html><title>Before you continue</title><form action=/save>Accept all</form>"


@dataclass(frozen=True)
class Exchange:
    """One request that waits for its answer."""

    handler: BaseHTTPRequestHandler
    mp3: Callable[[], bytes]
    """Makes the speech; nothing is spoken where the fault does not need it."""
    value: str | None
    closing: threading.Event = field(default_factory=threading.Event)
    """Set when the server stops: nobody stalls beyond that."""

    def send(self, status: int, body: bytes, **headers: str) -> None:
        """A whole answer."""
        self.head(status, len(body), **headers)
        self.handler.wfile.write(body)

    def head(self, status: int, length: int, **headers: str) -> None:
        """A status and its headers only."""
        self.handler.send_response(status)
        for name, value in {"Content_Type": "application/json; charset=utf-8", **headers}.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.send_header("Content-Length", str(length))
        self.handler.end_headers()

    def stall(self) -> None:
        """Do nothing until the client gives up, or for `value` seconds."""
        self.handler.connection.settimeout(0.02)
        ends = time.monotonic() + float(self.value or 60)
        while time.monotonic() < ends and not self.closing.is_set():
            with suppress(TimeoutError):
                if not self.handler.connection.recv(1):
                    return

    def drop(self) -> None:
        """Cut the connection without a word of farewell."""
        self.handler.close_connection = True
        self.handler.connection.shutdown(socket.SHUT_RDWR)


def answer(audio: str) -> bytes:
    """Google's shape: a guard line, then blocks, each with its length in front."""
    blocks = (
        f'[["wrb.fr","jQ1olc",{audio},null,null,null,"generic"]\n]\n',
        '[["di",37]\n,["af.httprm",36,"-668177807451224424",66]\n]\n',
        '[["e",4,null,null,5662]\n]\n',
    )
    return (")]}'\n\n" + "".join(f"{len(block)}\n{block}" for block in blocks)).encode()


def _speech(data: bytes | str) -> bytes:
    text = data if isinstance(data, str) else base64.b64encode(data).decode()
    return answer(f'"[\\"{text}\\"]\\n"')


def _good(exchange: Exchange) -> None:
    exchange.send(200, _speech(exchange.mp3()))


def _refusal(status: int) -> Callable[[Exchange], None]:
    def refuse(exchange: Exchange) -> None:
        wait = {"Retry_After": exchange.value} if exchange.value else {}
        exchange.send(status, b"<!doctype html><title>Error</title>", Content_Type="text/html", **wait)

    return refuse


def _body(body: bytes) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.send(200, body)


def _page(exchange: Exchange) -> None:
    exchange.send(200, CONSENT, Content_Type="text/html; charset=utf-8")


def _latin_page(exchange: Exchange) -> None:
    exchange.send(200, "<title>Zugriff verweigert für Gäste</title>".encode("latin-1"), Content_Type="text/html")


def _consent(exchange: Exchange) -> None:
    exchange.send(302, b"", Location="https://consent.google.com/ml?continue=https://translate.google.com/")


def _redirect_loop(exchange: Exchange) -> None:
    exchange.send(302, b"", Location="https://translate.google.com/again")


def _stall_middle(exchange: Exchange) -> None:
    body = _speech(exchange.mp3())
    exchange.head(200, len(body))
    exchange.handler.wfile.write(body[: len(body) // 2])
    exchange.stall()
    exchange.handler.close_connection = True


def _stall_before(exchange: Exchange) -> None:
    exchange.stall()
    exchange.handler.close_connection = True


def _drop_middle(exchange: Exchange) -> None:
    body = _speech(exchange.mp3())
    exchange.head(200, len(body))
    exchange.handler.wfile.write(body[: len(body) // 2])
    exchange.drop()


def _drip(exchange: Exchange) -> None:
    body = _speech(exchange.mp3())
    exchange.head(200, len(body))
    for place in range(len(body)):
        if exchange.closing.wait(float(exchange.value or 0.05)):
            break
        exchange.handler.wfile.write(body[place : place + 1])
    exchange.handler.close_connection = True


def _part(mp3: bytes, share: float) -> bytes:
    return mp3[: int(len(mp3) * share)]


def _truncated_mp3(exchange: Exchange) -> None:
    exchange.send(200, _speech(_part(exchange.mp3(), float(exchange.value or 0.5))[:-1]))


def _short_mp3(exchange: Exchange) -> None:
    """Whole frames, too few of them. The speech is of one frame size, so a multiple of it is a frame's end."""
    mp3 = exchange.mp3()
    frame = 96  # 32 kbit/s at 24 kHz
    exchange.send(200, _speech(mp3[: round(len(mp3) / frame * float(exchange.value or 0.2)) * frame]))


def _truncated_base64(exchange: Exchange) -> None:
    text = base64.b64encode(exchange.mp3()).decode().rstrip("=")
    exchange.send(200, _speech(text[: len(text) // 8 * 4 + 1]))


def _truncated_line(exchange: Exchange) -> None:
    body = _speech(exchange.mp3())
    exchange.send(200, body[: len(body) // 2])


def _noise(exchange: Exchange) -> None:
    exchange.send(200, _speech(bytes(range(1, 256)) * 20))


def _broken_frames(exchange: Exchange) -> None:
    exchange.send(200, _speech((bytes.fromhex("fff344c4") + b"\xff" * 92) * 40))


def _endless(exchange: Exchange) -> None:
    exchange.send(200, _speech(exchange.mp3() * 60))


FAULTS: dict[str, Callable[[Exchange], None]] = {
    "ok": _good,
    "400": _refusal(400),
    "403": _refusal(403),
    "404": _refusal(404),
    "408": _refusal(408),
    "429": _refusal(429),
    "500": _refusal(500),
    "502": _refusal(502),
    "503": _refusal(503),
    "stall": _stall_before,
    "stall-middle": _stall_middle,
    "drop": Exchange.drop,
    "drop-middle": _drop_middle,
    "drip": _drip,
    "empty": _body(_speech("")),
    "null": _body(answer("null")),
    "html": _page,
    "html-latin": _latin_page,
    "no-line": _body(b')]}\'\n\n25\n[["e",4,null,null,100]\n]\n'),
    "consent": _consent,
    "redirect-loop": _redirect_loop,
    "truncated-mp3": _truncated_mp3,
    "short-mp3": _short_mp3,
    "truncated-base64": _truncated_base64,
    "truncated-line": _truncated_line,
    "noise": _noise,
    "broken-frames": _broken_frames,
    "endless": _endless,
}
