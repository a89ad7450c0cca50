"""Start a zygote, or (`spawn`) a single host, on a socket that was inherited."""

import socket
import sys


def main() -> None:
    from graders.host import _zygote

    kind, descriptor = sys.argv[1], int(sys.argv[2])
    if kind == "zygote":
        _zygote.serve(socket.socket(fileno=descriptor))
    else:
        _zygote.preload()
        _zygote.become_host([descriptor, 0, 1, 2])


if __name__ == "__main__":
    main()
