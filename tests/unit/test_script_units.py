"""Quantities with units, as scripts write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioguide.script import units


@pytest.mark.parametrize(
    ("read", "written", "value"),
    [
        (units.duration_ms, "800ms", 800),
        (units.duration_ms, "1.5s", 1500),
        (units.duration_ms, " 2 min ", 120_000),
        (units.duration_ms, "0s", 0),
        (units.gain_db, "-6 dB", -6.0),
        (units.gain_db, "+3db", 3.0),
        (units.loudness_lufs, "-16 LUFS", -16.0),
        (units.true_peak_dbtp, "-1 dBTP", -1.0),
        (units.rate_hz, "44.1 kHz", 44_100),
        (units.rate_hz, "48000 Hz", 48_000),
        (units.bitrate_kbps, "96k", 96),
        (units.boolean, "Yes", True),
        (units.boolean, "off", False),
        (units.whole_number, "12", 12),
        (units.factor, "-.5", -0.5),
        (units.moment, "2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        (units.moment, "2026-11-22T08:00:00Z", datetime(2026, 11, 22, 8, tzinfo=UTC)),
    ],
)
def test_quantity_is_read(read: Callable[[str], object], written: str, value: object) -> None:
    assert read(written) == value


@pytest.mark.parametrize(
    ("read", "written", "told"),
    [
        (units.duration_ms, "2", "write 2s"),
        (units.duration_ms, "800", "write 800ms"),
        (units.duration_ms, "-1s", "between 0s and 60min"),
        (units.duration_ms, "61min", "between 0s and 60min"),
        (units.duration_ms, "soon", "write it like 1.5s"),
        (units.duration_ms, "1e3s", "write it like 1.5s"),
        (units.gain_db, "-6", "write -6 dB"),
        (units.gain_db, "21 dB", "between -60 dB and 20 dB"),
        (units.loudness_lufs, "-40 LUFS", "between -31 LUFS and -9 LUFS"),
        (units.true_peak_dbtp, "1 dBTP", "between -9 dBTP and 0 dBTP"),
        (units.rate_hz, "44100", "write 44.1 kHz"),
        (units.rate_hz, "22.05 kHz", "24 kHz, 44.1 kHz or 48 kHz"),
        (units.bitrate_kbps, "96000", "write 96k"),
        (units.bitrate_kbps, "100k", "write one of 32k"),
        (units.boolean, "maybe", "write true or false"),
        (units.whole_number, "1.5", "write it like 12"),
        (units.whole_number, "٣", "write it like 12"),
        (units.factor, "1,5", "write it like 1.25"),
        (units.moment, "2026-13-45", "write it like 2026-11-22"),
    ],
)
def test_refusal_says_what_to_write(read: Callable[[str], object], written: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        read(written)


@given(st.integers(0, 3_600_000))
def test_durations_come_back_as_written(milliseconds: int) -> None:
    assert units.duration_ms(f"{milliseconds}ms") == milliseconds
    assert units.duration_ms(f"{milliseconds / 1000:.3f}s") == milliseconds


@given(st.text(max_size=20))
def test_any_text_is_a_quantity_or_a_value_error(text: str) -> None:
    for read in (units.duration_ms, units.gain_db, units.rate_hz, units.bitrate_kbps, units.whole_number, units.moment):
        try:
            read(text)
        except ValueError as error:
            assert "write" in str(error) or "lies between" in str(error)  # noqa: PT017 - most texts raise, some do not
