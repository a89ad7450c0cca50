"""The line to show for a row, a request or a list that is not as it should be."""

from __future__ import annotations

from graders.proctor import CallRecord, Exam, Reply, Site, first_site
from graders.suites.fetch_many.world import TIMEOUT


def of_declaring(exam: Exam) -> Site | None:
    """The line that declares the links to be something else than text."""
    return first_site(exam.code.mentions("HttpUrl", "AnyHttpUrl", "AnyUrl"))


def of_rewriting(exam: Exam) -> Site | None:
    """The line that makes a text of an address again."""
    texts = exam.code.calls("str")
    return next((site for site in exam.code.mentions("url") if site in texts), None)


def of_misplacing(exam: Exam, reply: Reply, made: Site | None) -> Site | None:
    """The line that takes a row as it comes, or from where it was made."""
    calls = [call for call in exam.calls.of(run=reply.run) if call.lines]
    if made is None or not calls:
        return made
    further_out = (site for site in calls[-1].lines if site.function != made.function)
    return [*exam.code.calls("as_completed"), next(further_out, made)][0]


def of_leaving_out(exam: Exam, reply: Reply) -> Site | None:
    """The line of the endpoint that first asks how a row fared."""
    answer = exam.answer(reply.run)
    asked = exam.code.mentions("ok", "status", "error")
    return [*exam.code.beside(answer, asked), answer][0]


def of_following(exam: Exam) -> Site | None:
    """The line that has redirects followed, if one was followed.

    No page of ours but the target of a redirect stands at the root of its host.
    """
    followed = exam.calls.of("GET /")
    if not followed:
        return None
    return next(iter(exam.code.gives("follow_redirects")), followed[-1].site)


def of_abandoning(exam: Exam, call: CallRecord) -> Site | None:
    """The line that gave a call up without ending it."""
    return exam.causes.of_timer(call.began + TIMEOUT, call.run) or call.site


def of_remembering(exam: Exam) -> Site | None:
    """The line that writes into what all lists share, or makes it."""
    return [of_mixing(exam), *exam.code.writes_shared()][-1]


def of_mixing(exam: Exam) -> Site | None:
    """The last line that makes something which all requests share."""
    apps = exam.code.calls("FastAPI", "APIRouter")
    lines = [site for site in exam.code.shared() if site not in apps]
    return lines[-1] if lines else None
