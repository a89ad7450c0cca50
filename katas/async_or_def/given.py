"""Given: the directory, the badge printer, the fingerprint. Use it, leave it as it is.

`find_visitor` is asynchronous: await it. `print_badge` and `fingerprint` are not: the
thread that calls one of them does nothing else until it returns.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass


class VisitorNotFound(Exception):
    """The directory knows no visitor of that number."""


class PrinterError(Exception):
    """The printer did not print: no paper, no ribbon, or a jam."""


@dataclass(frozen=True)
class Visitor:
    """One visitor who is expected today."""

    id: int
    name: str
    company: str


_EXPECTED = {
    1: Visitor(1, "Ines Duarte", "Halvorsen Marine"),
    2: Visitor(2, "Tomasz Wilk", "Brightwater Labs"),
    3: Visitor(3, "Noor Rahman", "Kestrel Optics"),
}


async def find_visitor(visitor_id: int) -> Visitor:
    """Ask the directory for a visitor.

    Raises:
        VisitorNotFound: nobody of that number is expected.
    """
    await asyncio.sleep(0.1)
    if visitor_id not in _EXPECTED:
        raise VisitorNotFound(visitor_id)
    return _EXPECTED[visitor_id]


def print_badge(badge_id: int) -> str:
    """Print a badge with the vendor's SDK, and wait until the printer has done it.

    Returns:
        The printer's job number.

    Raises:
        PrinterError: the badge was not printed.
    """
    time.sleep(0.5)
    if badge_id > 9000:
        raise PrinterError("out of paper")
    return f"JOB-{badge_id:05d}"


def fingerprint(badge_id: int) -> str:
    """Compute the fingerprint of a badge. Slow on purpose: it keeps the processor busy.

    Returns:
        64 hexadecimal digits.
    """
    secret = b"gate 4" + badge_id.to_bytes(8, "big")
    return hashlib.pbkdf2_hmac("sha256", secret, b"visitor badges", 60_000).hex()
