"""One exam: a fresh host, a fake world around it, and what a suite may ask."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from graders.proctor.driver.application import Application
from graders.proctor.driver.driver import Driver, Exchange
from graders.proctor.driver.lifespan import Lifespan
from graders.proctor.exam.canaries import Echo, made_up
from graders.proctor.exam.delays import Causes
from graders.proctor.exam.expectations import Expectations
from graders.proctor.exam.own_words import OwnWords
from graders.proctor.exam.plan import Ask, Observation, View, carry_out, content
from graders.proctor.exam.requests import Requests
from graders.proctor.exam.surprises import Surprise, surprise
from graders.proctor.exam.varied_copies import varied
from graders.proctor.exam.woven_copies import woven
from graders.proctor.hosts.link import Link
from graders.proctor.hosts.turns import Deadlock, ExamLoop
from graders.proctor.katas.kata import Kata
from graders.proctor.submission.code import code_of
from graders.proctor.submission.submission import Submission
from graders.proctor.verdict.findings import Bar, CheckFailed
from graders.proctor.world.calls import CallLog, CallRecord
from graders.proctor.world.database import Database
from graders.proctor.world.network import Network
from graders.proctor.world.services import Services
from graders.wire import (
    Call,
    CallCancelled,
    Connect,
    Data,
    DateMoved,
    Evidence,
    Finished,
    FromHost,
    Hangup,
    Inspect,
    Inspected,
    Load,
    Loaded,
    LoadFailed,
    Module,
    RanOut,
    RanTests,
    Reached,
    Route,
    RunTests,
    Send,
    Site,
    SurveyedTasks,
    SurveyTasks,
    Trace,
    Waited,
)
from graders.wire.words import NANO, EvidenceKind, TraceKind

# 2025-03-14 08:00:00 UTC: what the submission's clock shows when its exam begins.
_EPOCH = 1_741_939_200 * NANO
# How long (virtual seconds) a submission may take to come to rest after a check.
_TO_REST = 120.0
# Of each kind; a host that is honest reports half as many.
_MOST_EVIDENCE = 1_000
_MOST_SURPRISES = 20


class NotLoaded(Exception):
    """The submission cannot be imported."""

    def __init__(self, failed: LoadFailed) -> None:
        super().__init__(failed.text)
        self.failed = failed


class Exam(Requests, Expectations):
    """What a check works with.

    Attributes:
        app: the submission as an ASGI application, for httpx and asgi-lifespan.
        services: the functions of the kata's `given.py`.
        network: the fake network; put upstreams there.
        database: the submission's database, read from outside.
        folder: the submission's scratch folder, in which it runs.
        random: seeded with the run's seed and the check's name.
        calls: everything that reached the fake world.
        evidence: what the host's instruments reported.
        uploads: requests whose body has been left to the suite.
        causes: lines that explain why something came late or early.
        code: where something stands in the submission's text.
        traces: lives of sessions, connections and clients, as the host reports them.
        surprises: exceptions that left the suite's code, in order.
        told: what the instruments have reported, and how often: the kind and the line.
        inspected: whether the host has said all that it has to say.
        break_off: so long (virtual seconds) after its beginning the next plan is broken
            off, if it is.
        crowd: requests that are made in place of those of the next plan, if any; their
            server gives them up.
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
        self._helper = helper
        self._submission = submission
        self._copy = copy
        self._link = link
        self._turns = loop.turns
        self._turns.link = link
        self._turns.dispatch = self._dispatch
        self.folder = folder
        self._loading: asyncio.Future[Loaded | LoadFailed] | None = None
        self._inspecting: asyncio.Future[None] | None = None
        self._surveying: asyncio.Future[None] | None = None
        self._testing: asyncio.Future[RanTests] | None = None
        self._echoes: set[Echo] = set()
        self.hint = hint
        self.random = random.Random(seed)
        self.calls = CallLog(lambda: self.now)
        self.surprises: list[Surprise] = []
        loop.set_exception_handler(self._unhandled)
        self.services = Services(
            list(kata.manifest.services), self.calls, link.post, self.surprised
        )
        self.network = Network(self.calls, link.post, lambda: self.now)
        self.database = Database(folder / "kata.db", link.post, self._of_the_tables)
        self.driver = Driver(self._turns, link.post)
        self.lifespan = Lifespan(self.driver, self._survey_tasks)
        self.app = Application(self.driver)
        self.evidence: list[Evidence] = []
        self._reported: Counter[EvidenceKind] = Counter()
        self.code = code_of(submission.source, submission.label)
        self.causes = Causes(self.code)
        self.traces: list[Trace] = self.database.traces
        self.routes: list[Route] = []
        self.uploads: list[Exchange] = []
        self.break_off: float | None = None
        self.crowd: Sequence[Ask] = ()
        self.told: Counter[tuple[EvidenceKind | TraceKind, Site | None]] = Counter()
        self.inspected = False

    @property
    def has_plain_endpoints(self) -> bool:
        """Whether any endpoint is a plain `def`: nobody can end a thread."""
        return any(self.code.is_plain(route.site) for route in self.routes)

    # --- time -------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Virtual seconds since the exam began."""
        return self._turns.now / NANO

    @property
    def held_up(self) -> list[Bar]:
        """When the submission's event loop was held up, and by what."""
        return self._turns.held_up

    async def sleep(self, seconds: float) -> None:
        """Let virtual time pass."""
        await asyncio.sleep(seconds)

    def move_date(self, seconds: float) -> None:
        """Let somebody correct the date of the submission's machine by so much.

        `time.time()` and `datetime.now()` jump; no clock that measures durations does.
        """
        self._link.post(DateMoved(round(seconds * NANO)))

    async def settle(self, limit: float = _TO_REST) -> None:
        """Let everything happen that is going to happen without us.

        Args:
            limit: virtual seconds; a submission that polls for ever never comes to
            rest.
        """
        rest: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turns.settler(rest)
        waker = asyncio.ensure_future(asyncio.sleep(limit))
        # While the limit's own timer runs the two sides are never both without one, so
        # the clock has to be asked again when the limit is the only thing left.
        self._turns.ignore_until = self._turns.now + round(limit * NANO)
        try:
            await asyncio.wait({rest, waker}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._turns.ignore_until = None
            waker.cancel()
            rest.cancel()

    # --- what is waited for -----------------------------------------------------------

    async def calls_in_flight(self, count: int, *names: str) -> None:
        """Wait until so many calls of these services are in flight.

        Raises:
            Deadlock: there never will be.
        """

        def flying() -> int:
            return sum(call.in_flight for call in self.calls.of(*names))

        while flying() < count:
            wait: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._turns.waiting(wait)

            def wake(wait: asyncio.Future[None] = wait) -> None:
                if not wait.done():
                    wait.set_result(None)

            self.calls.watchers.append(wake)
            try:
                await wait
            except Deadlock as exc:
                exc.wanted = count, " or ".join(names), flying()
                raise
            finally:
                self.calls.watchers.remove(wake)

    async def run_tests(self, *, order: int = 0) -> RanTests:
        """Run the learner's tests once.

        Args:
            order: 0 as they stand in the file, 1 the last one first, else an order
                drawn from this seed.

        Raises:
            Deadlock: a test waits for ever.
            HostEnded: they took the process with them.
        """
        self._testing = asyncio.get_running_loop().create_future()
        self._link.post(RunTests(order))
        try:
            ran: RanTests = await self._turns.waiting(self._testing)
        except Deadlock as exc:
            exc.pending = self._own_words.of_pending(exc.pending)
            raise
        return self._own_words.of_run(ran)

    async def carry_out(
        self,
        asks: Sequence[Ask],
        *,
        view: View = content,
        state: Callable[[], Any] = lambda: None,
    ) -> Observation:
        """Carry out the requests of a plan from now on, and let everything end.

        Args:
            asks: in any order; those of one moment arrive as they stand here.
            view: what of a reply is compared; its JSON, unless it is an error.
            state: asked in the end, as for the rows that were stored.

        Raises:
            Deadlock: somebody waits for ever.
            BrokenOff: `break_off` has come, or `crowd` has gone.
        """
        return await carry_out(self, asks, view=view, state=state)

    # --- the beginning and the end ----------------------------------------------------

    async def load(self) -> None:
        """Import the submission.

        Raises:
            NotLoaded: it cannot be imported.
            HostEnded: it took the process with it.
        """
        kata, submission = self._kata, self._submission
        name = submission.label.removesuffix(".py")
        modules = [
            Module(name, str(submission.path), submission.label, submission.source)
        ]
        if kata.turns_the_tables:
            # Not of the seed: what is seen of a copy must be worth nothing afterwards.
            draw = random.Random(secrets.randbits(128))
            service = varied(woven(kata.services(), self._copy, draw), draw)
            path = str(kata.folder / "app.py")
            # Given, as `given.py` is: no line of it is the learner's.
            modules.insert(
                0, Module("app", path, "app.py", service, given=True, hidden=True)
            )
        if kata.given.exists():
            given = kata.given.read_text(encoding="utf-8")
            modules.insert(
                0, Module("given", str(kata.given), "given.py", given, given=True)
            )
        if self._helper is not None:
            modules.insert(0, self._helper)
        home = str(self.folder)
        environment = {"TZ": "UTC", "HOME": home, "TMPDIR": home}
        if kata.manifest.database:
            environment["DATABASE_URL"] = self.database.url
        self._loading = asyncio.get_running_loop().create_future()
        self._link.post(
            Load(
                modules,
                kata.manifest.services,
                environment,
                str(self.folder),
                _EPOCH,
                kata.turns_the_tables,
                self.code.statements,
            )
        )
        outcome = await self._turns.waiting(self._loading)
        if isinstance(outcome, LoadFailed):
            raise NotLoaded(outcome)
        self.routes = outcome.routes

    async def finish(self) -> None:
        """Let the submission come to rest, shut it down, and look at what it left."""
        # A check that has failed half-way would keep its requests waiting for ever.
        for exchange in self.driver.exchanges.values():
            exchange.read_on()
        for exchange in self.uploads:
            if exchange.ended is None:
                exchange.disconnect()
        await self.settle()
        if self.lifespan.running:
            await self.lifespan.stop()
            await self.settle()
        self._inspecting = asyncio.get_running_loop().create_future()
        runs, calls = len(self.driver.exchanges), len(self.calls.records)
        self._echoes = made_up(self._submission, self._turns.now, runs, calls)
        self._link.post(Inspect(list(self._echoes)))
        await self._turns.waiting(self._inspecting)
        if self._echoes:
            raise self._link.condemn()
        self.inspected = True
        self.driver.check()

    @cached_property
    def _own_words(self) -> OwnWords:
        service = self._kata.service().read_text(encoding="utf-8")
        return OwnWords(self.code.nodes, self._submission.source, service)

    async def _survey_tasks(self) -> None:
        self._surveying = asyncio.get_running_loop().create_future()
        self._link.post(SurveyTasks())
        await self._turns.waiting(self._surveying)

    def gather_leaks(self) -> None:
        """Add to the evidence what only the outside can see: what is still open."""
        for item in self.database.sessions_open:
            self._leaked("session left open", "", item.site)
        for item in self.database.checkouts_open:
            self._leaked("connection left out", "", item.site)
        for item in self.database.connections_kept[:1]:
            # The engine keeps them, whoever was the first to need one.
            engines = self.code.calls("create_async_engine", "create_engine")
            site = next(iter(engines), item.site)
            self._leaked("connection left open", "", site)
        for connection in self.network.connections:
            if connection.closed is None:
                self._leaked(
                    "upstream connection left open", connection.host, connection.site
                )

    def _leaked(self, kind: EvidenceKind, detail: str, site: Site | None) -> None:
        self.evidence.append(Evidence(kind, detail, self._turns.now, site))

    # --- what the suite did not expect ------------------------------------------------

    def surprised(
        self, exc: Exception, call: CallRecord | None = None, *, told: bool = False
    ) -> None:
        """Keep an exception that left the suite's code.

        Args:
            call: the call of a service that was being answered, if one was.
            told: the submission's process has said so, or something that led to it.
        """
        # The first one is told; a submission may bring about as many as it likes.
        if len(self.surprises) < _MOST_SURPRISES:
            self.surprises.append(surprise(exc, self, call, told=told))

    def _unhandled(
        self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]
    ) -> None:
        # A task whose end nobody awaited tells of it when it is collected, at a moment
        # that means nothing.
        exc = context.get("exception")
        if isinstance(exc, Exception) and not {"task", "future"} & context.keys():
            self.surprised(exc)

    def _of_the_tables(self) -> tuple[Site | None, str]:
        """The line that makes the database's tables, or should; and its text."""
        code = self.code
        sites = code.calls("create_tables", "create_all") or code.calls(
            "create_async_engine"
        )
        site = next(iter(sites), None)
        return site, self.line_of(site)

    def close(self) -> None:
        self.services.stop()
        self._link.close()

    # --- what the host says -----------------------------------------------------------

    def _dispatch(self, message: FromHost) -> None:
        try:
            self._hear(message)
        except CheckFailed:
            # A suite looks at something the moment it is said.
            raise
        except Exception as exc:
            # Never the end of the exam, and never believed to be the grader's fault.
            self.surprised(exc, told=True)

    def _hear(self, message: FromHost) -> None:
        match message:
            case Evidence() | Trace() | CallCancelled() if message in self._echoes:
                self._echoes.remove(message)
            case Call():
                self.services.entered(message, self.now)
            case CallCancelled(call):
                self.services.cancelled(call)
            case Send():
                self.driver.sent(message)
            case Finished():
                self.driver.returned(message)
            case Reached():
                self.driver.reached(message)
            case Connect():
                self.network.connect(message)
            case Data() | Hangup():
                self.network.received(message)
            case Evidence(kind="unfitting answer"):
                self.surprised(TypeError(message.detail), told=True)
            case Evidence(kind, site=site):
                self.told[kind, site] += 1
                self._reported[kind] += 1
                if self._reported[kind] <= _MOST_EVIDENCE:
                    own = self._kata.turns_the_tables
                    self.evidence.append(
                        self._own_words.of_evidence(message) if own else message
                    )
            case Trace(kind, site=site):
                self.told[kind, site] += 1
                self.traces.append(message)
            case Waited() | RanOut():
                self.causes.reported(message)
            case Loaded() | LoadFailed():
                _complete(self._loading, message)
            case RanTests():
                _complete(self._testing, message)
            case SurveyedTasks():
                _complete(self._surveying, None)
            case Inspected():
                _complete(self._inspecting, None)


def _complete(wait: asyncio.Future[Any] | None, value: Any) -> None:
    """End a wait; a host may say things twice, or unasked."""
    if wait is not None and not wait.done():
        wait.set_result(value)
