"""What a submission may ask of the kernel: a list of what is allowed.

No sockets but pairs within the process, no new processes, no programs, no signals to
others, no tracing, no mounts, no keyrings, no bpf, no io_uring. What is on no list
does not exist (ENOSYS), for which C libraries have a way round.
https://man7.org/linux/man-pages/man2/seccomp.2.html
"""

from __future__ import annotations

import errno
import os
import struct
from typing import Any

from graders.host.walls.kernel import KernelRefuses, load_filter

# Files: where they may be is Landlock's affair.
_FILES = """
    access chdir close copy_file_range dup dup2 dup3 faccessat faccessat2 fadvise64
    fchdir fdatasync fgetxattr flistxattr flock fstat fstatfs fsync ftruncate getcwd
    getdents getdents64 getxattr lgetxattr link linkat listxattr llistxattr lseek lstat
    mkdir mkdirat newfstatat open openat openat2 pipe pipe2 pread64 preadv preadv2
    pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv rename renameat
    renameat2 rmdir sendfile splice stat statfs statx sync_file_range tee truncate umask
    unlink unlinkat vmsplice write writev
"""
_WAITING = """
    alarm clock_getres clock_gettime clock_nanosleep epoll_create epoll_create1
    epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 futex futex_wait
    futex_waitv futex_wake getitimer gettimeofday nanosleep pause poll ppoll pselect6
    restart_syscall select setitimer signalfd signalfd4 time timer_create timer_delete
    timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime
    timerfd_settime wait4 waitid
"""
_PROCESS = """
    arch_prctl brk capget exit exit_group get_robust_list getcpu getegid geteuid getgid
    getgroups getpgid getpgrp getpid getppid getpriority getrandom getresgid getresuid
    getrlimit getrusage getsid gettid getuid madvise membarrier mincore mlock mlock2
    mmap mprotect mremap msync munlock munmap rseq rt_sigaction rt_sigpending
    rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigtimedwait sched_get_priority_max
    sched_get_priority_min sched_getaffinity sched_getparam sched_getscheduler
    sched_yield set_robust_list set_tid_address setrlimit sigaltstack sysinfo times
    uname
"""
# On the socket pairs that event loops wake themselves with.
_PAIRS = """
    getpeername getsockname getsockopt recvfrom recvmmsg recvmsg sendto setsockopt
    shutdown
"""
_ALLOWED = f"{_FILES} {_WAITING} {_PROCESS} {_PAIRS}"

# Refused with the error that explains itself, where a learner may meet it. By sendmsg()
# and sendmmsg() a descriptor can be put into a socket, where nobody sees what it holds.
_REFUSED = """
    accept accept4 bind chroot connect execve execveat fork listen mknod mknodat mount
    pidfd_open pidfd_send_signal ptrace rt_sigqueueinfo rt_tgsigqueueinfo sendmmsg
    sendmsg setgid setns setpgid setpriority setsid setuid socket symlink symlinkat
    tkill umount2 unshare vfork
"""

# Nothing happens and it succeeds: copying a file sets its mode and times as well, but
# Landlock does not keep them from files elsewhere.
_PRETENDED = """
    chmod chown fchmod fchmodat fchmodat2 fchown fchownat futimesat lchown utime
    utimensat utimes
"""

# As on file systems that cannot do it: C libraries write instead, which is counted.
_DONE_WITHOUT = "fallocate"

_CLONE_FILES, _CLONE_THREAD = 0x400, 0x10000
_CLOSE_RANGE_UNSHARE = 2
_PR_SET_NAME, _PR_GET_NAME, _PR_SET_VMA = 15, 16, 0x53564D41
# FIONREAD, FIONBIO, FIONCLEX, FIOCLEX; then what terminals are asked by a debugger:
# TCGETS, TCSETS, TCSETSW, TCSETSF, TIOCGPGRP, TIOCGWINSZ. None
# types into one (TIOCSTI).
_REQUESTS = (
    *(0x541B, 0x5421, 0x5450, 0x5451),
    *(0x5401, 0x5402, 0x5403, 0x5404, 0x540F, 0x5413),
)
# F_DUPFD, F_GETFD, F_SETFD, F_GETFL; locks of a process and of an open file;
# F_GETLEASE, F_DUPFD_CLOEXEC, F_GETPIPE_SZ, F_GET_SEALS.
_COMMANDS = 0, 1, 2, 3, 5, 6, 7, 36, 37, 38, 1025, 1030, 1032, 1034
# F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY: with each of them the kernel
# sends a signal in the caller's name. F_SETPIPE_SZ takes what a user's processes share.
_REFUSED_COMMANDS = 8, 10, 15, 1024, 1026, 1031
_F_SETFL, _O_ASYNC = 4, 0o20000
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPES = 1, 1, 0xF


# Stands in the prepared program for the number of the process that loads it; numbers
# of processes end at 2**22. https://man7.org/linux/man-pages/man5/proc_sys_kernel.5.html
_OWN_NUMBER = 0x5EC0A7A5
# struct sock_filter: code, two jumps, and the constant that it works with.
_INSTRUCTION = struct.Struct("HBBI")


