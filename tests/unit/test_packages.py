"""The version of a package is what its metadata say, however its name is written."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distributions, version

import pytest

from audioguide.packages import package_version

INSTALLED = sorted({found.metadata["Name"] for found in distributions()})


@pytest.mark.parametrize("name", INSTALLED)
def test_version_is_the_librarys(name: str) -> None:
    assert package_version(name) == version(name)


@pytest.mark.parametrize("name", ["gTTS", "gtts", "GTTS", "imageio_ffmpeg", "Imageio.FFmpeg"])
def test_a_name_may_be_written_in_other_ways(name: str) -> None:
    assert package_version(name) == version(name)


def test_what_is_not_installed_has_none() -> None:
    with pytest.raises(PackageNotFoundError):
        version("no-such-package")
    assert package_version("no-such-package") is None


def test_the_library_is_not_loaded_for_what_is_installed() -> None:
    code = (
        "import sys; from audioguide.packages import package_version; "
        "assert package_version('pydantic') and 'importlib.metadata' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
