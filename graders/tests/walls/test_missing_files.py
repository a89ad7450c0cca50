"""What the walls let succeed without doing it fails where there is no file."""

from __future__ import annotations

import pytest

from graders.proctor import AUTO, NONE, Exam
from graders.tests.exams import Examine

_APP = """
    import os
    import shutil
    from pathlib import Path

    from fastapi import FastAPI

    app = FastAPI()

    def _error(function, *arguments, **options):
        try:
            function(*arguments, **options)
        except OSError as exc:
            return type(exc).__name__
        return ""

    @app.get("/")
    def seen():
        Path("touched").touch()
        Path("touched").touch()
        shutil.copy2("touched", "copied")
        with open("touched") as file:
            return {
                "there": sorted(os.listdir()),
                "errors": [
                    _error(os.utime, "missing"),
                    _error(os.chmod, "missing", 0o600),
                    _error(os.chown, "missing", -1, -1),
                    _error(os.lchown, "missing", -1, -1),
                    _error(Path("missing").chmod, 0o600),
                    _error(Path("copied").touch, exist_ok=False),
                ],
                "done": [
                    _error(os.utime, "touched", (1, 1)),
                    _error(os.utime, file.fileno()),
                    _error(os.chmod, "touched", 0o600),
                    _error(Path("copied").chmod, 0o600),
                    _error(os.utime, "copied", follow_symlinks=False),
                ],
            }
"""


@pytest.mark.parametrize("sandbox", [AUTO, NONE])
def test_a_file_must_be_there(examine: Examine, sandbox: str) -> None:
    async def body(exam: Exam) -> None:
        reply = await exam.get("/")
        assert reply.json() == {
            "there": ["copied", "touched"],
            "errors": [*["FileNotFoundError"] * 5, "FileExistsError"],
            "done": [""] * 5,
        }

    examine(_APP, body, sandbox=sandbox)
