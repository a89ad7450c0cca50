"""Keeps what is printed on GitHub Actions from commanding its runner."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_commands() -> Iterator[None]:
    """On GitHub Actions, nothing that is printed meanwhile is a workflow command."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        yield
        return
    # Nobody can guess it, and so end it early.
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}", file=sys.stdout, flush=True)
    try:
        yield
    finally:
        print(f"::{token}::", file=sys.stdout, flush=True)
