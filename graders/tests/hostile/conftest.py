"""One launcher for the whole corpus, as a batch has; every trace of it can be seen."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from graders.proctor import (
    WALLS,
    Grading,
    Kata,
    Launcher,
    LauncherFailed,
    Options,
    Verdict,
    find_kata,
    launcher,
)
from graders.proctor.submission.forbidden_names import NOTE
from graders.reports import RecordedGrading
from graders.tests.hostile.corpus import Mark, as_submission, parent_of, solution
from graders.tests.hostile.rows import SOLVED

# Plans of each property: a trick that is harmless in some is so in all.
_FEW = 1


@dataclass
class Room:
    """Where the corpus is graded.

    Attributes:
        hosts: the launcher.
        temporary: where scratch folders are made; empty between gradings.
        mark: tells which processes come from here.
        zygote: the process that may be left, with those of its own that fork hosts.
    """

    hosts: Launcher
    temporary: Path
    mark: Mark
    zygote: int

    def grade(
        self, kata: Kata, source: str, *, cpu: float = Options.cpu
    ) -> tuple[Verdict, RecordedGrading]:
        """Grade a text, and see that nothing of it remains.

        What reaches for the grader is let in: here it has to be harmless.
        """
        options = Options(sandbox="full", cpu=cpu, reach=NOTE, plans=_FEW, reduce=False)
        grading = RecordedGrading(kata, as_submission(source), self.hosts, options)
        verdict = grading.verdict()
        self.see_that_nothing_remains()
        checks = [check.name for check in grading.grading.checks]
        assert [result.name for result in verdict.results] == checks
        assert {r.outcome for r in verdict.results} <= {"passed", "failed"}
        assert tuple(verdict.provenance.walls) == WALLS
        return verdict, grading

    def see_that_nothing_remains(self) -> None:
        left = self.mark.processes() - {self.zygote}
        # A host's parent is not the zygote, and one that has lost its parent has none.
        assert {process: parent_of(process) for process in left} == dict.fromkeys(
            left, self.zygote
        )
        assert list(self.temporary.iterdir()) == []


@pytest.fixture(scope="session")
def room() -> Iterator[Room]:
    mark = Mark()
    with (
        # No folder of pytest's: its name would tell.
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        temporary = Path(folder)
        patch.setattr(tempfile, "tempdir", str(temporary))
        patch.setenv("PATH", f"{os.environ['PATH']}:{mark.word}")
        with launcher(expected=[()]) as hosts:
            patch.setenv("PATH", os.environ["PATH"].removesuffix(f":{mark.word}"))
            try:
                _sit_one_check(hosts)
            except LauncherFailed as exc:
                # Without walls this machine is no place for the corpus.
                pytest.skip(str(exc))
            # Not before: a process that has just been started bears no mark yet.
            marked = mark.processes()
            (zygote,) = (one for one in marked if parent_of(one) == os.getpid())
            room = Room(hosts, temporary, mark, zygote)
            _see_that_it_passes(room)
            yield room
            # The next submission, after all of them, is none the wiser.
            _see_that_it_passes(room)


def _sit_one_check(hosts: Launcher) -> None:
    kata = find_kata(SOLVED)
    submission = as_submission(solution(kata).read_text(encoding="utf-8"))
    grading = Grading(kata, submission, hosts, Options(sandbox="full"))
    grading.result(grading.suite.checks[0])


def _see_that_it_passes(room: Room) -> None:
    kata = find_kata(SOLVED)
    verdict, _ = room.grade(kata, solution(kata).read_text(encoding="utf-8"))
    assert (verdict.status, verdict.score) == ("passed", verdict.points)
