"""Start a zygote, or (`spawn`) a trial or a single host, on an inherited socket.

Run by its path and not as a module: the host's graders are those that started it,
also where others are installed.
"""

import importlib
import os
import signal
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(__file__))))
importlib.import_module("graders")
del sys.path[0]


def main() -> None:
    from graders.host import child, libraries, zygote
    from graders.host.walls import Walls, do_not_outlive

    # Who starts us may ignore it (`nohup` does), and a submission must not see that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    kind, descriptor, *rest = sys.argv[1], int(sys.argv[2]), *sys.argv[3:]
    if kind == "zygote":
        proofs, *needs = rest
        zygote.serve(socket.socket(fileno=descriptor), proofs, needs)
    elif kind == "trial":
        proofs, *needs = rest
        zygote.prepare(socket.socket(fileno=descriptor), proofs, needs)
    else:
        folder, walls, stuck, *needs = rest
        do_not_outlive(os.getppid())
        libraries.preload(needs)
        child.become_host(
            [descriptor, 0, 1, 2],
            folder,
            Walls() if walls == "walls" else None,
            float(stuck) if stuck else None,
        )


if __name__ == "__main__":
    main()
