"""Which of the learner's lines is shown for what was seen."""

from __future__ import annotations

from collections.abc import Sequence

from graders.proctor import CallRecord, Exam, Site, first_site

# What starts something for which nobody waits by that alone.
_STARTS = ("create_task", "ensure_future", "start_soon", "add_task")


def of_last(exam: Exam, calls: Sequence[CallRecord]) -> Site | None:
    """The line of the last of these calls; without any, where the endpoint is."""
    if calls:
        return calls[-1].site
    return exam.endpoint(max(exam.driver.exchanges, default=0))


def unreached(exam: Exam, acquired: CallRecord) -> Site | None:
    """The release that was not reached: the first one written below the acquire.

    Or the clause around it, which has not caught what came.
    """
    releases = _below(exam, exam.code.mentions("release"), acquired.site)
    first = releases[0] if releases else acquired.site
    return first and (exam.code.handler(first) or first)


def put_off(exam: Exam) -> Site | None:
    """The line that leaves something to be done after the answer, if one does."""
    return first_site(exam.code.calls("add_task", "BackgroundTask"))


def once_too_often(exam: Exam, releases: Sequence[CallRecord]) -> Site | None:
    """The line that releases what another one releases as well.

    Where an error is caught, if there is one: the other one runs in any case. A line of
    a helper stands for those that call it.
    """
    sites = [call.site for call in releases if call.site is not None]
    if len(set(sites)) == 1:
        sites = exam.code.calls(sites[0].function.rpartition(".")[2]) or sites
    caught = [site for site in sites if exam.code.handler(site)]
    return [None, *sites, *caught][-1]


def left_alone(exam: Exam, release: CallRecord) -> Site | None:
    """Why a release has not ended with its request.

    A deadline ended it, or it was started and left to itself; else the endpoint has
    answered without waiting for the code that releases.
    """
    if release.outcome == "cancelled" and release.ended is not None:
        return exam.causes.of_timer(release.ended, release.run) or release.site
    started = release.led_by(exam.code.calls(*_STARTS))
    if started is None and release.run is not None:
        return exam.answer(release.run)
    return started or release.site


def cancelling(exam: Exam, call: CallRecord) -> Site | None:
    """The line that cancels a call's task, if only one can be meant."""
    found = _below(exam, exam.code.calls("cancel"), call.outermost)
    if len(found) > 1:
        # Either the time was over, or the request was cancelled and the clause for that
        # is what ran.
        timed_out = exam.causes.of_timer(call.ended or 0.0, call.run) is not None
        names = ("CancelledError", "BaseException")
        clauses = exam.code.handlers(*names, raising=True)
        found = [
            site
            for site in found
            if (exam.code.handler(site) in clauses) is not timed_out
        ]
    return found[0] if len(found) == 1 else None


def runs_on(exam: Exam, call: CallRecord, release: CallRecord) -> Site | None:
    """The line that protects a call from its end, or else the one that gave it up."""
    return shield(exam, call) or exam.causes.of_timer(release.began, call.run)


def shield(exam: Exam, call: CallRecord) -> Site | None:
    """The line that protects a call from being cancelled, if one does."""
    return call.led_by(exam.code.calls("shield"))


def swallowed(exam: Exam, error: str) -> Site | None:
    """Where an error got lost: the clause that keeps it, or else what asks for it."""
    keeping = exam.code.handlers(error, "Exception", "BaseException")
    raising = exam.code.handlers(error, raising=True)
    lost = [site for site in exam.code.mentions(error) if site not in raising]
    return first_site([*keeping, *lost])


def _below(exam: Exam, lines: list[Site], site: Site | None) -> list[Site]:
    """Those of the lines that stand below this one, in the same function."""
    beside = exam.code.beside(site, lines)
    return [line for line in beside if site is not None and line.line >= site.line]
