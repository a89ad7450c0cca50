"""HTTP clients: where each is made, and whether it is closed.

A pool of connections that requests reach without a client, through a transport or on
its own, counts as a client from its first request on: what is counted holds
connections, whatever its name.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable
from inspect import iscoroutinefunction
from itertools import count
from types import CodeType, FrameType
from typing import Any

from graders.host.instruments.recorder import Recorder
from graders.wire import HTTP_LIBRARIES, Site

# Of a class: how it asks for something, how it is closed, how a `with` block is left.
_WAYS = {
    "AsyncClient": ("send", "aclose", "__aexit__"),
    "Client": ("send", "close", "__exit__"),
    "AsyncConnectionPool": ("handle_async_request", "aclose", "__aexit__"),
    "ConnectionPool": ("handle_request", "close", "__exit__"),
}
_CLIENTS = ("AsyncClient", "Client")
_POOLS = ("AsyncConnectionPool", "ConnectionPool")
# It talks to an application in this process: nothing of it is left open.
_TEST_CLIENT = "starlette.testclient"

_KEY = "_exam_key"
# Of a pool that a client uses.
_OWNED = 0


class Clients:
    """Args:
    recorder: receives the evidence.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._numbers = count(1)
        self._open: dict[int, tuple[str, Site | None]] = {}
        # The code of the methods with which clients ask.
        self._asking: set[CodeType] = set()

    def install(self) -> None:
        """Begin to look, before a submission is loaded."""
        for library in HTTP_LIBRARIES:
            # Not all of them need be installed; what there is, the zygote has imported.
            if library.name in sys.modules:
                for name in _CLIENTS:
                    self._watch_client(getattr(sys.modules[library.name], name))
                core = importlib.import_module(library.core)
                for name in _POOLS:
                    self._watch_pool(getattr(core, name))

    def report(self) -> None:
        """Report those that are still open."""
        for kind, site in self._open.values():
            self._recorder.record("client left open", kind, site)

    # --- a life -----------------------------------------------------------------------

    def _opened(self, one: Any, kind: str, site: Site | None) -> None:
        number = next(self._numbers)
        setattr(one, _KEY, number)
        self._open[number] = kind, site
        self._recorder.trace("client opened", number, site, kind)

    def _closed(self, one: Any) -> None:
        number = getattr(one, _KEY, _OWNED)
        kind, _ = self._open.pop(number, ("", None))
        if kind:
            self._recorder.trace("client closed", number, self._recorder.here(), kind)

    def _watch_closing(self, watched: Any) -> None:
        _, *ends = _WAYS[watched.__name__]
        for name in ends:
            _before(watched, name, self._closed)

    def _watch_client(self, client: Any) -> None:
        make = client.__init__
        self._asking.add(client.send.__code__)

        @functools.wraps(make)
        def init(self_: Any, *args: Any, **kwargs: Any) -> None:
            make(self_, *args, **kwargs)
            if all(base.__module__ != _TEST_CLIENT for base in type(self_).__mro__):
                self._opened(self_, client.__name__, self._made_at(self_))

        client.__init__ = init
        self._watch_closing(client)

    def _watch_pool(self, pool: Any) -> None:
        make = pool.__init__
        ask, *_ = _WAYS[pool.__name__]

        @functools.wraps(make)
        def init(self_: Any, *args: Any, **kwargs: Any) -> None:
            make(self_, *args, **kwargs)
            # `waits` shows it: the limits of a pool stand where it is made.
            self_.exam_site = self._made_at(self_)

        def asked(self_: Any) -> None:
            if hasattr(self_, _KEY):
                return
            if self._within_a_client(sys._getframe(2)):
                setattr(self_, _KEY, _OWNED)
            else:
                self._opened(self_, pool.__name__, self_.exam_site)

        pool.__init__ = init
        _before(pool, ask, asked)
        self._watch_closing(pool)

    def _made_at(self, one: Any) -> Site | None:
        """The learner's line that makes an object, and not its own `__init__`."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and any(
            frame.f_locals.get(name) is one for name in frame.f_code.co_varnames[:1]
        ):
            frame = frame.f_back
        return self._recorder.sites.of_frame(frame)

    def _within_a_client(self, frame: FrameType | None) -> bool:
        while frame is not None:
            if frame.f_code in self._asking:
                return True
            frame = frame.f_back
        return False


def _before(owner: Any, name: str, note: Callable[[Any], None]) -> None:
    """Let a method, of whichever kind, tell of each of its calls."""
    real = getattr(owner, name)

    @functools.wraps(real)
    def called(self: Any, *args: Any, **kwargs: Any) -> Any:
        note(self)
        return real(self, *args, **kwargs)

    @functools.wraps(real)
    async def awaited(self: Any, *args: Any, **kwargs: Any) -> Any:
        note(self)
        return await real(self, *args, **kwargs)

    setattr(owner, name, awaited if iscoroutinefunction(real) else called)
