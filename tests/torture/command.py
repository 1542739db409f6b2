"""The audioguide command with the engine `diary` in its table: what the torture starts and kills.

Processes that it starts as workers load this file too, and so they know the engine.
"""

import os
import signal

from audioguide.__main__ import _leave, main

signal.signal(signal.SIGINT, _leave)
if os.environ.pop("AUDIOGUIDE_TEST_READY", None):
    print("ready", flush=True)  # noqa: T201 - for whoever waits to interrupt

from audioguide import engines  # noqa: E402 - interrupting this, too, is what is tried
from tests.stand_in.engines import TARGET  # noqa: E402

engines.ENGINES["diary"] = TARGET

if __name__ == "__main__":
    main()
