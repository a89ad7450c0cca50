"""Fail loudly when a private part that an instrument touches is no longer there."""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path
from typing import Any

from graders.host._evidence import Sites
from graders.host.instruments import naming
from graders.host.instruments.system_calls import Gil, ThreadFile


def test_handles_run_through_a_method_that_can_be_replaced() -> None:
    ran = []

    async def main() -> None:
        handle: Any = asyncio.get_running_loop().call_soon(lambda: None)
        real = type(handle)._run

        def run(self: Any) -> None:
            ran.append(self)
            real(self)

        try:
            type(handle)._run = run
            await asyncio.sleep(0)
        finally:
            type(handle)._run = real
        assert handle._context is not None
        assert hasattr(handle, "_callback")

    asyncio.run(main())

    assert ran


def test_a_buffered_file_reads_and_writes_through_its_raw_file(tmp_path: Path) -> None:
    path, seen = tmp_path / "file", list[str]()

    def watch(raw: Any, name: str) -> None:
        def call(*args: Any) -> Any:
            seen.append(name)
            return getattr(io.FileIO, name)(raw, *args)

        setattr(raw, name, call)

    with open(path, "w") as file:
        buffer: Any = file.buffer
        watch(buffer.raw, "write")
        file.write("text")
    with open(path, "rb") as binary:
        watch(binary.raw, "readinto")
        watch(binary.raw, "readall")
        binary.read(1)
        binary.read()

    assert seen == ["write", "readinto", "readall"]


def test_the_address_of_the_gil_is_learned() -> None:
    Gil.learn()

    assert Gil.addresses is not None
    low, high = Gil.addresses
    assert 0 < low < high


def test_a_thread_that_runs_is_not_asleep() -> None:
    import _thread

    file = ThreadFile.open(_thread.get_native_id())
    assert file is not None
    try:
        assert file.asleep_in(keep_the_gil=True) is None
    finally:
        file.close()


def test_a_call_is_named_in_the_words_of_the_one_who_wrote_it() -> None:
    names = []

    class Driver:
        def call(self, number: int) -> Driver:
            names.append(naming.written(sys._getframe(1)))
            return self

    driver = Driver()
    driver.call(1)
    driver.call(1).call(
        2,
    )

    assert names == ["driver.call", "driver.call", "driver.call(1).call"]


def test_a_function_is_named_as_it_is_imported() -> None:
    import concurrent.futures

    frames = []

    class Waiter:
        """Notes the frame of the library that waits."""

        def __enter__(self) -> None:
            frames.append(sys._getframe(1))

        def __exit__(self, *exc_info: object) -> None: ...

    future: Any = concurrent.futures.Future()
    future.set_result(1)
    future._condition = Waiter()
    future.result()

    sites = Sites()
    sites.labels[__file__] = "app.py"
    site, name = naming.whereabouts(sites, frames[0])
    assert name == "concurrent.futures.Future.result"
    assert site is not None
    assert site.file == "app.py"
