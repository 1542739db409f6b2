"""HTML elements -> headings and blocks in reading order: what pages, Markdown and books share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from audioguide.errors import ImportFailed
from audioguide.importers.article import Block, Heading

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_DEPTH = 400
MAX_ELEMENTS = 200_000
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SILENT = frozenset(
    re.findall(
        r"\w+",
        "head script style noscript template nav button select option textarea input svg math iframe object embed audio "
        "video canvas map menu dialog progress meter datalist rp rt",
    )
)
"""Elements whose content is no text of the article. Of a ruby annotation the base is read."""
_BREAKING = frozenset(
    re.findall(
        r"\w+",
        "html body div p section article main header footer aside hgroup address figure form fieldset details summary "
        "center dl dt dd ul ol li blockquote pre table caption figcaption thead tbody tfoot tr td th hr legend",
    )
)
_KIND_OF = {
    "li": "list",
    "dt": "list",
    "dd": "list",
    "blockquote": "quote",
    "figcaption": "caption",
    "caption": "caption",
}
_ANCHOR = re.compile(r"\b(?:headerlink|header-anchor|anchor|anchorjs-link|mw-editsection|permalink|sr-only|noprint)\b")
_NOTE_MARK = re.compile(r"\b(?:footnote-?ref\w*|reference|noteref|fnref|fn-ref|sdfootnoteanc|footnote-anchor)\b")
_NOTES = re.compile(r"\b(?:footnotes?|endnotes?|footnote-list|reflist|references|rearnotes?)\b")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

Skip = Callable[["HtmlElement"], bool]


def parse(markup: str | bytes, *, encoding: str | None = None) -> HtmlElement:
    """The root element. No entity of a DTD is resolved, nothing is fetched, libxml2's limits stand."""
    from lxml import etree, html

    parser = html.HTMLParser(encoding=encoding, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    data = markup.encode("utf-8", "replace") if isinstance(markup, str) else markup
    if isinstance(markup, str):
        parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True)
    try:
        root = html.document_fromstring(data, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise ImportFailed("there is no text in the page", hint="open it in a browser and save it anew") from error
    if sum(1 for _ in islice(root.iter(), MAX_ELEMENTS + 1)) > MAX_ELEMENTS:
        raise ImportFailed(f"has more than {MAX_ELEMENTS:,} elements", hint="import it in parts")
    return root


def attribute(element: HtmlElement, name: str) -> str:
    """The attribute's value, "" where it is missing."""
    return str(element.get(name) or "")


def names_of(element: HtmlElement) -> str:
    """Class, id, role and EPUB type of an element: what says what it is for."""
    names = ("class", "id", "role", "epub:type", "{http://www.idpf.org/2007/ops}type", "rel")
    return " ".join(attribute(element, name) for name in names).strip().lower()


def walk(element: HtmlElement, *, skip: Skip | None = None) -> Iterator[Heading | Block]:
    """What an element holds, in reading order. `skip` says which elements to leave out with all they hold."""
    walker = _Walker(skip or (lambda _: False))
    walker.visit(element, "paragraph", 0)
    walker.flush("paragraph")
    yield from walker.found


class _Walker:
    """Gathers inline text until something breaks the line."""

    def __init__(self, skip: Skip) -> None:
        self.found: list[Heading | Block] = []
        self._skip = skip
        self._inline: list[str] = []
        self._images: list[str] = []

    def flush(self, kind: str) -> None:
        text = "".join(self._inline)
        self._inline.clear()
        if text.strip():
            self.found.append(Block(kind, text))
        self.found.extend(Block("image", image) for image in self._images if image.strip())
        self._images.clear()

    def visit(self, element: HtmlElement, kind: str, depth: int) -> None:
        """Takes in an element, without the text after it."""
        tag = element.tag
        if not isinstance(tag, str) or depth > MAX_DEPTH or self._is_silent(element):
            return
        tag = tag.rpartition("}")[2].lower()
        special = {"pre": self._code, "table": self._table, "img": self._image, "br": self._break}
        if tag in _HEADINGS or _is_heading_by_role(element):
            self._heading(element, _HEADINGS.get(tag, 0), kind, depth)
        elif tag in special and not (tag == "table" and _is_layout(element)):
            special[tag](element, kind, depth)
        elif tag in _BREAKING:
            self.flush(kind)
            inner = _inner_kind(element, tag, kind)
            self._children(element, inner, depth)
            self.flush(inner)
        else:
            self._children(element, kind, depth)

    def _children(self, element: HtmlElement, kind: str, depth: int) -> None:
        self._inline.append(element.text or "")
        for child in element:
            self.visit(child, kind, depth + 1)
            self._inline.append(child.tail or "")

    def _is_silent(self, element: HtmlElement) -> bool:
        tag = str(element.tag).rpartition("}")[2].lower()
        return (
            tag in _SILENT
            or element.get("hidden") is not None
            or attribute(element, "aria-hidden") == "true"
            or bool(_HIDDEN.search(attribute(element, "style")))
            or bool(_ANCHOR.search(attribute(element, "class")) and tag in {"a", "span"} and _is_mark(element))
            or _is_note_mark(element, tag)
            or _is_count(element, tag)
            or self._skip(element)
        )

    def _heading(self, element: HtmlElement, level: int, kind: str, depth: int) -> None:
        self.flush(kind)
        self._children(element, kind, depth)
        text = "".join(self._inline)
        images, self._images = self._images, []
        self._inline.clear()
        if text.strip() or images:
            self.found.append(Heading(level or int(attribute(element, "aria-level") or 2), text.strip() or images[0]))

    def _code(self, element: HtmlElement, kind: str, depth: int) -> None:
        del depth
        self.flush(kind)
        self.found.append(Block("code", str(element.text_content())))

    def _image(self, element: HtmlElement, kind: str, depth: int) -> None:
        del kind, depth
        self._images.append(attribute(element, "alt"))

    def _break(self, element: HtmlElement, kind: str, depth: int) -> None:
        """One break is a space; two are the end of a paragraph."""
        del element, depth
        before = next((piece for piece in reversed(self._inline) if piece == "\n" or piece.strip()), "")
        if before == "\n":
            self.flush(kind)
        self._inline.append("\n")

    def _table(self, element: HtmlElement, kind: str, depth: int) -> None:
        """A row is a block, its cells set apart by commas."""
        self.flush(kind)
        for caption in element.iter("caption"):
            self._children(caption, "caption", depth + 1)
            self.flush("caption")
        for row in element.iter("tr"):
            cells = [" ".join(str(cell.text_content()).split()) for cell in row if cell.tag in {"td", "th"}]
            if text := ", ".join(filter(None, cells)):
                self.found.append(Block("table", text))


def _inner_kind(element: HtmlElement, tag: str, kind: str) -> str:
    if kind in {"footnote", "caption"}:
        return kind
    if tag in {"section", "aside", "div", "ol", "ul", "li"} and _NOTES.search(names_of(element)):
        return "footnote"
    return _KIND_OF.get(tag, kind)


def _is_heading_by_role(element: HtmlElement) -> bool:
    return attribute(element, "role") == "heading" and attribute(element, "aria-level").strip() in set("123456")


def _is_mark(element: HtmlElement) -> bool:
    """Whether an element beside a heading is a sign or a word of the page's machinery, no word of the heading."""
    text = str(element.text_content()).strip()
    return len(text) <= 2 or text.startswith("[") or "edit" in names_of(element) or "sr-only" in names_of(element)


def _is_note_mark(element: HtmlElement, tag: str) -> bool:
    """Whether an element is the little number that points to a note."""
    if tag not in {"sup", "a", "span"}:
        return False
    text = str(element.text_content()).strip("[]() \n\t*†‡§¶")
    if len(text) > 4:
        return False
    if _NOTE_MARK.search(names_of(element)):
        return True
    links = [attribute(link, "href") for link in element.iter("a")]
    return tag == "sup" and bool(links) and all("#" in link for link in links)


def _is_count(element: HtmlElement, tag: str) -> bool:
    """Whether a link is a paragraph's own number, alone in its place: for citing, not for reading."""
    if tag != "a" or not attribute(element, "href").startswith("#"):
        return False
    text, above = str(element.text_content()).strip(), element.getparent()
    return text.isdecimal() and above is not None and str(above.text_content()).strip() == text


def _is_layout(table: HtmlElement) -> bool:
    """Whether a table holds a page and no figures: headings, paragraphs in plenty, another table, or one cell."""
    if attribute(table, "role") == "presentation" or next(table.iter("h1", "h2", "h3"), None) is not None:
        return True
    if any(inner is not table for inner in table.iter("table")):
        return True
    cells = list(table.iter("td", "th"))
    return len(cells) == 1 or (table.find(".//th") is None and len(list(table.iter("p"))) > len(cells))
