"""Which of the learner's lines made an answer.

It is where the endpoint returned, or where the response or the HTTPException was made
that is the answer: the last of them before the response starts.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import CodeType, CoroutineType, FrameType, SimpleNamespace
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from graders.host._current import current_run
from graders.host._evidence import Recorder, Sites
from graders.wire import Site


class Answers:
    """Args:
    recorder: knows the learner's lines.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._sites: dict[int | None, Site] = {}

    def install(self) -> None:
        """Begin to look, before a submission is loaded."""
        for made in (Response, HTTPException):
            self._watch_making(made)
        self._watch_endpoints()

    def site(self, run: int) -> Site | None:
        """The line that made the answer to a run, if one did (none makes a 422)."""
        return self._sites.get(run)

    def _note(self, site: Site | None) -> None:
        if site is not None:
            self._sites[current_run.get()] = site

    def _watch_making(self, made: Any) -> None:
        make, note, sites = made.__init__, self._note, self._recorder.sites

        @functools.wraps(make)
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            frame: FrameType | None = sys._getframe(1)
            while frame is not None and frame.f_code.co_name == "__init__":
                frame = frame.f_back
            # Who makes it himself: not a middleware further out, that awaits it.
            if frame is not None:
                note(sites.at(frame.f_code, frame.f_lineno))
            make(self, *args, **kwargs)

        made.__init__ = init

    def _watch_endpoints(self) -> None:
        # FastAPI's own step between a request and its endpoint; where a release has
        # another one, the line of `def` is named instead.
        from fastapi import routing

        run: Callable[..., Any] | None = getattr(routing, "run_endpoint_function", None)
        if run is None:
            return

        note, sites = self._note, self._recorder.sites

        async def run_and_look(*, dependant: Any, **others: Any) -> Any:
            call = dependant.call
            frames: list[FrameType] = []

            @functools.wraps(call)
            def seen(*args: Any, **values: Any) -> Any:
                called = call(*args, **values)
                frame = called.cr_frame if isinstance(called, CoroutineType) else None
                if frame is not None:
                    frames.append(frame)
                else:
                    note(only_return(sites, call))
                return called

            result = await run(dependant=SimpleNamespace(call=seen), **others)
            for frame in frames:
                # One that has returned still knows where.
                note(returned_at(sites, frame))
            return result

        routing.run_endpoint_function = run_and_look


def returned_at(sites: Sites, frame: FrameType) -> Site | None:
    """The `return` with which a finished call ended, or its last line without one.

    What a `with` or `finally` around it does at its end is done after the value is
    there, and belongs to the line of the `with`: so the last `return` before counts.
    """
    code, returns = frame.f_code, sites.returns
    passed = [line for start, _, line in code.co_lines() if start <= frame.f_lasti]
    lines = (returns[line] for line in reversed(passed) if line in returns)
    return sites.at(code, next(lines, frame.f_lineno))


def only_return(sites: Sites, function: Any) -> Site | None:
    """The one `return` of a function that is none of a coroutine's, if it is one."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return None
    lines = {
        sites.returns[line] for *_, line in code.co_lines() if line in sites.returns
    }
    return sites.at(code, lines.pop()) if len(lines) == 1 else None
