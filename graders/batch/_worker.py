"""A process that grades one submission after another, as the batch asks it to.

It ends when the batch does, however that ended, and takes its hosts with it.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import traceback
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

import graders.suites
from graders.batch._orders import Answer, Job, Orders
from graders.proctor import (
    Grading,
    Kata,
    Launcher,
    LauncherFailed,
    Options,
    Submission,
    Verdict,
    ZygoteGone,
    launcher,
    load_kata,
)

# Where a submission seems to lie. Two that are the same must get the same verdict, and
# learners' names and the grader's folders are nobody's business.
_PLACE = Path("/submission")


def serve(connection: Connection) -> None:
    """Grade until the batch hangs up."""
    orders = msgspec.msgpack.decode(connection.recv_bytes(), type=Orders)
    graders.suites.__path__ = orders.suites
    tempfile.tempdir = orders.scratch
    with launcher() as hosts:
        while True:
            try:
                data = connection.recv_bytes()
            except EOFError:
                return
            job = msgspec.msgpack.decode(data, type=Job)
            connection.send_bytes(msgspec.msgpack.encode(_answer(job, orders, hosts)))


def _answer(job: Job, orders: Orders, hosts: Launcher) -> Answer:
    try:
        return Answer(job.number, _graded(job, orders, hosts))
    except ZygoteGone as exc:
        # That is no fault of this machine's: others may be graded.
        return Answer(job.number, trouble=str(exc))
    except LauncherFailed as exc:
        return Answer(job.number, trouble=str(exc), launcher=True)
    except Exception:
        return Answer(job.number, trouble=traceback.format_exc())


def _graded(job: Job, orders: Orders, hosts: Launcher) -> Verdict:
    """The verdict, with the first one that differs from it."""
    submission = Submission(
        _PLACE / job.label, job.label, job.source, job.notes, job.beside
    )
    options = Options(orders.seed, sandbox=orders.sandbox, reach=orders.reach)
    kata = _kata(Path(job.folder))
    first = Grading(kata, submission, hosts, options).verdict()
    for _ in range(orders.repeat - 1):
        other = Grading(kata, submission, hosts, options).verdict()
        if other.timeless != first.timeless:
            return msgspec.structs.replace(first, other=other)
    return first


@cache
def _kata(folder: Path) -> Kata:
    return load_kata(folder)


def _end(number: int, frame: object) -> None:
    # Once: ending in good order is not to be interrupted.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit()


def _end_with_the_batch() -> None:
    """Wait for the end of standard input, which the batch holds open."""
    # Not through `sys.stdin`, whose lock would be held while Python shuts down.
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Serve on the descriptor that the command line names."""
    # Ctrl-C is for the batch, which ends its workers in good order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_end_with_the_batch, daemon=True).start()
    with Connection(int(sys.argv[1])) as connection:
        serve(connection)


if __name__ == "__main__":
    main()
