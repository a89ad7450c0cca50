"""What a submission cannot do, and what it still can."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from graders.host.walls.landlock import Landlock, _without
from graders.host.walls.privileges import drop_privileges
from graders.host.walls.seccomp import Seccomp
from graders.proctor import FULL, NONE, WALLS, Exam, Launcher, walls_of_a_host
from graders.proctor.hosts.sandbox import lacking_walls
from graders.tests.exams import Examine, problems

ROOT = Path(__file__).parents[3]

APP = """
    from fastapi import FastAPI, Request

    app = FastAPI()

    @app.post("/try")
    def attempt(attempts: dict[str, str]) -> dict[str, str]:
        return {name: outcome(code) for name, code in attempts.items()}

    def outcome(code: str) -> str:
        space = {}
        try:
            exec(IMPORTS + code, space)
        except BaseException as exc:
            number = getattr(exc, "errno", None)
            return f"{type(exc).__name__} {number}" if number else type(exc).__name__
        return "done"

    IMPORTS = (
        "import asyncio, ctypes, fcntl, os, shutil, signal, socket, sqlite3;"
        "import subprocess, sys, tempfile, threading, zoneinfo;"
    )
"""

_ACCESS, _PERMISSION = (
    f"PermissionError {errno.EACCES}",
    f"PermissionError {errno.EPERM}",
)
_UNKNOWN = f"OSError {errno.ENOSYS}"

REFUSED = {
    # Files.
    "open('/etc/passwd')": _ACCESS,
    "open('/proc/self/environ')": _ACCESS,
    "open('/proc/%d/stat' % os.getppid())": _ACCESS,
    "open('/proc/self/maps')": _ACCESS,
    "open('/proc/mounts')": _ACCESS,
    "open('/proc/thread-self/cmdline')": _ACCESS,
    "os.listdir('/proc/self/task')": _ACCESS,
    **{
        f"open('/proc/self/task/%d/{name}' % threading.get_native_id())": _ACCESS
        for name in ("cmdline", "environ", "mountinfo", "net/unix", "syscall", "stat")
    },
    "os.listdir('/')": _ACCESS,
    "os.listdir('..')": _ACCESS,
    f"open({str(ROOT / 'graders/suites/trip_desk/__init__.py')!r})": _ACCESS,
    f"open({str(ROOT / 'reference/trip_desk/solution.py')!r})": _ACCESS,
    f"os.listdir({str(ROOT)!r})": _ACCESS,
    "open('/tmp/mark', 'w')": _ACCESS,
    "open(os.__file__, 'a')": _ACCESS,
    "open('/dev/shm/mark', 'w')": _ACCESS,
    "os.symlink('/etc/passwd', 'link')": _PERMISSION,
    "os.link(os.__file__, 'link')": f"OSError {errno.EXDEV}",
    "os.mkfifo('pipe')": _PERMISSION,
    "os.chroot('.')": _PERMISSION,
    "os.mknod('device')": _PERMISSION,
    "os.memfd_create('mark')": _UNKNOWN,
    # Processes.
    "os.fork()": _PERMISSION,
    "subprocess.run([sys.executable, '-c', ''])": _PERMISSION,
    "os.execv(sys.executable, ['python'])": _PERMISSION,
    "os.posix_spawn(sys.executable, ['python'], {})": _PERMISSION,
    "os.setsid()": _PERMISSION,
    "os.nice(1)": _PERMISSION,
    # Signals.
    "os.kill(os.getppid(), 0)": _PERMISSION,
    "os.kill(1, 0)": _PERMISSION,
    "os.kill(0, 0)": _PERMISSION,
    "os.killpg(0, 0)": _PERMISSION,
    "signal.pidfd_send_signal(0, 0)": _PERMISSION,
    # Signals that the kernel sends for who asked for them.
    "fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid())": _PERMISSION,
    "fcntl.fcntl(0, fcntl.F_SETSIG, signal.SIGKILL)": _PERMISSION,
    "fcntl.fcntl(0, 15, bytes(8))": _PERMISSION,
    "fcntl.fcntl(0, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)": _PERMISSION,
    "fcntl.fcntl(os.open('.', 0), fcntl.F_NOTIFY, 1)": _PERMISSION,
    "fcntl.fcntl(os.open('.', 0), fcntl.F_SETLEASE, 0)": _PERMISSION,
    "fcntl.ioctl(0, 0x5452, bytes(4))": _UNKNOWN,
    "fcntl.ioctl(0, 0x8901, bytes(4))": _UNKNOWN,
    "fcntl.ioctl(0, 0x8902, bytes(4))": _UNKNOWN,
    # What would be open and out of sight.
    "a, b = socket.socketpair(); socket.send_fds(a, [b'x'], [0])": _PERMISSION,
    "fcntl.fcntl(os.pipe()[0], 1031, 2**20)": _PERMISSION,
    # The network.
    "socket.socket(socket.AF_UNIX)": _PERMISSION,
    "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)": _PERMISSION,
    "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)": _UNKNOWN,
    # Memory, disk, descriptors.
    "bytearray(2**31)": "MemoryError",
    "open('big', 'wb').write(bytes(2**25))": f"OSError {errno.EFBIG}",
    "[os.open('/dev/null', 0) for _ in range(600)]": f"OSError {errno.EMFILE}",
    "__import__('resource').setrlimit(7, (9999, 9999))": "ValueError",
}

# Calls that Python has no name for, by their numbers on x86_64: what they answer.
SYSTEM_CALLS = {
    "ptrace": 101,
    "unshare": 272,
    "setns": 308,
    "process_vm_readv": 310,
    "bpf": 321,
    "keyctl": 250,
    "add_key": 248,
    "userfaultfd": 323,
    "perf_event_open": 298,
    "io_uring_setup": 425,
    "clone3": 435,
    "mount": 165,
    "pidfd_getfd": 438,
    "shmget": 29,
    "msgget": 68,
    "mq_open": 240,
    "sched_setaffinity": 203,
    "sched_setattr": 314,
    "ioprio_set": 251,
    "prctl": 157,
    "inotify_init1": 294,
    "memfd_create": 319,
    "setpriority": 141,
    "rt_sigqueueinfo": 129,
    "tkill": 200,
}

_OWN_TABLE = {
    "close_range, CLOSE_RANGE_UNSHARE": "436, 900, 901, 2",
    "clone, but for CLONE_FILES": f"56, {0x100 | 0x200 | 0x800 | 0x10000}, 0, 0, 0, 0",
}

ALLOWED = [
    "open('mine', 'w').write('x'); os.rename('mine', 'yours'); os.remove('yours')",
    "os.makedirs('a/b'); shutil.rmtree('a')",
    "open('one', 'w').close(); shutil.copy2('one', 'two'); os.utime('two')",
    "tempfile.NamedTemporaryFile().write(b'x')",
    "tempfile.TemporaryDirectory().cleanup()",
    "sqlite3.connect('my.db').execute('create table t (i)')",
    "t = threading.Thread(target=len, args=('',)); t.start(); t.join()",
    "asyncio.run(asyncio.to_thread(len, ''))",
    "zoneinfo.ZoneInfo('Europe/Zurich')",
    "import aiofiles, httpx2, xml.dom.minidom, sqlalchemy.dialects.postgresql",
    "os.kill(os.getpid(), 0)",
    "signal.raise_signal(signal.SIGCHLD)",
    "os.urandom(8); open('/dev/null', 'w').write('x')",
    "a, b = socket.socketpair(); a.send(b'x'); b.recv(1)",
    "a, b = socket.socketpair(); a.sendmsg([b'x', b'y']); assert b.recv(2) == b'xy'",
    "import fcntl; fcntl.lockf(open('locked', 'w'), fcntl.LOCK_EX)",
    "r, w = os.pipe(); os.set_blocking(r, False); os.set_inheritable(r, True)",
    "os.path.expanduser('~/notes') and os.listdir(os.path.expanduser('~'))",
    "import importlib.metadata as m; m.version('fastapi')",
]


def _attempt(examine: Examine, codes: list[str], sandbox: str = FULL) -> dict[str, str]:
    outcomes: dict[str, str] = {}

    async def body(exam: Exam) -> None:
        attempts = {code: code for code in codes}
        reply = await exam.post("/try", json=attempts)
        assert reply.status == 200, reply.text
        outcomes.update(reply.json())

    examine(APP, body, sandbox=sandbox, finish=False)
    return outcomes


def test_nothing_outside_can_be_reached(examine: Examine) -> None:
    assert _attempt(examine, list(REFUSED)) == REFUSED


def test_dangerous_system_calls_do_not_exist(examine: Examine) -> None:
    codes = {
        name: f"n = ctypes.CDLL(None).syscall({number}, 0, 0, 0, 0, 0); assert n == -1"
        for name, number in SYSTEM_CALLS.items()
    }
    outcomes = _attempt(examine, list(codes.values()))
    assert outcomes == dict.fromkeys(codes.values(), "done")


def test_no_thread_has_descriptors_that_nobody_else_has(examine: Examine) -> None:
    codes = [
        f"n = ctypes.CDLL(None).syscall({call}); assert n == -1"
        for call in _OWN_TABLE.values()
    ]
    assert _attempt(examine, codes) == dict.fromkeys(codes, "done")


def test_normal_work_goes_on(examine: Examine) -> None:
    assert _attempt(examine, ALLOWED) == dict.fromkeys(ALLOWED, "done")


def test_modes_and_times_of_other_files_stay(examine: Examine, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("x", encoding="utf-8")
    theirs.chmod(0o640)
    before = theirs.stat()
    codes = [f"os.chmod({str(theirs)!r}, 0)", f"os.utime({str(theirs)!r}, (0, 0))"]
    assert _attempt(examine, codes) == dict.fromkeys(codes, "done")
    assert theirs.stat() == before


def test_without_walls_everything_is_open(examine: Examine) -> None:
    code = "open('/etc/passwd')"
    assert _attempt(examine, [code], NONE) == {code: "done"}


def test_who_fills_the_disk_is_stopped(examine: Examine) -> None:
    app = """
        import os
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/fill")
        def fill():
            for number in range(100):
                with open(f"part{number}", "wb") as file:
                    file.write(bytes(10 * 2**20))
            return "full"
    """

    async def body(exam: Exam) -> None:
        await exam.get("/fill")

    with pytest.raises(Exception, match="wrote more than 64 MB"):
        examine(app, body)


def test_detection_works_behind_the_walls(examine: Examine) -> None:
    app = """
        import ctypes
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/")
        async def page():
            ctypes.CDLL(None).usleep(300_000)
            return "late"
    """

    async def body(exam: Exam) -> None:
        await exam.get("/")

    assert problems(examine(app, body, sandbox=FULL)) == ["blocked"]


def test_the_host_says_which_walls_stand(hosts: Launcher) -> None:
    for sandbox, expected in ((FULL, list(WALLS)), (NONE, [])):
        assert walls_of_a_host(hosts, sandbox=sandbox) == expected


def test_a_missing_wall_stops_the_grading_only_where_all_are_asked_for() -> None:
    assert lacking_walls("auto", ["limits"]) == ""
    assert lacking_walls("none", []) == ""
    assert lacking_walls("full", list(WALLS)) == ""
    assert lacking_walls("full", ["limits", "privileges", "landlock"]).startswith(
        "This machine does not offer seccomp, so nothing was graded"
    )


def test_what_is_hidden_is_left_out_of_a_readable_tree(tmp_path: Path) -> None:
    for name in ("site/graders/suites", "site/httpx", "site/katas"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "site" / "six.py").touch()
    hidden = {f"{tmp_path}/site/graders", f"{tmp_path}/site/katas"}

    granted = dict(_without(str(tmp_path), hidden))

    read, names_only = 12, 8
    assert granted == {
        f"{tmp_path}": names_only,
        f"{tmp_path}/site": names_only,
        f"{tmp_path}/site/httpx": read,
        f"{tmp_path}/site/six.py": read,
    }


def test_seccomp_refuses_what_an_older_landlock_does_not(tmp_path: Path) -> None:
    left = [Landlock(version).left_to_seccomp for version in (1, 2, 3, 6)]
    assert left == ["truncate", "truncate", "", ""]
    theirs = tmp_path / "theirs"
    theirs.write_text("x", encoding="utf-8")
    filters = Seccomp.prepared(), Seccomp.prepared("truncate")
    # Behind its filter a process tells by its end whether the call was refused.
    ends = [_number_of_error(one, theirs) for one in filters]
    assert ends == [0, errno.EPERM]


def _number_of_error(seccomp: Seccomp, path: Path) -> int:
    pid = os.fork()
    if pid == 0:
        number = 255
        try:
            drop_privileges()
            seccomp.rise(os.getpid())
            os.truncate(path, 0)
            number = 0
        except OSError as exc:
            number = exc.errno or number
        finally:
            os._exit(number)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
