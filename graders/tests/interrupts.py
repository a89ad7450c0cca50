"""Ctrl-C for programs that tests start, wherever the tests themselves were started."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def heard() -> Iterator[None]:
    """A program that is started meanwhile reacts to Ctrl-C.

    A shell's background job and `nohup` ignore it, and what they start inherits that.
    What Python handles itself is back at its default in a new program.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
