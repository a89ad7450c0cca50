"""How much work a machine does in a second, so that its speed decides nothing.

The limits on computing are numbers of units. One unit is the work that the machine on
which they were chosen did in a millisecond of processor time: four pieces of the work
below, which is what endpoints do: strings, dictionaries, numbers and calls. Every
process that starts hosts measures what a unit takes here, and a machine that has become
slower since then is noticed before anybody is accused.
"""

from __future__ import annotations

import math

from graders.wire import real

PIECES = 4

# The fastest piece counts: whatever disturbs a measurement makes it longer. Measured is
# until several are about as fast, which on a quiet machine takes some milliseconds.
_FEWEST, _MOST = 8, 24
_AGREEING, _SPREAD = 3, 1.1
# So many times slower than at first a machine may become: another program on the same
# core, a lower frequency. What seems more is the submission's own doing: a tracer.
_SLOWER = 3.0


def piece_of_work() -> int:
    """A quarter of a unit."""
    table: dict[str, int] = {}
    total = 0
    for number in range(500):
        name = f"item {number & 31}"
        table[name] = table.get(name, 0) + number * number % 7
        total += max(number & 3, 1)
    return total + sum([value * value for value in table.values()])


def measured_unit() -> float:
    """Seconds of this thread's processor time that one unit takes here and now."""
    took: list[float] = []
    while len(took) < _MOST:
        began = real.thread_time()
        piece_of_work()
        took.append(real.thread_time() - began)
        if len(took) >= _FEWEST:
            fastest = sorted(took)[:_AGREEING]
            if fastest[-1] <= fastest[0] * _SPREAD:
                break
    return min(took) * PIECES


class Machine:
    """What this machine's units take.

    Args:
        unit: seconds of processor time that one unit took when it was measured.
        slowest: more than that it never takes, whatever is measured later.
    """

    def __init__(self, unit: float = 0.001, slowest: float = math.inf) -> None:
        self.unit = unit
        self._slowest = slowest

    @classmethod
    def measured(cls) -> Machine:
        """This machine, for a process in which submissions may do what they like."""
        unit = measured_unit()
        return cls(unit, unit * _SLOWER)

    def seconds(self, units: float) -> float:
        """Processor time in which so many units are done."""
        return units * self.unit

    def patience(self, seconds: float) -> float:
        """Real time in which something short must be over: longer on a slow machine.

        On a fast one it is the same, because sleeping and taking turns on a processor
        are no faster there.
        """
        return seconds * max(1.0, self.unit * 1000)

    def is_beyond(self, spent: float, units: float) -> bool:
        """Whether so much processor time is so much work, beyond doubt.

        Before it says yes it measures again: if the machine is slower now than it was,
        that is what counts from now on.

        Args:
            spent: seconds.
            units: the limit.
        """
        if spent < self.seconds(units):
            return False
        self.unit = min(max(self.unit, measured_unit()), self._slowest)
        return spent >= self.seconds(units)
