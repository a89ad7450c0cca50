"""Reports in a real browser: what they do, who can use them, what they do not do."""

from __future__ import annotations

import msgspec
import pytest
from selenium.webdriver.common.keys import Keys

from graders.proctor import FAILED, Finding, Result, Site, Verdict
from graders.reports.html import overview, page
from graders.tests.formats.verdicts import VERDICTS
from graders.tests.html.browsers import PHONE, WIDE, Browser
from graders.tests.html.classes import CALLS, CLASS, FEW, KEN

_ROWS = ".heat tbody tr a"

_EVIL = (
    "</script><script>window.hurt = 1</script><img src=x onerror='window.hurt = 1'>"
    "<!-- <script> \u202e\x00 ${window.hurt = 1} {{ 7 * 7 }} javascript:window.hurt=1"
)
_HOSTILE = Verdict(
    _EVIL,
    FAILED,
    _EVIL,
    [
        Result(
            _EVIL,
            _EVIL,
            _EVIL,
            1,
            FAILED,
            [
                Finding(
                    *(_EVIL, _EVIL, _EVIL, Site(_EVIL, 1), _EVIL),
                    [msgspec.structs.replace(one, name=_EVIL) for one in CALLS],
                )
            ],
        )
    ],
    learner=_EVIL,
    notes=[_EVIL],
)


@pytest.mark.parametrize(
    ("size", "dark"), [(WIDE, False), (PHONE, True)], ids=["wide-light", "phone-dark"]
)
class TestEveryReport:
    @pytest.mark.parametrize(
        "verdict", [KEN, VERDICTS["not loaded"]], ids=["failed", "not loaded"]
    )
    def test_a_page_is_quiet_fits_and_can_be_used_by_everybody(
        self, browser: Browser, size: tuple[int, int], dark: bool, verdict: Verdict
    ) -> None:
        browser.open(page(verdict), dark=dark, size=size)
        self.judge(browser)

    @pytest.mark.parametrize("fragment", ["", "#s3"], ids=["table", "details"])
    def test_an_overview_is_quiet_fits_and_can_be_used_by_everybody(
        self, browser: Browser, size: tuple[int, int], dark: bool, fragment: str
    ) -> None:
        browser.open(overview(FEW), dark=dark, size=size, fragment=fragment)
        browser.wait_for("dialog h2", ["Ken"] if fragment else [])
        self.judge(browser)

    def judge(self, browser: Browser) -> None:
        assert browser.barriers() == []
        assert browser.complaints() == []
        assert browser.run("return performance.getEntriesByType('resource')") == []
        root = "document.documentElement"
        wide = browser.run(f"return {root}.scrollWidth - {root}.clientWidth")
        assert wide <= 0


@pytest.mark.parametrize(
    ("html", "figures"),
    [(page(_HOSTILE), ["0"]), (overview([_HOSTILE] * 2), ["2", "0"])],
    ids=["page", "overview"],
)
def test_hostile_text_runs_nothing_and_is_shown(
    browser: Browser, html: str, figures: list[str]
) -> None:
    browser.open(html, fragment="#s1")
    browser.wait_for(".outcome b", figures)
    assert browser.run("return window.hurt") is None
    shown = browser.run("return document.body.innerText")
    assert "</script><script>window.hurt = 1</script>" in shown
    assert "\\u202e\\x00" in shown
    assert browser.complaints() == []


def test_the_table_is_sorted_by_score_and_back(browser: Browser) -> None:
    browser.open(overview(CLASS))
    assert browser.texts(_ROWS) == ["Grace", "Ada", "Ken", "Tony", "Radia"]
    score = browser.find("[data-sort=score]")
    score.click()
    assert browser.texts(_ROWS) == ["Ken", "Radia", "Grace", "Tony", "Ada"]
    head = "return document.querySelector('.points').getAttribute('aria-sort')"
    assert browser.run(head) == "ascending"
    score.click()
    assert browser.texts(_ROWS) == ["Ada", "Tony", "Grace", "Ken", "Radia"]
    assert browser.run(head) == "descending"
    browser.find("[data-sort=name]").click()
    assert browser.texts(_ROWS) == ["Ada", "Grace", "Ken", "Radia", "Tony"]


@pytest.mark.parametrize(
    ("field", "keys", "left"),
    [
        ("text", "RA", ["Grace", "Radia"]),
        ("status", "tampered", ["Radia"]),
        ("status", "to be", ["Tony", "Radia"]),
        ("check", "3", ["Ken", "Tony", "Radia"]),
        ("mistake", "1", ["Grace", "Ken", "Tony"]),
    ],
)
def test_the_table_is_filtered_by_keyboard(
    browser: Browser, field: str, keys: str, left: list[str]
) -> None:
    browser.open(overview(CLASS))
    browser.find(f"[name={field}]").send_keys(keys)
    assert browser.texts(_ROWS) == left
    assert browser.texts("form [role=status]") == [f"{len(left)} of 5 submissions"]
    browser.find("[data-clear]").click()
    assert len(browser.texts(_ROWS)) == 5
    assert browser.texts("form [role=status]") == ["5 submissions"]


def test_a_mistake_and_a_check_lead_to_those_who_made_it(browser: Browser) -> None:
    browser.open(overview(CLASS))
    browser.find("[data-choose=mistake]").click()
    assert browser.texts(_ROWS) == ["Grace", "Ken", "Tony"]
    browser.find("[data-choose=check][data-value='2']").click()
    assert browser.texts(_ROWS) == ["Ken", "Tony", "Radia"]


def test_each_submission_is_one_key_away_and_the_next_one_too(browser: Browser) -> None:
    browser.open(overview(CLASS))
    browser.find("[name=check]").send_keys("3")
    browser.find("#r3 a").send_keys(Keys.ENTER)
    browser.wait_for("dialog h2", ["Ken"])
    assert "app.py:14" in browser.find("dialog").text
    assert not browser.find("[data-step=previous]").is_enabled()
    browser.find("[data-step=next]").send_keys(Keys.ENTER)
    browser.wait_for("dialog h2", ["Tony"])
    assert "unstable" in browser.find("dialog").text
    browser.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    browser.wait_for("dialog h2", [])
    browser.wait_for(".heat a:focus", ["Tony"])
    assert browser.driver.current_url.endswith("page.html")


def test_a_link_to_one_submission_opens_it(browser: Browser) -> None:
    browser.open(overview(CLASS), fragment="#s5")
    browser.wait_for("dialog h2", ["Radia"])
    browser.find("[data-close]").click()
    browser.wait_for(".heat a:focus", ["Radia"])


def test_a_screen_reader_finds_a_table_although_it_is_laid_out_otherwise(
    browser: Browser,
) -> None:
    browser.open(overview(CLASS))
    nodes = browser.roles(("rowheader", "Radia"))
    assert ("columnheader", "check 3") in nodes
    ken = nodes.index(("rowheader", "Ken"))
    # Score, status, three checks.
    cells = ["0/6", *["✗ failed"] * 4, "1.5"]
    assert nodes[ken + 1 : ken + 7] == [("cell", text) for text in cells]
