"""Visits at any time, and the world in which a plan of them is carried out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from graders.proctor import Ask, Exam, Raises, seconds
from graders.suites.await_every_coroutine.world import NAMES, crediting, path

# A member and the points to add.
Credit = tuple[int, int]


@dataclass(frozen=True)
class Visit:
    """A member is shown, or gets points. How long the four services take is in s.

    Attributes:
        points: to add; none for a member who is only shown.
        known: there is such a member.
        audited: the audit line can be written.
        hangs_up: so long after the request its client does.
    """

    at: float
    member: int
    points: int
    find: float
    audit: float
    add: float
    tier: float
    known: bool = True
    audited: bool = True
    hangs_up: float | None = None

    def ask(self) -> Ask:
        if not self.points:
            return Ask("GET", path(self.member), self.at)
        points = {"points": self.points}
        target = crediting(self.member)
        return Ask("POST", target, self.at, points, leaves=self.hangs_up)


_NOBODY = Visit(0, 0, 0, 0, 0, 0, 0, known=False)


def drawn_visits(draw: Random) -> tuple[Visit, ...]:
    # Often the same member again, and the same points.
    members = draw.sample(range(1_000, 900_000), draw.randint(1, 3))
    points = (0, draw.randrange(1, 99), draw.randrange(1, 9_999))

    # Some things come at one moment, and most do not. Of a limit nothing is said.
    times = [seconds(draw, 3) for _ in range(5)] + [seconds(draw, 90, 30)]

    def takes() -> float:
        return draw.choice(times if draw.random() < 0.2 else times[:5])

    visits = [
        Visit(
            draw.choice((times[0], seconds(draw, 3))),
            draw.choice(members),
            draw.choice(points),
            takes(),
            takes(),
            takes(),
            takes(),
            draw.random() < 0.85,
            draw.random() < 0.8,
            draw.choice((None, None, None, seconds(draw, 4))),
        )
        for _ in range(draw.randint(1, 5))
    ]
    if draw.random() < 0.75:
        # Two credits of a member, at one moment or while that one is still looked for.
        first = replace(visits[0], points=visits[0].points or 7, known=True)
        later = draw.choice((0.0, 0.0, first.find / 2))
        more = draw.choice((first.points, draw.randrange(1, 99)))
        visits[:1] = [first, replace(first, at=first.at + later, points=more)]
    return tuple(visits)


class Bonus:
    """The world of a plan. What it answers depends on what it is asked alone.

    Others add points at any time: no balance follows from another one.
    """

    def __init__(self, exam: Exam, plan: tuple[Visit, ...]) -> None:
        self._visits = plan
        self._gold = exam.random.randrange(600, 900)
        services = exam.services
        services.find_member.answers(self._find).takes(
            lambda member_id: self._of(member_id, 0).find
        )
        services.write_audit.answers(self._audit).takes(
            lambda member_id, points: self._of(member_id, points).audit
        )
        services.add_points.answers(self._balance).takes(
            lambda member_id, points: self._of(member_id, points).add
        )
        services.earns_gold.answers(lambda points: points >= self._gold).takes(
            self._tier_takes
        )

    def _of(self, member: int, points: int) -> Visit:
        """The first visit of a member, and for these points if there is one."""
        theirs = [one for one in self._visits if one.member == member]
        same = [one for one in theirs if one.points == points]
        return [*same, *theirs, _NOBODY][0]

    def _find(self, member_id: int) -> dict[str, Any]:
        if not self._of(member_id, 0).known:
            raise Raises("MemberNotFound", member_id)
        name = f"{NAMES[member_id % len(NAMES)]} {member_id}"
        return {"id": member_id, "name": name, "points": self._before(member_id)}

    def _audit(self, member_id: int, points: int) -> None:
        if not self._of(member_id, points).audited:
            raise Raises("AuditFailed", *[member_id, points][: points % 3])

    def _before(self, member_id: int) -> int:
        return member_id * 7 % 1_500

    def _balance(self, member_id: int, points: int) -> int:
        return points + (member_id + points) * 13 % 1_500

    def _tier_takes(self, points: int) -> float:
        balances = {
            self._balance(one.member, one.points)
            if one.points
            else self._before(one.member): one.tier
            for one in self._visits
        }
        return balances.get(points, 0.0)

    def due(self) -> Counter[Credit]:
        """How often which member gets how many points."""
        return Counter(
            (one.member, one.points)
            for one in self._visits
            if one.points
            and self._of(one.member, 0).known
            and self._of(one.member, one.points).audited
        )
