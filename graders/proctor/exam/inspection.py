"""The last look at a host: what is left behind, and whether it tells of everything."""

from __future__ import annotations

from graders.proctor.exam.canaries import Echo, made_up
from graders.proctor.exam.questions import Questions
from graders.proctor.hosts.link import Link
from graders.proctor.submission.submission import Submission
from graders.wire import CallCancelled, Evidence, FromHost, Inspect, Inspected, Trace


class Inspection:
    """Args:
    submission: what made-up observations are made of.
    questions: asks the host.
    link: ends a host that has not told everything.

    Attributes:
        done: whether the host has said all that it has to say.
    """

    def __init__(
        self, submission: Submission, questions: Questions, link: Link
    ) -> None:
        self._submission = submission
        self._questions = questions
        self._link = link
        self._echoes: set[Echo] = set()
        self.done = False

    async def look(self, now: int, runs: int, calls: int) -> None:
        """Let the host report what is left behind.

        Args:
            now, runs, calls: as for `made_up`.

        Raises:
            HostEnded: it did not echo what it was told to.
        """
        self._echoes = made_up(self._submission, now, runs, calls)
        await self._questions.ask(Inspect(list(self._echoes)), Inspected)
        if self._echoes:
            raise self._link.condemn()
        self.done = True

    def is_echo(self, message: FromHost) -> bool:
        """Whether a message is one of the made-up ones: each comes back once."""
        if not isinstance(message, Evidence | Trace | CallCancelled):
            return False
        known = message in self._echoes
        self._echoes.discard(message)
        return known
