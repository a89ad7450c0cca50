"""Verdicts of every kind, and verdicts full of hostile text."""

from __future__ import annotations

from hypothesis import strategies as st

from graders.proctor import (
    CATEGORIES,
    FAILED,
    GRADER_ERROR,
    PASSED,
    Bar,
    Finding,
    Provenance,
    Result,
    Site,
    Verdict,
)

KEPT = Result("test_kept", "The order is kept.", "concurrency", 2, PASSED)
LATE = Result(
    "test_late",
    "The page takes as long as its slowest service.",
    "concurrency",
    3,
    FAILED,
    [
        Finding(
            "3 s",
            "8 s",
            "Start the calls before you await the first one.",
            Site("app.py", 14),
            "labs = await fetch_labs(patient_id)",
            [Bar("labs", 0.0, 3.0), Bar("visits", 3.0, 8.0)],
        )
    ],
)
LOOSE = Result(
    "test_loose",
    "Nothing is left behind.",
    "resources",
    1,
    FAILED,
    [Finding("0 tasks", "1 task", no_site="it has no line")],
)
PARTLY = Result("test_partly", "Tests notice it.", "errors", 6, FAILED, score=4)
BROKEN = Result(
    "test_broken", "It ends.", "timeouts", 2, GRADER_ERROR, error="SECRET in a suite"
)

_WALLS = Provenance("1f" * 32, "2e" * 32, "0.1.0", "3.11.7", ["landlock", "seccomp"])
_NOT_RUN = [
    Result("test_kept", KEPT.title, "concurrency", 2, FAILED),
    Result("test_late", LATE.title, "concurrency", 3, FAILED),
]
_SYNTAX = Finding(
    "app.py can be imported",
    "app.py:3: invalid syntax `def f(:`",
    "Mend the syntax.",
    Site("app.py", 3),
    "def f(:",
)
_FAILED = Verdict(
    "dashboard",
    FAILED,
    "7",
    [KEPT, LATE, LOOSE, PARTLY],
    learner="ada",
    notes=["conftest.py is not used for grading."],
    provenance=_WALLS,
    duration=1.25,
)

VERDICTS = {
    "passed": Verdict("dashboard", PASSED, "7", [KEPT], learner="ada"),
    "failed": _FAILED,
    "not loaded": Verdict(
        "dashboard", "not loaded", "7", _NOT_RUN, _SYNTAX.saw, _SYNTAX, learner="ada"
    ),
    "not read": Verdict("dashboard", "not loaded", "7", reason="app.py is no file."),
    "tampered": Verdict(
        "dashboard",
        "tampered",
        "7",
        [LOOSE],
        "json.loads was replaced while it ran.",
    ),
    "unstable": Verdict("dashboard", PASSED, "7", [KEPT], other=_FAILED),
    "grader error": Verdict("dashboard", GRADER_ERROR, "7", [KEPT, BROKEN]),
    "grader gone": Verdict("dashboard", GRADER_ERROR, "7", reason="It was killed."),
    "twins": Verdict("dashboard", FAILED, "7", [LATE, LATE, KEPT, KEPT]),
}

_FRAGMENTS = (
    *("::error::x", "\n::add-mask::a", "##[error]x", "%0A::notice::", "%25", "::"),
    *("```", "````\n# big", "</pre>", "<script>alert(1)</script>", "<!--", "|", "*"),
    *("[a](http://evil.example)", "![](x)", "https://evil.example", "@octocat", "&lt;"),
    *(
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        ";=1",
        ",=1",
        "\uff1d1",
        '"',
        "'",
    ),
    *("\x1b[31m", "\x9b31m", "\x00", "\x08", "\u202e", "\u2066", "\ufeff", "\uffff"),
    *("\u2028", "\r\n", "\n\n", "\ud800", "\U0001f600", "]]>", "[[ATTACHMENT|/etc/x]]"),
    *("{0}", "{{", "\\", "\\n", "$`x`$", "www.evil.example", "a@evil.example", " "),
)
hostile = st.lists(
    st.sampled_from(_FRAGMENTS) | st.text(st.characters(), max_size=4), max_size=3
).map("".join)

_findings = st.builds(
    Finding,
    hostile,
    hostile,
    hostile,
    st.none() | st.builds(Site, hostile, st.integers(-1, 99), hostile),
    hostile,
    st.lists(
        st.builds(Bar, hostile, st.floats(0, 9), st.none() | st.floats(0, 9)),
        max_size=2,
    ),
    hostile,
)
_results = st.builds(
    Result,
    hostile,
    hostile,
    st.sampled_from(CATEGORIES),
    st.integers(1, 9),
    st.sampled_from([PASSED, FAILED, GRADER_ERROR]),
    st.lists(_findings, max_size=1),
    hostile,
    st.integers(0, 1),
)


def _verdicts(other: st.SearchStrategy[Verdict | None]) -> st.SearchStrategy[Verdict]:
    return st.builds(
        Verdict,
        hostile,
        st.sampled_from([PASSED, FAILED, "not loaded", "tampered", GRADER_ERROR])
        | hostile,
        hostile,
        st.lists(_results, max_size=2),
        hostile,
        st.none() | _findings,
        learner=hostile,
        notes=st.lists(hostile, max_size=2),
        duration=st.floats(0, 100),
        other=other,
    )


hostile_verdicts = _verdicts(st.none() | st.just(_FAILED))
