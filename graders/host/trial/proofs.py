"""Remembers that the instruments have proven themselves with what is imported here.

A proof is an empty file whose name is a digest of every module that this process has
imported (where it is, how large, when it was last changed), of the interpreter and of
the system. Whatever differs, differs in the name, and the instruments are tried anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import time

# Real seconds after which a proof is thrown away.
_OLD = 30 * 24 * 3600


def proof(folder: str) -> str:
    """Where the proof for this process is, if there is one; empty without a folder."""
    if not folder:
        return ""
    digest = hashlib.sha256(repr((sys.version, tuple(os.uname()))).encode())
    for name, module in sorted(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if path is not None:
            with contextlib.suppress(OSError):
                found = os.stat(path)
                line = f"{name}\0{path}\0{found.st_size}\0{found.st_mtime_ns}\0"
                digest.update(line.encode())
    return os.path.join(folder, digest.hexdigest())


def remember(path: str) -> None:
    """Keep a proof, if that can be; old ones go."""
    folder = os.path.dirname(path)
    if not folder:
        return
    with contextlib.suppress(OSError):
        os.makedirs(folder, exist_ok=True)
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.stat().st_mtime < time.time() - _OLD:
                    os.unlink(entry.path)
        with open(path, "wb"):
            pass
