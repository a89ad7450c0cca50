"""Carries checks out before they are asked for, a few side by side.

Each sits in a host of its own, so none can tell whether others do at the same time, and
the verdict is the same. It is only sooner there, on a machine with several processors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from graders.proctor.checks.check import Check
from graders.proctor.grading.sitting import Sitting


class Ahead:
    """Args:
    width: how many are carried out at once.
    sit: carries a check out; threads call it.
    checks: in the order in which they will be asked for.
    silenced: what `Controls` find, asked after them; None if nobody wants to know.
    """

    def __init__(
        self,
        width: int,
        sit: Callable[[Check], Sitting],
        checks: Iterable[Check],
        silenced: Callable[[], bool] | None = None,
    ) -> None:
        pool = ThreadPoolExecutor(width, thread_name_prefix="check")
        self._sittings = {one.name: pool.submit(sit, one) for one in checks}
        self._silenced = pool.submit(silenced) if silenced is not None else None
        # Its threads end when there is nothing left to do.
        pool.shutdown(wait=False)

    def has(self, check: str) -> bool:
        """Whether a check is carried out ahead, and has not been taken."""
        return check in self._sittings

    def take(self, check: Check) -> Sitting | None:
        """What came of a check, once; None if it is not carried out ahead.

        Raises:
            LauncherFailed: no host could be started for it.
        """
        sitting = self._sittings.pop(check.name, None)
        return None if sitting is None else sitting.result()

    def silenced(self) -> bool | None:
        """What the controls have found; None if they were not asked.

        Raises:
            LauncherFailed: no host could be started for them.
        """
        return None if self._silenced is None else self._silenced.result()

    def stop(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        begun: list[Future[Any]] = [*self._sittings.values()]
        if self._silenced is not None:
            begun.append(self._silenced)
        wait([one for one in begun if not one.cancel()])
        self._sittings.clear()
        self._silenced = None
