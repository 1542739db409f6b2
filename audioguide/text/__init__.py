"""Pure text rules: marks, sentences, readings, pronunciations, cuts, ids. No files, no engine, no clock."""

from audioguide.text.characters import has_speech, paragraphs, scripts_of, slug, visible
from audioguide.text.cuts import split_long
from audioguide.text.marks import MarkError
from audioguide.text.segment import Sentence, read_segment

__all__ = [
    "MarkError",
    "Sentence",
    "has_speech",
    "paragraphs",
    "read_segment",
    "scripts_of",
    "slug",
    "split_long",
    "visible",
]
