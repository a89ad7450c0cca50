"""What a submission may use up: memory, processor, disk and descriptors."""

from __future__ import annotations

import math
import sys

from graders.host.clock.this_machine import ThisMachine
from graders.host.walls.kernel import KernelRefuses
from graders.wire import limits, real

# Here, and not when it is needed: in a host every import costs its time.
if sys.platform != "win32":
    import resource

# Bytes beyond what the libraries take. Threads count with their stacks of 8 MB each,
# and a kata may well start sixty.
MEMORY = 1024 * 2**20
# Bytes in one file.
FILE = 16 * 2**20
DESCRIPTORS = 512


def set_limits() -> None:
    """Limit this process, for good.

    Raises:
        KernelRefuses: the platform knows no such limits.
    """
    if sys.platform == "win32":
        raise KernelRefuses("no limits here")
    for which, amount in (
        (resource.RLIMIT_AS, _address_space() + MEMORY),
        (resource.RLIMIT_CPU, _processor_time()),
        (resource.RLIMIT_FSIZE, FILE),
        (resource.RLIMIT_NOFILE, DESCRIPTORS),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(which)
        if hard != resource.RLIM_INFINITY:
            amount = min(amount, hard)
        try:
            resource.setrlimit(which, (amount, amount))
        except (OSError, ValueError) as exc:
            raise KernelRefuses(str(exc)) from exc


def _processor_time() -> int:
    """Seconds of computing in all turns together; a single turn has far less."""
    units = limits.ALL_TURNS * 1000
    return math.ceil(real.lasting(ThisMachine.speed.seconds(units)))


def _address_space() -> int:
    """Bytes of address space that this process has now."""
    try:
        with open("/proc/self/statm", "rb") as file:
            pages = int(file.read().split()[0])
    except OSError:
        return 2**30
    return pages * resource.getpagesize()
