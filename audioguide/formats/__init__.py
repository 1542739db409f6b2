"""A mix becomes a file: one file of code per format. This room holds what formats share and the table of them.

An episode is encoded in parts, each by a fresh encoder, so that an edit encodes one part and all others come from the
store. Parts are whole quanta long: codecs count in packets. A file is either spliced, ``prologue + the parts' data +
epilogue``, or muxed, where a container weaves more between the packets.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import IO, TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from audioguide.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Encoding:
    """What a codec is asked for."""

    rate_hz: int
    channels: int
    bitrate_kbps: int
    """0 for a format without loss."""
    fast: bool = False
    """True: a quicker search for the same size, a little worse."""


@dataclass(frozen=True, slots=True)
class PartSound:
    """Sound that is encoded as one unit: interleaved little-endian 16-bit samples, a whole number of quanta.

    Without `before` and `after` the part begins in silence and ends in 50 ms of it: a codec's packets overlap, and the
    last moment of a part is carried by the first packet of the next, whose encoder never saw it.
    """

    pcm: bytes
    before: bytes = b""
    """The neighbouring sound, where it runs across the seam: the format's `lead_quanta`, or as much as there is."""
    after: bytes = b""
    """As `before`: the format's `tail_quanta`."""


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPart:
    """One part as the codec made it, and what its decoded sound measures."""

    data: bytes
    """The codec's packets, ready to be joined."""
    frames: int
    """How many samples each channel has."""
    powers: NDArray[np.float64]
    """The K-weighted power of each quantum."""
    true_peak_dbtp: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG or PNG file."""

    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class ChapterMark:
    """A chapter as players list it. Marks tile the episode: each end is the next start."""

    id: str
    """ASCII, and no other chapter's."""
    title: str
    start_ms: int
    end_ms: int
    picture: Picture | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Tags:
    """What a file says about itself. Empty fields are not written."""

    title: str
    artist: str = ""
    album: str = ""
    date: str = ""
    """ISO 8601: a day, or a day and a time."""
    language: str = ""
    """BCP 47."""
    comment: str = ""
    track: int | None = None
    genre: str = "Podcast"
    url: str = ""
    """The episode's page."""
    cover: Picture | None = None
    chapters: tuple[ChapterMark, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds besides its parts."""

    tags: Tags
    total_frames: int
    """The sum over the parts."""
    encoding: Encoding


class Format(Protocol):
    """What every format offers. An instance holds nothing: it may be used from several threads and processes."""

    name: ClassVar[str]
    suffix: ClassVar[str]
    media_type: ClassVar[str]
    ceiling_dbtp: ClassVar[float]
    """The highest true peak before encoding that keeps the decoded sound under -1 dBTP."""
    loss_db: ClassVar[float]
    """How much quieter decoded sound is than what was encoded."""
    lead_quanta: ClassVar[int]
    """How much the encoder is given of what sounds before a part, where sound runs across the seam."""
    tail_quanta: ClassVar[int]
    """As `lead_quanta`, of what sounds after it."""
    own_rate_hz: ClassVar[int | None]
    """The only rate that the codec has; None where the script's is taken."""
    usual_kbps: ClassVar[tuple[int, int]]
    """The bitrate of mono and of stereo where the script names none; 0 without loss."""

    def quantum(self, rate_hz: int) -> int:
        """How many samples of each channel a packet holds. Raises AudioError for a rate the codec does not have."""

    def fingerprint(self, encoding: Encoding) -> str:
        """Codec, build and settings: changes when the bytes of a part would. Raises AudioError as `encode` does."""

    def encode(self, parts: Sequence[PartSound], encoding: Encoding) -> list[EncodedPart]:
        """Encode parts, in order, and measure them decoded. A part's bytes depend on nothing but that part.

        Raises AudioError for an encoding the codec does not have, and where the encoder fails.
        """


@runtime_checkable
class Spliced(Format, Protocol):
    """A format whose file holds the parts' data as they are, one after the other."""

    def prologue(self, tags: Tags, *, total_frames: int, data_bytes: int, encoding: Encoding) -> bytes:
        """What stands before the parts: tags, and a header that tells the exact length.

        `total_frames` and `data_bytes` are sums over the parts. Raises AudioError for tags that cannot be written,
        and for an episode without sound.
        """

    def epilogue(self, encoding: Encoding) -> bytes:
        """What stands after the parts."""


@runtime_checkable
class Muxed(Format, Protocol):
    """A format whose container weaves headers between the packets, or codes the sound as a whole."""

    def mux(self, file: IO[bytes], parts: Iterable[bytes], contents: Contents, *, scratch: Path) -> None:
        """Write the whole file to `file`, which is empty; the parts' data are asked for once, in order.

        `scratch` is a folder for unfinished files. Raises AudioError as `prologue` does.
        """


FORMATS: dict[str, str] = {
    "mp3": "audioguide.formats.mp3:Mp3",
    "m4b": "audioguide.formats.m4b:M4b",
    "opus": "audioguide.formats.opus:Opus",
    "flac": "audioguide.formats.flac:Flac",
    "wav": "audioguide.formats.wav:Wav",
}
"""Name -> `module:class`."""


def get_format(name: str) -> Format:
    """The format of that name. Raises AudioError for an unknown one."""
    if name not in FORMATS:
        raise AudioError(f'there is no format "{name}"', hint=f"formats: {', '.join(FORMATS)}")
    module, _, attribute = FORMATS[name].partition(":")
    made: Format = getattr(import_module(module), attribute)()
    return made


def encoding_for(form: Format, *, rate_hz: int, channels: int, bitrate_kbps: int | None) -> Encoding:
    """What a script asks for, as the format has it; `bitrate_kbps` None for the format's own."""
    usual = form.usual_kbps[min(channels, 2) - 1]
    kbps = (bitrate_kbps or usual) if usual else 0
    return Encoding(form.own_rate_hz or rate_hz, channels, kbps)


def refuse_others(name: str, encoding: Encoding, *, rates_hz: Sequence[int], bitrates_kbps: Sequence[int] = ()) -> None:
    """A format has these rates and bitrates, mono and stereo. Raises AudioError for anything else."""
    asked = (
        (encoding.rate_hz, rates_hz, "Hz", "rates"),
        (encoding.channels, (1, 2), "channels", "write mono or stereo; channels"),
        (encoding.bitrate_kbps, bitrates_kbps or (encoding.bitrate_kbps,), "kbit/s", "bitrates"),
    )
    for value, offered, unit, plural in asked:
        if value not in offered:
            hint = f"{plural}: {', '.join(map(str, offered))}"
            raise AudioError(f"{name} is not written with {value} {unit}", hint=hint)


def refuse_silence(total_frames: int) -> None:
    """An episode has sound. Raises AudioError."""
    if total_frames <= 0:
        raise AudioError("an episode without sound cannot be written", hint="give the script something to say")
