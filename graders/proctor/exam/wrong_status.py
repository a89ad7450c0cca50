"""Why a reply has another status than was expected: the line, and what to try."""

from __future__ import annotations

import builtins

from graders.proctor.driver.reply import Reply
from graders.proctor.submission.code import Code
from graders.proctor.verdict.known_errors import known_error
from graders.wire import Failure, Site

_FIRST = "Make the request succeed first; what this check is about comes after."
_CAUGHT_SLIP = (
    "This line itself is wrong, and a clause that is there for other errors has caught "
    "that as well. Mend the line, and let the clause name what it is for."
)

# Not those that tell of the world: OSError with TimeoutError, and groups.
_OF_PYTHON = {
    name
    for name, error in vars(builtins).items()
    if isinstance(error, type)
    and issubclass(error, Exception)
    and not issubclass(error, OSError | BaseExceptionGroup)
}
# What is no answer of anybody's, but a slip of the pen.
_MISTAKES = {
    "AttributeError",
    "ImportError",
    "ModuleNotFoundError",
    "NameError",
    "TypeError",
    "UnboundLocalError",
}


def cause_of_status(
    reply: Reply, status: int, code: Code, answer: Site | None, advice: str
) -> tuple[Site | None, str]:
    """The learner's line that made a reply's status another one, and what to try.

    Args:
        status: that which was expected.
        code: the submission's text.
        answer: the line that made the answer.
        advice: what to try, as the check has it.
    """
    site = answer
    if reply.failure is not None:
        site = _letting_out(reply.failure.first or reply.failure, code) or site
        advice = _advice_on(reply.failure, status, advice)
    elif site is not None:
        # An answer that a clause gives: it has caught what is not its business.
        site = code.handler(site) or site
    if reply.caught is not None:
        site = _hidden(reply.caught, code) or site
        advice = _advice_on_caught(reply.caught, advice)
    return site, advice


def _hidden(caught: Failure, code: Code) -> Site | None:
    """The line of a mistake that somebody has caught together with other errors."""
    known = known_error(caught)
    if known is not None and known.set_by:
        return next((site for site in code.gives(*known.set_by)), caught.site)
    mistaken = _is_slip(caught) or (known and not known.of_the_world)
    return caught.site if mistaken else None


def _letting_out(failure: Failure, code: Code) -> Site | None:
    """Where an error was raised, or the clause that might have caught it.

    What Python itself raises is most often a mistake of that very line.
    """
    if failure.site is None or failure.error in _OF_PYTHON:
        return failure.site
    clauses = code.clauses(failure.site) or code.guards(failure.site)
    return [failure.site, *clauses][-1]


def _is_slip(failure: Failure) -> bool:
    return failure.own and failure.error in _MISTAKES


def _advice_on(failure: Failure, status: int, advice: str) -> str:
    """What to try when an error left the application.

    Args:
        status: that which was expected. About an error that the service has to expect,
            and about what it answers then, the check itself knows more.
    """
    known = known_error(failure)
    if known is not None and not known.of_the_world:
        return known.advice
    if status < 400:
        # The check's own hint is about what would have come next.
        return advice or (known.advice if known is not None else _FIRST)
    return advice


def _advice_on_caught(failure: Failure, advice: str) -> str:
    """What to try when somebody has caught an error and answers with something else."""
    known = known_error(failure)
    if known is not None and not known.of_the_world:
        return known.advice
    return _CAUGHT_SLIP if _is_slip(failure) else advice
