"""Given: the store, the audit log and the bonus programme. Leave this file as it is."""

import asyncio
from dataclasses import dataclass, replace


class MemberNotFound(Exception):
    """There is no member of that number."""


class AuditFailed(Exception):
    """The audit log could not write the line."""


@dataclass(frozen=True)
class Member:
    id: int
    name: str
    points: int


async def find_member(member_id: int) -> Member:
    """What the store knows of a member.

    Raises:
        MemberNotFound: there is no such member.
    """
    await asyncio.sleep(0.05)
    if member_id not in _MEMBERS:
        raise MemberNotFound(member_id)
    return _MEMBERS[member_id]


async def write_audit(member_id: int, points: int) -> None:
    """Write into the audit log that a member gets so many points.

    Raises:
        AuditFailed: the line was not written. More than 100,000 points never are.
    """
    await asyncio.sleep(0.05)
    if points > 100_000:
        raise AuditFailed(member_id, points)
    print(f"audit: member {member_id} gets {points} points")


async def add_points(member_id: int, points: int) -> int:
    """Add points to a member's account, and return the new balance."""
    await asyncio.sleep(0.05)
    member = _MEMBERS[member_id]
    _MEMBERS[member_id] = replace(member, points=member.points + points)
    return _MEMBERS[member_id].points


async def earns_gold(points: int) -> bool:
    """Whether a balance of so many points makes a gold member, as of today."""
    await asyncio.sleep(0.05)
    return points >= 1_000


_MEMBERS = {
    7: Member(7, "Ada Moreau", 980),
    12: Member(12, "Tomas Lind", 20),
    31: Member(31, "Wei Zhang", 4_310),
}
