"""The rules of ASGI for what an application sends, and sentences on how they broke.

A real server refuses the same things; here they must also be harmless, because the
application may be hostile.
"""

from __future__ import annotations

from typing import Any

# A response may be as long as a page, and has no more headers than a browser takes.
MAX_BODY = 2**20
MAX_HEADERS = 1_000
MAX_HEADER_BYTES = 2**16


class ProtocolError(Exception):
    """The application broke the rules of ASGI; the text says how.

    Attributes:
        run: the number of the exchange in which it did, where that is known.
    """

    def __init__(self, how: str, run: int | None = None) -> None:
        super().__init__(how)
        self.run = run


class Rules:
    """What one run of the application may send.

    Attributes:
        label: the run, as a learner knows it.
        over: the last event that counts has been sent.
    """

    def __init__(self, label: str) -> None:
        self.label = label
        self.over = False

    def look(self, event: dict[str, Any]) -> None:
        """Look at the next event.

        Raises:
            ProtocolError: it has no place here.
        """
        raise NotImplementedError

    def broken(self, how: str) -> ProtocolError:
        return ProtocolError(f"{self.label}: {how}.")

    def misplaced(self, event: dict[str, Any], *wanted: str) -> ProtocolError:
        places = " or ".join(map(repr, wanted))
        kind = str(event.get("type"))[:60]
        return self.broken(f"the application sent {kind!r} where {places} belongs")


class HttpRules(Rules):
    """One start, then body until `more_body` is false. As long as it says, if it says.

    Args:
        method: a response to HEAD has headers only.
    """

    def __init__(self, label: str, method: str = "") -> None:
        super().__init__(label)
        self._prefix = "http.response"
        self._bodiless = method == "HEAD"
        self._started = False
        self._declared: int | None = None
        self._length = 0

    def look(self, event: dict[str, Any]) -> None:
        kind = event.get("type")
        start, body = f"{self._prefix}.start", f"{self._prefix}.body"
        if not self._started:
            if kind != start:
                raise self.misplaced(event, start)
            self._start(event)
        elif kind == start:
            raise self.broken("the application started a second response")
        elif kind != body:
            raise self.misplaced(event, body)
        elif self.over:
            raise self.broken("the application sent more after the response's end")
        else:
            self._body(event)

    def _start(self, event: dict[str, Any]) -> None:
        status = event.get("status")
        if type(status) is not int or not 100 <= status <= 599:
            raise self.broken(f"{str(status)[:60]!r} is no status code")
        headers = headers_of(event)
        if isinstance(headers, str):
            raise self.broken(headers)
        self._started = True
        self._bodiless = self._bodiless or status in (204, 304)
        for name, value in headers:
            if name == "content-length" and not self._bodiless:
                if not value.isdecimal() or len(value) > 18:
                    raise self.broken(f"a content-length of {value[:60]!r}")
                self._declared = int(value)

    def _body(self, event: dict[str, Any]) -> None:
        body = event.get("body", b"")
        if not isinstance(body, bytes):
            what = str(body)[:60]
            raise self.broken(f"the body of a response is bytes, and not {what!r}")
        self._length += len(body)
        if self._length > MAX_BODY:
            raise self.broken("the response is longer than 1 MB")
        self.over = not event.get("more_body", False)
        if self._declared is None or self._bodiless:
            return
        declares = f"the response declares {self._declared} bytes and has"
        if self._length > self._declared:
            raise self.broken(f"{declares} {self._length}")
        if self.over and self._length < self._declared:
            raise self.broken(f"{declares} only {self._length}")


class WebSocketRules(Rules):
    """Accept, then any number of messages, then close; or a refusal."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self._accepted = False
        self._denial: HttpRules | None = None

    def look(self, event: dict[str, Any]) -> None:
        kind = event.get("type")
        if self.over:
            raise self.broken("the application sent more after it had closed")
        if self._denial or (
            kind == "websocket.http.response.start" and not self._accepted
        ):
            self._deny(event)
        elif kind == "websocket.close":
            self.over = True
        elif not self._accepted:
            if kind != "websocket.accept":
                raise self.misplaced(event, "websocket.accept", "websocket.close")
            self._accepted = True
        elif kind != "websocket.send":
            raise self.misplaced(event, "websocket.send", "websocket.close")
        else:
            self._message(event)

    def _deny(self, event: dict[str, Any]) -> None:
        if self._denial is None:
            self._denial = HttpRules(self.label)
            self._denial._prefix = "websocket.http.response"
        self._denial.look(event)
        self.over = self._denial.over

    def _message(self, event: dict[str, Any]) -> None:
        text, data = event.get("text"), event.get("bytes")
        if (text is None) == (data is None):
            raise self.broken("a message is either text or bytes")
        if not isinstance(text, str | None) or not isinstance(data, bytes | None):
            what = str(text if data is None else data)[:60]
            raise self.broken(f"a message is text or bytes, and not {what!r}")
        if len(text or data or "") > MAX_BODY:
            raise self.broken("a message is longer than 1 MB")


class LifespanRules(Rules):
    """What start-up and shutdown answer."""

    def look(self, event: dict[str, Any]) -> None:
        wanted = [
            f"lifespan.{phase}.{outcome}"
            for phase in ("startup", "shutdown")
            for outcome in ("complete", "failed")
        ]
        if event.get("type") not in wanted:
            raise self.misplaced(event, wanted[0], wanted[2])


def rules_for(scope: dict[str, Any], label: str) -> Rules:
    """The rules for a run with this scope."""
    if scope["type"] == "http":
        return HttpRules(label, str(scope.get("method", "")))
    return (
        WebSocketRules(label) if scope["type"] == "websocket" else LifespanRules(label)
    )


def headers_of(event: dict[str, Any]) -> list[tuple[str, str]] | str:
    """The headers of a response, names in lower case; or what is wrong with them."""
    pairs = event.get("headers") or []
    if not isinstance(pairs, list):
        return "the headers of a response are pairs of bytes"
    if len(pairs) > MAX_HEADERS:
        return f"the response has more than {MAX_HEADERS} headers"
    headers, length = [], 0
    for pair in pairs:
        if not (
            isinstance(pair, list)
            and len(pair) == 2
            and all(isinstance(part, bytes) for part in pair)
        ):
            return f"a header of a response is a pair of bytes, and not {pair!r:.60}"
        name, value = (part.decode("latin-1") for part in pair)
        if not name or set(name + value) & set("\r\n\0"):
            return f"{name[:60]!r} is no header that a client could read"
        length += len(name) + len(value)
        if length > MAX_HEADER_BYTES:
            return "the headers of the response are longer than 64 KB"
        headers.append((name.lower(), value))
    return headers
