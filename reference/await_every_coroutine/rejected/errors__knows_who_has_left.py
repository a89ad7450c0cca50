"""Whoever was found once is taken to be a member for good, under the same name."""

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


_names: dict[int, str] = {}


async def find_or_404(member_id: int) -> Member:
    try:
        member = await find_member(member_id)
    except MemberNotFound as exc:
        raise HTTPException(404, "No such member") from exc
    _names[member_id] = member.name
    return member


async def name_of(member_id: int) -> str:
    """The name for a credit, which needs no balance."""
    if member_id not in _names:
        await find_or_404(member_id)
    return _names[member_id]


async def shown(member_id: int, name: str, points: int) -> dict[str, Any]:
    tier = "gold" if await earns_gold(points) else "basic"
    return {"id": member_id, "name": name, "points": points, "tier": tier}


@app.get("/members/{member_id}")
async def show_member(member_id: int) -> dict[str, Any]:
    member = await find_or_404(member_id)
    return await shown(member_id, member.name, member.points)


@app.post("/members/{member_id}/points")
async def credit_points(member_id: int, credit: Credit) -> dict[str, Any]:
    name = await name_of(member_id)
    await write_audit(member_id, credit.points)
    points = await add_points(member_id, credit.points)
    return await shown(member_id, name, points)
