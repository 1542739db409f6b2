"""EPUB -> Article: the files of the spine in order, the table of contents where they have no headings."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from audioguide.errors import ImportFailed
from audioguide.importers.archive import MAX_MARKUP_BYTES, Archive
from audioguide.importers.article import Article, Block, Heading, clean, make_article
from audioguide.importers.markup import attribute, names_of, parse, walk

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

_CONTAINER = "META-INF/container.xml"
_NS = {
    "c": "urn:oasis:names:tc:opendocument:xmlns:container",
    "opf": "http://www.idpf.org/2007/opf",
    "dc": "http://purl.org/dc/elements/1.1/",
    "ncx": "http://www.daisy.org/z3986/2005/ncx/",
}
_PAGES = frozenset({"application/xhtml+xml", "text/html", "application/html+xml", "text/x-oeb1-document"})
_NOT_READ = frozenset({"cover", "titlepage", "toc", "landmarks", "loi", "lot", "copyright-page"})
"""Files of these EPUB types are for the eyes: they say again what the book's data says, or point elsewhere."""
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_MACHINERY = frozenset({"navheader", "navfooter", "sphinxsidebar", "toctree-wrapper"})
LINKS_OF_CONTENTS = 5
"""A file with fewer links to other files is no table of contents, however little else it holds."""


@dataclass(frozen=True, slots=True)
class _Book:
    """A book's archive and its package document."""

    archive: Archive
    folder: str
    package: _Element
    items: dict[str, tuple[str, str, str]]
    """Id -> path in the archive, media type, properties."""

    def text_of(self, name: str) -> str:
        element = self.package.find(f".//dc:{name}", _NS)
        return clean("".join(map(str, element.itertext()))) if element is not None else ""


def read(data: bytes, known: Article, *, name: str = "") -> Article:
    """The article of a whole book; its top headings are its chapters."""
    book = _open(Archive(data))
    creators = [clean("".join(map(str, one.itertext()))) for one in book.package.iterfind(".//dc:creator", _NS)]
    known = replace(
        known,
        title=book.text_of("title") or known.title,
        author=", ".join(filter(None, creators)) or known.author,
        date=book.text_of("date"),
        language=book.text_of("language") or known.language,
        description=_plain(book.text_of("description")),
        license=book.text_of("rights"),
        cover=_cover(book),
    )
    return make_article(known, _stream(book), name=name)


def _plain(text: str) -> str:
    """A description without the tags that some books have in it."""
    return clean(str(parse(text).text_content())) if "<" in text else text


def _open(archive: Archive) -> _Book:
    container = archive.xml(_CONTAINER)
    rootfile = container.find(".//c:rootfile", _NS)
    path = str(rootfile.get("full-path") or "") if rootfile is not None else ""
    package, folder = archive.xml(path), posixpath.dirname(path)
    items = {
        str(item.get("id")): (
            _inside(folder, str(item.get("href") or "")),
            str(item.get("media-type") or ""),
            str(item.get("properties") or ""),
        )
        for item in package.iterfind(".//opf:manifest/opf:item", _NS)
    }
    return _Book(archive, folder, package, items)


def _inside(folder: str, link: str) -> str:
    """The path in the archive that a link leads to."""
    return posixpath.normpath(posixpath.join(folder, unquote(urlsplit(link).path)))


def _stream(book: _Book) -> Iterator[Heading | Block]:
    contents = _contents(book)
    read = set[str]()
    for reference in book.package.iterfind(".//opf:spine/opf:itemref", _NS):
        path, media_type, properties = book.items.get(str(reference.get("idref")), ("", "", ""))
        if media_type not in _PAGES or "nav" in properties.split() or str(reference.get("linear")) == "no":
            continue
        if path not in read:  # some books list each section of a file, and mean the file
            read.add(path)
            yield from _page(book, path, contents.get(path, {}))


def _page(book: _Book, path: str, listed: _Listed) -> Iterator[Heading | Block]:
    """What a file of the spine holds, with the headings that the table of contents names in it."""
    data = book.archive.read(path)
    if len(data) > MAX_MARKUP_BYTES:
        raise ImportFailed(f'is refused: "{path[:80]}" in it is larger than {MAX_MARKUP_BYTES // 10**6} MB')
    if not data.strip():
        return
    root = parse(data, encoding=_encoding(data))
    body = root.find(".//body")
    body = root if body is None else body
    outer = [body, *([body[0]] if len(body) == 1 else [])]
    if any(_NOT_READ & set(names_of(element).split()) for element in outer):
        return
    if _is_contents(body):
        return
    _mark_headings(body, listed)
    found = list(walk(body, skip=_is_machinery))
    if "" in listed and found and not any(isinstance(event, Heading) for event in found):
        yield listed[""]
    yield from found


