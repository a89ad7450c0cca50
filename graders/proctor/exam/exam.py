"""One exam: a fresh host, a fake world around it, and what a suite may ask."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from graders.proctor.driver.application import Application
from graders.proctor.driver.driver import Driver
from graders.proctor.driver.lifespan import Lifespan
from graders.proctor.exam.calls_in_flight import CallsInFlight
from graders.proctor.exam.carrying_out import Plans
from graders.proctor.exam.clock import Clock
from graders.proctor.exam.delays import Causes
from graders.proctor.exam.dispatch import Dispatch
from graders.proctor.exam.expectations import Expectations
from graders.proctor.exam.host_reports import HostReports
from graders.proctor.exam.inspection import Inspection
from graders.proctor.exam.leaks import leaks
from graders.proctor.exam.learners_tests import LearnersTests
from graders.proctor.exam.lines import Lines
from graders.proctor.exam.loading import NotLoaded, what_to_load
from graders.proctor.exam.own_words import OwnWords
from graders.proctor.exam.questions import Questions
from graders.proctor.exam.requests import Requests
from graders.proctor.exam.surprises import Surprises
from graders.proctor.hosts.link import Link
from graders.proctor.hosts.turns import ExamLoop
from graders.proctor.katas.kata import Kata
from graders.proctor.submission.code import code_of
from graders.proctor.submission.submission import Submission
from graders.proctor.verdict.findings import Bar
from graders.proctor.world.calls import CallLog
from graders.proctor.world.database import Database
from graders.proctor.world.network import Network
from graders.proctor.world.services import Services
from graders.wire import (
    Loaded,
    LoadFailed,
    Module,
    Site,
    SurveyedTasks,
    SurveyTasks,
)


class Exam:
    """What a check works with.

    Most of what it can do its parts do: a name that is no method here is one of a part,
    where `__init__` says so, and is described there.

    Args:
        kata, submission: what is graded, and by which kata.
        link: the host.
        loop: takes turns with it.
        folder: the submission's scratch folder, in which it runs.
        seed: of everything that is drawn.
        hint: what to try when the check fails.
        copy: where the learner writes tests, the copy of the service that they run on.
        helper: a module to be loaded before the submission.

    Attributes:
        app: the submission as an ASGI application, for httpx and asgi-lifespan.
        driver: calls the application, and knows every call of it.
        lifespan: starts and stops the application.
        services: the functions of the kata's `given.py`.
        network: the fake network; put upstreams there.
        database: the submission's database, read from outside.
        folder: the submission's scratch folder, in which it runs.
        random: seeded with the run's seed and the check's name.
        hint: what to try when the check fails.
        calls: everything that reached the fake world.
        evidence: what the host's instruments reported; a check may put some aside.
        told: what the instruments have reported, and how often: the kind and the line.
        excused: kinds of evidence that take nothing away from now on.
        causes: lines that explain why something came late or early.
        code: where something stands in the submission's text.
        routes: the endpoints of the application, once it is loaded.
        surprises: exceptions that left the suite's code, in order.
    """

    def __init__(
        self,
        kata: Kata,
        submission: Submission,
        link: Link,
        loop: ExamLoop,
        *,
        folder: Path,
        seed: str,
        hint: str,
        copy: str = "",
        helper: Module | None = None,
    ) -> None:
        self._kata = kata
        self._submission = submission
        self._link = link
        self._loop = loop
        self._copy = copy
        self._helper = helper
        self.folder = folder
        self.hint = hint
        self.random = random.Random(seed)

        clock = self._clock = Clock(loop.turns, link.post)
        self.sleep = clock.sleep
        self.settle = clock.settle
        self.move_date = clock.move_date

        self.driver = Driver(loop.turns, link.post)
        self.lifespan = Lifespan(self.driver, self._survey_tasks)
        self.app = Application(self.driver)
        self._questions = Questions(loop.turns, link.post)

        requests = self._requests = Requests(self.driver)
        self.start = requests.start
        self.upload = requests.upload
        self.request = requests.request
        self.get = requests.get
        self.post = requests.post
        self.put = requests.put
        self.delete = requests.delete
        self.websocket = requests.websocket

        self.code = code_of(submission.source, submission.label)
        self.causes = Causes(self.code)
        lines = self._lines = Lines(submission, self.code, self.driver)
        self.routes = lines.routes
        self.endpoint = lines.endpoint
        self.serving = lines.serving
        self.is_plain = lines.is_plain
        self.answer = lines.answer
        self.line_of = lines.line_of

        surprises = Surprises(lines, hint)
        self.surprises = surprises.kept
        self.surprised = surprises.keep
        loop.set_exception_handler(surprises.unhandled)

        self.calls = CallLog(lambda: clock.now)
        self.services = Services(
            list(kata.manifest.services), self.calls, link.post, surprises.keep
        )
        self.network = Network(self.calls, link.post, lambda: clock.now)
        self.database = Database(folder / "kata.db", link.post, lines.of_the_tables)
        self.calls_in_flight = CallsInFlight(loop.turns, self.calls).come_to

        own_words = _own_words(kata, submission) if kata.turns_the_tables else None
        self.run_tests = LearnersTests(self._questions, own_words).run
        reports = self._reports = HostReports(self.database.traces, own_words)
        self.evidence = reports.evidence
        self.told = reports.told
        self.excused = reports.excused

        expectations = Expectations(
            hint,
            clock=clock,
            calls=self.calls,
            code=self.code,
            lines=lines,
            causes=self.causes,
            reports=reports,
        )
        self.fail = expectations.fail
        self.expect = expectations.expect
        self.expect_status = expectations.expect_status
        self.expect_json = expectations.expect_json
        self.json_of = expectations.json_of
        self.expect_took = expectations.expect_took
        self.expect_peak = expectations.expect_peak
        self.cause_of_delay = expectations.cause_of_delay

        plans = Plans(clock, requests, self.calls)
        self.carry_out = plans.carry_out
        self.break_off_after = plans.break_off_after
        self.let_a_crowd_ask = plans.let_a_crowd_ask
        self.let_others_ask = plans.let_others_ask

        self._inspection = Inspection(submission, self._questions, link)
        # From outside: who hears of the turns is made of what needs the turns.
        loop.turns.dispatch = Dispatch(
            self.driver,
            self.services,
            self.network,
            reports,
            self.causes,
            self._questions,
            self._inspection,
            surprises,
        ).hear

    def at_rest(self, ask: Callable[[], bool]) -> None:
        """Ask somebody each time before the clock moves on; see `Turns.at_rest`."""
        self._loop.turns.at_rest = ask

    @property
    def now(self) -> float:
        """Virtual seconds since the exam began."""
        return self._clock.now

    @property
    def held_up(self) -> list[Bar]:
        """When the submission's event loop was held up, and by what."""
        return self._clock.held_up

    @property
    def blocker(self) -> Site | None:
        """The line that held the event loop up, if one did."""
        return self._reports.blocker

    @property
    def has_plain_endpoints(self) -> bool:
        """Whether any endpoint is a plain `def`: nobody can end a thread."""
        return self._lines.has_plain_endpoints

    @property
    def inspected(self) -> bool:
        """Whether the host has said all that it has to say."""
        return self._inspection.done

    # --- the beginning and the end ----------------------------------------------------

    async def load(self) -> None:
        """Import the submission.

        Raises:
            NotLoaded: it cannot be imported.
            HostEnded: it took the process with it.
        """
        message = what_to_load(
            self._kata,
            self._submission,
            folder=self.folder,
            database=self.database.url,
            copy=self._copy,
            helper=self._helper,
        )
        outcome: Loaded | LoadFailed = await self._questions.ask(
            message, Loaded, LoadFailed
        )
        if isinstance(outcome, LoadFailed):
            raise NotLoaded(outcome)
        self.routes += outcome.routes

    async def finish(self) -> None:
        """Let the submission come to rest, shut it down, and look at what it left."""
        self._requests.hold_nothing_back()
        await self.settle()
        if self.lifespan.running:
            await self.lifespan.stop()
            await self.settle()
        runs, calls = len(self.driver.exchanges), len(self.calls.records)
        await self._inspection.look(self._clock.nanoseconds, runs, calls)
        self.driver.check()

    async def _survey_tasks(self) -> None:
        await self._questions.ask(SurveyTasks(), SurveyedTasks)

    def gather_leaks(self) -> None:
        """Add to the evidence what only the outside can see: what is still open."""
        now = self._clock.nanoseconds
        self.evidence += leaks(self.database, self.network, self.code, now)

    def close(self) -> None:
        """Stop answering, and end the host."""
        self.services.stop()
        self._link.close()


def _own_words(kata: Kata, submission: Submission) -> OwnWords:
    nodes = code_of(submission.source, submission.label).nodes
    service = kata.service().read_text(encoding="utf-8")
    return OwnWords(nodes, submission.source, service)
