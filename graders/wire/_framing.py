from __future__ import annotations

import select
import socket
import struct
from typing import Any, Generic, TypeVar

import msgspec

from graders.wire import real

# No honest turn comes near it: a response body is capped far below.
MAX_FRAME = 16 * 2**20

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
    """

    def __init__(self, stream: socket.socket, incoming: type[In]) -> None:
        self._stream = stream
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[In] = decoder(incoming)
        self._buffer = bytearray()

    def fileno(self) -> int:
        return self._stream.fileno()

    def close(self) -> None:
        self._stream.close()

    def send(self, frame: Out) -> None:
        """Send one frame.

        Raises:
            Closed: the other side is gone.
            Malformed: the frame cannot be encoded or is larger than MAX_FRAME.
        """
        try:
            payload = self._encoder.encode(frame)
        except (TypeError, ValueError, OverflowError, RecursionError) as exc:
            raise Malformed(f"cannot be sent: {exc}") from exc
        if len(payload) > MAX_FRAME:
            raise Malformed(f"a frame of {len(payload)} bytes exceeds {MAX_FRAME}")
        try:
            self._stream.sendall(_LENGTH.pack(len(payload)) + payload)
        except OSError as exc:
            raise Closed(str(exc)) from exc

    def receive(self, timeout: float | None = None) -> In | None:
        """The next frame, or None when none is complete within `timeout` real seconds.

        Raises:
            Closed: the other side is gone.
            Malformed: the bytes are no frame of the incoming type.
        """
        while True:
            frame = self._take()
            if frame is not None:
                return frame
            if timeout is not None and not self._readable(timeout):
                return None
            try:
                chunk = self._stream.recv(_CHUNK)
            except OSError as exc:
                raise Closed(str(exc)) from exc
            if not chunk:
                raise Closed("end of stream")
            self._buffer += chunk

    def _readable(self, timeout: float) -> bool:
        poll = select.poll()
        poll.register(self._stream, select.POLLIN)
        return bool(poll.poll(real.lasting(timeout) * 1000))

    def _take(self) -> In | None:
        if len(self._buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        if length > MAX_FRAME:
            raise Malformed(f"a frame of {length} bytes exceeds {MAX_FRAME}")
        end = _LENGTH.size + length
        if len(self._buffer) < end:
            return None
        payload = bytes(self._buffer[_LENGTH.size : end])
        del self._buffer[:end]
        try:
            return self._decoder.decode(payload)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as exc:
            raise Malformed(f"not a message: {exc}") from exc
