"""Checks: what a suite is made of."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from graders.proctor.katas.kata import Kata, KataError
from graders.proctor.verdict.findings import CATEGORIES

if TYPE_CHECKING:
    from graders.proctor.exam.exam import Exam

    Body = Callable[[Exam], Awaitable[None]]


# What a property may leave open.
ANSWERS, DURATIONS, CALLS, OUTCOMES, STATE, ERRORS = FREEDOMS = (
    "answers",
    "durations",
    "calls",
    "outcomes of calls",
    "state",
    # What else a request that ends in an error does, and when it ends.
    "ways of errors",
)


@dataclass(frozen=True)
class Ending:
    """What comes after the plans of one grading, in the same host.

    Attributes:
        shared: plans whose requests others make as well, and are given up: beside them,
            and many of them afterwards.
        after: a plan after that; what has been given up makes no difference to it.
        stop: a plan in the middle of which the service is stopped.
    """

    shared: tuple[Any, ...] = ()
    after: Any = None
    stop: Any = None


NO_ENDING = Ending()
# Not in every plan somebody has to wait who only reads.
_SHARED = 3
# So many plans in a row may be refused by their own type before that is a mistake.
_MOST_REFUSED = 100


@dataclass(frozen=True)
class Schedule:
    """What makes a check a property.

    Attributes:
        draw: makes a plan of what a `random.Random` gives, and of nothing else.
        free: of FREEDOMS, what the brief leaves open.
        count: how many plans one grading draws.
        stops: whether the service is stopped in the middle of one more.
        crowds: whether a crowd of requests is given up before one more.
        company: whether others ask the same as some more do, and are given up.
    """

    draw: Callable[[Random], Any]
    free: frozenset[str]
    count: int
    stops: bool
    crowds: bool
    company: bool

    @property
    def compares(self) -> bool:
        """Whether the solution is asked: where all is free, the property says itself
        what it expects.
        """
        return not self.free.issuperset(FREEDOMS)

    @property
    def has_company(self) -> bool:
        """Whether others ask beside it: only a comparison tells what they change."""
        return self.company and self.compares

    def drawn(self, seed: str, count: int = 0) -> list[Any]:
        """The plans of a seed: more of the same seed begin with the same ones.

        Args:
            count: how many; as many as a grading draws when left out.
        """
        numbers = range(count or self.count)
        return [self._plan(f"{seed}/{number}") for number in numbers]

    def _plan(self, seed: str) -> Any:
        """Draw a plan; one that its own type refuses is drawn anew.

        Raises:
            ValueError: nearly all of them are refused.
        """
        draw = Random(seed)
        for _ in range(_MOST_REFUSED):
            with suppress(ValueError):
                return self.draw(draw)
        return self.draw(draw)

    def ending(self, seed: str) -> Ending:
        """What comes after the plans of a seed."""

        def drawn(name: str, wanted: bool) -> Any:
            return self._plan(f"{seed}/{name}") if wanted else None

        shared = range(_SHARED if self.has_company or self.crowds else 0)
        return Ending(
            tuple(self._plan(f"{seed}/shared/{number}") for number in shared),
            drawn("after", self.crowds),
            drawn("stop", self.stops),
        )


@dataclass(frozen=True)
class Check:
    """One graded statement.

    Attributes:
        name: the function's name.
        title: the sentence that a learner reads; the function's docstring.
        category: one of the six.
        points: what it is worth.
        hint: what to try when it fails.
        lifespan: whether the application is started before the body runs.
        copy: where the learner writes tests, the copy of the service that they run on.
        needs: the name of a check without which this one makes no sense.
        schedule: for a property, what is drawn and what is free.
        guard: whether a submission that does nothing may pass it as well: it counts
            once a check that is no guard has passed.
        times: in how many hosts, one after another, it has to pass.
    """

    name: str
    title: str
    category: str
    points: int
    hint: str
    body: Any
    lifespan: bool = True
    copy: str = ""
    needs: str = ""
    guard: bool = False
    times: int = 1
    schedule: Schedule | None = None


def check(
    category: str,
    *,
    points: int,
    hint: str,
    lifespan: bool = True,
    copy: str = "",
    needs: str = "",
    guard: bool = False,
    times: int = 1,
) -> Callable[[Body], Check]:
    """Make a check of a function; its docstring is the sentence for the learner.

    Args:
        category: awaits, concurrency, blocking, resources, timeouts or errors.
        points: what it is worth.
        hint: what to try when it fails, without giving the code away.
        lifespan: False for a check that starts the application itself, or never.
        copy: a file (without `.py`) of `graders/suites/<slug>/copies/`: the copy of the
            service that the learner's tests run on; the kata's own `app.py` if empty.
        needs: the name of a check that must pass before this one makes sense.
        guard: True for a check that a submission which does nothing passes as well, as
            one that expects a 404: it counts once a check that is no guard has passed.
        times: in how many hosts, one after another, it has to pass: more than one where
            a submission that leaves it to chance would gain something.
    """
    if category not in CATEGORIES:
        raise ValueError(
            f"{category!r} is no category: use one of {', '.join(CATEGORIES)}"
        )

    def decorate(body: Body) -> Check:
        title = " ".join((inspect.getdoc(body) or "").split())
        name = getattr(body, "__name__", "")
        if not title:
            raise ValueError(f"{name} needs a docstring: the sentence for the learner")
        return Check(
            name,
            title,
            category,
            points,
            hint,
            body,
            lifespan=lifespan,
            copy=copy,
            needs=needs,
            guard=guard,
            times=times,
        )

    return decorate


@dataclass(frozen=True)
class Suite:
    """The hidden suite of one kata.

    Attributes:
        world: called with each exam before its check, to set up the fake world.
    """

    checks: list[Check]
    world: Callable[[Exam], None]


def _no_suite(kata: Kata) -> KataError:
    return KataError(
        f"The kata {kata.slug!r} has no suite: write "
        f"graders/suites/{kata.slug}/__init__.py."
    )


def _bare(exam: Exam) -> None:
    """A world that each check sets up itself."""


def load_suite(kata: Kata) -> Suite:
    """Import the suite of a kata: its package, or the modules that it names as PARTS.

    Checks come in the order of the parts, and as they stand in each.

    Raises:
        KataError: it has none, or it holds no checks, or guards alone.
    """
    try:
        module = importlib.import_module(kata.suite)
    except ModuleNotFoundError as exc:
        if exc.name != kata.suite:
            raise
        raise _no_suite(kata) from exc
    if module.__file__ is None:
        # Of a folder without `__init__.py` Python makes a package as well.
        raise _no_suite(kata)
    checks = [
        value
        for part in getattr(module, "PARTS", (module,))
        for value in vars(part).values()
        if isinstance(value, Check)
    ]
    if not checks:
        raise KataError(f"{kata.suite} holds no checks: decorate them with @check.")
    if all(one.guard for one in checks):
        raise KataError(
            f"Every check of {kata.suite} is a guard, so none would ever count: write "
            "one that a submission which does nothing fails."
        )
    world = getattr(module, "world", None)
    # A part of that name is no function.
    return Suite(checks, world if callable(world) else _bare)
