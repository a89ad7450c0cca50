"""The line to show."""

from __future__ import annotations

from graders.proctor import Exam, Reply, Site


def used(exam: Exam, reply: Reply, method: str) -> list[Site]:
    """The lines at which a request called this method of its session, in order."""
    return [
        item.site
        for item in exam.database.of("session used", run=reply.run)
        if item.detail == method and item.site is not None
    ]


def saved(exam: Exam, reply: Reply) -> Site | None:
    """The line that made permanent what should not have become so."""
    return [*used(exam, reply, "commit"), exam.answer(reply.run)][0]


def unsaved(exam: Exam, reply: Reply) -> Site | None:
    """Why nothing was committed when the answer began.

    The commit comes too late; or one is only spoken of, as when it is handed on; or the
    last flush was taken for one.
    """
    sites = (
        *used(exam, reply, "commit")[-1:],
        *_on_the_way(exam, reply, exam.code.mentions("commit"))[-1:],
        *used(exam, reply, "flush")[-1:],
        exam.answer(reply.run),
    )
    return sites[0]


def swallowed(exam: Exam, reply: Reply) -> Site | None:
    """The clause that kept the error of a write that has failed, or else the answer."""
    keeping = exam.code.handlers()
    clauses = [
        clause
        for method in ("commit", "flush")
        for write in used(exam, reply, method)
        for clause in exam.code.clauses(write) or exam.code.guards(write)
        if clause in keeping
    ]
    return [*clauses, exam.answer(reply.run)][0]


def lent(exam: Exam, reply: Reply) -> Site | None:
    """The line of the endpoint that lends the book, whoever has it."""
    gives = _on_the_way(exam, reply, exam.code.gives("lent"))
    return [*gives, exam.answer(reply.run)][0]


def _on_the_way(exam: Exam, reply: Reply, sites: list[Site]) -> list[Site]:
    """Those of the lines that stand in the endpoint, as far as its answer."""
    first, last = exam.endpoint(reply.run), exam.answer(reply.run)
    if first is None or last is None:
        return []
    return [site for site in sites if first.line < site.line <= last.line]


def opened(exam: Exam, key: int) -> Site | None:
    """Where a session was made."""
    made = exam.database.of("session opened")
    return next((item.site for item in made if item.key == key), None)


def one_too_many(exam: Exam, keys: set[int]) -> Site | None:
    """Where that session of a request was made which was closed first.

    The request's own session stays with it to its end.
    """
    closed = [item.key for item in exam.database.of("session closed")]
    first = min(
        sorted(keys, reverse=True),
        key=lambda key: closed.index(key) if key in closed else len(closed),
        default=0,
    )
    return opened(exam, first)
