"""Sees that the event loop is held up, by whom and where."""

from __future__ import annotations

import sys
from types import FrameType

from graders.host._applications import Applications
from graders.host._evidence import Recorder
from graders.host._lockstep import LockStep
from graders.wire import Site


class Blocking:
    def __init__(
        self, step: LockStep, recorder: Recorder, applications: Applications
    ) -> None:
        self._step = step
        self._recorder = recorder
        self._applications = applications

    def install(self) -> None: ...

    def callbacks_begin(self) -> None: ...

    def callbacks_end(self) -> None: ...

    def dismiss_sleepers(self, keys: set[int]) -> None: ...

    def named_call(self, what: str) -> Site | None:
        """A primitive is about to hold up the loop; returns where."""
        site, callee = self._recorder.sites.with_callee(sys._getframe(1))
        name = _name(callee) or what
        if self._applications.serving:
            self._recorder.record("blocked", name, site)
        return site


def _name(frame: FrameType | None) -> str:
    if frame is None:
        return ""
    module = str(frame.f_globals.get("__name__", ""))
    qualname = frame.f_code.co_qualname
    if module.startswith("graders."):
        return ""
    return f"{module}.{qualname}"
