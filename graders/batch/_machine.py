"""Whether submissions can be started at all, asked without any submission."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from graders.proctor import HostPlan, LauncherFailed, Needs, launcher

_TRIES = 2


def see_that_hosts_start(needs: Needs, sandbox: str) -> None:
    """Start a host as the batch would, for nobody.

    Args:
        needs: what it must have imported besides the usual.
        sandbox: which walls there must be.

    Raises:
        LauncherFailed: none starts, so no submission can be graded on this machine.
    """
    for tried in range(1, _TRIES + 1):
        try:
            _start(needs, sandbox)
        except LauncherFailed:
            # Its process may have been killed, as that of the submission was.
            if tried == _TRIES:
                raise
        else:
            return


def _start(needs: Needs, sandbox: str) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="kata-") as folder,
        Path(os.devnull).open("r+b", buffering=0) as nothing,
        launcher(expected=[needs]) as hosts,
    ):
        standard = (nothing.fileno(),) * 3
        plan = HostPlan(standard, Path(folder), sandbox=sandbox, needs=needs)
        link = hosts.start(plan)
        try:
            link.take_turn(0)
        finally:
            link.close()
