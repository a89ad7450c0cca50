"""The functions of a kata's `given.py`, as a suite sees and directs them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from graders.proctor.world.calls import CallLog, CallRecord, peak
from graders.proctor.world.gates import Gated
from graders.wire import Answer, Call, Fault, ToHost, Unwinds


class Raises(Exception):
    """Raised by a suite's behaviour to make the service raise.

    Args:
        error: the name of an exception of `given.py`, or of a built-in one.
        arguments: what it is constructed with.
    """

    def __init__(self, error: str, *arguments: Any) -> None:
        super().__init__(error, *arguments)
        self.error = error
        self.error_arguments = arguments


Behaviour = Callable[..., Any]
_CURRENT: ContextVar[CallRecord] = ContextVar("the call that is being answered")


class Service(Gated):
    """One function of `given.py`.

    Until told otherwise it answers None at once. Directions may change at any time; a
    call obeys those that hold when it arrives.
    """

    def __init__(self, name: str, log: CallLog) -> None:
        self.name = name
        self._log = log
        self._seconds: float | Callable[..., float] = 0.0
        self._behaviour: Behaviour = lambda **arguments: None

    @property
    def calls(self) -> list[CallRecord]:
        return self._log.of(self.name)

    @property
    def peak(self) -> int:
        """How many calls were in flight at once."""
        return peak(self.calls)

    def takes(self, seconds: float | Callable[..., float]) -> Service:
        """Answer after so many virtual seconds (or as a function of the arguments)."""
        self._seconds = seconds
        return self

    def answers(self, behaviour: Behaviour | Any) -> Service:
        """Answer with a value, or with what a function of the arguments returns.

        The function may raise `Raises`.
        """
        if callable(behaviour):
            self._behaviour = behaviour
        else:
            self._behaviour = lambda **arguments: behaviour
        return self

    def fails(self, error: str, *arguments: Any) -> Service:
        """Raise the exception of `given.py` (or built-in one) of that name."""

        def behaviour(**ignored: Any) -> Any:
            raise Raises(error, *arguments)

        self._behaviour = behaviour
        return self

    def _serve(self, call: CallRecord) -> Callable[[], Awaitable[Any]]:
        """What answers a call that arrives now."""
        gate, seconds, behaviour = self._gate, self._seconds, self._behaviour
        arguments = call.arguments
        delay, fault = 0.0, None
        try:
            # Now: it sees the world before anything else of this turn has happened.
            delay = seconds(**arguments) if callable(seconds) else seconds
        except Exception as exc:
            fault = exc

        async def serve() -> Any:
            if gate is not None:
                await gate.passed(call)
            if fault is not None:
                raise fault
            if delay:
                await asyncio.sleep(delay)
            return behaviour(**arguments)

        return serve


class Services:
    """All functions of `given.py` that the exam answers, as attributes.

    Args:
        names: the functions, from the kata's manifest.
        log: where their calls are written.
        post: says something to the host.
        surprised: called with what a behaviour raised that is no `Raises`, and with
            the call that it could not answer.
    """

    def __init__(
        self,
        names: list[str],
        log: CallLog,
        post: Callable[[ToHost], None],
        surprised: Callable[[Exception, CallRecord], None],
    ) -> None:
        self._services = {name: Service(name, log) for name in names}
        self._log = log
        self._post = post
        self._surprised = surprised
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._records: dict[int, CallRecord] = {}

    def __getattr__(self, name: str) -> Service:
        try:
            return self.__dict__["_services"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(
                f"no service {name!r}: the manifest lists {', '.join(self._services)}"
            ) from None

    @property
    def calls(self) -> list[CallRecord]:
        """The calls of every service, in order of arrival."""
        return self._log.of(*self._services)

    @property
    def current(self) -> CallRecord:
        """The call for which a function that a suite has given is asked right now.

        It tells calls without arguments from each other.

        Raises:
            LookupError: none is asked.
        """
        return _CURRENT.get()

    def unwind(self, rounds: int) -> None:
        """Let async calls that are cancelled take so many rounds of the loop to end.

        No time passes meanwhile. But whoever goes on without having awaited the end
        of a call comes before it.
        """
        self._post(Unwinds(rounds))

    def entered(self, call: Call) -> None:
        """A call arrived."""
        record = CallRecord(
            call.name,
            call.arguments,
            self._log.now(),
            call.run,
            call.lines,
            call.on_loop,
        )
        self._log.enter(record)
        # A message may name whatever it likes.
        service = self._services.get(call.name) or Service(call.name, self._log)
        # The task keeps the context in which it is made.
        token = _CURRENT.set(record)
        serve = service._serve(record)
        task = asyncio.get_running_loop().create_task(self._answer(call, record, serve))
        _CURRENT.reset(token)
        self._tasks[call.call] = task
        self._records[call.call] = record

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.pop(call.call, None)
            self._records.pop(call.call, None)

        task.add_done_callback(ended)

    def cancelled(self, number: int) -> None:
        """The submission gave a call up.

        It leaves the log now, not when its task ends: a call that arrives later in the
        same turn does not overlap it.
        """
        task = self._tasks.get(number)
        if task is not None:
            self._log.leave(self._records[number], "cancelled")
            task.cancel()

    async def _answer(
        self, call: Call, record: CallRecord, serve: Callable[[], Awaitable[Any]]
    ) -> None:
        try:
            value = await serve()
        except Raises as fault:
            self._log.leave(record, "failed")
            self._post(Fault(call.call, fault.error, list(fault.error_arguments)))
        except Exception as exc:
            self._log.leave(record, "failed")
            self._surprised(exc, record)
            # As in life, where a service is asked for what it does not have.
            text = f"{call.name}() has nothing for these arguments"
            self._post(Fault(call.call, "LookupError", [text]))
        else:
            self._log.leave(record, "answered")
            self._post(Answer(call.call, value))

    def stop(self) -> None:
        for task in self._tasks.values():
            task.cancel()
