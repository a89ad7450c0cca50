"""One host, seen from outside: its turns, and how it ended."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable

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
    limits,
)
from graders.wire.words import EXCEPTION_EXIT, NANO
from graders.wire.work import Machine

# Turns within one second of the exam's clock: an honest submission takes hundreds, one
# that sleeps for nanoseconds would take them for ever.
_MOST_TURNS = 20_000

_CRASHES = ("SIGSEGV", "SIGBUS", "SIGABRT", "SIGFPE", "SIGILL")


class LauncherFailed(Exception):
    """A host could not be started. Never the learner's fault."""


class ZygoteGone(LauncherFailed):
    """The process that starts hosts has ended, and its hosts with it.

    With the next host there is another one.
    """

    def __init__(self) -> None:
        super().__init__("The process that starts submissions was ended by somebody.")


class HostEnded(Exception):
    """The host is gone, or had to be stopped, before its exam was over.

    Attributes:
        verdict: "crashed", "timed out" or "tampered".
        text: one sentence for the learner.
        site: where the submission was, if known.
    """

    def __init__(self, verdict: str, text: str, site: Site | None = None) -> None:
        super().__init__(text)
        self.verdict = verdict
        self.text = text
        self.site = site


def silenced() -> HostEnded:
    """The end of a host that does not tell what it must have seen."""
    text = "What the exam sees inside your program has been changed by it."
    return HostEnded("tampered", text)


class Link:
    """Args:
    channel: the wire.
    watch: looks at the process from outside.
    reap: kills what is left and returns the exit code (negative: a signal).
    sandbox: which walls there must be; see `graders.proctor.hosts.sandbox`.

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
    ) -> None:
        self._channel = channel
        self._watch = watch
        self._reap = reap
        self._sandbox = sandbox
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
                return self._greet(self._await_rest())
            endless = self._goes_on_and_on(now)
            if endless:
                messages.append(Survey())
            self._channel.send(Go(now, messages))
            rest = self._await_rest()
            if endless:
                raise HostEnded(
                    "timed out",
                    "Your program went on and on without an end and was stopped.",
                    _whereabouts(rest),
                )
            _end_for(self._watch.turned())
        except HostEnded as ended:
            self._end(ended)
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
            self._end(self._how_it_ended())
            return []
        except Malformed as exc:
            if messages and "cannot be sent" in str(exc):
                raise
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
                self._watch.machine = Machine(message.unit)
        lacking = lacking_walls(self._sandbox, self.walls)
        if lacking:
            self.close()
            raise LauncherFailed(lacking)
        return []

    def _await_rest(self) -> Rest:
        self._watch.begin()
        overrun: Overrun | None = None
        while True:
            rest = self._channel.receive(timeout=limits.LOOK)
            if rest is None:
                stuck = self._watch.look()
                if stuck is not None:
                    site = overrun.site if overrun else None
                    raise HostEnded("timed out", stuck, site)
                _end_for(self._watch.excess())
            elif rest.live:
                overrun = next(
                    (item for item in rest.messages if isinstance(item, Overrun)), None
                )
            else:
                return rest

    def _goes_on_and_on(self, now: int) -> bool:
        if now // NANO != self._second:
            self._second, self._turns = now // NANO, 0
        self._turns += 1
        return self._turns > _MOST_TURNS

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

    def _how_it_ended(self) -> HostEnded:
        code = self.close()
        if code == EXCEPTION_EXIT:
            text = (
                "An error that stops the event loop itself, such as KeyboardInterrupt "
                "in a task, ended your program."
            )
        elif code >= 0:
            text = f"Your program ended itself (exit {code})."
        else:
            name = _signal_name(-code)
            who = "Python itself crashed" if name in _CRASHES else "Your program ended"
            text = f"{who} by signal {-code} ({name})."
        return HostEnded("crashed", text)

    def close(self) -> int:
        """End the host, whatever it does, and return its exit code."""
        if self.exit_code is None:
            if self.ended is None and not self._first:
                with contextlib.suppress(Closed, Malformed):
                    self._channel.send(Go(0, stop=True))
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


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        # Those for real-time use have no names.
        return "real-time"
