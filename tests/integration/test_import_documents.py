"""Word documents, books and PDF: their structure, their data, and what only they have."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from docx import Document
from docx.document import Document as WordDocument
from fpdf import FPDF
from PIL import Image

from audioguide.importers import read_article, read_data
from audioguide.importers.article import KINDS, Article, chapters_of
from tests.articles import make

NUMBERS = ("zero", "one", "two", "three", "four", "five")


def _word(document: WordDocument) -> Article:
    stream = io.BytesIO()
    document.save(stream)
    return read_data(stream.getvalue(), name="walk.docx")


def _book(*bodies: str, **parts: str) -> Article:
    pages = {f"OEBPS/c{number}.xhtml": make.page(body) for number, body in enumerate(bodies)}
    package = make.package(chapters=len(bodies), metadata=parts.get("metadata", ""), manifest=parts.get("manifest", ""))
    extra = {name: data for name, data in parts.items() if "/" in name}
    return read_data(make.book({"OEBPS/book.opf": package, **pages, **extra}), name="walk.epub")


def _said(article: Article, kind: str) -> list[str]:
    return [text for part in article.parts for text in part.paragraphs(frozenset({kind}))]


def _titles(article: Article) -> list[str]:
    return [part.title for part in article.parts]


def test_word_styles_have_their_kind() -> None:
    document = Document()
    document.add_paragraph("Plain.")
    document.add_paragraph("Bread", style="List Bullet")
    document.add_paragraph("Never taken.", style="Intense Quote")
    document.add_paragraph("The gate", style="Caption")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Year", "1620"
    article = _word(document)
    found = {kind: texts for kind in KINDS if (texts := _said(article, kind))}
    assert found == {
        "paragraph": ["Plain."],
        "list": ["Bread"],
        "quote": ["Never taken."],
        "table": ["Year, 1620"],
        "caption": ["The gate"],
    }


def test_word_styles_made_of_headings_are_headings() -> None:
    document = Document()
    own = document.styles.add_style("Stage", 1)
    own.base_style = document.styles["Heading 2"]
    document.add_heading("Walk", 1)
    document.add_paragraph("A.")
    document.add_paragraph("The Fort", style="Stage")
    document.add_paragraph("B.")
    article = _word(document)
    assert (article.title, [(part.title, part.level) for part in article.parts][1]) == ("Walk", ("The Fort", 2))


def _word_body(body: str, *, notes: str = "") -> Article:
    """A Word document with that in its body, and these footnotes."""
    names = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    whole, stream = zipfile.ZipFile(io.BytesIO(make.docx())), io.BytesIO()
    changed = {"word/document.xml": f"<w:document {names}><w:body>{body}</w:body></w:document>"}
    if notes:
        office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
        relation = f'<Relationship Id="rId99" Type="{office}" Target="footnotes.xml"/></Relationships>'
        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
        override = f'<Override PartName="/word/footnotes.xml" ContentType="{kind}"/></Types>'
        relations = whole.read("word/_rels/document.xml.rels").decode()
        types = whole.read("[Content_Types].xml").decode()
        changed["word/_rels/document.xml.rels"] = relations.replace("</Relationships>", relation)
        changed["[Content_Types].xml"] = types.replace("</Types>", override)
        changed["word/footnotes.xml"] = f"<w:footnotes {names}>{notes}</w:footnotes>"
    with zipfile.ZipFile(stream, "w") as made:
        for name in {*whole.namelist(), *changed}:
            made.writestr(name, changed[name] if name in changed else whole.read(name))
    return read_data(stream.getvalue(), name="walk.docx")


def _run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_word_text_is_what_stands_on_the_page() -> None:
    article = _word_body(
        f"<w:p>{_run('The ')}<w:hyperlink>{_run('old')}</w:hyperlink><w:del><w:r><w:delText>new</w:delText></w:r></w:del>"
        f"<w:ins>{_run(' fort')}</w:ins><w:r><w:instrText>PAGE 3</w:instrText><w:br/><w:t>stands</w:t><w:noBreakHyphen/>"
        f"<w:t>still.</w:t></w:r></w:p>"
        f'<w:p><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>{_run("A gate")}</w:p>'
    )
    assert (_said(article, "paragraph"), _said(article, "list")) == (["The old fort stands-still."], ["A gate"])


def test_the_contents_that_word_makes_are_not_read() -> None:
    gallery = '<w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
    article = _word_body(
        f"<w:sdt>{gallery}<w:sdtContent><w:p>{_run('Fort 3')}</w:p></w:sdtContent></w:sdt>"
        f"<w:sdt><w:sdtContent><w:p>{_run('It stands.')}</w:p></w:sdtContent></w:sdt>"
    )
    assert _said(article, "paragraph") == ["It stands."]


def test_word_outline_levels_and_single_cells() -> None:
    article = _word_body(
        f'<w:p><w:pPr><w:outlineLvl w:val="1"/></w:pPr>{_run("The Fort")}</w:p><w:p>{_run("A.")}</w:p>'
        f'<w:p><w:pPr><w:outlineLvl w:val="1"/></w:pPr>{_run("The Town")}</w:p>'
        f"<w:tbl><w:tr><w:tc><w:p>{_run('Boxed.')}</w:p></w:tc></w:tr></w:tbl>"
    )
    assert [(part.title, part.level) for part in article.parts] == [("The Fort", 2), ("The Town", 2)]
    assert _said(article, "paragraph") == ["A.", "Boxed."]


def test_word_footnotes_are_set_apart() -> None:
    notes = (
        f'<w:footnote w:type="separator" w:id="-1"><w:p>{_run("-x-")}</w:p></w:footnote>'
        f'<w:footnote w:id="1"><w:p>{_run("Since 1620.")}</w:p></w:footnote>'
    )
    article = _word_body(f'<w:p>{_run("It stands.")}<w:r><w:footnoteReference w:id="1"/></w:r></w:p>', notes=notes)
    assert (_said(article, "paragraph"), _said(article, "footnote")) == (["It stands."], ["Since 1620."])


def test_word_data_is_carried_over() -> None:
    document = Document()
    document.core_properties.author = "Ann"
    document.core_properties.keywords = "walks; forts"
    document.core_properties.language = "de-CH"
    document.add_paragraph("Walk", style="Title")
    document.add_paragraph("A day out", style="Subtitle")
    document.add_paragraph("Text.")
    article = _word(document)
    assert (article.title, article.subtitle, article.author) == ("Walk", "A day out", "Ann")
    assert (article.language, article.tags, article.date) == ("de-CH", ("walks", "forts"), "")


def test_a_book_is_read_in_the_order_of_its_spine() -> None:
    article = _book("<h1>One</h1><p>A.</p>", "<h1>Two</h1><p>B.</p><h2>Inside</h2><p>C.</p>")
    assert [(part.title, part.level) for part in article.parts] == [("One", 1), ("Two", 1), ("Inside", 2)]
    assert [chapter.title for chapter in chapters_of(article)] == ["One", "Two"]


def test_the_table_of_contents_names_chapters_without_headings() -> None:
    navigation = make.page(
        '<nav epub:type="toc" xmlns:epub="http://www.idpf.org/2007/ops"><ol><li><a href="c0.xhtml">One</a></li>'
        '<li><a href="c1.xhtml#top">Two</a></li></ol></nav>'
    )
    manifest = '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    article = _book("<p>A.</p>", "<p>B.</p>", manifest=manifest, **{"OEBPS/nav.xhtml": navigation})
    assert _titles(article) == ["One", "Two"]


def test_an_old_table_of_contents_is_read_too() -> None:
    ncx = (
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>One</text></navLabel>'
        '<content src="c0.xhtml"/></navPoint></navMap></ncx>'
    )
    manifest = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    assert _titles(_book("<p>A.</p>", manifest=manifest, **{"OEBPS/toc.ncx": ncx})) == ["One"]


def test_covers_and_contents_of_a_book_are_not_read() -> None:
    article = _book('<section epub:type="titlepage"><p>By Ann</p></section>', "<h1>One</h1><p>A.</p>")
    assert _titles(article) == ["One"]


def test_the_data_of_a_book_is_carried_over() -> None:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    files: dict[str, str | bytes] = {
        "OEBPS/book.opf": make.package(
            chapters=1,
            metadata="<dc:date>2026-05-01</dc:date><dc:description>&lt;p&gt;A &lt;b&gt;walk&lt;/b&gt;.&lt;/p&gt;</dc:description>",
            manifest='<item id="i" href="i.png" media-type="image/png" properties="cover-image"/>',
        ),
        "OEBPS/c0.xhtml": make.page("<p>A.</p>"),
        "OEBPS/i.png": picture.getvalue(),
    }
    article = read_data(make.book(files), name="walk.epub")
    assert (article.date, article.description, article.cover) == ("2026-05-01", "A walk.", picture.getvalue())


def test_a_pdf_without_an_outline_is_one_part_and_says_so() -> None:
    document = FPDF()
    document.add_page()
    document.set_font("Helvetica", size=12)
    document.multi_cell(0, 8, "The path begins behind the old station.")
    article = read_data(bytes(document.output()), name="walk.pdf")
    assert len(article.parts) == 1
    assert "no outline" in article.notices[0]


def test_the_lines_of_a_pdf_become_paragraphs_without_heads_and_page_numbers() -> None:
    document = FPDF()
    document.set_font("Helvetica", size=12)
    for number in range(1, 6):
        document.add_page()
        document.cell(0, 8, "A Walk to the Fort", new_x="LMARGIN", new_y="NEXT")
        document.multi_cell(0, 8, f"Stage {NUMBERS[number]} is long. " * 12)
        document.ln(20)
        document.cell(0, 8, str(number))
    article = read_data(bytes(document.output()), name="walk.pdf")
    said = " ".join(_said(article, "paragraph"))
    assert said.count("is long.") == 60
    assert "Fort" not in said
    assert not any(char.isdigit() for char in said)


@pytest.mark.parametrize(
    ("page", "heading"),
    [
        ("/usr/share/doc/base-passwd/users-and-groups.html", "Chapter 2. Users and Groups"),
        ("/usr/share/doc/shared-mime-info/shared-mime-info-spec.pdf", "2.4. The glob files"),
    ],
)
def test_real_documents(page: str, heading: str) -> None:
    if not Path(page).is_file():
        pytest.skip(f"{page} is not installed")
    assert heading in _titles(read_article(Path(page)))


def _typed(*lines: tuple[str, int]) -> WordDocument:
    """A document without styles: each line with the size of its bold letters, 0 for one that is not bold."""
    from docx.shared import Pt

    document = Document()
    for text, points in lines:
        run = document.add_paragraph().add_run(text)
        run.bold = bool(points)
        run.font.size = Pt(points) if points else None
    return document


PROSE = "The harbour was quiet that morning, and the boats lay still in the fog that had come with the tide."


def test_bold_lines_are_the_headings_of_a_document_without_styles() -> None:
    article = _word(
        _typed(
            ("A Walk to the Fort", 20), ("The Gate", 14), (PROSE, 0), ("The Market", 14), (PROSE, 0), (PROSE, 0), ("End", 14), (PROSE, 0)
        )
    )  # fmt: skip
    assert article.title == "A Walk to the Fort"
    assert _titles(article) == ["The Gate", "The Market", "End"]
    assert _said(article, "paragraph") == [PROSE] * 4


def test_bold_lines_are_text_where_styles_mark_the_headings() -> None:
    document = _typed(("Mind the step", 14), (PROSE, 0))
    document.add_heading("The Gate", 1)
    document.add_paragraph(PROSE)
    assert "Mind the step" in _said(_word(document), "paragraph")


@pytest.mark.parametrize(
    "lines",
    [
        [("Mind the step.", 14), (PROSE, 0)],
        [(PROSE, 14), (PROSE, 0)],
        [("All of it", 14), ("is bold", 14), ("to the end", 14)],
        [(PROSE, 0), ("The end", 14)],
    ],
    ids=["a sentence", "a paragraph", "everything", "the last line"],
)
def test_other_bold_paragraphs_are_text(lines: list[tuple[str, int]]) -> None:
    assert _said(_word(_typed(*lines)), "paragraph") == [text for text, _ in lines]


def test_word_in_bold_makes_no_heading() -> None:
    document = Document()
    paragraph = document.add_paragraph()
    paragraph.add_run("Note").bold = True
    paragraph.add_run(" the step by the gate")
    document.add_paragraph(PROSE)
    assert _said(_word(document), "paragraph") == ["Note the step by the gate", PROSE]


LONG = "<p>The harbour was quiet that morning, and the boats lay still in the fog.</p>"
LINKS = "".join(f'<p><a href="c{number}.xhtml">{name}</a></p>' for number, name in enumerate(NUMBERS))


def test_printed_table_of_contents_is_not_read() -> None:
    article = _book(f"<h1>What is in it</h1>{LINKS}", f"<h1>One</h1>{LONG}", f"<h1>Two</h1>{LONG}")
    assert _titles(article) == ["One", "Two"]


def test_chapter_that_names_others_is_read() -> None:
    article = _book(f"<h1>One</h1>{LONG * 6}{LINKS}", f"<h1>Two</h1>{LONG}")
    assert _titles(article) == ["One", "Two"]
    assert _said(article, "paragraph")[6:12] == list(NUMBERS)


def _numbered(body: str, points: str, spine: str) -> Article:
    package = make.package(chapters=1, manifest='<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>')
    package = package.replace("</spine>", f"{spine}</spine>")
    ncx = f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>{points}</navMap></ncx>'
    return read_data(
        make.book({"OEBPS/book.opf": package, "OEBPS/c0.xhtml": make.page(body), "OEBPS/toc.ncx": ncx}),
        name="walk.epub",
    )


def _point(title: str, place: str, inner: str = "") -> str:
    label = f'<navLabel><text>{title}</text></navLabel><content src="c0.xhtml{place}"/>'
    return f"<navPoint>{label}{inner}</navPoint>"


def test_lines_that_the_table_of_contents_names_are_headings() -> None:
    body = (
        f'<p class="big">1. The Walk</p>{LONG}<p id="a"><b>1.1 The Gate</b></p>{LONG}<p id="b">not this one</p>{LONG}'
    )
    inner = _point("The Gate", "#a") + _point("The Market", "#b")
    article = _numbered(body, _point("The Walk", "", inner), "")
    assert _titles(article)[-1:] == ["1.1 The Gate"]
    assert "not this one" in _said(article, "paragraph")


def test_file_that_the_spine_names_twice_is_read_once() -> None:
    article = _numbered(f"<h1>The Walk</h1>{LONG}", _point("The Walk", ""), '<itemref idref="c0"/>')
    assert len(_said(article, "paragraph")) == 1


def test_numbers_of_paragraphs_are_not_read() -> None:
    body = (
        f'<h1>The Walk</h1><label><a href="#o5">5</a></label><div id="o5">{LONG}</div><p>See <a href="#o5">5</a>.</p>'
    )
    assert _said(_book(body), "paragraph")[-1:] == ["See 5."]
    assert "5" not in _said(_book(body), "paragraph")
