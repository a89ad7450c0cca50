"""Probes: whether an event loop that its host calls free answers another request.

A host says by itself that its event loop is held up, and a submission may keep it from
saying so. But the answer to a request has to be computed, and a loop that is held up
computes nothing. So another request comes in some moment at which nothing happens, as
the host says: a free loop answers it at once.

It asks for a page of FastAPI's own, for which no line of the submission's runs: nothing
in a right one could keep it waiting. Who answers otherwise while all is quiet is not
asked.
"""

from __future__ import annotations

import contextlib
import re
from random import choice
from typing import TYPE_CHECKING

from graders.proctor.checks.check import Check
from graders.proctor.driver.exchange import Exchange

if TYPE_CHECKING:
    from graders.proctor.exam.exam import Exam

_PAGES = ("/docs", "/redoc")
_OK = 200
# Requests of one check: each costs a turn.
_MOST = 20
# Where a request may pass by lines of the submission before it reaches a page.
_OWN_WAYS = re.compile(r"middleware|\bscope\b|__call__|\bdef app\b|\bmount\b", re.I)


def can_be_probed(source: str) -> bool:
    """Whether requests for pages of FastAPI's reach them, whatever else goes on."""
    return "FastAPI(" in source and _OWN_WAYS.search(source) is None


class Probe:
    """One check in which others ask as well.

    Args:
        check: which is carried out.

    Attributes:
        unanswered: a request was not answered when it came, although the loop was said
            to be free, and answers such requests when all is quiet.
    """

    def __init__(self, check: Check) -> None:
        self._check = check
        self._page = choice(_PAGES)
        self._asked: list[Exchange] = []
        self.unanswered = False

    async def body(self, exam: Exam) -> None:
        """Carry out the check, and ask meanwhile."""
        exam.at_rest(lambda: self._ask(exam))
        try:
            with contextlib.suppress(Exception):
                await self._check.body(exam)
        finally:
            exam.at_rest(lambda: False)
        late = any(one.ended != one.began for one in self._asked)
        if late and _is_serving(exam):
            await exam.settle()
            quiet = await exam.get(self._page)
            self.unanswered = (quiet.status, quiet.took) == (_OK, 0.0)

    @property
    def moments(self) -> int:
        """In how many moments it has asked."""
        return len(self._asked)

    def _ask(self, exam: Exam) -> bool:
        """Ask once in each moment; nobody knows before that it will be asked."""
        if self._asked and self._asked[-1].began == exam.now:
            return False
        if self.moments >= _MOST or not _is_serving(exam):
            return False
        self._asked.append(exam.start("GET", self._page))
        return True


def _is_serving(exam: Exam) -> bool:
    return exam.lifespan.running and not exam.lifespan.stopping
