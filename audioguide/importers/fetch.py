"""Fetch a page from the web, within limits, and never from this machine or the network behind it unless allowed.

A name may resolve to one address when it is checked and to another when it is used, and any redirect may lead inside.
So every hop is resolved here, every address it gives is checked, and the connection goes to a checked address.
"""

from __future__ import annotations

import codecs
import http.client
import ipaddress
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from audioguide import __version__
from audioguide.errors import ImportFailed

MAX_REDIRECTS = 5
MAX_BYTES = 10_000_000
MAX_SECONDS = 20.0
_CHUNK_BYTES = 65_536
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SUFFIXES: dict[str, str] = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
"""A server's media type -> the ending of a file of that format."""

Resolve = Callable[[str, int], Sequence[str]]
Allows = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came, where it came from in the end, and a file name that tells its format."""

    data: bytes
    url: str
    name: str


@dataclass(frozen=True, slots=True)
class Probed:
    """What a server says of a file without sending it."""

    media_type: str
    bytes: int | None
    """None where it does not say."""
    has_ranges: bool
    """Whether it sends a part of the file when asked for one: without that no player can seek."""


def is_url(source: str) -> bool:
    """Whether a source is an address on the web and not a file."""
    return bool(re.match(r"[a-z][a-z0-9+.-]*://", source, re.IGNORECASE))


def is_public(address: str) -> bool:
    """Whether an address lies on the open internet, whatever form it is written in."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or _nat64(ip)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _nat64(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside 64:ff9b::/96 and inside the old ::/96."""
    high = int(ip) >> 32
    return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF) if high in {0x64_FF9B << 64, 0} else None


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system knows them."""
    return list(dict.fromkeys(str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def fetch(url: str, *, allows: Allows = is_public, resolver: Resolve = resolve) -> Fetched:
    """What stands at an http(s) address. `allows` decides which addresses may be connected to; raises ImportFailed."""
    answer = _follow(_Hop(url, time.monotonic() + MAX_SECONDS, allows, resolver))
    assert isinstance(answer, Fetched)
    return answer


def probe(url: str, *, allows: Allows = is_public, resolver: Resolve = resolve) -> Probed:
    """What the server says of a file of any length at an http(s) address, of which it sends a byte; as `fetch` does."""
    answer = _follow(_Hop(url, time.monotonic() + MAX_SECONDS, allows, resolver, probing=True))
    assert isinstance(answer, Probed)
    return answer


def _follow(hop: _Hop) -> Fetched | Probed:
    for _ in range(MAX_REDIRECTS + 1):
        answer = hop.ask()
        if not isinstance(answer, str):
            return answer
        hop = replace(hop, url=answer)
    hint = "open it in a browser and save it"
    raise ImportFailed(f"redirects more than {MAX_REDIRECTS} times", where=hop.url, hint=hint)


@dataclass(frozen=True, slots=True)
class _Hop:
    """One request on the way."""

    url: str
    deadline: float
    allows: Allows
    resolver: Resolve
    probing: bool = False

    def ask(self) -> Fetched | Probed | str:
        """The page, or the address to go on to."""
        parts = self._parts()
        address = self._checked_address(parts)
        connection = self._connect(parts, address)
        watchdog = threading.Timer(max(self.deadline - time.monotonic(), 0.01), _cut, (connection.sock,))
        watchdog.daemon = True
        watchdog.start()
        try:
            answer = self._exchange(connection, parts)
            if time.monotonic() >= self.deadline:  # what was cut looks like an end
                raise TimeoutError
            return answer  # noqa: TRY300 - the check belongs to the exchange
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._failed(self._reason(error)) from error
        finally:
            watchdog.cancel()
            connection.close()

    def _failed(self, message: str, hint: str | None = None) -> ImportFailed:
        return ImportFailed(message, where=self.url, hint=hint)

    def _reason(self, error: Exception) -> str:
        if time.monotonic() >= self.deadline or isinstance(error, TimeoutError):
            return f"no complete answer within {MAX_SECONDS:.0f} s"
        return f"cannot be fetched: {getattr(error, 'strerror', None) or error or type(error).__name__}"

    def _parts(self) -> SplitResult:
        try:
            parts = urlsplit(self.url)
            port = parts.port
        except ValueError as error:
            raise self._failed("not an address on the web", "write it like https://example.org/page") from error
        if parts.scheme.lower() not in _PORTS or not parts.hostname or port == 0:
            raise self._failed("not an http or https address", "write it like https://example.org/page")
        if "@" in parts.netloc:  # a redirect's too: it would stand in the script and in the feed
            raise ImportFailed(
                "holds a user or a password",
                where=parts._replace(netloc=str(parts.hostname)).geturl(),
                hint="save the page, and import the file",
            )
        if re.search(r"[\x00-\x20\x7f]", self.url):
            raise self._failed("an address with blanks or control characters", "write %20 for a blank")
        return parts

    def _checked_address(self, parts: SplitResult) -> str:
        host, port = str(parts.hostname), _port(parts)
        try:
            addresses = self._resolved(host, port)
        except (OSError, UnicodeError) as error:
            raise self._failed(f'the host "{host}" is not found', "check the address and the network") from error
        if not addresses:
            raise self._failed(f'the host "{host}" has no address')
        if refused := next((address for address in addresses if not self._allowed(address)), None):
            message = f"leads to {refused}, which is this machine or a private network"
            raise self._failed(message, "if that is what you want, add --allow-private")
        return addresses[0]

    def _allowed(self, address: str) -> bool:
        try:
            return self.allows(address)
        except ValueError:
            return False

    def _resolved(self, host: str, port: int) -> Sequence[str]:
        """The host's addresses; a resolver that hangs is left behind at the deadline."""
        answers: queue.SimpleQueue[Sequence[str] | OSError | UnicodeError] = queue.SimpleQueue()

        def look_up() -> None:
            try:
                answers.put(self.resolver(host, port))
            except (OSError, UnicodeError) as error:
                answers.put(error)

        threading.Thread(target=look_up, daemon=True).start()
        try:
            answer = answers.get(timeout=max(self.deadline - time.monotonic(), 0.01))
        except queue.Empty:
            raise TimeoutError("the name server does not answer") from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _connect(self, parts: SplitResult, address: str) -> http.client.HTTPConnection:
        """A connection to the checked address that speaks to the host by its name."""
        host, port = str(parts.hostname), _port(parts)
        left_s = max(self.deadline - time.monotonic(), 0.01)
        connection = http.client.HTTPConnection(host, port, timeout=left_s)
        connection.default_port = _PORTS[parts.scheme.lower()]  # so that the Host header names no port in vain
        try:
            connection.sock = socket.create_connection((address, port), timeout=left_s)
            if parts.scheme.lower() == "https":
                connection.sock = ssl.create_default_context().wrap_socket(connection.sock, server_hostname=host)
        except (OSError, ValueError) as error:
            connection.close()
            raise self._failed(self._reason(error), "check the address and the network") from error
        return connection

    def _exchange(self, connection: http.client.HTTPConnection, parts: SplitResult) -> Fetched | Probed | str:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {
            "User-Agent": f"audioguide/{__version__}",
            "Accept": "text/html,application/xhtml+xml,text/markdown,text/plain,*/*;q=0.5",
            "Accept-Encoding": "identity",
            "Connection": "close",
            **({"Range": "bytes=0-0"} if self.probing else {}),
        }
        connection.request("GET", _ascii(target), headers=headers)
        response = connection.getresponse()
        if response.status in _REDIRECTS and (target := response.headers.get("Location") or ""):
            return urljoin(self.url, _ascii(target.strip()))
        if self.probing and response.status in {200, 206}:
            return _probed(response)
        if response.status != 200:
            raise self._failed(f"the server answers {response.status} {response.reason}".strip())
        data = self._body(response)
        return Fetched(_in_utf8(data, response), self.url, _name(parts, response))

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise self._failed("the server sends it packed though it was asked not to", "save it in a browser")
        chunks, size = list[bytes](), 0
        while chunk := response.read(_CHUNK_BYTES):
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_BYTES:
                raise self._failed(f"larger than {MAX_BYTES // 10**6} MB", "save it, and import the file")
        if response.length:
            raise self._failed("the connection ended before the page did", "try again")
        return b"".join(chunks)


