"""A web page -> Article: its main text without the page's machinery, and what its head says."""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from copy import deepcopy
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from audioguide.importers.article import MAX_WORDS_ABOVE_TITLE, Article, Block, Heading, clean, key, make_article
from audioguide.importers.markup import attribute, names_of, parse, walk

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MACHINERY_TAGS = frozenset({"nav", "aside", "footer", "form"})
_MACHINERY_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary", "menu", "menubar"})
_MACHINERY = re.compile(
    r"(?:^|[\s_-])(?:nav(?:bar|igation|box|header|footer)?|menu|side-?bar|bread-?crumbs?|footer|cookies?|share(?:daddy)?|sharing|jp-relatedposts|"
    r"social|comments?|respond|disqus|related|recommended|toc|table-?of-?contents|pagination|pager|newsletter|"
    r"subscribe|subscription|advert\w*|ads?|promo|popup|modal|skip-?link|search|login|signup|mw-jump-link|catlinks|"
    r"printfooter|siteSub|rst-versions|headerlink|tags-?links|post-?nav\w*|author-?(?:bio|box)|masthead|topbar|"
    r"widgets?(?:-area)?)(?:$|[\s_-])"
)
_NO_PAGE = frozenset(
    {"unicode-escape", "raw-unicode-escape", "unicode_escape", "raw_unicode_escape", "idna", "punycode"}
)
"""Encodings that Python has and no page is in."""
_MAX_SCRIPTS, _MAX_SCRIPT_CHARS = 200, 500_000
_NEARLY_ALL = 0.95
_MIN_SEARCHED_CHARS = 3_000
_MAX_SEARCHED_ELEMENTS = 10_000
"""Shorter pages have little machinery, and it takes half a second to load what looks for it; on longer ones it takes
time by the square of their length."""
_MIN_SHARE = 0.4
"""An element that holds this much of the page's text is its main text, whatever its name is."""


def read(data: bytes, known: Article, *, name: str = "") -> Article:
    """The article of an HTML page."""
    root = parse(_text(data))
    known = _described(root, known)
    main = _main(root)
    total = max(_length(main), 1)

    def is_machinery(element: HtmlElement) -> bool:
        return element is not main and _is_machinery(element, main) and _length(element) < total * _MIN_SHARE

    stream = list(walk(main, skip=is_machinery))
    title = _title(root, known, stream)
    return make_article(replace(known, title=title), _without_site(root, title, stream), name=name)


