"""When espeak-ng's words sound: its C library tells, asked in a process of its own, since a fault in it must end no build.

Run as a program (`python -I -S espeak_events.py VOICE PACE PITCH GAP`, the text on standard input) it prints a line
`EVENT POSITION FRAME` for each word and sentence end, then `frames COUNT`. Its imports are the standard library's alone.
Names and numbers are those of the library's header, speak_lib.h.
"""

from __future__ import annotations

import ctypes
import sys

LIBRARIES = (
    "libespeak-ng.so.1",
    "libespeak-ng.1.dylib",
    "/opt/homebrew/lib/libespeak-ng.1.dylib",
    "/usr/local/lib/libespeak-ng.1.dylib",
)
WORD, SENTENCE, END = 1, 2, 5
_SYNCHRONOUS = 2
_UTF8, _END_PAUSE = 1, 0x1000
_RATE, _PITCH, _GAP = 1, 3, 7


class Event(ctypes.Structure):
    """espeak_EVENT."""

    _fields_ = (
        ("kind", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int),
        ("frame", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(Event))


def library() -> ctypes.CDLL | None:
    """The library, where this machine has it."""
    for name in LIBRARIES:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


def told(espeak: ctypes.CDLL, text: str, *, voice: str, pace: int, pitch: int, gap: int) -> list[str]:
    """The lines that tell when each word of the text sounds; none where the voice is not there."""
    lines: list[str] = []
    frames = 0

    def hear(_samples: int | None, count: int, events: ctypes._Pointer[Event]) -> int:
        nonlocal frames
        frames += count
        index = 0
        while (event := events[index]).kind:
            if event.kind in {WORD, SENTENCE, END}:
                lines.append(f"{event.kind} {event.position} {event.frame}")
            index += 1
        return 0

    callback = _Callback(hear)
    if espeak.espeak_Initialize(_SYNCHRONOUS, 0, None, 0) < 0 or espeak.espeak_SetVoiceByName(voice.encode()):
        return []
    espeak.espeak_SetSynthCallback(callback)
    for parameter, value in ((_RATE, pace), (_PITCH, pitch), (_GAP, gap)):
        espeak.espeak_SetParameter(parameter, value, 0)
    data = text.encode()
    espeak.espeak_Synth(data, ctypes.c_size_t(len(data) + 1), 0, 1, 0, _UTF8 | _END_PAUSE, None, None)
    espeak.espeak_Synchronize()
    return [*lines, f"frames {frames}"]


def main() -> None:
    """Tell of the text on standard input; nothing where there is no library."""
    voice, pace, pitch, gap = sys.argv[1:]
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    if espeak := library():
        lines = told(espeak, text, voice=voice, pace=int(pace), pitch=int(pitch), gap=int(gap))
        sys.stdout.write("\n".join(lines))


if __name__ == "__main__":
    main()
