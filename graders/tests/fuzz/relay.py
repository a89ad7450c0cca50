"""A relay between a real host and the proctor, which does not pass on what it hears.

What it changes is written down before: a list of edits, each for the first turn, from
one that it names on, in which there is something to be changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec

from graders.proctor import HostPlan, Launcher, Link
from graders.wire import (
    Blocked,
    Channel,
    FromHost,
    Go,
    Load,
    Malformed,
    Rest,
    decoder,
    limits,
)


@dataclass
class Turn:
    """What a host says in one turn, while it is being changed.

    Attributes:
        rest: what ends it; None where nothing does.
        before: frames that come first.
        silences: how many times nothing has come yet when it is asked for.
        next_time: what is said in the next turn instead.
    """

    rest: Rest | None
    before: list[Rest] = field(default_factory=list)
    silences: int = 0
    next_time: list[FromHost] = field(default_factory=list)

    @property
    def messages(self) -> list[FromHost]:
        return self.rest.messages if self.rest is not None else []


@dataclass(frozen=True)
class Edit:
    """A change of one turn.

    Attributes:
        turn: the first turn in which it may be made.
        place: which message it is about; more than there are count from the start.
    """

    turn: int
    place: int

    def made(self, turn: Turn) -> bool:
        """Make it, if it can be made in this turn."""
        raise NotImplementedError

    def _index(self, turn: Turn) -> int:
        return self.place % len(turn.messages)


class Drops(Edit):
    def made(self, turn: Turn) -> bool:
        if turn.messages:
            del turn.messages[self._index(turn)]
            return True
        return False


class Repeats(Edit):
    def made(self, turn: Turn) -> bool:
        if turn.messages:
            turn.messages.append(turn.messages[self._index(turn)])
        return bool(turn.messages)


class Replays(Edit):
    """All of a turn is said again in the next one."""

    def made(self, turn: Turn) -> bool:
        turn.next_time += turn.messages
        return bool(turn.messages)


class Reorders(Edit):
    def made(self, turn: Turn) -> bool:
        if len(turn.messages) < 2:
            return False
        turn.messages.insert(0, turn.messages.pop(self._index(turn)))
        return True


class Delays(Edit):
    def made(self, turn: Turn) -> bool:
        if turn.messages:
            turn.next_time.append(turn.messages.pop(self._index(turn)))
            return True
        return False


@dataclass(frozen=True)
class Invents(Edit):
    message: FromHost

    def made(self, turn: Turn) -> bool:
        turn.messages.insert(self.place, self.message)
        return turn.rest is not None


@dataclass(frozen=True)
class Replaces(Edit):
    """A message gets a field of another one of its type, or all but that field."""

    message: FromHost
    all_others: bool

    def made(self, turn: Turn) -> bool:
        fields = self.message.__struct_fields__
        if not fields:
            return True
        name = fields[self.place % len(fields)]
        for index, before in enumerate(turn.messages):
            if type(before) is type(self.message):
                taken, kept = self.message, before
                if self.all_others:
                    taken, kept = kept, taken
                changed = {name: getattr(taken, name)}
                turn.messages[index] = msgspec.structs.replace(kept, **changed)
                return True
        return False


@dataclass(frozen=True)
class Alters(Edit):
    """In the plain data that a message carries, one value is another one."""

    value: object

    def made(self, turn: Turn) -> bool:
        for index, message in enumerate(turn.messages):
            for name in message.__struct_fields__:
                data = getattr(message, name)
                if isinstance(data, dict) and data:
                    key = [*data][self.place % len(data)]
                    changed = {name: {**data, key: self.value}}
                    turn.messages[index] = msgspec.structs.replace(message, **changed)
                    return True
        return False


@dataclass(frozen=True)
class RestsUntil(Edit):
    until: int | None

    def made(self, turn: Turn) -> bool:
        if turn.rest is not None:
            turn.rest = msgspec.structs.replace(turn.rest, until=self.until)
        return True


@dataclass(frozen=True)
class IsBlocked(Edit):
    blocked: Blocked | None

    def made(self, turn: Turn) -> bool:
        if turn.rest is not None:
            turn.rest = msgspec.structs.replace(turn.rest, blocked=self.blocked)
        return True


class EndsNoTurn(Edit):
    """What ends a turn says that it does not."""

    def made(self, turn: Turn) -> bool:
        if turn.rest is not None:
            turn.rest = msgspec.structs.replace(turn.rest, live=True)
        return True


@dataclass(frozen=True)
class Says(Edit):
    """A frame comes that the host has not sent: an early rest, or a live one.

    From an early rest on every answer is a turn late.
    """

    rest: Rest

    def made(self, turn: Turn) -> bool:
        turn.before.append(self.rest)
        return True


class RestsLate(Edit):
    def made(self, turn: Turn) -> bool:
        turn.silences += self.place
        return True


class RestsNever(Edit):
    def made(self, turn: Turn) -> bool:
        turn.rest = None
        return True


class Relay(Channel[Go, Rest]):
    """The proctor's end of the wire.

    Args:
        honest: the end that there was.
        edits: what it changes.
        spared: texts of submissions whose hosts are not touched.
    """

    def __init__(
        self, honest: Channel[Go, Rest], edits: Sequence[Edit], spared: Collection[str]
    ) -> None:
        super().__init__(honest._stream, Rest, takes=limits.TURN_BYTES)
        self._edits = list(edits)
        self._spared = spared
        self._frames: list[Rest | None] = []
        self._held: list[FromHost] = []
        # The first frame is that of a host which has heard of no submission.
        self._turn = -1

    def prepare(self, frame: Go) -> None:
        for message in frame.messages:
            if isinstance(message, Load) and message.modules[-1].source in self._spared:
                self._edits.clear()
        super().prepare(frame)

    def receive(self, timeout: float | None = None) -> Rest | None:
        if not self._frames:
            rest = super().receive(timeout)
            if rest is None:
                return None
            self._change(rest)
        return self._frames.pop(0) if self._frames else None

    def _change(self, rest: Rest) -> None:
        turn = Turn(rest)
        if self._turn >= 0 and not rest.live:
            turn.messages[:0] = self._held
            self._edits = [
                edit
                for edit in self._edits
                if edit.turn > self._turn or not edit.made(turn)
            ]
            self._held = turn.next_time
        self._turn += not rest.live
        last = [turn.rest] if turn.rest is not None else []
        self._frames += [_carried(one) for one in turn.before]
        self._frames += [None] * turn.silences
        self._frames += map(_carried, last)


def _carried(rest: Rest) -> Rest:
    """As it comes out of the wire.

    Raises:
        Malformed: it does not.
    """
    try:
        return decoder(Rest).decode(msgspec.msgpack.encode(rest))
    except (msgspec.MsgspecError, OverflowError, RecursionError) as exc:
        raise Malformed(str(exc)) from exc


class Relaying:
    """A launcher whose hosts are heard through relays.

    Args:
        launcher: makes the hosts.
        spared: texts of submissions that are the grader's own.
    """

    def __init__(self, launcher: Launcher, spared: Collection[str]) -> None:
        self._launcher = launcher
        self._spared = spared
        self._edits: Sequence[Edit] = ()
        self._links: list[Link] = []

    @contextmanager
    def changing(self, edits: Sequence[Edit]) -> Iterator[list[Link]]:
        """Meanwhile these edits are made in what each host says.

        Returns:
            The links of all hosts that are started meanwhile.
        """
        self._edits, self._links = edits, []
        yield self._links

    def start(self, plan: HostPlan) -> Link:
        link = self._launcher.start(plan)
        link._channel = Relay(link._channel, self._edits, self._spared)
        self._links.append(link)
        return link

    def close(self) -> None: ...
