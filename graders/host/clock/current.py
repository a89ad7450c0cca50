"""Which exam this process sits. None in the zygote, where every wrapper is inert."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from graders.wire.work import Machine

if TYPE_CHECKING:
    from graders.host.clock.lockstep import LockStep
    from graders.host.instruments.recorder import Recorder
    from graders.wire import Site


class Current:
    """Set once, in a freshly made host, and never changed again."""

    step: LockStep | None = None
    recorder: Recorder | None = None
    # The zygote measures it, for all hosts that it forks.
    machine: Machine = Machine()


current_run: ContextVar[int | None] = ContextVar("current_run", default=None)
# The learner's lines that handed what runs here to another thread, or to the time after
# an answer; innermost first.
handed_by: ContextVar[tuple[Site, ...]] = ContextVar("handed_by", default=())
