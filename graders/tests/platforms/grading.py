"""Grades reference submissions, for `without`: a JSON line each.

`python -m` this module, with paths below `reference/`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from graders.proctor import Options, exhibits, find_kata, launcher, prove

# A platform differs in its instruments; what they see is the same in every plan.
FEW_PLANS = Options(plans=1, controls=0)


def main() -> None:
    with launcher() as hosts:
        for name in sys.argv[1:]:
            slug = Path(name).parts[0]
            kata = find_kata(slug)
            path = kata.reference.parent / name
            (exhibit,) = [one for one in exhibits(kata) if one.path == path]
            verdict, complaint = prove(exhibit, hosts, FEW_PLANS, thorough=False)
            made = verdict.provenance
            told = {
                "name": name,
                "complaint": complaint,
                "missing": made.missing,
                "walls": made.walls,
                "failed": [
                    result.category
                    for result in verdict.results
                    if result.outcome != "passed"
                ],
            }
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
