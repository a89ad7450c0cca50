"""Given: the depot. Read it, use it, leave it as it is."""

from __future__ import annotations

import asyncio
import time
from typing import Literal

Status = Literal["scanned", "pending"]

# When each parcel was asked for first, so that there is something to wait for.
_first_asked: dict[int, float] = {}


async def scan_status(parcel_id: int) -> Status:
    """Ask the depot whether a parcel has been scanned. It answers at once.

    Here parcel 7 is scanned 0.7 seconds after somebody first asks for it, parcel 25
    after 2.5 seconds, and so on.
    """
    await asyncio.sleep(0)
    now = time.monotonic()
    asked = _first_asked.setdefault(parcel_id, now)
    return "scanned" if now - asked >= parcel_id / 10 else "pending"
