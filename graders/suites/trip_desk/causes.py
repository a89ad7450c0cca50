"""The lines to show: where in the learner's text a fault has its cause."""

from __future__ import annotations

from graders.proctor import CallRecord, Exam, Site, Upstream, first_site

# What starts something for which nobody waits by that alone.
_STARTS = ("create_task", "ensure_future", "run_in_executor", "submit", "start_soon")


def outermost(exam: Exam, calls: list[CallRecord], run: int) -> Site | None:
    """The line from which the last call was set going, or else a request's endpoint."""
    return (calls[-1].outermost if calls else None) or exam.endpoint(run)


def started_at(exam: Exam, calls: list[CallRecord], run: int) -> Site | None:
    """The line that started the last of these calls, and went on without it."""
    starts = exam.code.calls(*_STARTS)
    started = calls[-1].led_by(starts) if calls else None
    return started or outermost(exam, calls, run)


def client_made_at(exam: Exam, carrier: Upstream) -> Site | None:
    """Where a client was made, or else where a connection was opened."""
    return first_site([*exam.database.of("client opened"), *carrier.connections])


def written_at(exam: Exam, run: int) -> Site | None:
    """The line that wrote a request's quote, or else the one that answered."""
    written = [
        item.site
        for item in exam.database.statements_of(run)
        if item.detail.startswith("INSERT") and item.site is not None
    ]
    return [*written, exam.answer(run)][0]


def committed_at(exam: Exam, run: int) -> Site | None:
    """The line that commits, or else the one that answered a request."""
    return [*exam.code.calls("commit"), exam.answer(run)][0]


def counted_at(exam: Exam, key: str, run: int) -> Site | None:
    """Where a function counts what has this name in the metrics that a request got."""
    given = exam.code.gives(key)
    counting = [site for site in given if exam.code.function(site) is not None]
    return [*counting, exam.endpoint(run)][0]