class Seccomp:
    """Args:
    program: what `_Rules` gives; empty where there is no libseccomp.
    """

    def __init__(self, program: bytes) -> None:
        self._program = program
        self._own_number = [
            offset + _INSTRUCTION.size - 4
            for offset in range(0, len(program), _INSTRUCTION.size)
            if _INSTRUCTION.unpack_from(program, offset)[3] == _OWN_NUMBER
        ]

    @classmethod
    def prepared(cls, besides: str = "") -> Seccomp:
        """The filter, but for what depends on the process.

        Only the library's program is kept: to complete a filter of its own in each
        host costs ten times as much.

        Args:
            besides: calls that are refused as well, with spaces between.
        """
        try:
            import pyseccomp
        except (ImportError, OSError, RuntimeError):
            # The last two: there is no libseccomp under it.
            return cls(b"")
        return cls(_Rules(pyseccomp, besides).program())

    def rise(self, pid: int) -> None:
        """Confine this process.

        Args:
            pid: its number; it may send signals to nobody else.

        Raises:
            KernelRefuses: there is no seccomp, or no libseccomp.
        """
        if not self._program:
            raise KernelRefuses("no libseccomp here")
        program = bytearray(self._program)
        for offset in self._own_number:
            struct.pack_into("I", program, offset, pid)
        load_filter(bytes(program), len(program) // _INSTRUCTION.size)


class _Rules:
    """Args:
    library: libseccomp.
    besides: calls that are refused as well, with spaces between.
    """

    def __init__(self, library: Any, besides: str) -> None:
        self._library = library
        self._besides = besides.split()
        self._filter = library.SyscallFilter(library.ERRNO(errno.ENOSYS))

    def program(self) -> bytes:
        """The filter as the kernel wants it, with a placeholder for the process."""
        self._compile()
        # A pipe holds it: the kernel takes 4,096 instructions, which are 32 kB.
        reader, writer = os.pipe()
        with open(reader, "rb") as result:
            with open(writer, "wb") as file:
                self._filter.export_bpf(file)
            return result.read()

    def _compile(self) -> None:
        library = self._library
        for names, action in (
            (_ALLOWED, library.ALLOW),
            (_REFUSED, library.ERRNO(errno.EPERM)),
            (_PRETENDED, library.ERRNO(0)),
            (_DONE_WITHOUT, library.ERRNO(errno.EOPNOTSUPP)),
        ):
            for name in names.split():
                if name not in self._besides:
                    self._rule(action, name)
        for name in self._besides:
            self._rule(library.ERRNO(errno.EPERM), name)
        self._only_threads()
        for name, argument, values in (
            ("ioctl", 1, _REQUESTS),
            ("fcntl", 1, _COMMANDS),
            ("prctl", 0, (_PR_SET_NAME, _PR_GET_NAME, _PR_SET_VMA)),
            # Limits of this process, and of no other.
            ("prlimit64", 0, (0,)),
        ):
            for value in values:
                test = library.Arg(argument, library.EQ, value)
                self._rule(library.ALLOW, name, test)
        for command in _REFUSED_COMMANDS:
            test = library.Arg(1, library.EQ, command)
            self._rule(library.ERRNO(errno.EPERM), "fcntl", test)
        for action, flag in (
            (library.ALLOW, 0),
            (library.ERRNO(errno.EPERM), _O_ASYNC),
        ):
            self._rule(
                action,
                "fcntl",
                library.Arg(1, library.EQ, _F_SETFL),
                library.Arg(2, library.MASKED_EQ, _O_ASYNC, flag),
            )
        # A table of descriptors that only one thread has would be out of sight.
        shared = library.Arg(2, library.MASKED_EQ, _CLOSE_RANGE_UNSHARE, 0)
        self._rule(library.ALLOW, "close_range", shared)
        # A stream: a datagram could be sent to a stranger's address.
        self._rule(
            library.ALLOW,
            "socketpair",
            library.Arg(0, library.EQ, _AF_UNIX),
            library.Arg(1, library.MASKED_EQ, _SOCK_TYPES, _SOCK_STREAM),
        )

        for name in ("kill", "tgkill"):
            own = library.Arg(0, library.EQ, _OWN_NUMBER)
            others = library.Arg(0, library.NE, _OWN_NUMBER)
            self._rule(library.ALLOW, name, own)
            self._rule(library.ERRNO(errno.EPERM), name, others)

    def _only_threads(self) -> None:
        """Let clone() make threads; clone3() hides its flags, so it does not exist.

        They share their descriptors, or the watch would not see all that is open.
        """
        library = self._library
        thread = _CLONE_THREAD | _CLONE_FILES
        whole = library.Arg(0, library.MASKED_EQ, thread, thread)
        self._rule(library.ALLOW, "clone", whole)
        for flag in (_CLONE_THREAD, _CLONE_FILES):
            lacking = library.Arg(0, library.MASKED_EQ, flag, 0)
            self._rule(library.ERRNO(errno.EPERM), "clone", lacking)

    def _rule(self, action: int, name: str, *tests: Any) -> None:
        try:
            self._filter.add_rule(action, name, *tests)
        except OSError as exc:
            # This architecture, or this release of the library, does not know it.
            if exc.errno not in (errno.EINVAL, errno.EFAULT, errno.EDOM):
                raise
