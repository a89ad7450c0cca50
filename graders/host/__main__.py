"""Start a zygote, or (`spawn`) a single host, on a socket that was inherited."""

import os
import socket
import sys


def main() -> None:
    from graders.host import _zygote
    from graders.host.walls import Walls, do_not_outlive

    kind, descriptor, *rest = sys.argv[1], int(sys.argv[2]), *sys.argv[3:]
    if kind == "zygote":
        _zygote.serve(socket.socket(fileno=descriptor))
    else:
        folder, walls = rest
        do_not_outlive(os.getppid())
        _zygote.preload()
        _zygote.become_host(
            [descriptor, 0, 1, 2], folder, Walls() if walls == "walls" else None
        )


if __name__ == "__main__":
    main()
