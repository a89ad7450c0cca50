"""System calls that no library offers, typed."""

from __future__ import annotations

import ctypes
import os
import signal
import sys


def _c_library() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    try:
        return ctypes.CDLL(None, use_errno=True)
    except OSError:
        # A Python that is linked statically can load nothing.
        return None


_libc = _c_library()

# The same numbers on every architecture.
_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_ADD_RULE = 445
_LANDLOCK_RESTRICT_SELF = 446
_LANDLOCK_CREATE_RULESET_VERSION = 1
_LANDLOCK_RULE_PATH_BENEATH = 1

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION_3 = 0x20080522


class KernelRefuses(OSError):
    """This machine does not offer what was asked for."""


class _RulesetAttributes(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilitySets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _call(name: str, *arguments: object) -> int:
    """Call a function of the C library.

    Raises:
        KernelRefuses: it failed, or there is none of this name.
    """
    function = getattr(_libc, name, None)
    if function is None:
        raise KernelRefuses(f"no {name} here")
    result = int(function(*arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise KernelRefuses(number, os.strerror(number))
    return result


def _number(value: int) -> ctypes.c_ulong:
    # syscall() and prctl() take any arguments, as wide as a register.
    return ctypes.c_ulong(value)


def landlock_version() -> int:
    """The release of Landlock that the kernel speaks, from 1."""
    return _call(
        "syscall",
        _number(_LANDLOCK_CREATE_RULESET),
        None,
        _number(0),
        _number(_LANDLOCK_CREATE_RULESET_VERSION),
    )


def landlock_ruleset(files: int, network: int, scopes: int) -> int:
    """A descriptor of a new ruleset.

    Args:
        files, network, scopes: the rights that are refused unless a rule grants them;
            a kernel that knows none of a kind must be given 0.
    """
    attributes = _RulesetAttributes(files, network, scopes)
    # Older kernels know a shorter structure.
    size = 24 if scopes else 16 if network else 8
    return _call(
        "syscall",
        _number(_LANDLOCK_CREATE_RULESET),
        ctypes.byref(attributes),
        _number(size),
        _number(0),
    )


def landlock_grant(ruleset: int, descriptor: int, rights: int) -> None:
    """Grant rights on a file, or on a folder and all within.

    Args:
        descriptor: of the file or folder, opened with O_PATH.
    """
    rule = _PathBeneath(rights, descriptor)
    _call(
        "syscall",
        _number(_LANDLOCK_ADD_RULE),
        _number(ruleset),
        _number(_LANDLOCK_RULE_PATH_BENEATH),
        ctypes.byref(rule),
        _number(0),
    )


def landlock_restrict(ruleset: int) -> None:
    """Confine the calling thread, and all that it will start, by a ruleset."""
    _call("syscall", _number(_LANDLOCK_RESTRICT_SELF), _number(ruleset), _number(0))


def no_new_privileges() -> None:
    """From now on no program that is started gains rights."""
    _call(
        "prctl",
        _number(_PR_SET_NO_NEW_PRIVS),
        _number(1),
        _number(0),
        _number(0),
        _number(0),
    )


def die_with_the_parent() -> None:
    """Be killed when the process that started this one ends, however that ends."""
    _call(
        "prctl",
        _number(_PR_SET_PDEATHSIG),
        _number(signal.SIGKILL),
        _number(0),
        _number(0),
        _number(0),
    )


def load_filter(program: bytes, length: int) -> None:
    """Confine the calling thread, and all that it will start, by a seccomp filter.

    Args:
        program: instructions of classic BPF.
        length: how many they are.
    """
    _call(
        "prctl",
        _number(_PR_SET_SECCOMP),
        _number(_SECCOMP_MODE_FILTER),
        ctypes.byref(_Program(length, program)),
        _number(0),
        _number(0),
    )


def drop_capabilities() -> None:
    """Give up every capability: root has no more rights than anybody."""
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    nothing = (_CapabilitySets * 2)()
    _call("capset", ctypes.byref(header), ctypes.byref(nothing))
