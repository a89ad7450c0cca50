"""What work takes on this machine."""

from __future__ import annotations

from graders.wire.work import Machine


class ThisMachine:
    """Measured once by the zygote, for all hosts that it forks."""

    speed: Machine = Machine()
