"""One article in every format that is imported, made here so that each test knows what is in it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

TITLE = "A Walk to the Fort"
AUTHOR = "Ann Walker"
INTRODUCTION = "The path begins behind the old station, where the bus turns round."
SECTIONS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("The Harbour", 2, ("Boats leave here in the morning.", "Most of them are back before noon.")),
    ("The Market", 3, ("Fish is sold where the boats lie.",)),
    ("The Fort", 2, ("It was built in three years & never taken.",)),
)
"""Heading, level as in HTML, paragraphs."""
TITLES = ("Introduction", *(title for title, _, _ in SECTIONS))
SENTENCES = (INTRODUCTION, *(text for _, _, texts in SECTIONS for text in texts))


def text() -> bytes:
    """Plain text with blank lines around headings."""
    blocks = [TITLE, f"By {AUTHOR}", INTRODUCTION]
    for title, _, texts in SECTIONS:
        blocks += [title, *texts]
    return "\n\n".join(blocks).encode()


def markdown() -> bytes:
    """Markdown with front matter."""
    matter = f"---\ntitle: {TITLE}\nauthor: {AUTHOR}\ndate: 2026-05-01\nlang: en-GB\ntags: [walks, harbours]\n---\n"
    blocks = [f"# {TITLE}", INTRODUCTION]
    for title, level, texts in SECTIONS:
        blocks += [f"{'#' * level} {title}", *texts]
    return (matter + "\n\n".join(blocks) + "\n").encode()


def html() -> bytes:
    """A page with a menu, a side bar and a foot around the article."""
    body = f"<h1>{TITLE}</h1><p>{INTRODUCTION}</p>" + "".join(map(_section, SECTIONS))
    return f"""<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>{TITLE} | Walks</title>
<meta name="author" content="{AUTHOR}"><meta property="article:published_time" content="2026-05-01">
<link rel="canonical" href="https://example.org/fort"></head>
<body><nav><ul><li><a href="/">Home</a></li></ul></nav><main><article>{body}</article></main>
<aside class="sidebar"><h2>Related walks</h2><p>Another one.</p></aside>
<footer><h3>About us</h3><p>We walk.</p></footer></body></html>""".encode()


def _section(section: tuple[str, int, tuple[str, ...]]) -> str:
    title, level, texts = section
    paragraphs = "".join(f"<p>{one.replace('&', '&amp;')}</p>" for one in texts)
    return f"<h{level}>{title}</h{level}>{paragraphs}"


def docx() -> bytes:
    """A Word document with a Title and Headings."""
    from docx import Document

    document = Document()
    document.core_properties.author = AUTHOR
    document.add_heading(TITLE, 0)
    document.add_paragraph(INTRODUCTION)
    for title, level, texts in SECTIONS:
        document.add_heading(title, level - 1)
        for one in texts:
            document.add_paragraph(one)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


CONTAINER = """<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""


def package(*, chapters: int, metadata: str = "", manifest: str = "") -> str:
    """The package document of a book with so many chapters, `c0.xhtml` and on."""
    items = "".join(
        f'<item id="c{number}" href="c{number}.xhtml" media-type="application/xhtml+xml"/>'
        for number in range(chapters)
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(chapters))
    return f"""<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{TITLE}</dc:title><dc:creator>{AUTHOR}</dc:creator>
<dc:language>en-GB</dc:language>{metadata}</metadata>
<manifest>{items}{manifest}</manifest><spine>{spine}</spine></package>"""


def page(body: str) -> str:
    """An XHTML page."""
    return f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head/><body>{body}</body></html>'


def book(files: Mapping[str, str | bytes]) -> bytes:
    """An EPUB that holds these files beside its container."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("META-INF/container.xml", CONTAINER)
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def epub() -> bytes:
    """A book of two files."""
    first = f"<h1>{TITLE}</h1><p>{INTRODUCTION}</p>" + "".join(map(_section, SECTIONS[:2]))
    pages = {"OEBPS/c0.xhtml": page(first), "OEBPS/c1.xhtml": page(_section(SECTIONS[2]))}
    return book({"OEBPS/book.opf": package(chapters=2), **pages})


def pdf() -> bytes:
    """A PDF with an outline."""
    from fpdf import FPDF

    document = FPDF()
    document.set_title(TITLE)
    document.set_author(AUTHOR)
    document.set_lang("en-GB")
    document.add_page()
    document.set_font("Helvetica", size=12)
    document.multi_cell(0, 8, INTRODUCTION, new_x="LMARGIN", new_y="NEXT")
    for title, level, texts in SECTIONS:
        document.start_section(title, level=level - 2)
        document.multi_cell(0, 10, title, new_x="LMARGIN", new_y="NEXT")
        for one in texts:
            document.multi_cell(0, 8, one, new_x="LMARGIN", new_y="NEXT")
    return bytes(document.output())


SAMPLES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "html": (".html", html),
    "markdown": (".md", markdown),
    "docx": (".docx", docx),
    "epub": (".epub", epub),
    "pdf": (".pdf", pdf),
    "text": (".txt", text),
}
"""Format -> the ending of its files, and the article in it."""
