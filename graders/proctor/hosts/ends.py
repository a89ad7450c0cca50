"""How a host ends before its exam is over, and what is told of it."""

from __future__ import annotations

import signal

from graders.proctor.hosts.budget import ADVICE_ON_WORDS, SAID_TOO_MUCH
from graders.wire import Site
from graders.wire.words import EXCEPTION_EXIT, TOO_LONG_EXIT

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
        advice: what to try; nothing for what is usual.
        final: whether no other check of the submission is of any use.
        killed: by a signal that nobody can refuse, whoever has sent it.
    """

    def __init__(
        self,
        verdict: str,
        text: str,
        site: Site | None = None,
        *,
        advice: str = "",
        final: bool = False,
        killed: bool = False,
    ) -> None:
        super().__init__(text)
        self.verdict = verdict
        self.text = text
        self.site = site
        self.advice = advice
        self.final = final
        self.killed = killed


def silenced() -> HostEnded:
    """The end of a host that does not tell what it must have seen."""
    text = "What the exam sees inside your program has been changed by it."
    return HostEnded("tampered", text)


def ended_with(code: int) -> HostEnded:
    """The end of a host by its exit code; a negative one is a signal's number."""
    if code == EXCEPTION_EXIT:
        text = (
            "An error that stops the event loop itself, such as KeyboardInterrupt "
            "in a task, ended your program."
        )
    elif code == TOO_LONG_EXIT:
        return HostEnded("timed out", SAID_TOO_MUCH, advice=ADVICE_ON_WORDS)
    elif code >= 0:
        text = f"Your program ended itself (exit {code})."
    else:
        name = _signal_name(-code)
        who = "Python itself crashed" if name in _CRASHES else "Your program ended"
        text = f"{who} by signal {-code} ({name})."
    return HostEnded("crashed", text, killed=code == -signal.SIGKILL)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        # Those for real-time use have no names.
        return "real-time"
