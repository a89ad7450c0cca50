"""Who hears what: each message of the host goes to the part of the exam it is for."""

from __future__ import annotations

from dataclasses import dataclass

from graders.proctor.driver.driver import Driver
from graders.proctor.exam.delays import Causes
from graders.proctor.exam.host_reports import HostReports
from graders.proctor.exam.inspection import Inspection
from graders.proctor.exam.questions import Questions
from graders.proctor.exam.surprises import Surprises
from graders.proctor.verdict.findings import CheckFailed
from graders.proctor.world.network import Network
from graders.proctor.world.services import Services
from graders.wire import (
    Call,
    CallCancelled,
    Connect,
    Data,
    Evidence,
    Finished,
    FromHost,
    Hangup,
    Inspected,
    Loaded,
    LoadFailed,
    RanOut,
    RanTests,
    Reached,
    Send,
    SurveyedTasks,
    Trace,
    Waited,
)


@dataclass(frozen=True)
class Dispatch:
    """Hands the messages of one host on."""

    driver: Driver
    services: Services
    network: Network
    reports: HostReports
    causes: Causes
    questions: Questions
    inspection: Inspection
    surprises: Surprises

    def hear(self, message: FromHost) -> None:
        """The host said so.

        Raises:
            CheckFailed: a suite looks at something the moment it is said.
        """
        try:
            self._hand_on(message)
        except CheckFailed:
            raise
        except Exception as exc:
            # Never the end of the exam, and never believed to be the grader's fault.
            self.surprises.keep(exc, told=True)

    def _hand_on(self, message: FromHost) -> None:
        if self.inspection.is_echo(message):
            return
        match message:
            case Call():
                self.services.entered(message)
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
                self.surprises.keep(TypeError(message.detail), told=True)
            case Evidence():
                self.reports.seen(message)
            case Trace():
                self.reports.traced(message)
            case Waited() | RanOut():
                self.causes.reported(message)
            case Loaded() | LoadFailed() | RanTests() | SurveyedTasks() | Inspected():
                self.questions.answered(message)
