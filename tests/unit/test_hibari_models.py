"""Where hibari's models are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from audioguide.engines import hibari


@pytest.mark.parametrize("home", [None, "somewhere"])
def test_models_are_looked_for_where_the_package_looks(
    tmp_path: Path, home: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without importing it: planning a script must not take the time."""
    from hibari.voices import VOICES, voice_path

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path / home)) if home else monkeypatch.delenv(
        "HIBARI_HOME", raising=False
    )
    for voice in VOICES:
        hibari._model.cache_clear()
        try:
            expected = voice_path(voice, download_missing=False)
        except FileNotFoundError as error:
            assert hibari._model(voice) is None
            missing = Path(str(error))
            missing.parent.mkdir(parents=True, exist_ok=True)
            missing.write_bytes(b"a model")
            hibari._model.cache_clear()
            expected = str(missing)
        assert str(hibari._model(voice)) == expected
    hibari._model.cache_clear()
