"""The walls around a submission: what it cannot do, whatever it tries.

They are raised in the host's own process before any line of a submission runs, need no
root, no container and no set-up, and hold for every thread that comes later. What a
machine does not offer is left out, and the verdict says which walls stood.
"""

from __future__ import annotations

import contextlib
import os

from graders.host.walls.kernel import KernelRefuses, die_with_the_parent
from graders.host.walls.landlock import Landlock
from graders.host.walls.limits import set_limits
from graders.host.walls.privileges import drop_privileges
from graders.host.walls.seccomp import Seccomp
from graders.wire.words import WALLS, Wall

LIMITS, PRIVILEGES, LANDLOCK, SECCOMP = WALLS


class Walls:
    """Prepared once, in the zygote; raised in each of its children."""

    def __init__(self) -> None:
        self._landlock = Landlock.prepared()
        self._seccomp = Seccomp.prepared(self._landlock.left_to_seccomp)

    def rise(self, folder: str, *, threads: bool) -> list[Wall]:
        """Wall this process in, for good. It must have one thread only.

        Args:
            folder: the only place where it may write.
            threads: whether it may read what the kernel says of its threads, and all
                that stands beside it.

        Returns:
            The names of the walls that stand.
        """
        standing: list[Wall] = []
        for name, wall in (
            (LIMITS, set_limits),
            (PRIVILEGES, drop_privileges),
            (LANDLOCK, lambda: self._landlock.rise(folder, threads=threads)),
            # The last: it refuses what the others need.
            (SECCOMP, lambda: self._seccomp.rise(os.getpid())),
        ):
            try:
                wall()
            except KernelRefuses:
                continue
            standing.append(name)
        return standing


def do_not_outlive(parent: int) -> None:
    """End when the parent does; on other platforms than Linux, hope for the best."""
    with contextlib.suppress(KernelRefuses):
        die_with_the_parent()
        if os.getppid() != parent:
            os._exit(0)


__all__ = ["Walls", "do_not_outlive"]
