"""The messages. Times are whole nanoseconds since the exam began.

Proctor and host take turns. `Go` hands the turn to the host together with the time and
everything that happened outside; the host runs until nothing is ready and hands it back
with `Rest`. Only one side runs at a time, so no message crosses another on its way and
the order of events is the same in every run.

Integers, because both sides divide them by 1e9 to the same float: two sleeps of 0.1 and
0.2 s end at exactly 0.3.
"""

from __future__ import annotations

from typing import Any

import msgspec

from graders.wire.words import EvidenceKind, LoadReason, TraceKind, Wall


class _Message(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    pass


class Site(msgspec.Struct, frozen=True):
    """A place in the learner's code: its file as the learner knows it, and the line."""

    file: str
    line: int
    function: str = ""


# --- proctor to host ------------------------------------------------------------------


class Module(msgspec.Struct, frozen=True):
    """One Python file, sent as text: the host never opens a submission's folder.

    `filename` is what tracebacks and debuggers show; `label` is what feedback shows.
    `hidden`: once it is loaded, its text and its lines are nowhere in the process.
    """

    name: str
    filename: str
    label: str
    source: str
    given: bool = False
    hidden: bool = False


class Statements(msgspec.Struct, frozen=True):
    """Where statements of a submission stand.

    `returns` and `raises`: each line of such a statement -> its first. `definitions`:
    the line of a function's first decorator -> that of its `def`.
    """

    returns: dict[int, int] = {}
    raises: dict[int, int] = {}
    definitions: dict[int, int] = {}


class Given(msgspec.Struct, frozen=True):
    """What a submission may import of its kata's own.

    `services` names the functions of the module `given` that the proctor answers, with
    "async" or "blocking" as their kind. `epoch` is the date in nanoseconds, and what
    random numbers are drawn from.
    """

    modules: list[Module] = []
    services: dict[str, str] = {}
    epoch: int = 0


class Load(_Message, frozen=True):
    """Import the modules in order; the last one holds `app`, and `statements` are its.

    What is `given` comes first, unless the host was forked with it. `folder` is the
    private scratch folder. With `tests` the last module holds the learner's tests
    instead: it is run when `RunTests` says so.
    """

    given: Given
    modules: list[Module]
    environment: dict[str, str]
    folder: str
    tests: bool = False
    statements: Statements = Statements()


class Begin(_Message, frozen=True):
    """Call the application once: `app(scope, receive, send)`."""

    run: int
    scope: dict[str, Any]


class Delivered(_Message, frozen=True):
    """An event for the `receive()` of a run; None lets its `send()` return."""

    run: int
    event: dict[str, Any] | None = None


class Abort(_Message, frozen=True):
    """Cancel the task of a run, as a server does that gives a request up.

    `rounds` of the loop's callbacks pass first: a cancellation may come between any two
    of them.
    """

    run: int
    rounds: int = 0


class Answer(_Message, frozen=True):
    """What a service returned."""

    call: int
    value: Any = None


class Fault(_Message, frozen=True):
    """A service raises: `error` names an exception of `given.py` or a built-in one."""

    call: int
    error: str
    arguments: list[Any] = []


class Unwinds(_Message, frozen=True):
    """From now on a cancelled call takes so many rounds of the loop to end.

    As in life: a driver has something to await on its way out, too.
    """

    rounds: int


class Connected(_Message, frozen=True):
    link: int


class Refused(_Message, frozen=True):
    link: int
    error: str
    text: str


class Data(_Message, frozen=True):
    """Bytes on a connection of the fake network, in either direction.

    From the host: `run` and `lines` say within which request they were written, and by
    which of the learner's lines, innermost first.
    """

    link: int
    data: bytes
    run: int | None = None
    lines: list[Site] = []


class Hangup(_Message, frozen=True):
    """A connection ends, in either direction; `reset` when it was cut off."""

    link: int
    reset: bool = False


class StatementDelay(_Message, frozen=True):
    """From now on every SQL statement takes this long."""

    nanoseconds: int


class DateMoved(_Message, frozen=True):
    """The machine's date is corrected by so much; what measures durations goes on."""

    nanoseconds: int


class RunTests(_Message, frozen=True):
    """Run the learner's tests: 0 as they stand, 1 the last first, else a seed."""

    order: int


class Survey(_Message, frozen=True):
    """Say what every pending task waits for."""


class SurveyTasks(_Message, frozen=True):
    """Report the tasks that are left now that the service has stopped."""


class Inspect(_Message, frozen=True):
    """Collect garbage and report what is left behind.

    What is in `echo` is reported as well, by the same way: a host that swallows its
    evidence swallows this with it.
    """

    echo: list[Evidence | Trace | CallCancelled] = []


ToHost = (
    Load
    | Begin
    | Delivered
    | Abort
    | Answer
    | Fault
    | Unwinds
    | Connected
    | Refused
    | Data
    | Hangup
    | StatementDelay
    | DateMoved
    | RunTests
    | Survey
    | SurveyTasks
    | Inspect
)


class Go(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The turn passes to the host; `stop` ends it."""

    now: int
    messages: list[ToHost] = []
    stop: bool = False


# --- host to proctor ------------------------------------------------------------------


class Failure(msgspec.Struct, frozen=True):
    """An exception of the submission, as text, with the learner's own line.

    `first` is the error that it hides: it was raised while something was ended because
    of that one. `own`: raised by the learner's line itself, and not by what it called.
    """

    error: str
    text: str
    site: Site | None = None
    first: Failure | None = None
    own: bool = False


class Route(msgspec.Struct, frozen=True):
    """One endpoint of the submission, and where it is defined."""

    methods: list[str]
    path: str
    site: Site


class Ready(_Message, frozen=True):
    """The first word of a host, before there is a submission.

    `walls`: those that stand; `unit`: what a unit of work takes there in seconds.
    """

    walls: list[Wall]
    unit: float


class Loaded(_Message, frozen=True):
    routes: list[Route] = []


class LoadFailed(_Message, frozen=True):
    reason: LoadReason
    text: str
    site: Site | None = None


class Part(msgspec.Struct, frozen=True):
    """A part of an answer, as `results[3]`, and the learner's line that made it."""

    path: str
    site: Site


class Send(_Message, frozen=True):
    """The application called `send(event)` and waits until it is delivered.

    `site` is the learner's line that made the answer, as far as there is one, `caught`
    the error that was being handled there, and `parts` are the lines that made
    something in it; they come with its start.
    """

    run: int
    event: dict[str, Any]
    site: Site | None = None
    parts: list[Part] = []
    caught: Failure | None = None


class Finished(_Message, frozen=True):
    """The application returned, or raised."""

    run: int
    failure: Failure | None = None
    cancelled: bool = False


class Reached(_Message, frozen=True):
    """A run has come to an endpoint of the learner's, which is defined there."""

    run: int
    site: Site


class Call(_Message, frozen=True):
    """A service was called; `on_loop`: a blocking one, on the event loop's thread.

    `lines`: the learner's that led there, innermost first.
    """

    call: int
    name: str
    arguments: dict[str, Any]
    run: int | None
    lines: list[Site] = []
    on_loop: bool = False


class CallCancelled(_Message, frozen=True):
    call: int


class Connect(_Message, frozen=True):
    link: int
    host: str
    port: int
    site: Site | None


class Evidence(_Message, frozen=True):
    """What only the inside can see. It can take points away, never give any.

    `detail` is a name (of a function, task or class).
    """

    kind: EvidenceKind
    detail: str
    at: int
    site: Site | None = None
    run: int | None = None


class Trace(_Message, frozen=True):
    """A step in the life of a session, connection or client: what happened to `key`."""

    what: TraceKind
    key: int
    at: int
    site: Site | None = None
    run: int | None = None
    detail: str = ""


class RanOut(_Message, frozen=True):
    """A timer that the learner's code has set has run out: a sleep or a time limit."""

    ended: int
    site: Site
    run: int | None = None


class Waited(_Message, frozen=True):
    """A wait for one's turn, at a lock for instance, is over."""

    what: str
    began: int
    ended: int
    site: Site
    run: int | None = None


class Pending(msgspec.Struct, frozen=True):
    """A task that waits: the learner's line, and what it awaits there.

    `case`: of a test that has several, which one it is, from 1 on.
    """

    task: str
    waits_for: str
    site: Site | None = None
    run: int | None = None
    case: int = 0


class Stacks(_Message, frozen=True):
    pending: list[Pending]


class Outcome(msgspec.Struct, frozen=True):
    """How one of the learner's tests ended: "passed", "failed" or "skipped".

    `seconds` are virtual, its fixtures' setup included. `case`: of a test that has
    several, which one it is, from 1 on.
    """

    name: str
    outcome: str
    text: str = ""
    site: Site | None = None
    seconds: float = 0.0
    case: int = 0


class RanTests(_Message, frozen=True):
    """The learner's tests have ended; `trouble`: why they could not be collected.

    `site` is the line of that trouble.
    """

    outcomes: list[Outcome]
    trouble: str = ""
    site: Site | None = None


class SurveyedTasks(_Message, frozen=True):
    """Every task that was left has been reported as evidence before this."""


class Inspected(_Message, frozen=True):
    """Everything that was left behind has been reported as evidence before this."""


class Overrun(_Message, frozen=True):
    """One callback computes without end. Sent by the watcher's own thread."""

    site: Site | None


FromHost = (
    Ready
    | Loaded
    | LoadFailed
    | Send
    | Finished
    | Reached
    | Call
    | CallCancelled
    | Connect
    | Data
    | Hangup
    | Evidence
    | Trace
    | RanOut
    | Waited
    | Stacks
    | RanTests
    | SurveyedTasks
    | Inspected
    | Overrun
)


class Blocked(msgspec.Struct, frozen=True):
    """The event loop's thread itself is held up, by a call named `what`."""

    what: str
    site: Site | None = None


class Rest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The turn passes back: nothing is ready until `until` (None: until spoken to).

    `live` marks the only frame that is no turn: an Overrun, sent while the loop is
    stuck.
    """

    until: int | None
    messages: list[FromHost] = []
    blocked: Blocked | None = None
    live: bool = False
