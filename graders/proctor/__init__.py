"""The trusted side: the clock, the fake world, and the verdict.

A suite imports from here and from nowhere else.
"""

from graders.proctor.checks.check import (
    FREEDOMS,
    Check,
    Schedule,
    Suite,
    check,
    load_suite,
)
from graders.proctor.checks.property import every_schedule
from graders.proctor.driver.driver import Chunk, Exchange, ProtocolError, Reply
from graders.proctor.driver.lifespan import LifespanFailed
from graders.proctor.driver.websocket import Frame, WebSocket, WebSocketClosed
from graders.proctor.exam.exam import Exam
from graders.proctor.exam.expectations import first_site
from graders.proctor.exam.plan import Ask, Observation, content, seconds
from graders.proctor.grading.common_checks import COMMON_CHECKS, CommonCheck
from graders.proctor.grading.grading import Grading
from graders.proctor.grading.options import DEFAULT_SEED, Options
from graders.proctor.grading.proof import (
    FOR_NOTHING,
    Exhibit,
    complaint,
    exhibits,
    null_exhibits,
    prove,
    share_of,
)
from graders.proctor.grading.provenance import suite_digest
from graders.proctor.grading.tested_releases import untested
from graders.proctor.hosts.ends import HostEnded, LauncherFailed, ZygoteGone
from graders.proctor.hosts.launcher import (
    HostPlan,
    Launcher,
    launcher,
    walls_of_a_host,
)
from graders.proctor.hosts.link import Link
from graders.proctor.hosts.sandbox import (
    AUTO,
    FULL,
    NONE,
    SANDBOXES,
    missing_walls,
)
from graders.proctor.hosts.scratch import remove_folder, scratch_folder
from graders.proctor.hosts.turns import Deadlock
from graders.proctor.hosts.zygote import Needs
from graders.proctor.katas.kata import (
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
from graders.proctor.katas.mistakes import Mistake, mistakes, mistakes_file
from graders.proctor.katas.toml import read_toml
from graders.proctor.schedules.pinned import plans_file
from graders.proctor.submission.decoding import SubmissionError
from graders.proctor.submission.forbidden_names import REACHES, REFUSE, calls_for_a_look
from graders.proctor.submission.submission import Submission, read_submission
from graders.proctor.verdict.findings import (
    BLOCKED,
    CATEGORIES,
    Bar,
    CheckFailed,
    Finding,
    Wait,
)
from graders.proctor.verdict.known_errors import excerpt, known_text
from graders.proctor.verdict.printable import printable
from graders.proctor.verdict.verdict import (
    FAILED,
    GRADER_ERROR,
    PASSED,
    SCHEMA,
    Provenance,
    Result,
    Verdict,
)
from graders.proctor.world.calls import CallLog, CallRecord, peak
from graders.proctor.world.connection import BreaksOff, Connection
from graders.proctor.world.gates import Gate
from graders.proctor.world.services import Raises, Service
from graders.proctor.world.upstream import Upstream
from graders.wire import Outcome, RanTests, Site
from graders.wire.words import WALLS

__all__ = [
    "AUTO",
    "BLOCKED",
    "CATEGORIES",
    "COMMON_CHECKS",
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
    "Ask",
    "Bar",
    "BreaksOff",
    "CallLog",
    "CallRecord",
    "Check",
    "CheckFailed",
    "Chunk",
    "CommonCheck",
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
    "ZygoteGone",
    "all_katas",
    "calls_for_a_look",
    "check",
    "complaint",
    "content",
    "every_schedule",
    "excerpt",
    "exhibits",
    "find_kata",
    "first_site",
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
    "read_toml",
    "remove_folder",
    "scratch_folder",
    "seconds",
    "share_of",
    "suite_digest",
    "untested",
    "walls_of_a_host",
]
