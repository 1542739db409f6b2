"""Files made to do harm: each gives one clear line, soon, and nothing of this machine."""

from __future__ import annotations

import io
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from audioguide.errors import ImportFailed
from audioguide.importers import MAX_SOURCE_BYTES, read_article, read_data
from audioguide.importers import archive as archive_module
from audioguide.importers.archive import Archive
from audioguide.importers.article import Article
from tests.articles import make

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def _word(xml: str) -> bytes:
    """A Word document with that as its main part."""
    whole, stream = zipfile.ZipFile(io.BytesIO(make.docx())), io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name in whole.namelist():
            made.writestr(name, xml if name == "word/document.xml" else whole.read(name))
    return stream.getvalue()


def _body(text: str, *, before: str = "") -> str:
    return f'<?xml version="1.0"?>{before}<w:document {W}><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'


def _package(before: str, *, metadata: str = "") -> bytes:
    package = make.package(chapters=1, metadata=metadata).replace('<?xml version="1.0"?>', before)
    return make.book({"OEBPS/book.opf": package, "OEBPS/c0.xhtml": make.page("<p>Text.</p>")})


REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a swollen chapter": (
        "a.epub",
        lambda: make.book({"OEBPS/book.opf": make.package(chapters=1), "OEBPS/c0.xhtml": b"a" * 60_000_000}),
    ),
    "a swollen package": ("a.epub", lambda: _package('<?xml version="1.0"?>' + " " * 30_000_000)),
    "thousands of entries": ("a.epub", lambda: make.book({f"f{number}": b"" for number in range(2_100)})),
    "entities in a package": (
        "a.epub",
        lambda: _package(LAUGHS + "]>", metadata="<dc:description>&i;</dc:description>"),
    ),
    "entities in Word": ("a.docx", lambda: _word(_body("&i;", before=LAUGHS + "]>"))),
    "a swollen Word part": ("a.docx", lambda: _word(_body("a" * 60_000_000))),
    "a book without a package": ("a.epub", lambda: make.book({})),
    "a way out of the book": (
        "a.epub",
        lambda: make.book({"OEBPS/book.opf": make.package(chapters=1).replace("c0", "../../../../etc/passwd")}),
    ),
    "a zip that is no document": ("a.docx", lambda: make.book({})),
    "a cut zip": ("a.docx", lambda: make.docx()[:-400]),
    "nothing but a sign": ("a.pdf", lambda: b"%PDF-1.7\n" + b"1 0 obj<<" * 50_000),
    "a page of elements": ("a.html", lambda: b"<p>word" * 300_000),
    "a page too deep": ("a.html", lambda: b"<div>" * 200_000 + b"word"),
    "a text too long": ("a.txt", lambda: b"word " * 2_000_000),
    "a text of too many lines": ("a.txt", lambda: b"w\n" * 400_000),
    "quotes in quotes": ("a.md", lambda: b"> " * 50_000 + b"word"),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_harm_is_refused_in_one_line_and_soon(name: str) -> None:
    file, made = REFUSED[name]
    data = made()
    start = time.monotonic()
    with pytest.raises(ImportFailed) as caught:
        read_data(data, name=file)
    assert time.monotonic() - start < 10
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b"![" * 50_000,
        b"[" * 50_000 + b"]" * 50_000,
        b"[a\n" * 33_000,
        b"*a " * 8_000,
        b"`a" * 8_000,
        b"[a](b" * 8_000,
        b"<a " * 30_000,
        b"|a" * 3_000 + b"\n" + b"|-" * 3_000,
    ],
    ids=["brackets", "pictures", "nested", "lines", "stars", "ticks", "links", "tags", "table"],
)
def test_markdown_that_parsers_fear_is_read_soon(data: bytes) -> None:
    """In the time of this process alone: the machine may be busy."""
    start = time.process_time()
    assert read_data(data + b"\n\nThe end.", name="a.md").parts
    assert time.process_time() - start < 10


def test_a_page_in_hundreds_of_menus_is_read_soon() -> None:
    start = time.monotonic()
    read_data(b"<div class=menu>" * 150 + b"<p>a line of some words that is long enough" * 20_000, name="a.html")
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("make_file", [_word, lambda xml: xml.encode()], ids=["Word", "page"])
def test_no_file_of_this_machine_comes_in(make_file: object, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the hidden words")
    outside = f'<!DOCTYPE x [<!ENTITY i SYSTEM "{secret.as_uri()}">]>'
    data = (
        _word(_body("&i; and more", before=outside)) if make_file is _word else f"{outside}<p>&i; and more</p>".encode()
    )
    try:
        article = read_data(data, name="a.docx" if make_file is _word else "a.html")
    except ImportFailed:
        return
    assert "hidden" not in repr(article)


def test_what_entries_unpack_to_is_counted_over_the_whole_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "MAX_TOTAL_BYTES", 100_000)
    book = Archive(make.book({f"f{number}": os.urandom(40_000) for number in range(3)}))
    with pytest.raises(ImportFailed, match="too much"):
        book.check()


def test_a_lie_about_the_size_of_an_entry_does_not_help() -> None:
    data = bytearray(make.book({"f": b"a" * 5_000_000}))
    real = (5_000_000).to_bytes(4, "little")
    assert data.count(real) == 2
    data = bytearray(bytes(data).replace(real, (10).to_bytes(4, "little")))
    with pytest.raises(ImportFailed):
        Archive(bytes(data)).read("f")


def test_a_locked_entry_is_told() -> None:
    data = bytearray(make.book({"f": b"abc"}))
    place = data.rindex(b"PK\x01\x02")
    data[place + 8] |= 1
    with pytest.raises(ImportFailed, match="damaged or locked"):
        Archive(bytes(data)).read("f")


def test_a_gigantic_file_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(MAX_SOURCE_BYTES * 20)
    with pytest.raises(ImportFailed, match="larger than"):
        read_article(path)


def test_pipes_and_devices_are_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "a.txt"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        with pytest.raises(ImportFailed, match="not a file"):
            read_article(path)


def test_names_that_are_no_names_are_refused() -> None:
    for name in ("a\0b", "", "a" * 5_000):
        with pytest.raises(ImportFailed):
            read_article(Path(name))


def test_a_pdf_of_pictures_says_so() -> None:
    from fpdf import FPDF

    document = FPDF()
    document.add_page()
    with pytest.raises(ImportFailed, match="pictures"):
        read_data(bytes(document.output()), name="a.pdf")


def test_a_locked_pdf_says_so() -> None:
    from fpdf import FPDF

    document = FPDF()
    document.set_encryption("owner", "user")
    document.add_page()
    document.set_font("Helvetica", size=12)
    document.cell(0, 8, "Secret.")
    with pytest.raises(ImportFailed, match="password"):
        read_data(bytes(document.output()), name="a.pdf")


def test_known_data_is_kept_where_a_page_says_nothing() -> None:
    article = read_data(b"<p>Text.</p>", name="a.html", known=Article("", link="https://example.org/a"))
    assert article.link == "https://example.org/a"
