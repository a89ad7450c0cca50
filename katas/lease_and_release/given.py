"""Given: the driver of three label printers. Read it, use it, leave it as it is."""

import asyncio
from dataclasses import dataclass
from itertools import count


class NoPrinterFree(Exception):
    """All printers are leased."""


class WarmUpFailed(Exception):
    """The printer does not get warm."""


class PaperJam(Exception):
    """The label got stuck in the printer."""


@dataclass(frozen=True)
class Printer:
    name: str
    leased: bool


async def acquire() -> int:
    """Lease a free printer; the number returned stands for it until it is released.

    Raises:
        NoPrinterFree: all printers are leased.
    """
    await asyncio.sleep(0.05)
    for name, holder in _HOLDERS.items():
        if holder is None:
            lease = next(_LEASES)
            _HOLDERS[name] = lease
            return lease
    raise NoPrinterFree


async def warm_up(lease: int) -> None:
    """Get a leased printer ready, which must come before printing.

    Raises:
        WarmUpFailed: it does not get warm. Every tenth time it does not.
    """
    await asyncio.sleep(0.1)
    if lease % 10 == 0:
        raise WarmUpFailed(lease)


async def print_label(lease: int, text: str) -> str:
    """Print a label, and return the number of the job. Long texts take long.

    Raises:
        PaperJam: the label got stuck, as each one with the word "jam" does.
    """
    await asyncio.sleep(0.1 + 0.01 * len(text))
    if "jam" in text:
        raise PaperJam(lease)
    return f"JOB-{lease:04}"


async def release(lease: int) -> None:
    """Give a leased printer back; once for each lease, whatever became of it."""
    await asyncio.sleep(0.05)
    for name, holder in _HOLDERS.items():
        if holder == lease:
            _HOLDERS[name] = None


async def list_printers() -> list[Printer]:
    """All printers, and whether somebody has leased them."""
    await asyncio.sleep(0.01)
    return [Printer(name, holder is not None) for name, holder in _HOLDERS.items()]


_LEASES = count(1)
_HOLDERS: dict[str, int | None] = {"Agnes": None, "Bruno": None, "Clara": None}
