"""Which of the learner's lines made an answer, which its parts, and after what error.

It is where the endpoint returned, or where the response or the HTTPException was made
that is the answer: the last of them before the response starts. Parts are the models
that a line of the learner's made by their name, `Row(...)`.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from types import CodeType, CoroutineType, FrameType, SimpleNamespace
from typing import Any

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from graders.host.clock.current import current_run
from graders.host.instruments.failures import failure_of
from graders.host.instruments.recorder import Recorder, Sites, raising
from graders.wire import Failure, Part, Site

_MOST_MODELS = 5_000
_MOST_PARTS = 100
_DEEPEST = 4


class AnswerLines:
    """Args:
    recorder: knows the learner's lines.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._sites: dict[int | None, Site] = {}
        self._parts: dict[int | None, list[Part]] = {}
        self._caught: dict[int | None, Failure] = {}
        # By identity: another object in the same place is made by a line as well.
        self._models: dict[int, Site] = {}

    def install(self) -> None:
        """Begin to look, before a submission is loaded."""
        for made in (Response, HTTPException):
            self._watch_making(made, lambda _, site: self._note(site))
        self._watch_making(BaseModel, self._note_model)
        self._watch_endpoints()

    def site(self, run: int) -> Site | None:
        """The line that made the answer to a run, if one did (none makes a 422)."""
        return self._sites.get(run)

    def caught(self, run: int) -> Failure | None:
        """The error that was being handled where the answer to a run was made."""
        return self._caught.get(run)

    def parts(self, run: int) -> list[Part]:
        """The lines that made parts of the answer to a run."""
        return self._parts.get(run, [])

    def _note_model(self, made: object, site: Site | None) -> None:
        if site is not None and len(self._models) < _MOST_MODELS:
            self._models[id(made)] = site

    def _note(self, site: Site | None) -> None:
        if site is None:
            return
        run, caught = current_run.get(), sys.exception()
        self._sites[run] = site
        self._caught.pop(run, None)
        if caught is not None and not isinstance(caught, HTTPException):
            self._caught[run] = failure_of(self._recorder.sites, caught)

    def _watch_making(
        self, made: Any, note: Callable[[object, Site | None], None]
    ) -> None:
        make, sites = made.__init__, self._recorder.sites

        @functools.wraps(make)
        def init(self: Any, /, *args: Any, **kwargs: Any) -> None:
            frame: FrameType | None = sys._getframe(1)
            while frame is not None and frame.f_code.co_name == "__init__":
                frame = frame.f_back
            # Who makes it himself: not a middleware further out, that awaits it.
            site = None if frame is None else sites.standing(frame)
            # Made of an exception that a line of his own raised: that one decided.
            note(self, site and (_raised(sites, sys.exception()) or site))
            make(self, *args, **kwargs)

        made.__init__ = init

    def _watch_endpoints(self) -> None:
        # FastAPI's own step between a request and its endpoint.
        from fastapi import routing

        run: Callable[..., Any] = routing.run_endpoint_function
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

            try:
                result = await run(dependant=SimpleNamespace(call=seen), **others)
                while frames:
                    # One that has returned still knows where.
                    note(returned_at(sites, frames.pop()))
            finally:
                # From 3.12 on it knows this one as well, and neither would let go.
                frames.clear()
            self._parts[current_run.get()] = list(self._made_in(result, "", 0))
            return result

        routing.run_endpoint_function = run_and_look

    def _made_in(self, value: Any, path: str, depth: int) -> Iterator[Part]:
        """The models in a value, with their places as feedback writes them."""
        site = self._models.get(id(value)) if isinstance(value, BaseModel) else None
        if site is not None:
            yield Part(path, site)
        if depth < _DEEPEST:
            for step, inner in islice(_inner(value), _MOST_PARTS):
                yield from self._made_in(inner, f"{path}{step}".lstrip("."), depth + 1)


def _inner(value: Any) -> Iterator[tuple[str, Any]]:
    # Of these types themselves: what a subclass does is nobody's to start.
    if type(value) in (list, tuple):
        yield from ((f"[{index}]", inner) for index, inner in enumerate(value))
    elif type(value) is dict:
        yield from ((f".{key}", value[key]) for key in value if type(key) is str)
    elif isinstance(value, BaseModel):
        yield from _inner(vars(value))


def _raised(sites: Sites, exc: BaseException | None) -> Site | None:
    """The learner's own `raise` from which an exception came, of all the first."""
    found = None
    while exc is not None:
        last = raising(exc)
        if last is None or last.tb_lineno not in sites.statements.raises:
            break
        found = sites.at(last.tb_frame.f_code, last.tb_lineno) or found
        # A cycle is broken by Python itself, where an exception is raised.
        exc = exc.__context__
    return found


def returned_at(sites: Sites, frame: FrameType) -> Site | None:
    """The `return` with which a finished call ended, or its last line without one.

    What a `with` or `finally` around it does at its end is done after the value is
    there, and belongs to the line of the `with`: so the last `return` before counts.
    """
    code, returns = frame.f_code, sites.statements.returns
    passed = [line for start, _, line in code.co_lines() if start <= frame.f_lasti]
    lines = (returns[line] for line in reversed(passed) if line in returns)
    return sites.at(code, next(lines, frame.f_lineno))


def only_return(sites: Sites, function: Any) -> Site | None:
    """The one `return` of a function that is none of a coroutine's, if it is one."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return None
    returns = sites.statements.returns
    lines = {returns[line] for *_, line in code.co_lines() if line in returns}
    return sites.at(code, lines.pop()) if len(lines) == 1 else None
