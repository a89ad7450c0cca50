"""Notices that files may have changed."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

import watchfiles

# Where the system does not tell of changes, as on many network file systems, a look
# after so many real seconds finds them.
_LOOK = 1.0


class Saves:
    """Readable when something below a folder may have changed: then `heard` it.

    Args:
        folder: watched with all that it holds.
    """

    def __init__(self, folder: Path) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._theirs.setblocking(False)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(folder,), daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        return self._ours.fileno()

    def heard(self) -> None:
        """Be readable no more, until there is something new."""
        self._ours.recv(2**12)

    def close(self) -> None:
        """Watch no longer."""
        self._stop.set()
        self._thread.join()
        self._ours.close()
        self._theirs.close()

    def _watch(self, folder: Path) -> None:
        try:
            for _ in watchfiles.watch(
                folder,
                watch_filter=None,
                stop_event=self._stop,
                debounce=200,
                step=20,
                rust_timeout=int(_LOOK * 1000),
                yield_on_timeout=True,
                raise_interrupt=False,
            ):
                self._say()
        except (OSError, RuntimeError):
            # The system has no watches left to give.
            while not self._stop.wait(_LOOK):
                self._say()

    def _say(self) -> None:
        # When so much was said that nobody has heard yet, once more adds nothing.
        with contextlib.suppress(BlockingIOError):
            self._theirs.send(b"!")
