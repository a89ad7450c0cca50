from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from graders.proctor import Verdict
from graders.reports import FEEDBACK, reduced
from graders.reports.html import overview, page
from graders.tests.formats.verdicts import VERDICTS, hostile_verdicts
from graders.tests.html.classes import ADA, CLASS, EVERYTHING, KEN, TONY

_REPORTS: list[Callable[[Verdict], str]] = [page, lambda one: overview([one])]
# The only elements that a browser would run, fetch or send anything for.
_ACTIVE = {
    "script",
    "style",
    "link",
    "img",
    "iframe",
    "object",
    "embed",
    "base",
    "form",
}


class _Elements(HTMLParser):
    """Every tag of a document; the details that are packed in it are another one."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.details: list[str] = []
        self.packed = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.packed = "data-details" in dict(attrs)

    def handle_endtag(self, tag: str) -> None:
        self.packed = False

    def handle_data(self, data: str) -> None:
        if self.packed:
            self.details += json.loads(gzip.decompress(base64.b64decode(data)))

    @property
    def active(self) -> list[str]:
        return [tag for tag, _ in self.tags if tag in _ACTIVE]

    @property
    def handlers(self) -> list[str]:
        return [name for _, attrs in self.tags for name in attrs if name[:2] == "on"]


def _policy(html: str) -> str:
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert found
    return found[1]


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@pytest.mark.parametrize("level", FEEDBACK)
@pytest.mark.parametrize("name", VERDICTS)
def test_a_page_shows_status_and_score_at_every_level_of_feedback(
    name: str, level: str
) -> None:
    verdict = reduced(VERDICTS[name], level)
    html = page(verdict)
    assert verdict.status in html
    assert f"<b>{verdict.score}</b> of {verdict.points} points" in html
    assert not re.search(r"<(dt|dd|p|code|h\d)[^>]*>\s*</", html)


def test_a_page_tells_one_mistake_once_and_names_each_check_that_failed_by_it() -> None:
    html = page(KEN)
    assert html.count("<svg role=") == 1
    for title in ("The calls overlap.", "Every call is awaited.", "event loop."):
        assert title in html
    assert "app.py:14" in html
    assert "<code>GET /patients/7</code> answers in 3 s" in html
    assert "conftest.py is not used for grading." in html


def test_only_who_teaches_reads_what_went_wrong_with_the_grader() -> None:
    verdict = VERDICTS["grader error"]
    assert "SECRET" not in page(verdict)
    assert "The grader failed, not your code" in page(verdict)
    assert "SECRET in a suite" in _Elements(overview([verdict])).details[0]


def test_a_page_tells_how_an_unstable_verdict_differed() -> None:
    html = page(TONY)
    assert "Graded again, it was passed with 6 of 6 points." in html
    assert "“Nothing stops the event loop” passed" in html


def test_a_title_is_the_katas_own_where_it_is_known() -> None:
    assert '<p class="kicker">Slow page</p>' in page(ADA)
    assert '<p class="kicker">The slow page</p>' in page(ADA, "The slow page")
    html = overview([ADA], {"slow_page": "The slow page"})
    assert '<h2 id="title-1">The slow page</h2>' in html


def test_an_overview_holds_every_submission_with_its_details() -> None:
    html = overview(EVERYTHING)
    for place in range(1, len(EVERYTHING) + 1):
        assert f'id="r{place}"' in html
    details = _Elements(html).details
    assert len(details) == len(EVERYTHING)
    for verdict, told in zip(EVERYTHING, details, strict=True):
        assert verdict.status in told
        assert all(escape(note) in told for note in verdict.notes)


def test_an_overview_of_nobody_is_a_page_as_well() -> None:
    assert "<b>0</b> submissions" in overview([])


@pytest.mark.parametrize("html", [page(KEN), overview(CLASS)], ids=["page", "overview"])
def test_the_policy_allows_this_style_and_this_script_and_nothing_else(
    html: str,
) -> None:
    styles = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    allowed = " ".join(f"'sha256-{_digest(text)}'" for text in scripts) or "'none'"
    assert _policy(html) == (
        f"default-src 'none'; style-src 'sha256-{_digest(styles[0])}'; "
        f"script-src {allowed}; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert len(styles) == 1
    assert not re.search(r"(src|href)=\"(?!#|data:)", html)


@pytest.mark.parametrize("report", _REPORTS, ids=["page", "overview"])
@given(verdict=hostile_verdicts)
@settings(
    max_examples=40,
    deadline=None,
    # Verdicts are large: to make one of them smaller takes minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
def test_no_text_adds_an_element_or_hides_a_character(
    report: Callable[[Verdict], str], verdict: Verdict
) -> None:
    html = report(verdict)
    html.encode()
    found = _Elements(html)
    harmless = _Elements(report(ADA))
    assert found.active == harmless.active
    assert found.handlers == []
    inner = _Elements("".join(found.details))
    assert inner.active == inner.handlers == []
    for text in (html, *found.details):
        assert all(line.isprintable() for line in text.split("\n"))
