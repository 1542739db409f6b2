"""Ogg pages: packets out of a stream, and a stream out of packets."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

from audioguide.errors import AudioError

_HEADER = struct.Struct("<4sBBqIIIB")
"""Magic, version, flags, granule position, serial number, page number, checksum, how many lengths follow."""
_CRC_AT = 22
_CONTINUED, _FIRST, _LAST = 1, 2, 4
_UNFINISHED = -1
"""The granule position of a page on which no packet ends."""
_MOST_LENGTHS = 255
_SERIAL = 1
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def read_packets(data: bytes) -> list[bytes]:
    """Every packet of a stream that fills `data`. Raises AudioError for anything else."""
    packets: list[bytes] = []
    open_packet = b""
    for lengths, body in _read_pages(data):
        position = 0
        for length in lengths:
            open_packet += body[position : position + length]
            position += length
            if length < _MOST_LENGTHS:
                packets.append(open_packet)
                open_packet = b""
    return packets


def _read_pages(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The lengths and the body of each page."""
    position = 0
    while position < len(data):
        head = data[position : position + _HEADER.size]
        if len(head) < _HEADER.size or not head.startswith(b"OggS"):
            raise AudioError(f"no Ogg page begins at byte {position}")
        position += _HEADER.size
        lengths = data[position : position + head[-1]]
        position += len(lengths)
        body = data[position : position + sum(lengths)]
        position += len(body)
        if len(lengths) < head[-1] or len(body) < sum(lengths):
            raise AudioError("the last Ogg page is cut short")
        yield lengths, body


@dataclass(slots=True)
class OggWriter:
    """One logical stream, page after page."""

    file: IO[bytes]
    pages: int = field(default=0)

    def header(self, packet: bytes) -> None:
        """Write a packet on pages of its own, at granule position 0."""
        lengths = _lacing(packet)
        start = 0
        for first in range(0, len(lengths), _MOST_LENGTHS):
            of_page = lengths[first : first + _MOST_LENGTHS]
            end = start + sum(of_page)
            granule = 0 if end == len(packet) and first + len(of_page) == len(lengths) else _UNFINISHED
            self._page(of_page, packet[start:end], granule, _CONTINUED if first else 0)
            start = end

    def sound(self, packets: Sequence[bytes], granule: int, *, last: bool = False) -> None:
        """Write a page of packets that ends at a granule position."""
        lengths = b"".join(map(_lacing, packets))
        self._page(lengths, b"".join(packets), granule, _LAST if last else 0)

    def _page(self, lengths: bytes, body: bytes, granule: int, flags: int) -> None:
        flags |= 0 if self.pages else _FIRST
        head = _HEADER.pack(b"OggS", 0, flags, granule, _SERIAL, self.pages, 0, len(lengths))
        page = bytearray(head + lengths + body)
        struct.pack_into("<I", page, _CRC_AT, checksum(page))
        self.file.write(page)
        self.pages += 1


def lacing_count(packet: bytes) -> int:
    """How many of a page's 255 lengths a packet takes."""
    return len(packet) // _MOST_LENGTHS + 1


def _lacing(packet: bytes) -> bytes:
    """The packet's length as a page tells it: 255 for as often as it goes, and the rest."""
    return b"\xff" * (len(packet) // _MOST_LENGTHS) + bytes([len(packet) % _MOST_LENGTHS])


def checksum(page: bytes | bytearray) -> int:
    """Ogg's CRC-32: zlib's polynomial with the highest bit first, from 0, not inverted."""
    mirrored = zlib.crc32(bytes(page).translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRRORED), "big")
