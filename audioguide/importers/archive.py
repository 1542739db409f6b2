"""Zip files read in memory within limits: no entry is ever extracted, and what comes out is counted as it comes."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import IO, TYPE_CHECKING

from audioguide.errors import ImportFailed

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_ENTRIES = 2_000
MAX_ENTRY_BYTES = 50_000_000
MAX_TOTAL_BYTES = 200_000_000
MAX_RATIO = 100
MAX_MARKUP_BYTES = 20_000_000
"""A tree takes ten times the memory of its markup."""
_HARMLESS_BYTES = 1_000_000  # below it a ratio says nothing: a page of blanks packs as well as a bomb
_CHUNK_BYTES = 65_536
_ENTRY_SIGN = b"PK\x01\x02"
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
    LookupError,
)
"""What zipfile raises for files that are cut, locked, or made to break it. LookupError: names in unknown encodings."""


class Archive:
    """A zip file held in memory."""

    def __init__(self, data: bytes) -> None:
        """Reads the list of entries. Raises ImportFailed where it is broken or too long."""
        if data.count(_ENTRY_SIGN) > MAX_ENTRIES:  # before zipfile makes an object of each
            raise ImportFailed(f"holds more than {MAX_ENTRIES:,} files", hint="it does not look like a document")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN as error:
            raise ImportFailed("is damaged: its list of contents cannot be read") from error
        self.names = frozenset(self._zip.namelist())
        self._total = 0

    def read(self, name: str) -> bytes:
        """What an entry holds. Raises ImportFailed where it is missing, damaged or too large."""
        if name not in self.names:
            raise ImportFailed(f'is incomplete: "{name[:80]}" is missing in it')
        try:
            packed = max(self._zip.getinfo(name).compress_size, 1)
            with self._zip.open(name) as entry:
                return self._counted(entry, packed, name)
        except _BROKEN as error:
            raise ImportFailed(f'is damaged or locked: "{name[:80]}" in it cannot be read') from error

    def _counted(self, entry: IO[bytes], packed: int, name: str) -> bytes:
        chunks, size = list[bytes](), 0
        while chunk := entry.read(_CHUNK_BYTES):
            chunks.append(chunk)
            size += len(chunk)
            self._total += len(chunk)
            swollen = size > _HARMLESS_BYTES and size > packed * MAX_RATIO
            if size > MAX_ENTRY_BYTES or self._total > MAX_TOTAL_BYTES or swollen:
                raise ImportFailed(f'is refused: "{name[:80]}" in it unpacks to far too much')
        return b"".join(chunks)

    def xml(self, name: str) -> _Element:
        """The root of an XML entry. No entity is resolved and nothing is fetched."""
        return parse_xml(self.read(name), name)

    def check(self) -> None:
        """Reads every entry once, so that a library may open the file after it. Raises ImportFailed."""
        for name in self.names:
            size = len(self.read(name))
            if name.endswith((".xml", ".rels")) and size > MAX_MARKUP_BYTES:
                raise ImportFailed(f'is refused: "{name[:80]}" in it is larger than {MAX_MARKUP_BYTES // 10**6} MB')


def parse_xml(data: bytes, name: str) -> _Element:
    """The root element of XML data. Raises ImportFailed where it is no XML."""
    from lxml import etree

    if len(data) > MAX_MARKUP_BYTES:
        raise ImportFailed(f'is refused: "{name[:80]}" in it is larger than {MAX_MARKUP_BYTES // 10**6} MB')
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, recover=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise ImportFailed(f'is damaged: "{name[:80]}" in it is not XML') from error
