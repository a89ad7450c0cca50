"""Given: the way to the warehouse's scanners. Use it, leave it as it is.

A link is known by its number. It carries one scan at a time.
"""

from __future__ import annotations

import asyncio
from itertools import count


class LinkRefused(Exception):
    """The scanners do not accept another link just now."""


class LinkBroken(Exception):
    """The link is dead: whatever is sent through it from now on is lost."""


class ScanFailed(Exception):
    """The scanner saw nothing that it could read. The link itself is sound."""


async def open_link() -> int:
    """Open a link. That is slow.

    Returns:
        The number of the link.

    Raises:
        LinkRefused: no link was opened.
    """
    await asyncio.sleep(0.3)
    link = next(_numbers)
    _open.add(link)
    return link


async def scan(link: int, aisle: str) -> list[str]:
    """Scan an aisle through a link.

    Returns:
        The codes of the pallets that stand there.

    Raises:
        LinkBroken: the link has broken, or was closed before. The cellar breaks all.
        ScanFailed: nothing could be read. In the attic it is too dark.
    """
    await asyncio.sleep(0.1)
    if aisle == "cellar":
        _broken.add(link)
    if link in _broken or link not in _open:
        raise LinkBroken(f"link {link}")
    if aisle == "attic":
        raise ScanFailed(aisle)
    return _PALLETS.get(aisle, [])


async def close_link(link: int) -> None:
    """Close a link, sound or broken."""
    await asyncio.sleep(0.05)
    _open.discard(link)


_numbers = count(1)
_open: set[int] = set()
_broken: set[int] = set()
_PALLETS = {
    "A3": ["PAL-20817", "PAL-20822"],
    "B1": ["PAL-19004"],
}
