"""What an application has answered, with the times at which it came."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from graders.proctor.verdict.known_errors import said
from graders.wire import Failure


@dataclass(eq=False)
class Event:
    """Something that the application sent, and when (virtual seconds).

    Attributes:
        heard: False when the client had gone away before.
    """

    at: float
    message: dict[str, Any]
    heard: bool = True


@dataclass(frozen=True)
class Chunk:
    """A part of a response's body, and when it came (virtual seconds)."""

    at: float
    data: bytes


@dataclass(frozen=True)
class Reply:
    """A whole response.

    Attributes:
        request: what was asked, as "GET /path".
        status: the status code; 500 where the application raised before it answered.
        headers: names in lower case.
        began, ended: when the request was sent, and when the last byte came.
        failure: the exception that left the application, if one did.
        run: the number of the request within the exam.
        complete: False when the response broke off before its end.
        caught: the exception that was being handled where the answer was made.
    """

    request: str
    status: int
    headers: dict[str, str]
    body: bytes
    began: float
    ended: float
    run: int
    failure: Failure | None = None
    complete: bool = True
    caught: Failure | None = None

    @property
    def took(self) -> float:
        """Virtual seconds from the request to the last byte."""
        return round(self.ended - self.began, 9)

    @property
    def told(self) -> str:
        """The status, and the error that led to it, in words."""
        words = str(self.status)
        if self.failure is not None:
            words += f", because {said(self.failure)}"
        if self.caught is not None:
            words += f", after {said(self.caught)}"
        return words

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON, strictly: no NaN, no text that is not UTF-8.

        Raises:
            ValueError: it is not JSON.
        """

        def refuse(constant: str) -> Any:
            raise ValueError(f"{constant} is not JSON")

        return json.loads(self.body.decode("utf-8"), parse_constant=refuse)
