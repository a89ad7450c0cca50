"""Which walls there must be around a submission, and what to say if one is missing."""

from __future__ import annotations

from collections.abc import Sequence

from graders.wire.words import WALLS

# The walls that this machine offers; all of them or no grading; none.
AUTO, FULL, NONE = "auto", "full", "none"
SANDBOXES = (AUTO, FULL, NONE)


def missing_walls(standing: Sequence[str]) -> list[str]:
    """The walls that do not stand."""
    return [name for name in WALLS if name not in standing]


def lacking_walls(sandbox: str, standing: Sequence[str]) -> str:
    """Why there can be no grading: a sentence; empty when the walls are enough."""
    missing = missing_walls(standing)
    if sandbox != FULL or not missing:
        return ""
    return (
        f"This machine does not offer {' and '.join(missing)}, so nothing was graded: "
        "'kata doctor' says how to get the rest, --sandbox none grades without any."
    )
