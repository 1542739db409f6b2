"""R8 and R9: hostile scripts, sounds and titles: a right result or one line, in little time and memory."""

from __future__ import annotations

import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from tests.naughty import TITLES
from tests.torture.ground import Ended, Ground, Result, kill

LONGEST_S, MOST_BYTES = 10.0, 600_000_000

BOMB = "version: 1\na0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)


def hostile(ground: Ground, count: int, seed: int) -> Result:
    """R8: titles, sounds and mutated scripts; no traceback, no signal, a line or a right result."""
    result = Result("R8 hostile titles, sounds and mutated scripts")
    dice = random.Random(seed)
    for name, path in _inputs(ground, count, dice):
        command = "build" if name.startswith(("title", "sound")) else "check"
        ended = ground.run(command, str(path), AUDIOGUIDE_WORKERS="serial")
        result.count += 1
        result.worst_s = max(result.worst_s, ended.seconds)
        result.check(is_well_told(ended), f"{name}: {ended}")
        _check_no_leak(ground, name, result)
    return result


def is_well_told(ended: Ended) -> bool:
    """A result, or a known failure; and nothing on the terminal that could steer it."""
    said = ended.out + ended.err
    steering = any(ord(character) < 32 and character not in "\n\t" for character in said)
    return not steering and "Traceback" not in said and (ended.code == 0 or ended.is_one_known_failure)


def _check_no_leak(ground: Ground, name: str, result: Result) -> None:
    """What was built lies in the output folder, and nowhere above it."""
    allowed = {"episode.yaml", "bed.wav", "bad.sound", "cache", "output", "tmp", "home", "diary.txt"}
    there = {path.name for path in ground.folder.iterdir()}
    result.check(there <= allowed, f"{name}: wrote {sorted(there - allowed)}")


def _inputs(ground: Ground, count: int, dice: random.Random) -> Iterator[tuple[str, Path]]:
    titles = list(TITLES) if count >= 100 else dice.sample(TITLES, min(len(TITLES), count))
    for title in titles:
        yield f"title {ascii(title)[:60]}", _titled(ground, title)
    for name, data in SOUNDS.items():
        (ground.folder / "bad.sound").write_bytes(data)
        yield f"sound {name}", _playing(ground)
    good = yaml.safe_dump(_document("A title"), sort_keys=False).encode()
    for number in range(count):
        path = ground.script
        path.write_bytes(_mutated(good, dice))
        yield f"mutation {number}", path


def _document(title: str) -> dict[str, object]:
    return {
        "version": 1,
        "episode": {"title": title, "language": "en"},
        "voices": {"host": {"engine": "tone"}},
        "sections": [{"title": title, "segments": ["One line."]}],
    }


def _titled(ground: Ground, title: str) -> Path:
    # YAML has an escape for every character, also for those that it does not let through.
    return ground.write_document(_document(title))


def _playing(ground: Ground) -> Path:
    document = _document("Sounds")
    document["sections"] = [{"title": "One", "segments": ["One line.", {"play": "bad.sound"}]}]
    return ground.write_document(document)


def _wav(declared_bytes: int, rate_hz: int = 8000, body: bytes = b"\0\0" * 100) -> bytes:
    form = (1).to_bytes(2, "little") * 2 + rate_hz.to_bytes(4, "little") + (2 * rate_hz % 2**32).to_bytes(4, "little")
    form += (2).to_bytes(2, "little") + (16).to_bytes(2, "little")
    head = b"RIFF" + (declared_bytes + 36).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little") + form
    return head + b"data" + declared_bytes.to_bytes(4, "little") + body


SOUNDS: dict[str, bytes] = {
    "empty": b"",
    "playlist of a local file": b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    "playlist of the network": b"#EXTM3U\nhttp://169.254.169.254/latest\n",
    "list for ffmpeg's concat": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "program": b"\x7fELF" + bytes(200),
    "MP3 sign and noise": b"\xff\xfb" + random.Random(1).randbytes(5000),
    "ID3 without end": b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(100),
    "FLAC sign and noise": b"fLaC" + random.Random(2).randbytes(5000),
    "Ogg sign and noise": b"OggS" + random.Random(3).randbytes(5000),
    "MP4 sign and noise": b"\0\0\0\x18ftyp" + random.Random(4).randbytes(5000),
    "WAV that claims four gigabytes": _wav(0xFFFFFF00),
    "WAV of no rate": _wav(200, rate_hz=0),
    "WAV of a mad rate": _wav(200, rate_hz=0xFFFFFFFF),
    "WAV without samples": _wav(0, body=b""),
    "WAV cut in its header": _wav(200)[:30],
}


