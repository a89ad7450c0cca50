"""How a submission is graded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graders.proctor.hosts.sandbox import AUTO
from graders.proctor.submission.forbidden_names import REFUSE
from graders.wire import limits

DEFAULT_SEED = "1"


@dataclass
class Options:
    """How to grade.

    Attributes:
        seed: data and delays are drawn from it.
        real_clock: let real time pass while the clock moves.
        standard: for the name of a check, the descriptors that the submission gets as
            input, output and error.
        patient: never stop a silent submission (a debugger may be in use).
        sandbox: "auto" for the walls that this machine offers, "full" to grade behind
            all of them or not at all, "none" for no walls.
        cpu: computing that one turn of a submission may take; see `Watch`.
        reduce: whether a plan that tells a difference is reduced to the simplest one,
            for somebody to read.
        plans: how many plans of each property are drawn, at most; None for as many as
            it says. For who tries something else than the property.
        times: how often a check is carried out, at most; None for as often as it says.
        controls: how many checks, at most, are sat once more with known mistakes; see
            `Controls`. 0 for who tries something else than silence.
        budget: real seconds for all checks together; see `Budget`.
        width: how many checks are carried out at once; see `Ahead`.
        reach: "refuse" not to run a submission whose text reaches for objects of the
            grader's, "note" only to say so.
    """

    seed: str = DEFAULT_SEED
    real_clock: bool = False
    standard: Callable[[str], tuple[int, int, int]] | None = None
    patient: bool = False
    sandbox: str = AUTO
    cpu: float = limits.ONE_TURN
    reach: str = REFUSE
    reduce: bool = True
    plans: int | None = None
    times: int | None = None
    controls: int = 2
    budget: float = limits.SUBMISSION
    width: int = 1
