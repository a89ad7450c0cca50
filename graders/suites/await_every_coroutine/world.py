"""The world: members, the services that know them, and requests about them."""

from __future__ import annotations

from itertools import count
from typing import Any

from graders.proctor import Exam, Raises, Reply

SERVICES = ("find_member", "write_audit", "add_points", "earns_gold")
NAMES = ("Iris", "Noor", "Pablo", "Yuki", "Marek", "Zola", "Dara", "Finn")


class Shop:
    """Members that are drawn anew for every check.

    Attributes:
        gold: the balance from which on a member is gold.
        others: points that others add right before each credit, and again after it.
    """

    def __init__(self, exam: Exam) -> None:
        self._random = exam.random
        self._numbers = count(exam.random.randrange(1_000, 9_000))
        self._members: dict[int, dict[str, Any]] = {}
        self.gold = exam.random.randrange(600, 900)
        self.others = 0
        exam.services.find_member.answers(self._find)
        exam.services.add_points.answers(self._add)
        exam.services.earns_gold.answers(lambda points: points >= self.gold)

    def _find(self, member_id: int) -> dict[str, Any]:
        if member_id not in self._members:
            raise Raises("MemberNotFound", member_id)
        return dict(self._members[member_id])

    def _add(self, member_id: int, points: int) -> int:
        member = self._members.setdefault(member_id, {"points": 0})
        balance: int = member["points"] + self.others + points
        member["points"] = balance + self.others
        return balance

    def nobody(self) -> int:
        """The number of no member."""
        return next(self._numbers)

    def enrol(self, points: int, number: int = 0, name: str = "") -> int:
        """A new member's number; one of nobody's may be given, and a name."""
        number = number or next(self._numbers)
        name = name or self._random.choice(NAMES)
        self._members[number] = {"id": number, "name": name, "points": points}
        return number

    def basic(self, number: int = 0) -> int:
        """As `enrol`, for a member who is far from gold."""
        return self.enrol(self._random.randrange(50, 400), number)

    def leave(self, number: int) -> None:
        """From now on nobody knows the member."""
        del self._members[number]

    def credit(self) -> int:
        """Some points to add; too few to matter far from the border."""
        return self._random.randrange(11, 99)

    def shown(self, number: int) -> dict[str, Any]:
        """A member as the brief wants it shown."""
        member = self._members[number]
        tier = "gold" if member["points"] >= self.gold else "basic"
        return {**member, "tier": tier}

    def foreign(self, shown: Any, number: int) -> list[str]:
        """What is shown of another member instead of this one."""
        if not isinstance(shown, dict):
            return []
        own, others = self._members[number], self._members.values()
        return [
            key
            for key, value in own.items()
            if shown.get(key) != value
            and shown.get(key) in [other[key] for other in others]
        ]


def slowest(exam: Exam, name: str) -> None:
    """Let every service take 1 s, and the named one 5 s."""
    for other in SERVICES:
        getattr(exam.services, other).takes(5 if other == name else 1)


def path(number: int) -> str:
    return f"/members/{number}"


def crediting(number: int) -> str:
    """Where a member gets points."""
    return f"{path(number)}/points"


async def credited(exam: Exam, number: int, points: int) -> Reply:
    """The reply to a credit of so many points."""
    return await exam.post(crediting(number), json={"points": points})
