"""The page of formats tells of each, and what it tells is so."""

from __future__ import annotations

from pathlib import Path

import pytest

from audioguide.formats import FORMATS, get_format

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_row_with_its_suffix_type_and_bitrate(name: str) -> None:
    form = get_format(name)
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
    assert f"`{form.suffix}`, {form.media_type}" in row
    kbps, stereo_kbps = form.usual_kbps
    expected = f"{kbps}k" if kbps == stereo_kbps else f"{kbps}k, stereo {stereo_kbps}k"
    assert f"| {expected if kbps else '–'} |" in row