def _probed(response: http.client.HTTPResponse) -> Probed:
    has_ranges = response.status == 206
    size = response.headers.get("Content-Range" if has_ranges else "Content-Length", "").rpartition("/")[2]
    return Probed(_media_type(response), int(size) if re.fullmatch(r"[0-9]+", size) else None, has_ranges)


def _cut(sock: socket.socket) -> None:
    """Ends a connection that goes on past the deadline, however slowly it drips."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme.lower()]


def _ascii(target: str) -> str:
    """The path with everything beyond ASCII percent-encoded."""
    return quote(target, safe="!#$%&'()*+,/:;=?@[]~")


def _media_type(response: http.client.HTTPResponse) -> str:
    return response.headers.get_content_type() if response.headers.get("Content-Type") else ""


def _name(parts: SplitResult, response: http.client.HTTPResponse) -> str:
    """The last part of the path, with the ending of the format that the server names."""
    path = PurePosixPath(unquote(parts.path))
    media_type = _media_type(response)
    suffix = _SUFFIXES.get(media_type, "")
    if media_type == "text/plain" and path.suffix.lower() in {".md", ".markdown"}:
        suffix = ".md"
    stem = path.stem or str(parts.hostname).replace(".", "-")
    return stem + suffix if suffix else path.name


def _in_utf8(data: bytes, response: http.client.HTTPResponse) -> bytes:
    """Text that the server says is in another encoding, as UTF-8 with its mark; everything else as it came."""
    charset = response.headers.get_content_charset() or ""
    if not _media_type(response).startswith("text/") or not charset:
        return data
    try:
        return codecs.BOM_UTF8 + data.decode(charset).removeprefix("\ufeff").encode("utf-8")
    except (LookupError, UnicodeError):
        return data
