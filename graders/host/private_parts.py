"""Private parts of libraries that the graders touch: each of them, and what it is for.

What is private may go or change with any release. A part of the host's that is not
there stops a zygote with a sentence; one that is there and does nothing any more is
found when the instruments are tried (see `trial`).
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from graders.wire import HTTP_LIBRARIES

PYTHON = "Python"


class Unusable(Exception):
    """With what is installed here nobody can be graded; the text says why."""


def refusal(library: str, lost: str) -> str:
    """Why a library cannot be used, and what to do.

    Args:
        library: as it is installed.
        lost: what nobody would see.
    """
    # Late, because it imports much, which must find the exam's primitives.
    from graders.wire.tested import known_pythons, known_ranges

    if library == PYTHON:
        release = sys.version.partition(" ")[0]
        remedy = f"Grade with Python {known_pythons()}."
    else:
        release = _release(library)
        _, newest = known_ranges()[library]
        remedy = f"Install one that does: pip install '{library}=={newest}'."
        if release == newest:
            remedy = "This release should: please report it."
    return (
        f"{library} {release} does not let the exam see {lost}: who makes such "
        f"mistakes would get full marks. {remedy}"
    )


def _release(library: str) -> str:
    # Late, as above.
    from importlib import metadata

    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "(of an unknown release)"


@dataclass(frozen=True)
class PrivatePart:
    """Attributes:
    library: as it is installed.
    module: where the part is.
    name: of the part, within the module.
    user: the module of the graders that touches it.
    lost: what nobody would see without it.
    test: fails when the part no longer does what it is for; below `graders/tests`.
    """

    library: str
    module: str
    name: str
    user: str
    lost: str
    test: str

    def is_there(self) -> bool:
        """Whether the library, which must be installed, has the part."""
        try:
            found: object = importlib.import_module(self.module)
            for step in self.name.split("."):
                found = getattr(found, step)
        except (ImportError, AttributeError):
            return False
        return True


def require(parts: Iterable[PrivatePart]) -> None:
    """See that those are there whose libraries are installed.

    Raises:
        Unusable: they are not; the text has a sentence for each.
    """
    refusals = [
        refusal(part.library, part.lost)
        for part in parts
        if importlib.util.find_spec(part.module.partition(".")[0]) is not None
        and not part.is_there()
    ]
    if refusals:
        raise Unusable(" ".join(dict.fromkeys(refusals)))


def _parts(
    library: str, user: str, lost: str, test: str, module: str, *names: str
) -> list[PrivatePart]:
    """Those of one module that serve one end."""
    return [
        PrivatePart(library, module, name, f"graders.{user}", lost, test)
        for name in names
    ]


_PRIMITIVES = "host/test_primitives.py::"
_WAITS = "instruments/test_waits.py::"

# Looked for before anything is replaced, and before asyncio is imported.
BEFORE_ALL = (
    *_parts(
        PYTHON,
        "host.clock.primitives",
        "waits of threads",
        f"{_PRIMITIVES}test_condition_waits_sleep_on_a_lock_made_by_allocate_lock",
        "threading",
        "_allocate_lock",
    ),
    *_parts(
        PYTHON,
        "host.clock.primitives",
        "waits at queues",
        f"{_PRIMITIVES}test_there_is_a_simple_queue_in_python",
        "queue",
        "_PySimpleQueue",
    ),
    *_parts(
        PYTHON,
        "host.clock.time_module",
        "the time limits of threads",
        f"{_PRIMITIVES}test_threading_and_queue_read_the_clock_through_module_names",
        "threading",
        "_time",
    ),
    *_parts(
        PYTHON,
        "host.clock.time_module",
        "the time limits of queues",
        f"{_PRIMITIVES}test_threading_and_queue_read_the_clock_through_module_names",
        "queue",
        "time",
    ),
)
# Looked for once the libraries are imported.
OF_LIBRARIES = (
    *_parts(
        PYTHON,
        "host.instruments.cpu_time",
        "callbacks that compute for long",
        "instruments/test_private_parts.py::"
        "test_handles_run_through_a_method_that_can_be_replaced",
        "asyncio.events",
        "Handle._run",
    ),
    *_parts(
        PYTHON,
        "host.clock.timers",
        "the order of timers",
        "host/test_timers.py::"
        "test_timers_of_one_instant_are_due_in_the_order_in_which_they_were_set",
        "asyncio.events",
        "TimerHandle",
    ),
    *_parts(
        PYTHON,
        "host.clock.event_loop",
        "a pipe of each host's own",
        "host/test_given.py::test_no_two_hosts_share_a_pipe",
        "asyncio.selector_events",
        "BaseSelectorEventLoop._make_self_pipe",
    ),
    *_parts(
        PYTHON,
        "host.instruments.leftovers",
        "coroutines that are never awaited",
        "instruments/test_leftovers.py::"
        "test_a_coroutine_never_awaited_in_a_thread_has_its_line",
        "warnings",
        "_warn_unawaited_coroutine",
    ),
    *_parts(
        PYTHON,
        "host.instruments.sync_files",
        "files that are left open",
        "driver/test_uploads.py::"
        "test_a_file_that_is_thrown_away_open_is_told_of_with_its_line",
        "io",
        "FileIO._dealloc_warn",
    ),
    *_parts(
        PYTHON,
        "host.instruments.threads_left",
        "executors that are never shut down",
        "instruments/test_threads_left.py::test_an_executor_that_nobody_shuts_down",
        "concurrent.futures.thread",
        # It reads `_shutdown` and `_threads`.
        "ThreadPoolExecutor._adjust_thread_count",
    ),
    *_parts(
        PYTHON,
        "host.instruments.waits",
        "waits for a free thread",
        f"{_WAITS}test_a_wait_for_a_thread_is_reported",
        "concurrent.futures.thread",
        "_WorkItem.__init__",
        "_WorkItem.run",
    ),
    *_parts(
        PYTHON,
        "host.world.sockets",
        "the ends of connections",
        "network/test_sockets.py::test_a_file_of_a_socket_outlives_it",
        "socket",
        # It reads `_io_refs` and calls `_real_close`.
        "socket._decref_socketios",
        "socket._real_close",
    ),
    *_parts(
        "anyio",
        "host.instruments.waits",
        "waits for a lock",
        f"{_WAITS}test_who_waits_for_his_turn_is_reported",
        "anyio._backends._asyncio",
        "Lock.acquire",
        "Semaphore.acquire",
        "CapacityLimiter.acquire_on_behalf_of",
    ),
    *_parts(
        "anyio",
        "host.instruments.handoffs",
        "who hands work to a thread",
        f"{_WAITS}test_a_call_names_the_line_that_handed_it_on",
        "anyio._backends._asyncio",
        "AsyncIOBackend.run_sync_in_worker_thread",
    ),
    *_parts(
        PYTHON,
        "host.serving.learners_tests",
        "tasks that a test leaves behind",
        "host/test_learners_tests.py::test_a_task_that_a_test_leaves_is_seen",
        "asyncio.runners",
        "_cancel_all_tasks",
    ),
    *_parts(
        "fastapi",
        "host.instruments.answer_lines",
        "the lines that make answers",
        "instruments/test_answers.py::test_the_line_is_named",
        "fastapi.routing",
        "run_endpoint_function",
    ),
    *(
        part
        for library in HTTP_LIBRARIES
        for part in _parts(
            library.core,
            "host.instruments.waits",
            "waits for a free connection",
            f"{_WAITS}test_a_wait_for_a_connection_names_the_client_with_its_limits",
            f"{library.core}._async.connection_pool",
            "AsyncPoolRequest.wait_for_connection",
        )
    ),
)
# Looked for where a kata has a database.
OF_DATABASES = (
    *_parts(
        "sqlalchemy",
        "host.instruments.sqlalchemy_use",
        "slow statements",
        "releases/test_sqlalchemy.py::test_p14_the_exam_can_delay_every_statement",
        "sqlalchemy.util.concurrency",
        "in_greenlet",
        "await_only",
    ),
)
# Of the proctor, which does not go on without them.
OF_THE_PROCTOR = (
    *_parts(
        "uvicorn",
        "proctor.world.network",
        "requests to an upstream",
        "network/test_async_clients.py::test_two_requests_share_one_connection",
        "uvicorn.protocols.http.h11_impl",
        # Its argument `_loop`.
        "H11Protocol.__init__",
    ),
    *_parts(
        "starlette",
        "proctor.world.upstream",
        "bodies of requests to an upstream",
        "network/test_async_clients.py::test_a_large_upload_arrives_whole",
        "starlette.requests",
        # It answers with `_body`, once that is there.
        "Request.body",
    ),
)
