"""The functions of `given.py` that the proctor answers.

A stand-in has the name, the signature and the kind (async or blocking) of the function
it replaces, so a submission cannot tell and need not care.
"""

from __future__ import annotations

import asyncio
import builtins
import functools
import inspect
from collections.abc import Callable
from itertools import count
from types import ModuleType
from typing import Any
from weakref import WeakValueDictionary

import msgspec

from graders.host.clock.current import current_run
from graders.host.clock.lockstep import LockStep
from graders.host.clock.waiter import Waiter
from graders.host.instruments.recorder import Recorder
from graders.host.world.arguments import bind
from graders.wire import Answer, Call, CallCancelled, Fault
from graders.wire.words import ASYNC


class ServiceStandIns:
    """The stand-ins, and the calls that wait for an answer.

    Attributes:
        rounds: how many rounds of the loop a call needs to end when it is cancelled.
    """

    def __init__(self, step: LockStep, recorder: Recorder) -> None:
        self._step = step
        self._recorder = recorder
        self._numbers = count(1)
        self._given: ModuleType | None = None
        self.rounds = 0
        # Weak: in life nothing but the loop's own timer or socket holds a future, and a
        # task that nobody holds may be collected while it waits. So it must be here.
        self._waiting: WeakValueDictionary[int, asyncio.Future[Any]] = (
            WeakValueDictionary()
        )

    def install(self, given: ModuleType, kinds: dict[str, str]) -> None:
        """Replace the functions of `given` that `kinds` names."""
        self._given = given
        for name, kind in kinds.items():
            original = getattr(given, name)
            make = self._async_stand_in if kind == ASYNC else self._blocking_stand_in
            setattr(given, name, make(name, original))

    def deliver(self, message: Answer | Fault) -> None:
        """An answer for a call that waits on the loop."""
        future = self._waiting.get(message.call)
        if future is None:
            return
        loop = future.get_loop()
        if loop is asyncio.get_running_loop():
            self._complete(future, message)
        elif not loop.is_closed():
            # A loop of the submission's own, in another thread.
            loop.call_soon_threadsafe(self._complete, future, message)

    def _complete(self, future: asyncio.Future[Any], message: Answer | Fault) -> None:
        if future.done():
            return
        if isinstance(message, Answer):
            future.set_result(message.value)
        else:
            future.set_exception(self._exception(message))

    def _exception(self, fault: Fault) -> BaseException:
        return _exception_class(fault.error, self._given)(*fault.arguments)

    def _async_stand_in(self, name: str, original: Callable[..., Any]) -> Any:
        signature, result = self._shape(name, original)

        @functools.wraps(original)
        async def stand_in(*args: Any, **kwargs: Any) -> Any:
            arguments = bind(name, signature, args, kwargs)
            lines = self._recorder.lines()
            number = next(self._numbers)
            future = asyncio.get_running_loop().create_future()
            self._waiting[number] = future
            self._step.post(Call(number, name, arguments, current_run.get(), lines))
            try:
                return result(await future)
            except asyncio.CancelledError:
                await self._unwind(number)
                raise

        # Stacks name the code, and shall name what the learner called.
        made: Any = stand_in
        made.__code__ = made.__code__.replace(co_name=name, co_qualname=name)
        return made

    async def _unwind(self, number: int) -> None:
        """Let a cancelled call end, at once when it is cancelled again meanwhile."""
        try:
            for _ in range(self.rounds):
                await asyncio.sleep(0)
        finally:
            self._step.post(CallCancelled(number))

    def _shape(
        self, name: str, original: Callable[..., Any]
    ) -> tuple[inspect.Signature, Callable[[Any], Any]]:
        """The signature, and how to turn plain data into what the function returns."""
        signature = inspect.signature(original, eval_str=True)
        annotation = signature.return_annotation
        if annotation in (inspect.Signature.empty, Any):
            return signature, lambda value: value

        def convert(value: Any) -> Any:
            try:
                return msgspec.convert(value, annotation, strict=True)
            except msgspec.ValidationError as exc:
                # No mistake of the line that has called it.
                self._recorder.record("unfitting answer", f"{name}() answered: {exc}")
                raise

        return signature, convert

    def _blocking_stand_in(self, name: str, original: Callable[..., Any]) -> Any:
        signature, result = self._shape(name, original)

        @functools.wraps(original)
        def stand_in(*args: Any, **kwargs: Any) -> Any:
            arguments = bind(name, signature, args, kwargs)
            number = next(self._numbers)
            waiter = Waiter()
            answers: list[Answer | Fault] = []

            def answered(message: Answer | Fault) -> None:
                answers.append(message)
                self._step.wake(waiter)

            self._step.thread_calls[number] = answered
            on_loop = self._step.on_loop_thread()
            lines = self._recorder.lines()
            self._step.post(
                Call(number, name, arguments, current_run.get(), lines, on_loop)
            )
            self._step.park(waiter, None, name)
            (message,) = answers
            if isinstance(message, Fault):
                raise self._exception(message)
            return result(message.value)

        return stand_in


def _exception_class(name: str, given: ModuleType | None) -> type[BaseException]:
    """The exception that a fault names: of `given.py` first, then of Python's own."""
    found = getattr(given, name, None) or getattr(builtins, name, None)
    if isinstance(found, type) and issubclass(found, BaseException):
        return found
    return RuntimeError
