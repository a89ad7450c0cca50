"""What the instruments saw that is no fault by itself, and explains one.

A check sees what came of a mistake, often much later and somewhere else. Where the
mistake itself was seen in the same exam, its line is the one to show.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from graders.proctor.submission.submission import Submission
from graders.proctor.verdict.findings import Finding
from graders.wire import Evidence

# Kind of evidence -> what is added to what was seen (`{}` is the detail), what to try.
_EXPLAINS = {
    "released and never taken": (
        "after a {} was released by a request that had not got it",
        "A wait that is cancelled, or runs out of time, has taken nothing. Look at "
        "what stands inside the `try` whose `finally` gives back.",
    ),
}


def explained(
    finding: Finding, evidence: Iterable[Evidence], submission: Submission
) -> Finding:
    """The finding with the line of the mistake that led to it, if that was seen."""
    for item in evidence:
        if item.kind in _EXPLAINS and item.site is not None:
            words, advice = _EXPLAINS[item.kind]
            return msgspec.structs.replace(
                finding,
                saw=f"{finding.saw}, {words.format(item.detail)}",
                advice=advice,
                site=item.site,
                line=submission.line(item.site.line),
                waits=[],
                no_site="",
            )
    return finding
