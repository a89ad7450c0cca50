"""What a host takes of the disk is seen from outside, however it is held."""

from __future__ import annotations

import ctypes
import mmap
import os
from pathlib import Path

import pytest

from graders.host.walls.limits import FILE
from graders.proctor import scratch_folder
from graders.proctor.hosts import usage as usage_module
from graders.proctor.hosts.usage import Usage

_MB = 2**20
_TOO_MUCH = "Your program wrote more than 3 MB to disk."

pytestmark = pytest.mark.skipif(
    not os.path.isdir("/proc/self/fd"), reason="nobody says here what is open"
)


@pytest.fixture
def usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Usage:
    monkeypatch.chdir(tmp_path)
    # Room for three files of 1 MB, and for what file systems and pytest have besides.
    return Usage(os.getpid(), tmp_path, disk=7 * _MB // 2, files=10, threads=8)


def _written(name: str) -> int:
    """A descriptor of a file of 1 MB."""
    descriptor = os.open(name, os.O_RDWR | os.O_CREAT)
    os.write(descriptor, b"x" * _MB)
    return descriptor


@pytest.mark.parametrize("held", ["by its name", "open", "both"])
def test_a_file_counts_for_as_long_as_it_takes_room(held: str, usage: Usage) -> None:
    kept: list[int] = []
    for number in range(3):
        kept.append(_written(str(number)))
        if held == "by its name":
            os.close(kept.pop())
        if held == "open":
            os.unlink(str(number))
    assert usage.excess(1) is None

    kept.append(_written("one more"))
    assert usage.excess(1) == _TOO_MUCH
    os.unlink("one more")
    os.close(kept.pop())
    assert usage.excess(1) is None
    for descriptor in kept:
        os.close(descriptor)


def test_a_file_that_is_only_mapped_counts_as_large_as_it_may_be(usage: Usage) -> None:
    descriptor = _written("mapped")
    # Python's own `mmap` keeps a descriptor.
    library = ctypes.CDLL(None)
    library.mmap.restype = ctypes.c_void_p
    at = library.mmap(
        *(None, ctypes.c_size_t(mmap.PAGESIZE), mmap.PROT_READ, mmap.MAP_SHARED),
        *(descriptor, ctypes.c_long(0)),
    )
    os.unlink("mapped")
    os.close(descriptor)
    assert usage.excess(1) == _TOO_MUCH
    library.munmap(ctypes.c_void_p(at), ctypes.c_size_t(mmap.PAGESIZE))
    assert usage.excess(1) is None


def test_no_file_is_larger_than_a_mapped_one_counts() -> None:
    assert usage_module._LARGEST == FILE


def test_a_file_with_two_names_counts_once(usage: Usage) -> None:
    for number in range(2):
        os.close(_written(str(number)))
        os.link(str(number), f"{number} again")
    assert usage.excess(1) is None


def test_folders_that_are_closed_are_looked_into(usage: Usage) -> None:
    os.mkdir("closed")
    for number in range(4):
        os.close(_written(f"closed/{number}"))
    os.chmod("closed", 0)
    assert usage.excess(1) == _TOO_MUCH


@pytest.mark.parametrize(("name", "depth"), [("d" * 250, 20), ("d", 3000)])
def test_folders_that_nobody_can_look_into_are_too_deep(
    name: str, depth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Pytest itself could not clear it away.
    with scratch_folder() as folder:
        monkeypatch.chdir(folder)
        usage = Usage(os.getpid(), folder, disk=3 * _MB, files=10_000, threads=8)
        for _ in range(depth):
            os.mkdir(name)
            os.chdir(name)
        said = usage.excess(1)
        monkeypatch.undo()
    assert said == "Your program made folders too deep to look into."


def test_there_are_limits_to_files_and_threads(usage: Usage) -> None:
    assert usage.excess(8) is None
    assert usage.excess(9) == "Your program ran more than 8 threads at once."
    for number in range(11):
        Path(str(number)).touch()
    assert usage.excess(1) == "Your program made more than 10 files."
