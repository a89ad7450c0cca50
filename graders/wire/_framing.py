from __future__ import annotations

import select
import socket
import struct
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import msgspec

from graders.wire import real

# No honest turn comes near it: a response body is capped far below.
MAX_FRAME = 16 * 2**20

# What decoding raises, by the release of msgspec: where bytes are no text, some raise
# Python's own error.
UNDECODABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)

_LENGTH = struct.Struct("!I")
# Bytes; more would be memory that the C library fetches anew for each read.
_CHUNK = 2**16
_DECODERS: dict[object, Any] = {}

T = TypeVar("T")
Out = TypeVar("Out")
In = TypeVar("In")


class Closed(ConnectionError):
    """The other side is gone."""


class Malformed(ValueError):
    """What arrived is not a message of ours."""


class Unsendable(ValueError):
    """What shall be sent cannot be encoded."""


class TooLong(ValueError):
    """What shall be sent is longer than a frame may be."""


def decoder(incoming: type[T]) -> msgspec.msgpack.Decoder[T]:
    """What reads messages of a type; made once, because making it takes milliseconds.

    A zygote makes it before it forks.
    """
    known: msgspec.msgpack.Decoder[T] | None = _DECODERS.get(incoming)
    if known is None:
        known = _DECODERS[incoming] = msgspec.msgpack.Decoder(incoming)
    return known


class Channel(Generic[Out, In]):
    """Typed frames over a stream socket: four bytes of length, then msgpack.

    Args:
        stream: one end of a connected socket pair; the channel owns it.
        incoming: the type that the other side sends.
        gives, takes: bytes of the longest frame that is sent, and that is received.

    Attributes:
        received: bytes of all frames that have been received.
    """

    def __init__(
        self,
        stream: socket.socket,
        incoming: type[In],
        *,
        gives: int = MAX_FRAME,
        takes: int = MAX_FRAME,
    ) -> None:
        self._stream = stream
        self._gives = gives
        self._takes = takes
        self.received = 0
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[In] = decoder(incoming)
        self._buffer = bytearray()
        self._unsent = memoryview(b"")

    def fileno(self) -> int:
        return self._stream.fileno()

    def close(self) -> None:
        self._stream.close()

    def send(self, frame: Out) -> None:
        """Send one frame, however long the other side takes to read.

        Raises:
            Closed: the other side is gone.
            Unsendable, TooLong: the frame is none that can be sent.
        """
        self.prepare(frame)
        unsent, self._unsent = self._unsent, memoryview(b"")
        try:
            self._stream.sendall(unsent)
        except OSError as exc:
            raise Closed(str(exc)) from exc

    def prepare(self, frame: Out) -> None:
        """Encode one frame, which `flush` sends.

        Raises:
            Unsendable, TooLong: the frame is none that can be sent.
        """
        try:
            payload = self._encoder.encode(frame)
        except (TypeError, ValueError, OverflowError, RecursionError) as exc:
            raise Unsendable(f"cannot be sent: {exc}") from exc
        if len(payload) > self._gives:
            raise TooLong(f"a frame of {len(payload)} bytes exceeds {self._gives}")
        self._unsent = memoryview(_LENGTH.pack(len(payload)) + payload)

    def flush(self, timeout: float) -> bool:
        """Send what is prepared; whether all of it was within `timeout` real seconds.

        Raises:
            Closed: the other side is gone.
        """
        for _ in self._ready(select.POLLOUT, timeout):
            try:
                sent = self._stream.send(self._unsent, socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue
            except OSError as exc:
                raise Closed(str(exc)) from exc
            self._unsent = self._unsent[sent:]
            if not self._unsent:
                return True
        return False

    def receive(self, timeout: float | None = None) -> In | None:
        """The next frame, or None when none is complete within `timeout` real seconds.

        Those that come in pieces get no more time.

        Raises:
            Closed: the other side is gone.
            Malformed: the bytes are no frame of the incoming type.
        """
        frame = self._take()
        if frame is not None:
            return frame
        for _ in self._ready(select.POLLIN, timeout):
            try:
                chunk = self._stream.recv(_CHUNK)
            except OSError as exc:
                raise Closed(str(exc)) from exc
            if not chunk:
                raise Closed("end of stream")
            self._buffer += chunk
            frame = self._take()
            if frame is not None:
                return frame
        return None

    def _ready(self, event: int, timeout: float | None) -> Iterator[None]:
        """Each time at which the stream can be used, until the time is over.

        Without a limit its user waits in the kernel himself.
        """
        while timeout is None:
            yield
        poll = select.poll()
        poll.register(self._stream, event)
        ends, left = real.monotonic() + timeout, timeout
        while poll.poll(real.lasting(max(left, 0.0)) * 1000):
            yield
            left = ends - real.monotonic()
            if left <= 0:
                return

    def _take(self) -> In | None:
        if len(self._buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        if length > self._takes:
            raise Malformed(f"a frame of {length} bytes exceeds {self._takes}")
        end = _LENGTH.size + length
        if len(self._buffer) < end:
            return None
        payload = bytes(self._buffer[_LENGTH.size : end])
        del self._buffer[:end]
        self.received += end
        try:
            return self._decoder.decode(payload)
        except UNDECODABLE as exc:
            raise Malformed(f"not a message: {exc}") from exc