def _text(data: bytes) -> str:
    """The page as text: by a byte order mark, by what the page says, as UTF-8 where it fits, else as browsers do."""
    marks = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
    marked = next((encoding for mark, encoding in marks.items() if data.startswith(mark)), "")
    declared = re.search(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w-]{3,20})""", data[:2048])
    for candidate in (marked, declared[1].decode("ascii") if declared else "", "utf-8"):
        try:
            if candidate and codecs.lookup(candidate).name not in _NO_PAGE:
                return data.decode(candidate)
        except (LookupError, UnicodeError):
            continue
    return data.decode("windows-1252", "replace")


def _length(element: HtmlElement) -> int:
    return len(str(element.text_content()))


def _main(root: HtmlElement) -> HtmlElement:
    """The element that holds the article: named so, or the smallest around what reads like one."""
    body = root.find(".//body")
    body = root if body is None else body
    whole = max(_length(body), 1)
    for path in (".//main", ".//*[@role='main']", ".//article", ".//*[@itemprop='articleBody']"):
        found: list[HtmlElement] = root.findall(path)
        if found and _length(largest := max(found, key=_length)) > whole * _MIN_SHARE / 2:
            return largest
    searched = whole > _MIN_SEARCHED_CHARS and sum(1 for _ in body.iter()) <= _MAX_SEARCHED_ELEMENTS
    return _around_text(root, body) if searched else body


def _around_text(root: HtmlElement, body: HtmlElement) -> HtmlElement:
    """The smallest element around nearly all that trafilatura takes for the article; the body where that is little."""
    import trafilatura

    text = (
        trafilatura.extract(deepcopy(root), fast=True, favor_recall=True, include_comments=False, include_tables=False)
        or ""
    )
    lines = {key(line)[:80] for line in text.splitlines() if len(line) >= 40}
    inside: Counter[HtmlElement] = Counter()
    for element in body.iter("p", "li", "blockquote", "dd", "td", "div"):
        own = element.tag != "div" or element.find(".//p") is None
        if own and (length := _length(element)) >= 40 and key(str(element.text_content()))[:80] in lines:
            inside.update(dict.fromkeys((element, *element.iterancestors()), length))
    covered = inside[body]
    if covered < _length(body) * _MIN_SHARE / 2:
        return body
    around = min((one for one, length in inside.items() if length >= covered * _NEARLY_ALL), key=_length)
    while around is not body and _headings_in(around) * 2 < _headings_in(body):
        around = around.getparent()
    return around


def _headings_in(element: HtmlElement) -> int:
    return sum(1 for _ in element.iter("h1", "h2", "h3", "h4", "h5", "h6"))


def _is_machinery(element: HtmlElement, main: HtmlElement) -> bool:
    tag = str(element.tag)
    if tag in _MACHINERY_TAGS or attribute(element, "role") in _MACHINERY_ROLES:
        return True
    if tag == "header" and element.getparent() is main and main.tag == "body":
        return element.find(".//h1") is None
    if tag in {"body", "html", "h1", "h2", "h3", "p", "a", "span"} or not _MACHINERY.search(names_of(element)):
        return False
    heading = next(element.iter("h1", "h2", "h3", "h4", "h5", "h6"), None)  # ids are often made of headings
    named_after = heading is not None and key(attribute(element, "id")) in key(str(heading.text_content()))
    return not named_after or bool(_MACHINERY.search(attribute(element, "class").lower()))


_META: dict[str, tuple[str, ...]] = {
    "author": ("author", "article:author", "dc.creator", "dcterms.creator", "citation_author", "parsely-author"),
    "date": ("article:published_time", "date", "dc.date", "dcterms.date", "datePublished", "citation_publication_date"),
    "description": ("description", "og:description", "dc.description"),
    "image": ("og:image", "twitter:image"),
}


def _described(root: HtmlElement, known: Article) -> Article:
    metas: dict[str, str] = {}
    for meta in root.iter("meta"):
        named = attribute(meta, "name") or attribute(meta, "property") or attribute(meta, "itemprop")
        metas.setdefault(named.lower(), clean(attribute(meta, "content")))
    found = {
        field: text
        for field, names in _META.items()
        if (text := next((text for name in names if (text := metas.get(name.lower(), ""))), ""))
    }
    for field, text in _linked_data(root).items():
        found.setdefault(field, text)
    links = [link for link in root.iter("link") if attribute(link, "rel").lower() == "canonical"]
    address = urljoin(known.link, attribute(links[0], "href") if links else metas.get("og:url", "")).strip()
    if re.match(r"https?://", address):
        known = replace(known, link=clean(address))
    language = attribute(root, "lang") or attribute(root, "{http://www.w3.org/XML/1998/namespace}lang")
    found["language"] = clean(language) or metas.get("og:locale", "").replace("_", "-")
    tags = tuple(filter(None, map(clean, metas.get("keywords", "").split(","))))
    if known.link and "image" in found:
        found["image"] = urljoin(known.link, found["image"])
    given = {field: value for field, value in found.items() if value and not getattr(known, field)}
    return replace(known, **given, tags=known.tags or tags)  # type: ignore[arg-type]  # text fields, by _META


def _linked_data(root: HtmlElement) -> dict[str, str]:
    """What a page says of its article in JSON-LD: author, date, picture."""
    for script in islice(root.iter("script"), _MAX_SCRIPTS):
        if attribute(script, "type").lower() != "application/ld+json":
            continue
        try:
            data = json.loads(str(script.text or "")[:_MAX_SCRIPT_CHARS])
        except (ValueError, RecursionError):
            continue
        graph = data.get("@graph", [data]) if isinstance(data, dict) else data
        for entry in graph if isinstance(graph, list) else []:
            if isinstance(entry, dict) and "datePublished" in entry:
                values = {
                    "author": entry.get("author"),
                    "date": entry["datePublished"],
                    "image": _first(entry.get("image")),
                }
                return {field: text for field, value in values.items() if (text := _named(value))}
    return {}


def _first(value: object) -> object:
    return value[0] if isinstance(value, list) and value else value


def _named(value: object) -> str:
    """A name, an address or a text in linked data, all of several."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_named, value[:5])))
    if isinstance(value, dict):
        return _named(value.get("name") or value.get("url"))
    return clean(value) if isinstance(value, str) else ""


def _title(root: HtmlElement, known: Article, stream: list[Heading | Block]) -> str:
    """The title: what the page's head says, in the words of the heading that says it too; else "" for a top heading."""
    headings = [event for event in stream if isinstance(event, Heading)]
    tops = [event.text for event in headings if event.level == 1]
    outside = [] if tops else [clean(str(one.text_content())) for one in root.iter("h1")][:1]
    head = _titles_of_head(root)
    exact = next((event.text for one in head for event in headings if key(one) == key(event.text)), "")
    if known.title or exact or len(tops) == 1:
        return known.title or exact
    near = [one for one in (*outside, *[event.text for event in headings[:1]], *tops) if key(one)]
    return next((one for one in near if _agree(key(one), key(head[-1]))), head[0]) if head else ""


def _titles_of_head(root: HtmlElement) -> list[str]:
    """What the head may mean by the title: for readers elsewhere, without the site's name, and whole. Best first."""
    shared = [
        clean(attribute(meta, "content"))
        for meta in root.iter("meta")
        if (attribute(meta, "property") or attribute(meta, "name")) in {"og:title", "twitter:title"}
    ]
    element = root.find(".//head/title")
    whole = clean("" if element is None else str(element.text_content()))
    return [title for title in (*shared, *re.split(r"\s+[|–—·»-]\s+", whole), whole) if key(title)]


def _without_site(root: HtmlElement, title: str, stream: list[Heading | Block]) -> list[Heading | Block]:
    """The stream from the heading that is the title, where nothing but the site's name and a motto stand above it."""
    at = next((place for place, event in enumerate(stream) if key(event.text) == key(title)), 0)
    above, names = stream[:at], {key(name) for name in _titles_of_head(root)}
    headings = [event for event in above if isinstance(event, Heading)]
    words = sum(len(event.text.split()) for event in above)
    named = headings and all(key(heading.text) in names for heading in headings)
    return stream[at:] if named and words <= MAX_WORDS_ABOVE_TITLE else stream


def _agree(heading: str, title: str) -> bool:
    """Whether one of the two is a part of the other, but for a chapter's number."""
    bare = re.sub(r"^[\d ]+", "", heading) or heading
    return f" {bare} " in f" {title} " or (title != "" and f" {title} " in f" {bare} ")
