"""MPEG frames as bytes: headers, lengths, the silent frame, the Info frame."""

from __future__ import annotations

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audioguide.errors import AudioError
from audioguide.formats.mpeg import Stream, frame_lengths, info_frame, read_header, samples_per_frame, silent_frame

MPEG_1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
MPEG_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
STREAMS = [
    Stream(rate_hz, channels, bitrate_kbps)
    for rates, bitrates in (((44100, 48000, 32000), MPEG_1), ((22050, 24000, 16000), MPEG_2))
    for rate_hz in rates
    for bitrate_kbps in bitrates
    for channels in (1, 2)
]
streams = st.sampled_from(STREAMS)


def name(stream: Stream) -> str:
    return f"{stream.rate_hz}-{stream.channels}-{stream.bitrate_kbps}"


def padded(stream: Stream) -> bytes:
    """A silent frame with the padding bit, one byte longer."""
    return (stream.header | 0x200).to_bytes(4, "big").ljust(stream.frame_bytes + 1, b"\0")


@pytest.mark.parametrize("stream", STREAMS, ids=name)
def test_a_header_reads_back_as_what_it_was_made_of(stream: Stream) -> None:
    assert read_header(silent_frame(stream)) == stream


@pytest.mark.parametrize(
    ("stream", "header", "length"),
    [
        (Stream(44100, 1, 96), "fffb70c4", 313),
        (Stream(44100, 2, 128), "fffb9044", 417),
        (Stream(48000, 1, 96), "fffb74c4", 288),
        (Stream(24000, 1, 64), "fff384c4", 192),
        (Stream(22050, 2, 160), "fff3e044", 522),
    ],
    ids=str,
)
def test_headers_are_those_that_lame_writes(stream: Stream, header: str, length: int) -> None:
    assert stream.header.to_bytes(4, "big").hex() == header
    assert stream.frame_bytes == length


@given(stream=streams, paddings=st.lists(st.booleans(), min_size=1, max_size=30))
def test_frame_lengths_follow_the_padding_bits(stream: Stream, paddings: list[bool]) -> None:
    frames = [padded(stream) if padding else silent_frame(stream) for padding in paddings]
    assert frame_lengths(b"".join(frames)) == [len(frame) for frame in frames]


@given(st.one_of(st.binary(max_size=600), st.binary(max_size=600).map(lambda rest: b"\xff\xfb\x70\xc4" + rest)))
@example(b"\xff\xfb\x00\xc4")  # the bitrate called free
@example(b"\xff\xfb\xf0\xc4")  # no bitrate
@example(b"\xff\xfb\x7c\xc4")  # no rate
@example(b"\xff\xeb\x70\xc4")  # no version
def test_any_bytes_are_frames_or_an_audio_error(data: bytes) -> None:
    try:
        lengths = frame_lengths(data)
    except AudioError:
        return
    assert sum(lengths) == len(data)


@given(stream=streams, count=st.integers(1, 5), data=st.data())
def test_a_stream_cut_anywhere_is_whole_frames_or_an_audio_error(
    stream: Stream, count: int, data: st.DataObject
) -> None:
    whole = silent_frame(stream) * count
    cut = data.draw(st.integers(0, len(whole)))
    if cut and not cut % stream.frame_bytes:
        assert len(frame_lengths(whole[:cut])) == cut // stream.frame_bytes
    else:
        with pytest.raises(AudioError):
            frame_lengths(whole[:cut])


@given(stream=streams, byte=st.integers(0, 3), bit=st.integers(0, 7))
def test_a_flipped_header_bit_ends_the_stream_unless_frames_may_differ_in_it(
    stream: Stream, byte: int, bit: int
) -> None:
    whole = bytearray(silent_frame(stream) * 3)
    whole[stream.frame_bytes + byte] ^= 1 << bit
    mode_extension = (byte, bit) in {(3, 4), (3, 5)}
    if mode_extension:
        assert len(frame_lengths(bytes(whole))) == 3
    else:
        with pytest.raises(AudioError):
            frame_lengths(bytes(whole))


def test_another_bitrate_within_a_stream_is_refused() -> None:
    data = silent_frame(Stream(44100, 1, 96)) + silent_frame(Stream(44100, 1, 128))
    with pytest.raises(AudioError, match="byte 313"):
        frame_lengths(data)


@pytest.mark.parametrize("rate_hz", [8000, 11025, 12000, 96000, 0, 44101])
def test_a_rate_that_mp3_does_not_have_is_refused_with_those_it_has(rate_hz: int) -> None:
    with pytest.raises(AudioError, match=f"no {rate_hz} Hz") as caught:
        samples_per_frame(rate_hz)
    assert caught.value.hint == "rates: 16000, 22050, 24000, 32000, 44100, 48000"


@pytest.mark.parametrize(
    ("rate_hz", "bitrate_kbps"), [(24000, 192), (24000, 320), (44100, 8), (44100, 144), (48000, 97), (48000, 0)]
)
def test_a_bitrate_that_the_rate_does_not_have_is_refused_with_those_it_has(rate_hz: int, bitrate_kbps: int) -> None:
    with pytest.raises(AudioError, match=f"{rate_hz} Hz has no {bitrate_kbps} kbit/s") as caught:
        Stream(rate_hz, 1, bitrate_kbps)
    assert "128" in str(caught.value.hint)


@pytest.mark.parametrize("channels", [0, 3, 6])
def test_more_than_two_channels_are_refused(channels: int) -> None:
    with pytest.raises(AudioError, match="one or two channels"):
        Stream(44100, channels, 96)


@given(stream=streams, content=st.integers(1, 500_000))
def test_an_info_frame_is_one_frame_of_its_stream_and_tells_counts_and_delays(stream: Stream, content: int) -> None:
    frames, stream_bytes = content + 3, (content + 3) * stream.frame_bytes
    info = info_frame(stream, frames=frames, stream_bytes=stream_bytes, length=content * stream.samples)
    carrier = read_header(info)
    assert frame_lengths(info) == [len(info)]
    assert (carrier.rate_hz, carrier.channels) == (stream.rate_hz, stream.channels)
    start = 4 + stream.side_bytes
    assert info[start : start + 4] == b"Info"
    assert struct.unpack_from(">III", info, start + 4) == (15, frames, len(info) + stream_bytes)
    delays = int.from_bytes(info[start + 141 : start + 144], "big")
    assert delays >> 12 == 576
    assert frames * stream.samples - (delays >> 12) - (delays & 0xFFF) == content * stream.samples


@given(stream=streams, content=st.integers(1, 500_000))
def test_a_seek_table_rises_from_its_first_to_its_last_entry(stream: Stream, content: int) -> None:
    info = info_frame(
        stream, frames=content + 3, stream_bytes=(content + 3) * stream.frame_bytes, length=content * stream.samples
    )
    table = info[4 + stream.side_bytes + 16 :][:100]
    assert list(table) == sorted(table)
    assert table[99] >= 253


def test_an_info_frame_ends_in_the_crc_of_all_that_stands_before_it() -> None:
    """CRC-16/ARC, whose residue over data and checksum, low byte first, is 0."""
    stream = Stream(44100, 1, 96)
    info = info_frame(stream, frames=13, stream_bytes=13 * 313, length=10 * 1152)
    end = 4 + stream.side_bytes + 120 + 36
    crc = 0
    for byte in info[: end - 2] + info[end - 2 : end][::-1]:
        for bit in range(8):
            crc = crc >> 1 ^ (0xA001 if (crc ^ byte >> bit) & 1 else 0)
    assert crc == 0
    assert info[end:] == bytes(len(info) - end)
