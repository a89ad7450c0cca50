"""No host outlives whoever started it, however that ended."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

# Starts a host that computes for hours, says its number, and waits.
_STARTER = """
import os, sys
from pathlib import Path
from graders.proctor import HostPlan, launcher
from graders.wire import Given, Load, Module

with launcher() as hosts:
    nothing = os.open(os.devnull, os.O_RDWR)
    link = hosts.start(HostPlan((nothing,) * 3, Path(sys.argv[1])))
    link.take_turn(0)
    # In C, and never lets go of the interpreter: nothing in it can see that we left.
    source = "import re; re.match('(a+)+$', 'a' * 64 + 'b')"
    modules = [Module("app", "app.py", "app.py", source)]
    link.post(Load(Given(), modules, {}, sys.argv[1]))
    print(link._watch._stat.parent.name, flush=True)
    link.take_turn(0)
"""


def test_a_host_dies_with_a_grader_that_is_killed(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", _STARTER, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert starter.stdout is not None
    host = os.pidfd_open(int(starter.stdout.readline()))
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    # A descriptor of a process becomes readable when the process has ended.
    ended, _, _ = select.select([host], [], [], 60)
    os.close(host)
    assert ended
