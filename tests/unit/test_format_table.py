"""The table of formats."""

from __future__ import annotations

import pytest

from audioguide.errors import AudioError
from audioguide.formats import FORMATS, get_format
from audioguide.script.values import FORMAT_NAMES


def test_every_format_that_a_script_may_name_has_a_row() -> None:
    assert tuple(FORMATS) == FORMAT_NAMES


def test_an_unknown_format_is_refused_with_those_there_are() -> None:
    with pytest.raises(AudioError, match='no format "mp4"') as caught:
        get_format("mp4")
    assert all(name in str(caught.value.hint) for name in FORMATS)
