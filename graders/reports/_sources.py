"""Where a submission lies in its repository."""

from __future__ import annotations

from pathlib import PurePosixPath

import msgspec

from graders.proctor import Finding, Verdict


def relocated(verdict: Verdict, folder: str) -> Verdict:
    """The verdict with every file of the learner's in a folder.

    Args:
        folder: from the root of the repository, as "katas/fetch_many".
    """
    if not folder:
        return verdict
    replace = msgspec.structs.replace
    finding, other = verdict.finding, verdict.other
    return replace(
        verdict,
        results=[
            replace(result, findings=[_moved(one, folder) for one in result.findings])
            for result in verdict.results
        ],
        finding=None if finding is None else _moved(finding, folder),
        other=None if other is None else relocated(other, folder),
    )


def _moved(finding: Finding, folder: str) -> Finding:
    if finding.site is None:
        return finding
    file = str(PurePosixPath(folder, finding.site.file))
    site = msgspec.structs.replace(finding.site, file=file)
    return msgspec.structs.replace(finding, site=site)