def _mutated(good: bytes, dice: random.Random) -> bytes:
    data = bytearray(good)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(data) + 1)
        MUTATIONS[dice.randrange(len(MUTATIONS))](data, at, dice)
    return bytes(data)


def _insert(text: bytes) -> Callable[[bytearray, int, random.Random], None]:
    def insert(data: bytearray, at: int, _: random.Random) -> None:
        data[at:at] = text

    return insert


def _cut(data: bytearray, at: int, dice: random.Random) -> None:
    del data[at : at + dice.randint(1, 40)]


def _repeat(data: bytearray, at: int, dice: random.Random) -> None:
    data[at:at] = data[at : at + 20] * dice.randint(1, 50)


def _noise(data: bytearray, at: int, dice: random.Random) -> None:
    data[at : at + 3] = dice.randbytes(3)


MUTATIONS: tuple[Callable[[bytearray, int, random.Random], None], ...] = (
    _cut,
    _repeat,
    _noise,
    *map(
        _insert, (b"\t", b"\0", b"&a ", b"*a ", b"<<: *a\n", b"!!python/object:os.system ", b"{", b"[" * 60, b"%YAML 9")
    ),
    *map(_insert, (b"---\n", b"|\n", b'"', b"\xff\xfe", b"\xef\xbb\xbf", b": ", b"- ", b"9" * 5000, b"\r", b"? ")),
)


def small_inputs(ground: Ground, count: int, seed: int) -> Result:
    """R9: small inputs that could take long or much: at most 10 s and 600 MB; an alias bomb within a second."""
    del seed
    result = Result("R9 small inputs: time and memory")
    most = 0
    for name, data in SMALL.items():
        for _ in range(count):
            ground.script.write_bytes(data)
            # With the time of an empty command taken off: that of a busy machine.
            start = ground.run("--version").seconds
            command = "plan" if name == "many segments" else "check"
            ended, peak_bytes = _measured(ground, command)
            result.count += 1
            result.worst_s = max(result.worst_s, ended.seconds)
            most = max(most, peak_bytes)
            limit_s = start + (1.0 if name == "alias bomb" else LONGEST_S)
            result.check(is_well_told(ended), f"{name}: {ended}")
            result.check(ended.seconds <= limit_s, f"{name}: {ended.seconds:.1f} s")
            result.check(peak_bytes <= MOST_BYTES, f"{name}: {peak_bytes / 1e6:.0f} MB")
    result.note = f"at most {most / 1e6:.0f} MB"
    return result


_LAUNCHER = """
import os, sys
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(pid, 0)
with open(sys.argv[1], "w") as peak:
    peak.write(str(used.ru_maxrss))
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
"""
"""A process begins with the peak memory of the one that starts it (on Linux), so a small one does."""


def _measured(ground: Ground, command: str) -> tuple[Ended, int]:
    """How a command ended and the most memory that it held, whatever other processes hold."""
    begun = time.monotonic()
    with (
        tempfile.TemporaryFile("w+", errors="replace") as out,
        tempfile.TemporaryFile("w+", errors="replace") as err,
        tempfile.NamedTemporaryFile("r") as peak,
    ):
        launcher = (sys.executable, "-I", "-S", "-c", _LAUNCHER, peak.name)
        process = ground.start_into((out, err), launcher, (command, str(ground.script)), {})
        patience = threading.Timer(120, kill, (process,))
        patience.start()
        process.wait()
        seconds = time.monotonic() - begun
        patience.cancel()
        out.seek(0)
        err.seek(0)
        told = Ended(process.returncode, out.read(), err.read(), seconds)
        return told, int(peak.read() or 0) * (1 if os.uname().sysname == "Darwin" else 1024)


def _script(segments: str) -> bytes:
    return f"version: 1\nvoices: {{host: {{engine: tone}}}}\nsections:\n- title: A\n  segments:\n{segments}".encode()


SMALL: dict[str, bytes] = {
    "alias bomb": BOMB.encode(),
    "deep nesting": b"[" * 200_000,
    "deep maps": b"{a: " * 100_000,
    "many keys": b"".join(b"k%d: 1\n" % n for n in range(90_000)),
    "one long line": _script(f"  - {'word ' * 200_000}\n"),
    "one long word": _script(f"  - {'a' * 500_000}\n"),
    "brackets": _script(f'  - "{"[" * 100_000}"\n'),
    "digits": _script(f'  - "{"9" * 200_000}"\n'),
    "dots and quotes": _script(f"  - '{'. ' * 100_000}'\n"),
    "marks": _script(f'  - "a{chr(0x301) * 100_000}"\n'),
    "many segments": _script("".join(f"  - Line {n} is here.\n" for n in range(20_000))),
    "integer of digits": b"version: " + b"9" * 100_000,
    "comment": b"#" * 1_000_000,
}
