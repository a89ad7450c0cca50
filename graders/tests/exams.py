"""Examines a small application in a real host, for tests of the grader itself.

def test_a_request_is_answered(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).status == 200

    examine(APP, body)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from textwrap import dedent

from graders.proctor import (
    AUTO,
    Exam,
    HostPlan,
    Kata,
    Launcher,
    Manifest,
    Needs,
    Submission,
)
from graders.proctor.exam.loading import given_to_all
from graders.proctor.hosts.turns import ExamLoop
from graders.wire import Evidence

Body = Callable[[Exam], Awaitable[None]]

_NOTHING = Path("/dev/null")


class Examine:
    """Each call is one exam in a fresh host.

    Args:
        launcher: makes the hosts.
        folder: private to one test; each exam gets a folder in it.
    """

    def __init__(self, launcher: Launcher, folder: Path) -> None:
        self._launcher = launcher
        self._folder = folder
        self._exams = 0

    def __call__(
        self,
        source: str,
        body: Body,
        *,
        given: str = "",
        services: Mapping[str, str] | None = None,
        database: bool = False,
        needs: Needs = (),
        lifespan: bool = True,
        finish: bool = True,
        real_clock: bool = False,
        sandbox: str = AUTO,
        cpu: float = HostPlan.cpu,
        stuck: float | None = None,
    ) -> list[Evidence]:
        """Load an application, start it, run `body`, stop it and look at what is left.

        Args:
            source: text of the submission; common indentation is taken off.
            body: works with the exam; what it raises is raised here.
            given: text of the kata's `given.py`, if it has one.
            services: functions of `given` that the exam answers: "async" or "blocking".
            database: whether the kata has one.
            needs: what the host shall have imported, where there is no database.
            lifespan: False when `body` starts the application itself, or never.
            finish: False to leave the host as `body` left it.
            real_clock: let real time pass while the clock moves.
            sandbox: "auto", "full" or "none".
            cpu: computing that one turn may take; see `HostPlan`.
            stuck: real seconds after which a thread that hangs counts as asleep.

        Returns:
            What the host's instruments reported, and what was still open at the end.

        Raises:
            NotLoaded: the application cannot be imported.
        """
        self._exams += 1
        home = self._folder / f"exam{self._exams}"
        scratch = home / "scratch"
        scratch.mkdir(parents=True)
        if given:
            (home / "given.py").write_text(dedent(given), encoding="utf-8")
        manifest = Manifest(
            title="A kata for tests",
            order=1,
            level="core",
            minutes=1,
            teaches="Nothing.",
            points={},
            hints=[],
            services=dict(services or {}),
            database=database,
        )
        kata = Kata("kata_for_tests", home, manifest)
        submission = Submission(home / "app.py", "app.py", dedent(source))

        async def sit() -> list[Evidence]:
            loop = asyncio.get_running_loop()
            assert isinstance(loop, ExamLoop)
            exam = Exam(
                kata, submission, link, loop, folder=scratch, seed="1", hint="the hint"
            )
            try:
                await exam.load()
                if lifespan:
                    await exam.lifespan.start()
                await body(exam)
                if finish:
                    await exam.finish()
                    exam.gather_leaks()
                return exam.evidence
            finally:
                exam.close()

        with _NOTHING.open("r+b", buffering=0) as nothing:
            link = self._launcher.start(
                HostPlan(
                    (nothing.fileno(),) * 3,
                    scratch,
                    sandbox=sandbox,
                    needs=kata.needs or needs,
                    given=given_to_all(kata),
                    cpu=cpu,
                    stuck=stuck,
                )
            )
            with asyncio.Runner(
                loop_factory=lambda: ExamLoop(link, real=real_clock)
            ) as runner:
                return runner.run(sit())


def kinds(evidence: list[Evidence]) -> list[str]:
    """The kinds of evidence, in the order in which they were reported."""
    return [item.kind for item in evidence]


def problems(evidence: list[Evidence]) -> list[str]:
    """As `kinds`, without small files: whether they count is for a suite to say."""
    return [kind for kind in kinds(evidence) if kind != "file"]
