"""Where the program begins: Ctrl-C is one line from the first moment, before the command line is even loaded."""

import gc
import os
import signal
import sys
from types import FrameType


def _leave(_signal: int, _frame: FrameType | None) -> None:
    os.write(2, b"interrupted\n")
    os._exit(130)


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGINT, _leave)
    # numpy's library for products would start a thread a core, which spin beside our own workers: 60 ms at every start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A long script makes 100,000 objects that stay, and hardly any garbage: to look for it at every 700th takes a tenth
    # of an edit's time.
    gc.set_threshold(20_000, 20)
    # A thread that waits for the disk gets its turn in a millisecond where another one computes, not in five.
    sys.setswitchinterval(0.001)
    # Nobody's plug-in has a say in what a script may hold; to look for them, pydantic reads about every package there is.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from audioguide.cli import main as run

    try:
        run()
    finally:
        # All is done; only the interpreter is still to be taken down, without a look at what could be collected.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        gc.freeze()


if __name__ == "__main__":
    main()
