"""Pages and Markdown: what is text of the article, what is a heading, and what is left out."""

from __future__ import annotations

import pytest

from audioguide.importers import read_data
from audioguide.importers.article import KINDS, Article

LONG = "The path begins behind the old station, and it is longer than it looks on the map. "


def _page(body: str, head: str = "") -> Article:
    return read_data(f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode(), name="a.html")


def _markdown(text: str) -> Article:
    return read_data(text.encode(), name="walk.md")


def _titles(article: Article) -> list[str]:
    return [part.title for part in article.parts]


def _said(article: Article, *, kept: str | None = None) -> list[str]:
    kinds = frozenset(KINDS) if kept is None else frozenset({kept})
    return [text for part in article.parts for text in part.paragraphs(kinds)]


@pytest.mark.parametrize(
    ("markup", "kind", "texts"),
    [
        ("<ul><li>Bread</li><li><p>Water</p></li></ul>", "list", ["Bread", "Water"]),
        ("<dl><dt>Fort</dt><dd>A strong house.</dd></dl>", "list", ["Fort", "A strong house."]),
        ("<blockquote><p>Never taken.</p></blockquote>", "quote", ["Never taken."]),
        ("<table><tr><th>Year</th><td>1620</td></tr></table>", "table", ["Year, 1620"]),
        ("<pre>a = 1</pre>", "code", ["a = 1"]),
        ("<figure><img alt='A gate'><figcaption>The gate</figcaption></figure>", "caption", ["The gate"]),
        ("<p><img alt='A gate'></p>", "image", ["A gate"]),
        ("<section class='footnotes'><ol><li>See there.</li></ol></section>", "footnote", ["See there."]),
    ],
)
def test_blocks_have_their_kind(markup: str, kind: str, texts: list[str]) -> None:
    assert _said(_page(f"<p>First.</p>{markup}"), kept=kind) == texts


@pytest.mark.parametrize(
    ("inline", "text"),
    [
        ('<a href="https://example.org">the <b>fort</b></a>', "the fort"),
        ("three<sup>rd</sup>", "threerd"),
        ('fort<sup><a href="#fn1">1</a></sup>', "fort"),
        ('fort<a class="footnote-ref" href="#fn1">[1]</a>', "fort"),
        ("one<br>two", "one two"),
        ("<ruby>漢<rp>(</rp><rt>kan</rt></ruby>字", "漢字"),
        ("soft\u00adhyphen", "softhyphen"),
        ("a <span style='display:none'>hidden</span>b", "a b"),
        ("a<script>x()</script> b", "a b"),
        ("use <code>ls</code>", "use ls"),
    ],
)
def test_inline_markup_gives_its_text(inline: str, text: str) -> None:
    assert _said(_page(f"<p>{inline}</p>"), kept="paragraph") == [text]


def test_two_breaks_end_a_paragraph() -> None:
    assert _said(_page("One.<br><br>Two.<br>Three."), kept="paragraph") == ["One.", "Two. Three."]


@pytest.mark.parametrize(
    "machinery",
    [
        "<nav><h2>Menu</h2></nav>",
        "<aside><h2>Related</h2></aside>",
        '<div class="sidebar widget"><h2>Recent posts</h2><p>One.</p></div>',
        '<div role="navigation"><h2>Menu</h2></div>',
        '<div id="comments"><h2>3 thoughts</h2><p>Nice.</p></div>',
        "<footer><h2>About</h2></footer>",
        "<div hidden><h2>Secret</h2></div>",
    ],
)
def test_the_machinery_of_a_page_is_left_out(machinery: str) -> None:
    page = _page(f"{machinery}<h1>Walk</h1><p>{LONG * 3}</p><h2>Fort</h2><p>{LONG * 3}</p>{machinery}")
    assert [page.title, *_titles(page)] == ["Walk", "Introduction", "Fort"]


def test_the_title_is_the_articles_and_not_the_sites() -> None:
    page = _page(
        f"<div><h1>Ann's Blog</h1><p>All about walks</p></div><h2>To the Fort</h2><p>{LONG}</p><h3>The Gate</h3><p>{LONG}</p>",
        "<title>To the Fort – Ann's Blog</title>",
    )
    assert [page.title, *_titles(page)] == ["To the Fort", "Introduction", "The Gate"]


def test_a_section_named_like_machinery_is_kept() -> None:
    page = _page(
        f"<h1>App</h1><p>{LONG * 5}</p><section id='menu-and-search'><h2>Menu and search</h2><p>{LONG}</p></section>"
    )
    assert _titles(page) == ["Introduction", "Menu and search"]


def test_the_main_text_is_found_where_nothing_names_it() -> None:
    links = "".join(f"<h3>Story {number}</h3><p><a href='/{number}'>Read</a></p>" for number in range(3))
    text = "".join(f"<h2>Stage {number}</h2><p>{LONG * 8}</p><p>{LONG * 6}</p>" for number in range(5))
    page = _page(f"<div class='x1'><div class='x2'><h1>Walk</h1>{text}</div></div><div class='x3'>{links}</div>")
    assert _titles(page) == [f"Stage {number}" for number in range(5)]


def test_a_heading_keeps_no_sign_of_its_link() -> None:
    assert (
        _titles(_page("<p>a</p><h2>Fort<a class='headerlink' href='#f'>¶</a></h2><p>b</p><h2>Town</h2><p>c</p>"))[1]
        == "Fort"
    )


