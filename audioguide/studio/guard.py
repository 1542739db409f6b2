"""Who may ask what: this machine alone, pages of this server alone, and changes only with the token that the page has."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER = "x-studio-token"  # noqa: S105 - a header's name
MAX_BODY_BYTES = 1_000_000
_NAMES = ("127.0.0.1", "localhost", "[::1]")
_OPEN = ("/static/",)
"""What holds nothing of anybody: the page's own files."""
SAFE_METHODS = {"GET", "HEAD"}
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; media-src 'self' blob:; img-src 'self' data:; object-src 'none'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Refusal(Exception):
    """A request that is not answered, and why."""

    def __init__(self, status: int, message: str, hint: str | None = None) -> None:
        """`message` is for the person who sees it in a browser."""
        super().__init__(message)
        self.status, self.message, self.hint = status, message, hint


def refused(refusal: Refusal) -> Response:
    """The answer to it, in the shape of every error."""
    error = {"where": None, "message": refusal.message, "hint": refusal.hint, "kind": "Refused"}
    return JSONResponse({"error": error}, status_code=refusal.status)


class Guard:
    """Stands before the application: looks at each request, and puts the headers on each answer."""

    def __init__(self, app: ASGIApp, *, port: int, token: str) -> None:
        """`port` is the one that the server listens on."""
        self.app = app
        self.port = port
        self.token = token
        self.hosts = {f"{name}:{port}" for name in _NAMES} | (set(_NAMES) if port == 80 else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] != "http":
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store" if scope["path"].startswith("/api/") else "no-cache")
            await send(message)

        try:
            self._check(scope)
            body = _Limited(receive) if scope["method"] not in SAFE_METHODS else None
            await self.app(scope, body or receive, dressed)
        except Refusal as refusal:
            await self._refuse(refusal, scope, receive, dressed)

    async def _refuse(self, refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/api/"):
            await refused(refusal)(scope, receive, send)
            return
        told = f"{refusal.message}\n{refusal.hint or ''}".strip()
        await PlainTextResponse(f"{told}\n", status_code=refusal.status)(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        if headers.getlist("host") and headers.get("host", "").lower() not in self.hosts:
            raise Refusal(403, "This server answers under the name of this machine alone.")
        if not headers.getlist("host"):
            raise Refusal(403, "The request names no host.")
        if scope["method"] in SAFE_METHODS:
            self._check_reading(scope, headers)
        else:
            self._check_change(headers)

    def _check_reading(self, scope: Scope, headers: Headers) -> None:
        """What a script holds takes the token too, which the page's cookie has: no other site's page makes the server speak."""
        if scope["path"] == "/" or scope["path"].startswith(_OPEN):
            return
        given = QueryParams(scope["query_string"]).get("token", "")
        if not (self._is_token(given) or self._is_token(cookie_of(headers, self.port))):
            raise Refusal(403, "The token is missing.", "Open the address that `audioguide studio` printed.")

    def _check_change(self, headers: Headers) -> None:
        origin = headers.get("origin", "").lower()
        if origin not in {f"http://{host}" for host in self.hosts} or origin != f"http://{headers['host'].lower()}":
            raise Refusal(403, "Only pages of this server may change anything.")
        if not self._is_token(headers.get(TOKEN_HEADER, "")):
            raise Refusal(403, "The token is missing or old.", "Load the page again.")
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refusal(415, "A change is sent as application/json.")
        if int(length if (length := headers.get("content-length", "0")).isdecimal() else 0) > MAX_BODY_BYTES:
            raise Refusal(413, "The change is larger than 1 MB.")

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())


class _Limited:
    """A body of which no more is read than is allowed, whatever its length is said to be."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._bytes = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > MAX_BODY_BYTES:
            raise Refusal(413, "The change is larger than 1 MB.")
        return message


def cookie_name(port: int) -> str:
    """Cookies are shared by all ports of a machine, so that each server has a name of its own."""
    return f"audioguide-studio-{port}"


def cookie_of(headers: Headers, port: int) -> str:
    """The token in the request's cookie, "" where there is none."""
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    found = cookies.get(cookie_name(port))
    return found.value if found else ""
