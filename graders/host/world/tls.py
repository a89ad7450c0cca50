"""TLS, left out: for `https://` URLs the bytes travel as they are.

A handshake would prove nothing, as both ends are ours, and reading the certificate
store costs more than the rest of a check.
"""

from __future__ import annotations

import ssl
from typing import Any

from graders.host.world.sockets import StandIn


class TlsStandIn(StandIn):
    """What `SSLContext.wrap_socket` makes of a stand-in: the bytes stay as they are."""

    context: ssl.SSLContext
    server_hostname: str | None
    server_side = False
    session = None
    session_reused = False

    def do_handshake(self, block: bool = False) -> None: ...

    def version(self) -> str:
        return "TLSv1.3"

    def cipher(self) -> tuple[str, str, int]:
        return ("TLS_AES_256_GCM_SHA384", "TLSv1.3", 256)

    def compression(self) -> None: ...

    def selected_alpn_protocol(self) -> None: ...

    def pending(self) -> int:
        return len(self._arrived)

    def unwrap(self) -> StandIn:
        self.__class__ = StandIn  # type: ignore[assignment]
        return self

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        return self.recv(len) if buffer is None else self.recv_into(buffer, len)

    def write(self, data: Any) -> int:
        return self.send(data)

    def getpeercert(self, binary_form: bool = False) -> Any:
        """A certificate for the name that was asked for."""
        if binary_form:
            return b""
        if self.context.verify_mode == ssl.CERT_NONE:
            return {}
        name = self.server_hostname or ""
        return {
            "subject": ((("commonName", name),),),
            "subjectAltName": (("DNS", name),),
        }


_real_wrap_socket = ssl.SSLContext.wrap_socket


def _wrap_socket(
    self: ssl.SSLContext, sock: Any, *args: Any, **options: Any
) -> ssl.SSLSocket:
    if isinstance(sock, StandIn):
        sock.__class__ = TlsStandIn
        assert isinstance(sock, TlsStandIn)
        sock.context = self
        sock.server_hostname = options.get("server_hostname")
        return sock  # type: ignore[return-value]
    return _real_wrap_socket(self, sock, *args, **options)


def _verify_paths() -> ssl.DefaultVerifyPaths:
    """A certificate store that is there on every machine, and behind every wall."""
    return ssl.DefaultVerifyPaths(
        __file__, "", "SSL_CERT_FILE", __file__, "SSL_CERT_DIR", ""
    )


def _load_nothing(self: ssl.SSLContext, *args: Any, **kwargs: Any) -> None: ...


def leave_out() -> None:
    """Let TLS layers pass bytes through unchanged.

    `TLSStream.wrap`, `SSLContext.wrap_socket`, `SSLContext.load_verify_locations` and
    `ssl.get_default_verify_paths` are replaced here only.
    """
    from anyio.streams.tls import TLSStream

    async def wrap(
        cls: type[TLSStream], /, transport_stream: Any, **options: Any
    ) -> Any:
        return transport_stream

    TLSStream.wrap = classmethod(wrap)  # type: ignore[method-assign, assignment]
    ssl.get_default_verify_paths = _verify_paths
    ssl.SSLContext.wrap_socket = _wrap_socket  # type: ignore[method-assign]
    ssl.SSLContext.load_verify_locations = (  # type: ignore[method-assign]
        _load_nothing
    )
