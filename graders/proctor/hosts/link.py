"""One host, seen from outside: its turns, and how it ended."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable

from graders.proctor.hosts.budget import (
    ADVICE_ON_TIME,
    ADVICE_ON_WORDS,
    ASKED_TOO_MUCH,
    Words,
)
from graders.proctor.hosts.ends import (
    HostEnded,
    LauncherFailed,
    ZygoteGone,
    ended_with,
    silenced,
)
from graders.proctor.hosts.sandbox import AUTO, lacking_walls
from graders.proctor.hosts.watchdog import Watch
from graders.wire import (
    Blocked,
    Channel,
    Closed,
    FromHost,
    Go,
    Malformed,
    Overrun,
    Ready,
    Rest,
    Site,
    Stacks,
    Survey,
    ToHost,
    TooLong,
)
from graders.wire.words import NANO
from graders.wire.work import Machine

# Turns within one second of the exam's clock: an honest submission takes hundreds, one
# that sleeps for nanoseconds would take them for ever.
MOST_TURNS = 20_000


class Link:
    """Args:
    channel: the wire.
    watch: looks at the process from outside.
    reap: kills what is left and returns the exit code (negative: a signal).
    sandbox: which walls there must be; see `graders.proctor.hosts.sandbox`.
    words: how much the host may say.

    Attributes:
        lost: the host ended because the one who starts hosts did. What it has shown
            says nothing about the submission.
    """

    def __init__(
        self,
        channel: Channel[Go, Rest],
        watch: Watch,
        reap: Callable[[], int],
        sandbox: str = AUTO,
        words: Words | None = None,
    ) -> None:
        self._channel = channel
        self._watch = watch
        self._reap = reap
        self._sandbox = sandbox
        self._words = words or Words()
        self.walls: list[str] = []
        self._outbox: list[ToHost] = []
        self._first = True
        self._spoken = False
        self._second = 0
        self._turns = 0
        self.until: int | None = None
        self.blocked: Blocked | None = None
        self.ended: HostEnded | None = None
        self.exit_code: int | None = None
        self.lost = False

    @property
    def owes_a_turn(self) -> bool:
        """Whether the host has something to hear (or has not spoken yet)."""
        return self._first or bool(self._outbox)

    def post(self, message: ToHost) -> None:
        """Say something with the next turn."""
        self._outbox.append(message)

    def take_turn(self, now: int) -> list[FromHost]:
        """Let the host run until nothing is ready there.

        Args:
            now: the time in nanoseconds.

        Returns:
            What the host said; nothing once `ended` is set.
        """
        messages, self._outbox = self._outbox, []
        try:
            if self._first:
                # A host begins with a rest, to say that it is there.
                self._first = False
                self._outbox = messages
                self._watch.begin()
                return self._greet(self._await_rest())
            endless = self._goes_on_and_on(now)
            if endless:
                messages.append(Survey())
            rest = self._hand_over(Go(now, messages))
            if endless:
                raise HostEnded(
                    "timed out",
                    "Your program went on and on without an end and was stopped.",
                    _whereabouts(rest),
                )
            _end_for(self._watch.turned())
        except HostEnded as ended:
            self._end(ended)
            if not self._spoken:
                raise LauncherFailed(
                    "A host did not become ready in time: this machine is too busy, or "
                    "its libraries cannot be read."
                ) from ended
            return []
        except TooLong:
            # Answers to what it has asked for, all at once.
            self._end(HostEnded("timed out", ASKED_TOO_MUCH, advice=ADVICE_ON_WORDS))
            return []
        except Closed as exc:
            if not self._spoken:
                # Before it has heard of any submission: that is a fault of ours.
                self._end(HostEnded("crashed", ""))
                if self.lost:
                    raise ZygoteGone from exc
                raise LauncherFailed(
                    "A host ended before it was ready; its message stands above."
                ) from exc
            self._end(ended_with(self.close()))
            return []
        except Malformed:
            self._end(HostEnded("tampered", "Unexpected data on the grader's channel."))
            return []
        self.until, self.blocked = rest.until, rest.blocked
        return rest.messages

    def _greet(self, rest: Rest) -> list[FromHost]:
        """The first rest: no line of a submission has run, so it can be believed."""
        self._spoken = True
        for message in rest.messages:
            if isinstance(message, Ready):
                self.walls = list(message.walls)
                self._watch.admit(Machine(message.unit))
        lacking = lacking_walls(self._sandbox, self.walls)
        if lacking:
            self.close()
            raise LauncherFailed(lacking)
        return []

    def _hand_over(self, go: Go) -> Rest:
        """Say what is to be said, however slowly it is read, and wait for a rest."""
        self._channel.prepare(go)
        self._watch.begin()
        while not self._channel.flush(self._watch.until_look()):
            self._look(None)
        return self._await_rest()

    def _await_rest(self) -> Rest:
        overrun: Overrun | None = None
        while True:
            rest = self._channel.receive(self._watch.until_look())
            if rest is not None:
                self._count(rest)
                if not rest.live:
                    break
                overrun = next(
                    (item for item in rest.messages if isinstance(item, Overrun)), None
                )
            # By the clock: it gets no more time for saying something.
            if not self._watch.until_look():
                self._look(overrun)
        self._watch.end()
        self._see_whether_its_time_is_over()
        return rest

    def _count(self, rest: Rest) -> None:
        said = self._words.count(rest, self._channel.received)
        if said is not None:
            raise HostEnded("timed out", said, advice=ADVICE_ON_WORDS)

    def _look(self, overrun: Overrun | None) -> None:
        """Look at a host that has not come to rest yet.

        Raises:
            HostEnded: it has had its time.
        """
        site = overrun.site if overrun else None
        stuck = self._watch.look()
        if stuck is not None:
            raise HostEnded("timed out", stuck, site)
        long = self._watch.overlong()
        if long is not None:
            raise HostEnded("timed out", long, site, advice=ADVICE_ON_TIME)
        self._see_whether_its_time_is_over(site, running=True)
        _end_for(self._watch.excess())

    def _see_whether_its_time_is_over(
        self, site: Site | None = None, *, running: bool = False
    ) -> None:
        over = self._watch.overdrawn(running=running)
        if over is not None:
            raise HostEnded("timed out", over, site, advice=ADVICE_ON_TIME, final=True)

    def _goes_on_and_on(self, now: int) -> bool:
        if now // NANO != self._second:
            self._second, self._turns = now // NANO, 0
        self._turns += 1
        return self._turns > MOST_TURNS

    def condemn(self) -> HostEnded:
        """End a host that does not tell what it must have seen, and say so."""
        ended = silenced()
        self._end(ended)
        return ended

    def _end(self, ended: HostEnded) -> None:
        self.ended = ended
        self.until = self.blocked = None
        self._outbox.clear()
        self.close()

    def close(self) -> int:
        """End the host, whatever it does, and return its exit code."""
        if self.exit_code is None:
            if self.ended is None and not self._first:
                with contextlib.suppress(Closed):
                    self._channel.prepare(Go(0, stop=True))
                    self._channel.flush(0.0)
            self._watch.close()
            try:
                self.exit_code = self._reap()
            except ZygoteGone:
                self.exit_code, self.lost = -signal.SIGKILL, True
            self._channel.close()
        return self.exit_code


def _end_for(excess: str | None) -> None:
    """End a host that has taken too much.

    Raises:
        HostEnded: with this sentence, if there is one.
    """
    if excess is not None:
        raise HostEnded("crashed", excess)


def _whereabouts(rest: Rest) -> Site | None:
    """The learner's line that the last of the tasks waits at."""
    for message in rest.messages:
        if isinstance(message, Stacks):
            sites = [item.site for item in message.pending if item.site is not None]
            return sites[-1] if sites else None
    return None
