"""Builds one host: clock, loop, fake world, instruments; then takes its turns.

What is the same for every host of a kata is built before it is forked; what two
processes must not share (the wire, pipes, the sampler's thread) is made in `run`.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sys
from typing import Any, NoReturn

from graders.host.clock import primitives, side_loop
from graders.host.clock.current import Current
from graders.host.clock.event_loop import HostLoop, TurnSelector
from graders.host.clock.lockstep import LockStep
from graders.host.clock.this_machine import ThisMachine
from graders.host.clock.time_module import Epoch, Spin, Spinning
from graders.host.instruments import endpoints, handoffs
from graders.host.instruments.answer_lines import AnswerLines
from graders.host.instruments.blocking import Blocking
from graders.host.instruments.leftovers import Leftovers
from graders.host.instruments.loop_monitor import LoopMonitor
from graders.host.instruments.recorder import Recorder, Sites
from graders.host.instruments.waits import Waits
from graders.host.serving.asgi_runs import Applications
from graders.host.serving.learners_tests import LearnersTests
from graders.host.serving.loader import Loader
from graders.host.world.network import HostNetwork
from graders.host.world.services import ServiceStandIns
from graders.host.world.sockets import Fabric
from graders.wire import (
    Abort,
    Answer,
    Begin,
    Blocked,
    Channel,
    Connected,
    Data,
    DateMoved,
    Delivered,
    Fault,
    Given,
    Go,
    Hangup,
    Inspect,
    Inspected,
    Load,
    RanTests,
    Ready,
    Refused,
    Rest,
    RunTests,
    Stacks,
    StatementDelay,
    Survey,
    SurveyedTasks,
    SurveyTasks,
    ToHost,
    Unwinds,
    limits,
)
from graders.wire.words import Wall


class Host:
    """One submission, for one check.

    Its making replaces what is known by name, in the whole process.
    """

    def __init__(self) -> None:
        self._sites = Sites()
        self._step = LockStep(self._held_up)
        self._recorder = Recorder(self._sites, lambda: self._step.now, self._step.post)
        self._spin = Spin(self._step)
        # What hears of the turns is made of the loop, which is made of the turns.
        self._turns = TurnSelector(
            self._step,
            self._spin,
            dispatch=self._dispatch,
            before=lambda: self._blocking.callbacks_begin(),
            after=lambda: self._blocking.callbacks_end(),
            on_stuck=lambda keys: self._blocking.dismiss_sleepers(keys),
        )
        self._loop = HostLoop(self._turns, self._step)
        answers = AnswerLines(self._recorder)
        answers.install()
        self._applications = Applications(self._step, self._recorder, answers)
        self._services = ServiceStandIns(self._step, self._recorder)
        self._network = HostNetwork(self._step, self._recorder, self._loop)
        self._leftovers = Leftovers(self._recorder, self._loop)
        self._waits = Waits(self._recorder)
        monitor = LoopMonitor(
            self._step,
            self._recorder,
            lambda: self._applications.serving,
            answers,
            self._loop,
        )
        self._blocking = Blocking(monitor)
        self._loader = Loader(self._sites)
        self._has_taken = False
        self._database: Any = None
        self._tests: LearnersTests | None = None
        self._main: asyncio.Task[None] | None = None
        self._loop.lead_to(self._network)
        self._install()

    def _install(self) -> None:
        self._leftovers.install()
        self._waits.install(self._loop)
        handoffs.install(self._recorder)
        endpoints.install(self._recorder)
        self._blocking.install()
        side_loop.install(self._network)

    def _become_current(self) -> None:
        """From now on wrappers that are older find this host."""
        Current.step = self._step
        Current.lines = self._recorder.lines
        Fabric.network = self._network
        Spinning.spin = self._spin

    def prepare(self, given: Given) -> None:
        """Load what a kata gives, in a process of which hosts are forked.

        That process is left as it was: Python makes locks of its own when it forks.

        Raises:
            BaseException: whatever a module raises.
        """
        with primitives.locks_installed():
            self._become_current()
            try:
                self._take(given)
            finally:
                Current.step = Fabric.network = Spinning.spin = None

    def _take(self, given: Given) -> None:
        Epoch.nanoseconds = given.epoch
        random.seed(given.epoch)
        for module in given.modules:
            created = self._loader.load(module)
            if module.name == "given":
                self._services.install(created, given.services)
        self._has_taken = True

    def run(
        self, wire: socket.socket, walls: list[Wall], stuck: float | None = None
    ) -> NoReturn:
        """Take turns until the proctor ends it.

        Args:
            wire: to the proctor.
            walls: what stands around this process.
            stuck: real seconds that a thread may hang in the kernel before it counts as
                asleep; None for the usual.
        """
        stuck = limits.STUCK if stuck is None else stuck
        self._become_current()
        channel: Channel[Rest, Go] = Channel(wire, Go, gives=limits.TURN_BYTES)
        self._step.begin(channel)
        self._turns.begin(stuck)
        self._loop.begin()
        # Here, because Python forgets it in a fork.
        asyncio.set_event_loop(self._loop)
        self._blocking.begin(stuck)
        self._step.post(Ready(walls, ThisMachine.speed.unit))
        self._loop.run_until_complete(self._serve())
        raise AssertionError("the loop ended by itself")

    async def _serve(self) -> None:
        self._main = asyncio.current_task()
        # As a server does: wait for ever, while callbacks start the application's
        # tasks.
        await self._loop.create_future()

    def _held_up(self, what: str) -> Blocked:
        return self._blocking.named_call(what)

    def _dispatch(self, message: ToHost) -> None:
        self._loop.call_soon(self._handle, message)

    def _handle(self, message: ToHost) -> None:
        match message:
            case Begin():
                self._applications.begin(message)
            case Delivered():
                self._applications.deliver(message)
            case Abort(run, rounds):
                if rounds:
                    self._loop.call_soon(self._handle, Abort(run, rounds - 1))
                else:
                    self._applications.abort(run)
            case Answer() | Fault():
                self._services.deliver(message)
            case Unwinds(rounds):
                self._services.rounds = rounds
            case Connected() | Refused() | Data() | Hangup():
                self._network.deliver(message)
            case StatementDelay(nanoseconds):
                self._install_database().delay = nanoseconds
            case DateMoved(nanoseconds):
                Epoch.nanoseconds += nanoseconds
            case Survey():
                tests = self._tests.pending() if self._tests else []
                pending = self._leftovers.pending(self._own_tasks())
                self._step.post(Stacks([*pending, *tests]))
            case SurveyTasks():
                self._leftovers.survey(self._own_tasks())
                self._step.post(SurveyedTasks())
            case Inspect(echo):
                self._leftovers.inspect(self._own_tasks())
                for item in echo:
                    self._step.post(item)
                self._step.post(Inspected())
            case Load():
                self._load(message)
            case RunTests(order):
                self._run_tests(order)

    def _own_tasks(self) -> set[asyncio.Task[Any]]:
        return {self._main} if self._main is not None else set()

    def _load(self, message: Load) -> None:
        os.environ.clear()
        os.environ.update(message.environment)
        os.chdir(message.folder)
        if "sqlalchemy" in sys.modules and message.environment.get("DATABASE_URL"):
            self._install_database()
        primitives.install_locks()
        *others, submission = message.modules
        if not self._has_taken:
            self._take(message.given)
        # Not only before what is given: whoever is forked is seeded anew by Python.
        random.seed(message.given.epoch)
        for module in others:
            self._loader.load(module)
        self._sites.statements = message.statements
        if message.tests:
            self._tests = LearnersTests(submission, message.folder, self._recorder)
            self._step.post(self._loader.compiles(submission))
        else:
            self._applications.app, outcome = self._loader.load_app(submission)
            self._step.post(outcome)

    def _run_tests(self, order: int) -> None:
        def done(run: RanTests) -> None:
            self._step.post(run)
            self._loop.call_soon_threadsafe(lambda: None)

        assert self._tests is not None
        self._tests.run(order, done)

    def _install_database(self) -> Any:
        from graders.host.instruments.sqlalchemy_use import SessionTracer

        if self._database is None:
            self._database = SessionTracer(self._recorder)
            self._database.install()
        return self._database
