"""A submission that looks for the suite everywhere finds nothing of it."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import graders
from graders.proctor import Exam, Grading, Options, Suite, check, find_kata, load_suite
from graders.proctor.submission.forbidden_names import NOTE
from graders.tests.hostile.conftest import Room
from graders.tests.hostile.corpus import HOSTILE, as_submission, compose, solution
from graders.tests.hostile.rows import UNSOLVED

_GRADERS = Path(graders.__file__).parent
_WORD = re.compile(r"\w{12,}")


def _ask(room: Room, name: str, **filled: object) -> Any:
    """What the probe answers at /found, in a host of its own."""
    answers: list[Any] = []

    @check("errors", points=1, hint="")
    async def asks(exam: Exam) -> None:
        """The probe answers"""
        reply = await exam.get("/found")
        exam.expect_status(reply, 200)
        answers.append(json.loads(reply.text))

    kata = find_kata(UNSOLVED)
    source = compose(name, solution(kata))
    for place, value in filled.items():
        line = re.compile(rf"^{place}: .*$", re.M)
        assert line.search(source)
        source = line.sub(f"{place} = {value!r}".replace("\\", r"\\"), source)
    suite = Suite([asks], load_suite(kata).world)
    options = Options(sandbox="full", reach=NOTE)
    grading = Grading(kata, as_submission(source), room.hosts, options, suite=suite)
    # Once: a verdict asks again, to see whether the host tells what it sees.
    assert grading.result(asks).findings == []
    (answer,) = answers
    return answer


def test_no_file_of_ours_can_be_read(room: Room) -> None:
    secrets = [
        *sorted((_GRADERS / "suites" / UNSOLVED).glob("*.py")),
        _GRADERS / "proctor" / "verdict" / "verdict.py",
        *sorted((HOSTILE.parent / UNSOLVED).rglob("*.py"))[:3],
        Path("/etc/passwd"),
        Path("/proc") / str(os.getpid()) / "environ",
    ]
    assert all(path.is_file() for path in secrets)
    found = _ask(room, "row19_reads_files", SECRETS=[str(path) for path in secrets])
    assert found == []


def _words(*paths: Path) -> set[str]:
    return {
        word
        for path in paths
        for word in _WORD.findall(path.read_text(encoding="utf-8"))
    }


def test_no_word_of_the_suite_is_in_memory(room: Room) -> None:
    kata = find_kata(UNSOLVED)
    suite = _words(*(_GRADERS / "suites" / UNSOLVED).glob("*.py"))
    # Of the learner, of the host itself, and of the libraries that are loaded there.
    known = _words(*kata.folder.glob("*"), *(_GRADERS / "host").rglob("*.py"))
    known |= _words(*(_GRADERS / "wire").rglob("*.py"))
    of_ours = "test_", "_expect_", "expect_"
    secret = {word for word in suite if word.startswith(of_ours)}
    secret |= {word for word in suite if "couriers" in word}
    secret -= known
    assert len(secret) >= 8

    def digest(word: str) -> str:
        return hashlib.sha256(word.encode()).hexdigest()[:16]

    # What is there is found, or the search would prove nothing.
    digests = {digest(word) for word in (*secret, "_never_awaited", "LockStep__")}
    found = _ask(room, "row20_searches_memory", DIGESTS=frozenset(digests))
    assert found == ["_never_awaited"]


def test_no_descriptor_leads_anywhere(room: Room) -> None:
    found = _ask(room, "row21_uses_descriptors")
    kinds = {number: kind for number, kind, _ in found}
    assert [kinds[number] for number in (0, 1, 2)] == ["device"] * 3
    # The channel, the loop's own pipes, and what instruments read of this process.
    others = [kind for number, kind in kinds.items() if number > 2]
    assert set(others) <= {"socket", "pipe", "nameless", "file"}
    texts = [text for _, kind, text in found if kind == "file"]
    assert all(re.fullmatch(r"[\w\s()-]*", text) for text in texts), texts


def test_there_is_no_way_out(room: Room) -> None:
    # The stand-in for the resolver answers names, and asks nobody.
    assert _ask(room, "row23_uses_the_network") in ([], ["name"])


def test_nothing_names_the_grader(room: Room) -> None:
    places = ("argv", "environ", "modules", "path", "cwd", "host")
    assert _ask(room, "row24_looks_for_the_grader") == {place: [] for place in places}
