"""Whether submissions can be started at all, asked without any submission."""

from __future__ import annotations

from graders.proctor import LauncherFailed, Needs, launcher, walls_of_a_host

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
            with launcher(expected=[needs]) as hosts:
                walls_of_a_host(hosts, needs, sandbox)
        except LauncherFailed:
            # Its process may have been killed, as that of the submission was.
            if tried == _TRIES:
                raise
        else:
            return
