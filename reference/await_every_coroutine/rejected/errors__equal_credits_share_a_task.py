"""Two equal credits at once are taken for one that was sent twice."""

import asyncio
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
under_way: dict[tuple[int, int], asyncio.Task[int]] = {}


class Credit(BaseModel):
    points: int


async def find_or_404(member_id: int) -> Member:
    try:
        return await find_member(member_id)
    except MemberNotFound as exc:
        raise HTTPException(404, "No such member") from exc


async def shown(member: Member, points: int) -> dict[str, Any]:
    tier = "gold" if await earns_gold(points) else "basic"
    return {"id": member.id, "name": member.name, "points": points, "tier": tier}


@app.get("/members/{member_id}")
async def show_member(member_id: int) -> dict[str, Any]:
    member = await find_or_404(member_id)
    return await shown(member, member.points)


@app.post("/members/{member_id}/points")
async def credit_points(member_id: int, credit: Credit) -> dict[str, Any]:
    member = await find_or_404(member_id)
    key = member_id, credit.points
    if key not in under_way:
        under_way[key] = asyncio.create_task(add(*key))
    try:
        return await shown(member, await under_way[key])
    finally:
        under_way.pop(key, None)


async def add(member_id: int, points: int) -> int:
    await write_audit(member_id, points)
    return await add_points(member_id, points)
