"""Any bytes are an article or an ImportFailed: no error of a parser's own gets out, whatever the format."""

from __future__ import annotations

import contextlib
import functools
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audioguide.errors import ImportFailed
from audioguide.importers import read_data
from tests.articles import make

FORMATS = {
    "txt": make.text,
    "md": make.markdown,
    "html": make.html,
    "docx": make.docx,
    "epub": make.epub,
    "pdf": make.pdf,
}
EXAMPLES = {"docx": 25, "epub": 25, "pdf": 25}
"""Fewer where reading one takes long."""
PIECES = (
    *(
        b"\0",
        b"\xff\xfe",
        b"<",
        b"<!--",
        b"]]>",
        b"&#0;",
        b"&x;",
        b"<!DOCTYPE a>",
        b"<table><td>",
        b"</body>",
        b"---\n",
    ),
    *(b"[", b"`", b"|-|\n", b"# \n", b"\r", b"\xef\xbb\xbf", b"%PDF-", b"endobj", b"PK\x05\x06", b"9" * 40),
)


@functools.cache
def _good(form: str) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the writers
        return FORMATS[form]()


@st.composite
def damaged(draw: st.DrawFn, form: str) -> bytes:
    """A good file with bytes cut, doubled, flipped and put in; now and then something else altogether."""
    data = bytearray(draw(st.binary(max_size=300)) if draw(st.integers(0, 9)) == 0 else _good(form))
    for _ in range(draw(st.integers(1, 6))):
        at, length = draw(st.integers(0, len(data))), draw(st.integers(0, 60))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=8))
        data[at : at + length] = draw(st.sampled_from([b"", piece, bytes(data[at : at + length]) * 2, piece * 20]))
    return bytes(data)


@pytest.mark.parametrize("form", FORMATS)
def test_damaged_files_are_articles_or_refused(form: str) -> None:
    @settings(max_examples=EXAMPLES.get(form, 60), suppress_health_check=list(HealthCheck), database=None)
    @given(data=damaged(form))
    def read(data: bytes) -> None:
        with contextlib.suppress(ImportFailed):
            assert read_data(data, name=f"a.{form}").parts

    read()
