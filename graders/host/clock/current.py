"""The exam running in this process. The zygote has none: its wrappers are inert."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graders.host.clock.lockstep import LockStep
    from graders.wire import Site


class Current:
    """Set once, in a freshly made host, and never changed again."""

    step: LockStep | None = None
    # The learner's lines that led here, innermost first.
    lines: Callable[[], list[Site]] = list


current_run: ContextVar[int | None] = ContextVar("current_run", default=None)
# The learner's lines that handed what runs here to another thread, or to the time after
# an answer; innermost first.
handed_by: ContextVar[tuple[Site, ...]] = ContextVar("handed_by", default=())
