"""Transcripts for readers and programs: the podcast namespace's JSON, and a page of HTML."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from json.encoder import encode_basestring as _json

from audioguide.transcript.model import Heading, Sentence, Transcript
from audioguide.transcript.times import decimals, seconds


def segments(transcript: Transcript) -> bytes:
    """JSON 1.0.0 of the podcast namespace: a segment a sentence, with its `words` where their times are known."""
    out = io.BytesIO(b'{"version": "1.0.0", "segments": [')
    out.seek(0, io.SEEK_END)
    for number, sentence in enumerate(transcript.sentences):
        out.write(b",\n" if number else b"\n")
        out.write(_segment(sentence).encode())
    out.write(b"\n]}\n")
    return out.getvalue()


def _segment(sentence: Sentence) -> str:
    """One line of JSON, put together by hand: ten hours have more than 100,000 words."""
    text, ends = sentence.text, decimals()
    speaker = f'"speaker": {_json(sentence.speaker)}, ' if sentence.speaker else ""
    times = f'"startTime": {sentence.start_ms / 1000}, "endTime": {sentence.end_ms / 1000}'
    numbers = sentence.words.numbers.tolist()
    words = [
        f'{{"startTime": {start // 1000}{ends[start % 1000]}, "endTime": {end // 1000}{ends[end % 1000]}, '
        f'"body": {_json(text[first:last])}}}'
        for start, end, first, last in zip(numbers[::4], numbers[1::4], numbers[2::4], numbers[3::4], strict=True)
    ]
    known = f', "words": [{", ".join(words)}]' if words else ""
    return f'{{{speaker}{times}, "body": {_json(text)}{known}}}'


def page(transcript: Transcript) -> str:
    """A page of its own, without script, style or anything to fetch: chapters, speakers, paragraphs, timed sentences."""
    title, language = escape(transcript.title), escape(transcript.language)
    body = "\n".join(_chapters(transcript))
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _chapters(transcript: Transcript) -> Iterator[str]:
    """The chapters, each with what is said in it; before them what has no chapter."""
    speakers = _Speakers()
    sentences = transcript.sentences
    starts = [heading.start_ms for heading in transcript.headings]
    ends = [*starts[1:], float("inf")]
    first = next((n for n, s in enumerate(sentences) if starts and s.start_ms >= starts[0]), len(sentences))
    yield from speakers.paragraphs(sentences[:first], transcript.language)
    for heading, end in zip(transcript.headings, ends, strict=False):
        last = next((n for n in range(first, len(sentences)) if sentences[n].start_ms >= end), len(sentences))
        yield f'<section data-start="{seconds(heading.start_ms)}">\n{_heading(heading)}'
        yield from speakers.paragraphs(sentences[first:last], transcript.language)
        yield "</section>"
        first = last


def _heading(heading: Heading) -> str:
    return f'<h2 dir="auto" id="{escape(heading.id)}">{escape(heading.title)}</h2>'


class _Speakers:
    """Knows who spoke last: names stand where the speaker changes."""

    def __init__(self) -> None:
        self.last = ""

    def paragraphs(self, sentences: Sequence[Sentence], language: str) -> Iterator[str]:
        """A paragraph a segment of the script."""
        for address, group in groupby(sentences, key=lambda sentence: sentence.address):
            said = list(group)
            if said[0].speaker != self.last:
                yield f"<cite>{escape(said[0].speaker)}:</cite>"
                self.last = said[0].speaker
            yield _paragraph(address, said, language)


def _paragraph(address: str, sentences: Sequence[Sentence], language: str) -> str:
    first = sentences[0]
    foreign = f' lang="{escape(first.language)}"' if first.language not in {"", language} else ""
    spans = " ".join(
        f'<span data-start="{seconds(sentence.start_ms)}" data-end="{seconds(sentence.end_ms)}">'
        f"{escape(sentence.text)}</span>"
        for sentence in sentences
    )
    time = f'<time datetime="PT{seconds(first.start_ms)}S">{_clock(first.start_ms)}</time>'
    return f'{time}\n<p dir="auto" id="{escape(address)}"{foreign}>{spans}</p>'


def _clock(time_ms: int) -> str:
    """M:SS, or H:MM:SS from an hour on."""
    minutes, seconds = divmod(time_ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
