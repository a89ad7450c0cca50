"""How a pack grades, settled when it is made."""

from __future__ import annotations

from dataclasses import dataclass

from graders.proctor import DEFAULT_SEED


@dataclass(frozen=True)
class Settings:
    """How a pack grades.

    Attributes:
        seed: data and delays are drawn from it.
        feedback: how much a learner sees, one of `FEEDBACK`.
        sandbox: as in `Options`.
    """

    seed: str = DEFAULT_SEED
    feedback: str = "full"
    sandbox: str = "auto"
