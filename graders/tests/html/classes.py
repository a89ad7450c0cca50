"""A class whose submissions end in every way."""

from __future__ import annotations

import msgspec

from graders.proctor import FAILED, PASSED, Bar, Finding, Result, Site, Verdict
from graders.tests.formats.verdicts import VERDICTS

CALLS = [
    Bar("GET /patients/7", 0.0, 5.0, "cancelled"),
    Bar("time.sleep", 1.0, 3.0, "blocked"),
    Bar("fetch_labs", 2.0, 3.5, "failed"),
    Bar("fetch_visits", 4.0, None, "in flight"),
    Bar("fetch_billing", 0.25, 1.75),
]
SLOW = Finding(
    "`GET /patients/7` answers in 3 s",
    "5 s",
    "Start the calls before you await the first one.",
    Site("app.py", 14),
    "labs = await fetch_labs(patient_id)",
    CALLS,
)
CHECKS = [
    ("test_overlap", "The calls overlap.", "concurrency", 3),
    ("test_awaits", "Every call is awaited.", "awaits", 2),
    ("test_free", "Nothing stops the event loop.", "blocking", 1),
]


def verdict(learner: str, outcomes: str, **changes: object) -> Verdict:
    """One submission.

    Args:
        outcomes: a letter for each of the three checks, "p" where it passed.
    """
    results = [
        Result(*check, PASSED if letter == "p" else FAILED, [SLOW] * (letter != "p"))
        for check, letter in zip(CHECKS, outcomes, strict=True)
    ]
    status = PASSED if set(outcomes) == {"p"} else FAILED
    made = Verdict("slow_page", status, "1", results, learner=learner, duration=1.5)
    return msgspec.structs.replace(made, **changes)


ADA = verdict("Ada", "ppp", duration=0.5)
GRACE = verdict("Grace", "fpp", duration=2.5)
KEN = verdict("Ken", "fff", notes=["conftest.py is not used for grading."])
TONY = verdict("Tony", "ppf", other=verdict("Tony", "ppp"))
RADIA = verdict("Radia", "fff", status="tampered", reason="json.loads was replaced.")
CLASS = [GRACE, ADA, KEN, TONY, RADIA]
# Two katas, and a verdict of every kind that looks its own way.
FEW = [*CLASS, *(VERDICTS[name] for name in ("failed", "grader error", "not loaded"))]
EVERYTHING = [*CLASS, *VERDICTS.values()]
