"""Fail loudly when a private part that an instrument touches is no longer there."""

from __future__ import annotations

import ast
import asyncio
import dataclasses
import inspect
import io
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy.orm

import graders
from graders.host import private_parts
from graders.host.instruments import call_names, sqlalchemy_use
from graders.host.instruments.recorder import Sites
from graders.host.instruments.system_calls import Gil, ThreadFile
from graders.wire import HTTP_LIBRARIES
from graders.wire.tested import known_pythons, known_ranges

ROOT = Path(graders.__file__).parent
PARTS = [
    *private_parts.BEFORE_ALL,
    *private_parts.OF_LIBRARIES,
    *private_parts.OF_DATABASES,
    *private_parts.OF_THE_PROCTOR,
]
# In the documentation, in spite of their names.
DOCUMENTED = {"_exit", "_getframe", "_current_frames", "_get_running_loop"}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.module}.{part.name}")
def test_a_part_is_there_is_used_and_has_its_test(
    part: private_parts.PrivatePart,
) -> None:
    assert part.is_there()
    private_parts.require([part])
    path, _, name = part.test.partition("::")
    tests = (ROOT / "tests" / path).read_text(encoding="utf-8")
    assert f"def {name}(" in tests
    user = (ROOT.parent / part.user.replace(".", "/")).with_suffix(".py")
    text = user.read_text(encoding="utf-8")
    # Of what is not written itself, the class that has it is.
    assert any(word in text for word in reversed(part.name.split(".")))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.module}.{part.name}")
def test_a_part_that_is_gone_is_a_refusal(
    part: private_parts.PrivatePart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "99.1")
    gone = dataclasses.replace(part, name=f"{part.name}_of_another_release")
    with pytest.raises(private_parts.Unusable) as caught:
        private_parts.require([part, gone, gone])
    text = str(caught.value)
    assert text.count(part.lost) == 1
    if part.library == private_parts.PYTHON:
        assert text.startswith(f"Python {sys.version.split()[0]} does not let the exam")
        assert text.endswith(f"Grade with Python {known_pythons()}.")
    else:
        assert text.startswith(f"{part.library} 99.1 does not let the exam see")
        _, known = known_ranges()[part.library]
        assert text.endswith(f"pip install '{part.library}=={known}'.")


def test_what_is_not_installed_needs_no_part() -> None:
    (part, *_) = private_parts.OF_DATABASES
    private_parts.require([dataclasses.replace(part, module="not_installed.at_all")])


def test_each_library_that_can_be_refused_has_a_release_that_works() -> None:
    names = {part.library for part in PARTS} - {private_parts.PYTHON}
    names |= {name for library in HTTP_LIBRARIES for name in library}
    assert names <= set(known_ranges())


def test_the_pythons_that_a_refusal_names_are_those_that_are_promised() -> None:
    promised = metadata.metadata("async-katas").get_all("Classifier") or []
    words = [line.rpartition(" ")[2] for line in promised if "Python :: 3." in line]
    named = known_pythons().replace(" or ", ", ").split(", ")
    assert named == words


def _private_words(path: Path) -> Iterator[str]:
    """The private words of others that a module of ours imports or reaches for."""
    foreign = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.asname or alias.name for alias in node.names]
            foreign |= {name for name in names if not name.startswith("graders")}
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module.startswith("graders"):
                continue
            foreign |= {alias.asname or alias.name for alias in node.names}
            yield from (step for step in node.module.split(".") if _is_private(step))
            yield from (alias.name for alias in node.names if _is_private(alias.name))
        elif isinstance(node, ast.Attribute) and _is_private(node.attr):
            owner = node.value
            if isinstance(owner, ast.Attribute):
                owner = owner.value
            if isinstance(owner, ast.Name) and owner.id in foreign:
                yield node.attr


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def test_whatever_private_is_touched_is_in_the_table() -> None:
    known = {step for part in PARTS for step in f"{part.module}.{part.name}".split(".")}
    touched = {
        (path.relative_to(ROOT).as_posix(), word)
        for folder in ("host", "proctor", "wire")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for word in _private_words(path)
    }
    assert ("host/instruments/waits.py", "_WorkItem") in touched
    unknown = {(path, word) for path, word in touched if word not in known | DOCUMENTED}
    assert unknown == set()


def test_every_method_of_a_session_is_known() -> None:
    """A new one that speaks to the database would be used unseen."""
    methods = {
        name
        for name, found in inspect.getmembers(sqlalchemy.orm.Session, callable)
        if not name.startswith("_")
    }
    assert methods - {*sqlalchemy_use._USES, *sqlalchemy_use._ENDS} == SPEAKS_TO_NOBODY


# They change what the session holds, or leave it to one that is known.
SPEAKS_TO_NOBODY = {
    "add",
    "add_all",
    "begin",
    "bind_mapper",
    "bind_table",
    "enable_relationship_loading",
    "expire",
    "expire_all",
    "expunge",
    "expunge_all",
    "get_bind",
    "get_nested_transaction",
    "get_transaction",
    "identity_key",
    "in_nested_transaction",
    "in_transaction",
    "is_modified",
    "object_session",
    "query",
}


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
            names.append(call_names.written(sys._getframe(1)))
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
    site, name = call_names.whereabouts(sites, frames[0])
    assert name == "concurrent.futures.Future.result"
    assert site is not None
    assert site.file == "app.py"
