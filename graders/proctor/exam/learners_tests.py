"""Runs the tests that a learner has written, in the host."""

from __future__ import annotations

from graders.proctor.exam.own_words import OwnWords
from graders.proctor.exam.questions import Questions
from graders.proctor.hosts.turns import Deadlock
from graders.wire import RanTests, RunTests


class LearnersTests:
    """Args:
    questions: asks the host.
    own_words: cuts down what tests may have read of the copy that they run on; None
        for a submission that is no file of tests.
    """

    def __init__(self, questions: Questions, own_words: OwnWords | None) -> None:
        self._questions = questions
        self._own_words = own_words

    async def run(self, *, order: int = 0) -> RanTests:
        """Run the learner's tests once.

        Args:
            order: 0 as they stand in the file, 1 the last one first, else an order
                drawn from this seed.

        Raises:
            Deadlock: a test waits for ever.
            HostEnded: they took the process with them.
        """
        own = self._own_words
        if own is None:
            raise RuntimeError("the learners of this kata write no tests")
        try:
            ran = await self._questions.ask(RunTests(order), RanTests)
        except Deadlock as exc:
            exc.pending = own.of_pending(exc.pending)
            raise
        return own.of_run(ran)
