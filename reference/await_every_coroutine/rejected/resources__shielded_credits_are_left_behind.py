"""Wrong: a credit runs on behind a shield when its request is given up.

Nobody waits for it when the service stops.
"""

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
credits_under_way: set[asyncio.Task[int]] = set()


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


async def record(member_id: int, points: int) -> int:
    await write_audit(member_id, points)
    return await add_points(member_id, points)


def recorded(task: asyncio.Task[int]) -> None:
    credits_under_way.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, also when the request has gone


@app.get("/members/{member_id}")
async def show_member(member_id: int) -> dict[str, Any]:
    member = await find_or_404(member_id)
    return await shown(member, member.points)


@app.post("/members/{member_id}/points")
async def credit_points(member_id: int, credit: Credit) -> dict[str, Any]:
    member = await find_or_404(member_id)
    # Line and points belong together, also when the client hangs up.
    task = asyncio.create_task(record(member_id, credit.points))
    credits_under_way.add(task)
    task.add_done_callback(recorded)
    points = await asyncio.shield(task)
    return await shown(member, points)
