"""Keeps every core busy, to show that verdicts do not depend on a quiet machine."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator

# It ends with whoever started it, however that ended: then its input ends.
_BURNER = """
import os, sys, threading
def watch():
    sys.stdin.buffer.read()
    os._exit(0)
threading.Thread(target=watch, daemon=True).start()
while True:
    pass
"""


@contextlib.contextmanager
def burning(processes: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Within the `with` block so many processes compute for nothing."""
    burners: list[subprocess.Popen[bytes]] = []
    try:
        while len(burners) < processes:
            burners.append(
                subprocess.Popen(
                    [sys.executable, "-I", "-c", _BURNER],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    process_group=0,
                )
            )
        yield burners
    finally:
        for burner in burners:
            burner.kill()
        for burner in burners:
            burner.communicate()
