"""Grades reference submissions, for `without`: a JSON line each.

`python -m` this module, with a number and paths below `reference/`. What is right sits
a share of the checks, the next number another one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from graders.proctor import (
    Options,
    exhibits,
    find_kata,
    launcher,
    load_suite,
    prove,
    share_of,
)

# A platform differs in its instruments; what they see is the same in every plan.
FEW_PLANS = Options(plans=1, controls=0)


def main() -> None:
    with launcher() as hosts:
        number, *names = sys.argv[1:]
        for name in names:
            slug = Path(name).parts[0]
            kata = find_kata(slug)
            path = kata.reference.parent / name
            (exhibit,) = [one for one in exhibits(kata) if one.path == path]
            suite = load_suite(kata)
            if exhibit.kind == "solution":
                suite = share_of(suite, int(number))
            verdict, complaint = prove(
                exhibit, hosts, FEW_PLANS, suite=suite, thorough=False
            )
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
