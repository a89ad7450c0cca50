"""A plan that is carried out: the driver does for each label what its order says."""

from __future__ import annotations

from itertools import count
from typing import Any

from graders.proctor import Ask, Exam
from graders.suites.lease_and_release.plans import Look, Order, Shift
from graders.suites.lease_and_release.world import NAMES, PrintRoom


class Day:
    """Carries out a shift: each call of the driver finds the order that it is for.

    Attributes:
        room: where it is carried out.
        orders: by the number of their requests.
        looks: by the number of their requests.
        lists: what the driver says to whoever looks, by the number of the request.
    """

    def __init__(self, exam: Exam, shift: Shift) -> None:
        self.room = PrintRoom(exam, first=shift.first)
        self._exam, self._shift = exam, shift
        self._owners: list[tuple[int, Order]] = []
        self._refused: set[int] = set()
        # Requests are numbered as they start.
        runs = count(max(exam.driver.exchanges, default=0) + 1)
        asked: list[Order | Look] = [*shift.orders, *shift.looks]
        asked.sort(key=lambda one: one.at)
        numbered = [(next(runs), one) for one in asked]
        self.orders = {run: one for run, one in numbered if isinstance(one, Order)}
        self.looks = {run: one for run, one in numbered if isinstance(one, Look)}
        self.lists = {run: self._drawn_list() for run in self.looks}
        driver = exam.services
        driver.acquire.takes(lambda: self.orders[self._run(self.orders)].acquire)
        driver.acquire.answers(self._acquire)
        driver.warm_up.takes(lambda lease: self._owner(lease).warm_up)
        driver.warm_up.answers(lambda lease: self._owner(lease).raises("warm_up"))
        driver.print_label.takes(lambda lease, text: self._owner(lease).print_label)
        driver.print_label.answers(self._print)
        self.room.release_takes(lambda lease: self._owner(lease).release)
        driver.list_printers.takes(lambda: self.looks[self._run(self.looks)].lasts)
        driver.list_printers.answers(lambda: self.lists[self._run(self.lists)])

    def asks(self) -> list[Ask]:
        """The requests, in the order of the shift."""
        return [
            *(
                Ask(
                    "POST",
                    "/labels",
                    one.at,
                    {"text": one.text},
                    leaves=one.leaves,
                    cancelled=one.cancelled,
                )
                for one in self._shift.orders
            ),
            *(Ask("GET", "/printers", one.at) for one in self._shift.looks),
        ]

    def leases(self, run: int) -> list[int]:
        """The leases that a request was given."""
        order = self.orders[run]
        return [lease for lease, owner in self._owners if owner is order]

    def _run(self, runs: dict[int, Any]) -> int:
        """The request that calls the driver.

        A thread of the submission's own does not say for whom it calls: it is taken to
        be the first request that has not called yet.
        """
        call = self._exam.services.current
        if call.run not in runs:
            known = {other.run for other in self.room.calls(call.name)}
            call.run = next(iter([*(run for run in runs if run not in known), *runs]))
        return call.run

    def _owner(self, lease: object) -> Order:
        """The order that a lease is for; any, where it is none."""
        owners = [order for number, order in self._owners if number == lease]
        owner = [*owners, *self._shift.orders][0]
        call = self._exam.services.current
        if call.run not in self.orders:
            call.run = next(run for run, one in self.orders.items() if one is owner)
        return owner

    def _acquire(self) -> int:
        run = self._run(self.orders)
        order = self.orders[run]
        if run not in self._refused:
            # Once: who asks again and again would do so for ever.
            self._refused.add(run)
            order.raises("acquire")
        lease = self.room.lease()
        self._owners.append((lease, order))
        return lease

    def _print(self, lease: int, text: str) -> str:
        self._owner(lease).raises("print_label")
        return self.room.job(lease, text)

    def _drawn_list(self) -> list[dict[str, Any]]:
        draw = self._exam.random
        names = draw.sample(NAMES, 3)
        return [{"name": name, "leased": draw.random() < 0.5} for name in names]
