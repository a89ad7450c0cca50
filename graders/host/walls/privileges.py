"""Rights that a submission does not have, even where the grader runs as root."""

from __future__ import annotations

from graders.host.walls.kernel import drop_capabilities, no_new_privileges


def drop_privileges() -> None:
    """No capabilities, and no way to gain any.

    Raises:
        KernelRefuses: the platform knows no such thing.
    """
    no_new_privileges()
    drop_capabilities()
