"""Packets as bytes: Ogg pages, ADTS headers."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioguide.errors import AudioError
from audioguide.formats import adts
from audioguide.formats.ogg import OggWriter, checksum, lacing_count, read_packets

PACKETS = st.binary(max_size=1500)


def pages(*sound: list[bytes], header: bytes = b"head") -> bytes:
    file = io.BytesIO()
    writer = OggWriter(file)
    writer.header(header)
    for number, packets in enumerate(sound, 1):
        writer.sound(packets, 960 * number, last=number == len(sound))
    return file.getvalue()


@given(PACKETS, st.lists(st.lists(PACKETS, min_size=1, max_size=30), max_size=4))
def test_packets_come_back_from_their_pages(header: bytes, sound: list[list[bytes]]) -> None:
    assert read_packets(pages(*sound, header=header)) == [header, *(packet for page in sound for packet in page)]


@pytest.mark.parametrize("length", [0, 254, 255, 65_024, 65_025, 65_026, 200_000])
def test_a_header_of_any_length_lies_on_as_many_pages_as_it_takes(length: int) -> None:
    header = bytes(number % 251 for number in range(length))
    data = pages([b"sound"], header=header)
    assert read_packets(data) == [header, b"sound"]
    assert data.count(b"OggS") == -(-lacing_count(header) // 255) + 1


def test_the_checksum_is_oggs() -> None:
    """Of the bytes 0 to 9, worked out bit by bit from the polynomial."""
    crc = 0
    for byte in range(10):
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc >> 31 else 0)) & 0xFFFFFFFF
    assert checksum(bytes(range(10))) == crc


def test_the_first_page_says_so_and_the_last_too() -> None:
    data = pages([b"one"], [b"two"])
    starts = [at for at in range(len(data)) if data.startswith(b"OggS", at)]
    assert [data[at + 5] for at in starts] == [2, 0, 4]


@pytest.mark.parametrize(("data", "message"), [(b"OggX" * 9, "no Ogg page"), (b"", ""), (pages([b"x"])[:-1], "cut")])
def test_what_is_no_ogg_stream_is_refused(data: bytes, message: str) -> None:
    if not message:
        assert read_packets(data) == []
        return
    with pytest.raises(AudioError, match=message):
        read_packets(data)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate_hz", [24_000, 44_100, 48_000])
def test_aac_packets_come_back_from_their_stream(rate_hz: int, channels: int) -> None:
    packet = adts.silent_packet(rate_hz, channels)
    assert adts.packets(packet * 3) == [packet] * 3


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"nonsense", "at byte 0"),
        (adts.silent_packet(44_100, 1)[:-1], "lacks 1 bytes"),
        (adts.silent_packet(44_100, 1) + b"\xff", "at byte 11"),
    ],
)
def test_what_is_no_aac_stream_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        adts.packets(data)