def test_a_layout_table_is_read_as_a_page() -> None:
    page = _page("<table><tr><td><h2>Fort</h2><p>It stands.</p></td><td><h2>Town</h2><p>Below.</p></td></tr></table>")
    assert _titles(page) == ["Fort", "Town"]


def test_the_head_says_what_is_known() -> None:
    page = read_data(
        b"<html lang='fr'><head><title>Fort - Site</title><meta name='author' content='Ann'>"
        b"<meta property='og:image' content='https://example.org/a.jpg'><meta name='keywords' content='a, b'>"
        b"<link rel='canonical' href='https://example.org/fort'></head><body><p>Texte.</p></body></html>",
        name="a.html",
    )
    assert (page.title, page.language, page.author) == ("Fort", "fr", "Ann")
    assert (page.link, page.image, page.tags) == ("https://example.org/fort", "https://example.org/a.jpg", ("a", "b"))


@pytest.mark.parametrize(
    "linked",
    [
        '{"datePublished": "2026-05-01", "author": {"name": "Ann"}, "image": ["https://example.org/a.jpg", "b"]}',
        '{"@graph": [1, {"datePublished": "2026-05-01", "author": ["Ann"], "image": {"url": "https://example.org/a.jpg"}}]}',
    ],
)
def test_linked_data_says_what_is_known(linked: str) -> None:
    page = _page("<p>Text.</p>", f'<script type="application/ld+json">{linked}</script>')
    assert (page.author, page.date, page.image) == ("Ann", "2026-05-01", "https://example.org/a.jpg")


@pytest.mark.parametrize("linked", ["[" * 100_000, "{", "[1]", '{"@graph": 1}', '{"datePublished": [], "author": 3}'])
def test_broken_linked_data_harms_nothing(linked: str) -> None:
    assert _page("<p>Text.</p>", f'<script type="application/ld+json">{linked}</script>').author == ""


@pytest.mark.parametrize(
    "data",
    [
        "<meta charset='iso-8859-1'><p>Käse</p>".encode("latin-1"),
        "<p>Käse</p>".encode(),
        "<p>Käse</p>".encode("utf-16"),
        "<p>Käse</p>".encode("cp1252"),
        "<meta charset='unicode_escape'><p>Käse</p>".encode(),
        "<meta charset='base64'><p>Käse</p>".encode(),
    ],
    ids=["declared", "utf-8", "utf-16", "undeclared", "no page's", "no text's"],
)
def test_the_encoding_of_a_page_is_found(data: bytes) -> None:
    assert _said(read_data(data, name="a.html"), kept="paragraph") == ["Käse"]


def test_front_matter_says_what_is_known() -> None:
    article = _markdown(
        "---\ntitle: 'No: it is'\nauthors: [Ann, Bob]\ndate: 2026-05-01\nlang: de\nnested: {a: [1]}\n---\n# Other\n\nText.\n"
    )
    assert (article.title, article.author, article.date, article.language) == (
        "No: it is",
        "Ann, Bob",
        "2026-05-01",
        "de",
    )
    assert _titles(article) == ["Other"]


def test_toml_front_matter_is_read() -> None:
    article = _markdown('+++\ntitle = "Walk"\ntags = ["a"]\ndate = 2026-05-01\n+++\nText.\n')
    assert (article.title, article.tags, article.date) == ("Walk", ("a",), "2026-05-01")


@pytest.mark.parametrize("matter", ["a: [", "&a [*a, *a]", "- a", "a: !!python/object:os.system x"])
def test_broken_front_matter_harms_nothing(matter: str) -> None:
    assert "Text here." in " ".join(_said(_markdown(f"---\n{matter}\n---\n\nText here.\n")))


def test_markdown_headings_of_both_kinds_and_raw_markup() -> None:
    article = _markdown("Title\n=====\n\nA.\n\n## Two\n\nB.\n\n<h2 align='center'>Three</h2>\n\nC.\n\n```\n# no\n```\n")
    assert (article.title, _titles(article)) == ("Title", ["Introduction", "Two", "Three"])


def test_markdown_footnotes_are_set_apart() -> None:
    article = _markdown("It stands.[^1]\n\n[^1]: Since 1620.\n")
    assert (_said(article, kept="paragraph"), _said(article, kept="footnote")) == (["It stands."], ["Since 1620."])


def test_a_lone_top_heading_is_the_title() -> None:
    assert (_markdown("# Walk\n\nA.\n\n## Fort\n\nB.").title, _titles(_markdown("# Walk\n\nA.\n\n## Fort\n\nB."))) == (
        "Walk",
        ["Introduction", "Fort"],
    )


def test_several_top_headings_stay_headings() -> None:
    article = _markdown("# Walk\n\nA.\n\n# Fort\n\nB.")
    assert (article.title, _titles(article)) == ("Walk", ["Walk", "Fort"])


def test_text_before_the_only_heading_does_not_make_it_the_title() -> None:
    article = _markdown(f"{LONG * 4}\n\n# Fort\n\nB.")
    assert (article.title, _titles(article)) == ("Walk", ["Introduction", "Fort"])


def test_what_is_too_long_for_a_heading_is_text() -> None:
    assert _titles(_markdown(f"# Walk\n\n## {LONG * 6}\n\nA.")) == ["Walk"]
