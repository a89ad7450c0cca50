# Row 23. Tries to carry something out, past everything that stands for the network.
import _socket
import ctypes

# <app>


def attempts():
    for family in (_socket.AF_INET, _socket.AF_INET6, _socket.AF_UNIX, 16, 17, 38, 40):
        for kind in (_socket.SOCK_STREAM, _socket.SOCK_DGRAM, _socket.SOCK_RAW):
            yield f"socket {family} {kind}", lambda f=family, k=kind: _socket.socket(f, k)
    yield "name", lambda: _socket.getaddrinfo("example.org", 80)
    libc = ctypes.CDLL(None, use_errno=True)
    yield "libc", lambda: libc.socket(2, 1, 0) >= 0 or 1 / 0
    yield "io_uring", lambda: libc.syscall(425, 4, 0) >= 0 or 1 / 0


@app.get("/found")
def found():
    seen = []
    for name, attempt in attempts():
        try:
            attempt()
        except (OSError, ZeroDivisionError):
            continue
        seen.append(name)
    return seen
