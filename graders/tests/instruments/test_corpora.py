from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse

from graders.proctor import NONE, Exam
from graders.proctor.hosts.turns import Deadlock
from graders.tests.exams import Examine
from graders.tests.instruments.corpus import Case, given, read_cases
from graders.wire import Evidence
from graders.wire.words import DATABASE

BLOCKING = read_cases("blocking")
NORMAL = read_cases("normal")


async def rates(request: Request) -> JSONResponse:
    return JSONResponse({"rate": 1})


# What only time can end, on a loop asleep in the kernel, is not waited for any longer
# (real seconds).
STUCK = 0.3


def examined(
    case: Case, examine: Examine, *, status: int | None, stuck: float | None = None
) -> list[Evidence]:
    """What was found about one case."""
    found: list[Evidence] = []

    async def body(exam: Exam) -> None:
        exam.network.serve("rates.example", rates)
        try:
            reply = await exam.get("/")
            assert status is None or reply.status == status, reply.failure
            await exam.finish()
        except Deadlock as exc:
            if exc.blocked is None:
                raise
            found.append(Evidence("blocked", exc.blocked.what, 0, exc.blocked.site))
        finally:
            found.extend(exam.evidence)

    # Each case imports SQLAlchemy with all the rest. In the open: some of what blocks
    # is refused behind walls.
    examine(
        case.source,
        body,
        given=given(),
        needs=(DATABASE,),
        finish=False,
        sandbox=NONE,
        stuck=stuck,
    )
    return [
        item
        for item in found
        if item.kind in ("blocked", "computing", "uncounted thread")
    ]


@pytest.mark.parametrize("case", BLOCKING, ids=[case.title for case in BLOCKING])
def test_what_blocks_is_found_with_its_line_and_its_name(
    case: Case, examine: Examine
) -> None:
    found = examined(case, examine, status=None, stuck=STUCK)

    kind = "computing" if case.name == "computing" else "blocked"
    assert {item.kind for item in found} == {kind}
    assert {item.site.line for item in found if item.site} == {case.line}
    if kind == "blocked":
        assert case.name in {item.detail for item in found}


@pytest.mark.parametrize("case", NORMAL, ids=[case.title for case in NORMAL])
def test_normal_work_raises_no_alarm(case: Case, examine: Examine) -> None:
    assert examined(case, examine, status=200) == []
