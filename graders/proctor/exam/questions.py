"""What the proctor asks a host, and waits for the answer to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from graders.proctor.hosts.turns import Turns
from graders.wire import FromHost, ToHost

_Answer = TypeVar("_Answer", bound=FromHost)


class Questions:
    """Args:
    turns: takes turns with the host, and notices when no answer can come.
    post: says something to the host.
    """

    def __init__(self, turns: Turns, post: Callable[[ToHost], None]) -> None:
        self._turns = turns
        self._post = post
        self._waits: dict[type, asyncio.Future[Any]] = {}

    async def ask(self, question: ToHost, *answers: type[_Answer]) -> _Answer:
        """Ask, and wait for the first message of one of these types.

        Raises:
            Deadlock: none will ever come.
            HostEnded: the host ended instead.
        """
        wait: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()
        self._waits.update(dict.fromkeys(answers, wait))
        self._post(question)
        return await self._turns.waiting(wait)

    def answered(self, message: FromHost) -> None:
        """The host said so; it may say things twice, or unasked."""
        wait = self._waits.get(type(message))
        if wait is not None and not wait.done():
            wait.set_result(message)
