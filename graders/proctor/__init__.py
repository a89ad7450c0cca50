"""The trusted side: the clock, the fake world, and the verdict.

A suite imports from here and from nowhere else.
"""

from graders.proctor._always import Always
from graders.proctor._calls import CallLog, CallRecord, peak
from graders.proctor._checks import Check, Suite, check, load_suite
from graders.proctor._clock import Deadlock
from graders.proctor._decoding import SubmissionError
from graders.proctor._driver import Chunk, Exchange, ProtocolError, Reply
from graders.proctor._exam import Exam
from graders.proctor._findings import (
    BLOCKED,
    CATEGORIES,
    Bar,
    CheckFailed,
    Finding,
    Wait,
)
from graders.proctor._grading import DEFAULT_SEED, Grading, Options
from graders.proctor._kata import (
    KATAS,
    MANIFEST,
    REFERENCE,
    Kata,
    KataError,
    Manifest,
    all_katas,
    find_kata,
    load_kata,
)
from graders.proctor._known_errors import excerpt, known_text
from graders.proctor._launcher import HostPlan, Launcher, Needs, launcher
from graders.proctor._lifespan import LifespanFailed
from graders.proctor._link import HostEnded, LauncherFailed, Link
from graders.proctor._mistakes import Mistake, mistakes, mistakes_file
from graders.proctor._printable import printable
from graders.proctor._proof import (
    FOR_NOTHING,
    Exhibit,
    complaint,
    exhibits,
    null_exhibits,
    prove,
)
from graders.proctor._provenance import suite_digest
from graders.proctor._reach import REACHES, REFUSE, calls_for_a_look
from graders.proctor._services import Gate, Raises, Service
from graders.proctor._submission import Submission, read_submission
from graders.proctor._tested import untested
from graders.proctor._upstream import BreaksOff, Connection, Upstream
from graders.proctor._verdict import (
    FAILED,
    GRADER_ERROR,
    PASSED,
    SCHEMA,
    Provenance,
    Result,
    Verdict,
)
from graders.proctor._walls import AUTO, FULL, NONE, SANDBOXES, WALLS, missing_walls
from graders.proctor._websocket import Frame, WebSocket, WebSocketClosed
from graders.proctor.schedules.comparison import FREEDOMS
from graders.proctor.schedules.pinned import plans_file
from graders.proctor.schedules.plan import Ask, Observation, seconds
from graders.proctor.schedules.property import Schedule, every_schedule
from graders.wire import Outcome, RanTests, Site

__all__ = [
    "AUTO",
    "BLOCKED",
    "CATEGORIES",
    "DEFAULT_SEED",
    "FAILED",
    "FOR_NOTHING",
    "FREEDOMS",
    "FULL",
    "GRADER_ERROR",
    "KATAS",
    "MANIFEST",
    "NONE",
    "PASSED",
    "REACHES",
    "REFERENCE",
    "REFUSE",
    "SANDBOXES",
    "SCHEMA",
    "WALLS",
    "Always",
    "Ask",
    "Bar",
    "BreaksOff",
    "CallLog",
    "CallRecord",
    "Check",
    "CheckFailed",
    "Chunk",
    "Connection",
    "Deadlock",
    "Exam",
    "Exchange",
    "Exhibit",
    "Finding",
    "Frame",
    "Gate",
    "Grading",
    "HostEnded",
    "HostPlan",
    "Kata",
    "KataError",
    "Launcher",
    "LauncherFailed",
    "LifespanFailed",
    "Link",
    "Manifest",
    "Mistake",
    "Needs",
    "Observation",
    "Options",
    "Outcome",
    "ProtocolError",
    "Provenance",
    "Raises",
    "RanTests",
    "Reply",
    "Result",
    "Schedule",
    "Service",
    "Site",
    "Submission",
    "SubmissionError",
    "Suite",
    "Upstream",
    "Verdict",
    "Wait",
    "WebSocket",
    "WebSocketClosed",
    "all_katas",
    "calls_for_a_look",
    "check",
    "complaint",
    "every_schedule",
    "excerpt",
    "exhibits",
    "find_kata",
    "known_text",
    "launcher",
    "load_kata",
    "load_suite",
    "missing_walls",
    "mistakes",
    "mistakes_file",
    "null_exhibits",
    "peak",
    "plans_file",
    "printable",
    "prove",
    "read_submission",
    "seconds",
    "suite_digest",
    "untested",
]
