"""The tier is kept for each member until the next credit."""

from typing import Any

from fastapi import FastAPI, HTTPException
from given import (
    Member,
    MemberNotFound,
    add_points,
    earns_gold,
    find_member,
    write_audit,
)
from pydantic import BaseModel

app = FastAPI()


class Credit(BaseModel):
    points: int


async def find_or_404(member_id: int) -> Member:
    try:
        return await find_member(member_id)
    except MemberNotFound as exc:
        raise HTTPException(404, "No such member") from exc


_tiers: dict[int, str] = {}


async def new_tier(member_id: int, points: int) -> str:
    tier = _tiers[member_id] = "gold" if await earns_gold(points) else "basic"
    return tier


def shown(member: Member, points: int, tier: str) -> dict[str, Any]:
    return {"id": member.id, "name": member.name, "points": points, "tier": tier}


@app.get("/members/{member_id}")
async def show_member(member_id: int) -> dict[str, Any]:
    member = await find_or_404(member_id)
    tier = _tiers.get(member_id) or await new_tier(member_id, member.points)
    return shown(member, member.points, tier)


@app.post("/members/{member_id}/points")
async def credit_points(member_id: int, credit: Credit) -> dict[str, Any]:
    member = await find_or_404(member_id)
    await write_audit(member_id, credit.points)
    points = await add_points(member_id, credit.points)
    return shown(member, points, await new_tier(member_id, points))
