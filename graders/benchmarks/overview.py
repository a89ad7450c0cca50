"""How fast a class opens: `python -m graders.benchmarks.overview [SUBMISSIONS]`.

Writes an overview of generated verdicts and opens it from disk in a headless Chromium.
Prints how long that takes, to the first frame after the page has been loaded, and what
a click costs then. The time that the page's own thread computed for it is told as well:
on a busy machine that is the figure to go by.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from graders.benchmarks.speed import seconds, show
from graders.proctor import (
    CATEGORIES,
    FAILED,
    PASSED,
    Bar,
    Finding,
    Result,
    Site,
    Verdict,
)
from graders.reports.html import overview
from graders.tests.html.browsers import chromium

CHECKS = 24
ROUNDS = 7
_STOPPED = ("not loaded", "crashed", "timed out", "deadlocked", "tampered")
_FRAME = """
const done = arguments[0];
requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));
"""
_CLICK = """
const [selector, done] = arguments;
const began = performance.now();
document.querySelector(selector).click();
requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
"""
_CLICKS = {
    "sort by score": "[data-sort=score]",
    "show who made the commonest mistake": "[data-choose=mistake]",
    "show all again": "[data-clear]",
    "open a submission": ".heat tbody a",
}


def verdicts(count: int, seed: int = 1) -> Iterator[Verdict]:
    """A class: good and bad, each failed check with a finding of its own."""
    random_ = random.Random(seed)
    for number in range(count):
        skill = random_.betavariate(4, 1.5)
        results = [_result(place, skill, random_) for place in range(CHECKS)]
        passed = all(result.outcome == PASSED for result in results)
        verdict = Verdict(
            "generated_kata",
            PASSED if passed else FAILED,
            "1",
            results,
            learner=f"Learner {number + 1:04}",
            duration=round(random_.gammavariate(4, 0.6), 3),
        )
        if random_.random() < 0.04:
            failed = [
                msgspec.structs.replace(one, outcome=FAILED, score=0, findings=[])
                for one in results
            ]
            status = random_.choice(_STOPPED)
            verdict = msgspec.structs.replace(
                verdict, status=status, results=failed, reason="Nothing could be made."
            )
        elif random_.random() < 0.01:
            verdict = msgspec.structs.replace(verdict, other=verdict)
        yield verdict


def _result(place: int, skill: float, random_: random.Random) -> Result:
    name, category = f"test_{place}", CATEGORIES[place % len(CATEGORIES)]
    title = f"Statement {place + 1} of the brief holds, also when others are slow."
    if random_.random() < skill + 0.1:
        return Result(name, title, category, 2, PASSED)
    line = random_.randint(12, 60)
    bars = [
        Bar(f"fetch_{kind}", began, began + random_.choice((1.0, 2.0, 3.5)))
        for began, kind in enumerate(("patient", "visits", "labs", "billing"))
    ]
    finding = Finding(
        f"{place + 2} s",
        f"{place + random_.randint(3, 9)} s",
        "Look for a call that waits for one whose result it does not use.",
        Site("app.py", line),
        f"value_{line} = await fetch_something(patient.insurer, patient_id)",
        bars if place % 3 == 0 else [],
    )
    return Result(name, title, category, 2, FAILED, [finding])


def measure(count: int) -> None:
    """Opens a class of so many submissions again and again, in one browser."""
    made: list[str] = []
    took = seconds(lambda: made.append(overview(list(verdicts(count)))))
    (html,) = made
    print(f"{count} submissions: {len(html) / 1e6:.1f} MB, written in {took:.1f} s")
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium(Path(folder)) as browser,
    ):
        opened: list[float] = []
        computed: list[float] = []
        clicked: dict[str, list[float]] = {name: [] for name in _CLICKS}
        for _ in range(ROUNDS):
            browser.open(html)
            # Counted from where the browser began to go there.
            opened.append(browser.wait(_FRAME) / 1e3)
            computed.append(browser.computed())
            for name, selector in _CLICKS.items():
                clicked[name].append(browser.wait(_CLICK, selector) / 1e3)
        assert browser.complaints() == []
    show("open", opened)
    show("open, computing", computed)
    for name, figures in clicked.items():
        show(name, figures)


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
