"""What is expected of every list: a row for each link, counts, and one request each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import httpx

from graders.proctor import Exam, Reply, Site
from graders.suites.fetch_many import causes
from graders.suites.fetch_many.world import Link

_PLACES = "These are the right rows in other places. What keeps the order of the list?"
_COUNT = (
    "Follow the rows from where they are made to the answer: which are left behind?"
)
_REFUSED = "FastAPI has refused the whole list. What have you told it that a link is?"
_PASTED = (
    "The row shows a link as it was pasted. Which line writes it in another way, or "
    "takes it for another link?"
)
_IN_TIME = "This link answers in time. Whose time was over, and for how many links?"
_ONLY_GET = "Which request does a link's answer need, and which ones do you make?"
_ONCE = "Each link is asked for once. Which line asks again?"


def expect_rows(
    exam: Exam,
    reply: Reply,
    links: Sequence[Link],
    *,
    site: Site | None = None,
    advice: str = "",
) -> None:
    """Every link has the row that it must have, and in its place.

    Args:
        site, advice: where a row goes wrong, if that is known.
    """
    rows = _rows(exam, reply)
    if len(rows) != len(links):
        few = len(rows) < len(links)
        cause = causes.of_leaving_out(exam, reply) if few else exam.answer(reply.run)
        exam.fail(
            f"a row for each link of the list, {len(links)} in all",
            f"{len(rows)}",
            advice=_COUNT if few else "",
            site=site or cause,
        )
    misplaced = all(any(_same(row, link.row) for row in rows) for link in links)
    for position, (link, row) in enumerate(zip(links, rows, strict=True)):
        if _same(row, link.row):
            continue
        made = exam.answer(reply.run, f"results[{position}]")
        if misplaced:
            advice, site = _PLACES, causes.of_misplacing(exam, reply, made)
        elif _is_rewritten(row, link):
            advice = advice or _PASTED
            site = site or causes.of_declaring(exam) or causes.of_rewriting(exam)
        elif _error(row) == "timeout" != link.row["error"]:
            advice = advice or _IN_TIME
        exam.fail(
            f"`results[{position}]` is the row of a link that {link.fate}: "
            f"{link.url or 'an empty one'}",
            json.dumps(row)[:160],
            advice=advice,
            site=site or made,
        )


def _rows(exam: Exam, reply: Reply) -> list[Any]:
    """The rows of a reply, or a failed check."""
    if reply.status == 422:  # not stated: it is explained here, not expected
        exam.fail(
            f"{reply.request} answers 200",
            "422",
            advice=_REFUSED,
            site=causes.of_declaring(exam) or exam.endpoint(reply.run),
        )
    exam.expect_status(reply, 200)
    body = exam.json_of(reply)
    rows = body.get("results") if isinstance(body, dict) else None
    if isinstance(rows, list):
        return rows
    exam.fail(
        "a JSON object with a list of `results`",
        reply.text[:80],
        site=exam.answer(reply.run),
    )
    raise AssertionError("unreachable")


def _same(row: Any, right: dict[str, Any]) -> bool:
    """Equal as JSON, where `true` is no 1."""
    return (
        isinstance(row, dict)
        and row == right
        and all(type(row[key]) is type(right[key]) for key in right)
    )


def _error(row: Any) -> Any:
    return row.get("error") if isinstance(row, dict) else None


def _is_rewritten(row: Any, link: Link) -> bool:
    """All is right but the way in which the address is written."""
    if not isinstance(row, dict) or not _same({**row, "url": link.url}, link.row):
        return False
    try:
        return _parts(str(row.get("url"))) == _parts(link.url)
    except (httpx.InvalidURL, ValueError):
        return False


def _parts(url: str) -> tuple[Any, ...]:
    address = httpx.URL(url)
    return address.scheme, address.raw_host, address.port, address.raw_path


def expect_counts(
    exam: Exam, reply: Reply, links: Sequence[Link], *, site: Site | None = None
) -> None:
    """The whole body: rows and counts; `site` as for the rows."""
    expect_rows(exam, reply, links, site=site)
    good = sum(link.row["ok"] for link in links)
    exam.expect_json(
        reply,
        {
            "results": [link.row for link in links],
            "ok": good,
            "failed": len(links) - good,
            "total": len(links),
        },
    )


def expect_asked_once(exam: Exam, links: Sequence[Link]) -> None:
    """As many requests as links, each of them a GET."""
    calls = list(exam.calls)
    for call in calls:
        exam.expect(
            call.name.startswith("GET "),
            "each link is asked for with GET",
            call.name.split()[0],
            advice=_ONLY_GET,
            site=call.site,
        )
    exam.expect(
        len(calls) == len(links),
        f"{len(links)} requests for {len(links)} links",
        f"{len(calls)}",
        advice=_ONCE if len(calls) > len(links) else "",
        site=calls[-1:],
        no_site="" if calls else "no request arrived",
        timeline=calls,
    )
