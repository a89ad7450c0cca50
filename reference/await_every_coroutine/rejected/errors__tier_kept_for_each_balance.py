"""The programme is asked once for each balance, and its word is kept for good."""

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


golden: dict[int, bool] = {}


async def makes_gold(points: int) -> bool:
    known = golden.get(points)
    if known is None:
        known = golden[points] = await earns_gold(points)
    return known


async def shown(member: Member, points: int) -> dict[str, Any]:
    tier = "gold" if await makes_gold(points) else "basic"
    return {"id": member.id, "name": member.name, "points": points, "tier": tier}


@app.get("/members/{member_id}")
async def show_member(member_id: int) -> dict[str, Any]:
    member = await find_or_404(member_id)
    return await shown(member, member.points)


@app.post("/members/{member_id}/points")
async def credit_points(member_id: int, credit: Credit) -> dict[str, Any]:
    member = await find_or_404(member_id)
    await write_audit(member_id, credit.points)
    points = await add_points(member_id, credit.points)
    return await shown(member, points)
