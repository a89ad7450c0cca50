"""What a kata gives: loaded once for all hosts where that makes no difference."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.proctor import Exam, all_katas
from graders.proctor.exam.loading import given_to_all
from graders.tests.exams import Examine, kinds

_APP = """
    from fastapi import FastAPI

    import given

    app = FastAPI()

    @app.get("/")
    async def seen():
        return given.seen()
"""


def _seen(examine: Examine, given: str, app: str = _APP) -> object:
    found: list[object] = []

    async def body(exam: Exam) -> None:
        found.append((await exam.get("/")).json())

    examine(app, body, given=given)
    return found[0]


def test_most_katas_load_it_once() -> None:
    alike = {kata.slug for kata in all_katas() if given_to_all(kata) is not None}
    assert "gather_the_dashboard" in alike
    assert len(alike) > len(all_katas()) / 2


def test_what_one_host_does_with_it_no_other_finds(examine: Examine) -> None:
    given = """
        held = []

        def seen():
            held.append(1)
            return held
    """
    assert [_seen(examine, given) for _ in range(3)] == [[1]] * 3


def test_its_clock_and_its_random_numbers_are_those_of_the_exam(
    examine: Examine,
) -> None:
    given = """
        import time

        began = time.time(), time.monotonic()

        def seen():
            return [began == (time.time(), time.monotonic()), began]
    """
    app = _APP.replace("import given", "import random\n\n    import given").replace(
        "given.seen()", "[*given.seen(), random.random()]"
    )
    first, again = _seen(examine, given, app), _seen(examine, given, app)
    assert isinstance(first, list)
    assert first[0] is True
    assert again == first


@pytest.mark.parametrize(
    "given",
    [
        "from pathlib import Path\nPath('made').write_text('x')\n",
        "open('made', 'w').close()\n",
        "import os\nos.close(os.open('made', os.O_CREAT))\n",
        "__import__('pathlib').Path('made').touch()\n",
    ],
)
def test_files_that_it_makes_are_where_the_host_works(
    examine: Examine, given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = """
        import os
        from fastapi import FastAPI

        import given

        app = FastAPI()

        @app.get("/")
        async def seen():
            return os.listdir()
    """
    # Whoever starts the graders may have no right to write where he stands.
    assert "made" in _seen(examine, given, app)  # type: ignore[operator]
    assert not Path("made").exists()


def test_it_finds_the_environment_of_the_host(examine: Examine) -> None:
    given = """
        import os

        home = os.environ["HOME"]

        def seen():
            return home == os.getcwd()
    """
    assert _seen(examine, given) is True


def test_its_locks_are_on_the_clock_of_the_exam(examine: Examine) -> None:
    app = """
        import threading
        from fastapi import FastAPI

        import given

        app = FastAPI()

        @app.get("/")
        async def seen():
            with given.held:
                threading.Thread(target=given.take).start()
            given.held.acquire()
            given.held.release()
            return given.begun.acquire(timeout=2)
    """
    given = """
        from functools import cache
        import time
        from asyncio import events

        held, begun = events.threading.Lock(), events.threading.Lock()
        begun.acquire()

        def take():
            with held:
                time.sleep(1)
    """
    evidence = []

    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).json() is False
        assert exam.now == 2
        evidence.extend(exam.evidence)

    evidence = examine(app, body, given=given)
    assert "blocked" in kinds(evidence)


def test_no_two_hosts_share_a_pipe(examine: Examine) -> None:
    app = """
        import os
        import stat
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/")
        async def seen():
            found = []
            for descriptor in range(3, 100):
                try:
                    state = os.fstat(descriptor)
                except OSError:
                    continue
                if stat.S_ISFIFO(state.st_mode) or stat.S_ISSOCK(state.st_mode):
                    found.append(state.st_ino)
            return found
    """
    first, second = _seen(examine, "", app), _seen(examine, "", app)
    assert isinstance(first, list)
    assert isinstance(second, list)
    # The wire, the loop's own pair, and the pipe with which threads say that they rest.
    assert len(first) >= 5
    assert set(first).isdisjoint(second)