def _is_machinery(element: HtmlElement) -> bool:
    """Whether an element leads through the book, as a page that was made of a site may."""
    return attribute(element, "role") == "navigation" or bool(_MACHINERY & set(attribute(element, "class").split()))


def _is_contents(body: HtmlElement) -> bool:
    """Whether a file does nothing but point to others: a printed table of contents, an index, a list of figures."""
    links = [link for link in body.iter("a") if _leads_elsewhere(attribute(link, "href"))]
    linked = sum(_letters(link) for link in links)
    headed = sum(_letters(one) for one in body.iter(*_HEADINGS) if one.find(".//a") is None)
    return len(links) >= LINKS_OF_CONTENTS and linked > 0.7 * (_letters(body) - headed)


def _letters(element: HtmlElement) -> int:
    return len("".join(str(element.text_content()).split()))


def _leads_elsewhere(link: str) -> bool:
    """Whether a link leads to another file of the book."""
    parts = urlsplit(link)
    return bool(parts.path) and not parts.scheme and not parts.netloc


def _mark_headings(body: HtmlElement, listed: _Listed) -> None:
    """Make headings of the lines that the table of contents names, where the file has them as bold text or the like."""
    own = next((int(element.tag[1]) for element in body.iter(*_HEADINGS)), None)
    above = listed.get("")
    elements = reversed(list(body.iter()))  # of two with one name the first holds
    named = {name: one for one in elements for name in (one.get("id"), one.get("name")) if name in listed}
    for place, heading in listed.items():
        line = _line_of(named.get(place) if place else None, body)
        if line is None or _bare(str(line.text_content())) != _bare(heading.text):
            continue
        level = heading.level if own is None or above is None else own + heading.level - above.level
        line.tag = f"h{min(6, max(1, level))}"


def _line_of(found: HtmlElement | None, body: HtmlElement) -> HtmlElement | None:
    """The line of text around an element that an address leads to; None where it is a heading already, or holds more."""
    while found is not None and found.tag in {"a", "span", "b", "strong", "i", "em", "font"}:
        found = found.getparent()
    return found if found is not None and found.tag in {"p", "div"} and found is not body else None


def _bare(text: str) -> str:
    """A title without blanks, capitals and the numbers before it, which only one of two places may have."""
    return "".join(character for character in text.casefold() if character.isalpha())


def _encoding(data: bytes) -> str:
    """UTF-8 or UTF-16, as EPUB has it; what an XML declaration says where it is neither."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


_Listed = dict[str, Heading]
"""What a table of contents says of one file: place in it -> title and depth, "" for the file itself."""


def _contents(book: _Book) -> dict[str, _Listed]:
    """Path of a file -> what the table of contents says of it."""
    for path, media_type, properties in book.items.values():
        if "nav" in properties.split() and path in book.archive.names:
            return _of_nav(book, path)
        if media_type == "application/x-dtbncx+xml" and path in book.archive.names:
            return _of_ncx(book, path)
    return {}


def _of_nav(book: _Book, path: str) -> dict[str, _Listed]:
    found = dict[str, _Listed]()
    root = parse(book.archive.read(path), encoding="utf-8")
    for nav in root.iter("nav"):
        if "toc" not in names_of(nav):
            continue
        for link in nav.iter("a"):
            depth = sum(1 for above in link.iterancestors("ol"))
            _list(found, path, str(link.get("href") or ""), Heading(depth, str(link.text_content())))
    return found


def _list(found: dict[str, _Listed], path: str, link: str, heading: Heading) -> None:
    """Note what a table of contents at `path` says of the place that a link in it leads to."""
    listed = found.setdefault(_inside(posixpath.dirname(path), link), {})
    place = unquote(urlsplit(link).fragment)
    listed.setdefault("", heading)  # the first entry names the file, wherever in it it points
    listed.setdefault(place, heading)


def _of_ncx(book: _Book, path: str) -> dict[str, _Listed]:
    found = dict[str, _Listed]()
    for point in book.archive.xml(path).iterfind(".//ncx:navPoint", _NS):
        label, content = point.find("ncx:navLabel/ncx:text", _NS), point.find("ncx:content", _NS)
        if label is None or content is None:
            continue
        depth = 1 + sum(1 for above in point.iterancestors(f"{{{_NS['ncx']}}}navPoint"))
        _list(found, path, str(content.get("src") or ""), Heading(depth, str(label.text or "")))
    return found


def _cover(book: _Book) -> bytes:
    """The cover picture's data, b"" where there is none."""
    meta = book.package.find(".//opf:meta[@name='cover']", _NS)
    by_id = book.items.get(str(meta.get("content")) if meta is not None else "")
    by_property = next((item for item in book.items.values() if "cover-image" in item[2].split()), None)
    item = by_property or by_id
    if item is None or not item[1].startswith("image/") or item[0] not in book.archive.names:
        return b""
    return book.archive.read(item[0])
