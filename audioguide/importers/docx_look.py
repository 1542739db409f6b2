"""Headings of Word documents that use no styles: short bold paragraphs that stand before others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from audioguide.importers.article import Block, Heading

MAX_CHARS = 90
MAX_WORDS = 14
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ENDS_OPEN = re.compile(r"[.,;:…]['\"”’»)\]]*$")
_OFF = frozenset({"0", "false", "off", "none"})


@dataclass(frozen=True, slots=True)
class BoldBlock(Block):
    """A paragraph whose letters are all bold."""

    half_points: int = 0
    """The size of its letters as Word counts it; 0 where the document's own holds."""


def bold_half_points(paragraph: Any, *, bold_style: bool) -> int | None:
    """The size of a paragraph's letters (0: the document's own) if they are all bold, else None."""
    sizes = [0]
    for run in paragraph.iter(f"{_W}r"):
        if not any((text.text or "").strip() for text in run.findall(f"{_W}t")):
            continue
        properties = run.find(f"{_W}rPr")
        bold = properties.find(f"{_W}b") if properties is not None else None
        if not (bold_style if bold is None else _is_on(bold)):
            return None
        size = properties.find(f"{_W}sz") if properties is not None else None
        written = str(size.get(f"{_W}val")) if size is not None else ""
        if written.isdecimal():
            sizes.append(int(written))
    return max(sizes)


def is_bold(style: Any) -> bool:
    """Whether a style makes its letters bold."""
    bold = style.find(f"{_W}rPr/{_W}b")
    return bold is not None and _is_on(bold)


def _is_on(switch: Any) -> bool:
    return str(switch.get(f"{_W}val", "1")) not in _OFF


def with_bold_headings(stream: Sequence[Heading | Block]) -> Iterator[Heading | Block]:
    """The same, with headings where a short bold paragraph without a final stop stands before one that is not bold.

    The larger its letters, the higher its level. A document that is bold throughout has none.
    """
    found = {index: block for index, block in enumerate(stream) if isinstance(block, BoldBlock) and _is_short(block)}
    found = {index: block for index, block in found.items() if _leads(stream, index)}
    sizes = sorted({block.half_points for block in found.values()}, reverse=True)
    for index, block in enumerate(stream):
        if heading := found.get(index):
            yield Heading(1 + sizes.index(heading.half_points), heading.text)
        else:
            yield block


def _is_short(block: Block) -> bool:
    text = block.text
    return bool(text) and len(text) <= MAX_CHARS and len(text.split()) <= MAX_WORDS and not _ENDS_OPEN.search(text)


def _leads(stream: Sequence[Heading | Block], index: int) -> bool:
    """Whether text comes after it, at once or after one more such line: a title's subtitle, a part's first chapter."""
    after = [block for block in stream[index + 1 : index + 4] if isinstance(block, Block) and block.text]
    plain = [not (isinstance(block, BoldBlock) and _is_short(block)) for block in after]
    return any(plain[:2])
