"""Which endpoint serves a run, as the router itself has decided.

An application may keep its routes in routers, in applications mounted below it or
behind middleware; whoever is asked to handle a run is the one.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import Mount, Route, WebSocketRoute

from graders.host.clock.current import current_run
from graders.host.instruments.recorder import Recorder, Sites
from graders.wire import Reached, Site

# What a class-based endpoint is asked for by a WebSocket, the most telling first.
_OF_WEBSOCKETS = ["on_receive", "on_connect", "dispatch"]


def install(recorder: Recorder) -> None:
    """Begin to look, before a submission is loaded.

    Args:
        recorder: knows the learner's lines.
    """
    for route in (Route, APIRoute, WebSocketRoute, Mount):
        # Inherited, it is watched where it stands.
        if "handle" in vars(route):
            _watch(route, recorder)


def _watch(route: Any, recorder: Recorder) -> None:
    handle = route.handle

    @functools.wraps(handle)
    async def handled(self: Any, scope: Any, receive: Any, send: Any) -> None:
        run = current_run.get()
        site = site_of(
            recorder.sites,
            getattr(self, "endpoint", None) or getattr(self, "app", None),
            str(scope.get("method", "")),
        )
        if run is not None and site is not None:
            recorder.post(Reached(run, site))
        await handle(self, scope, receive, send)

    route.handle = handled


def site_of(sites: Sites, endpoint: object, method: str = "") -> Site | None:
    """Where an endpoint is defined, if that is in the learner's code.

    Args:
        endpoint: a function, a method, a class with a method for each of HTTP's, or an
            object that can be called.
        method: of HTTP; "" for a WebSocket.
    """
    for function in _functions(endpoint, method):
        code = getattr(inspect.unwrap(function), "__code__", None)
        if code is not None:
            # Code begins at its first decorator; feedback names the line of `def`.
            first = code.co_firstlineno
            line = sites.statements.definitions.get(first, first)
            site = sites.at(code, line)
            if site is not None:
                return site
    return None


def _functions(endpoint: object, method: str) -> Iterator[Callable[..., Any]]:
    """What an endpoint may lead to, the nearest first."""
    found: Any = endpoint
    while isinstance(found, functools.partial):
        found = found.func
    if inspect.isclass(found):
        names = [method.lower(), "get"] if method else _OF_WEBSOCKETS
    elif inspect.isroutine(found):
        yield found
        return
    else:
        found, names = type(found), ["__call__"]
    for name in names:
        own = getattr(found, name, None)
        if callable(own):
            yield own
