"""Wrong: who asks for a member that is being looked for joins that call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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

_lookups: dict[int, asyncio.Task[Member]] = {}


async def look_up(member_id: int) -> Member:
    """Find a member. However many ask at the same time, the store is asked once."""
    task = _lookups.get(member_id)
    if task is None:

        def done(task: asyncio.Task[Member]) -> None:
            del _lookups[member_id]
            if not task.cancelled():
                task.exception()

        task = asyncio.create_task(find_member(member_id))
        _lookups[member_id] = task
        task.add_done_callback(done)
    return await asyncio.shield(task)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    if _lookups:
        await asyncio.wait(_lookups.values())


app = FastAPI(lifespan=lifespan)


class Credit(BaseModel):
    points: int


async def tier_of(points: int) -> str:
    return "gold" if await earns_gold(points) else "basic"


@app.get("/members/{member_id}")
async def show_member(member_id: int) -> dict[str, Any]:
    try:
        member = await look_up(member_id)
    except MemberNotFound:
        raise HTTPException(404, "No such member") from None
    tier = await tier_of(member.points)
    return {"id": member.id, "name": member.name, "points": member.points, "tier": tier}


@app.post("/members/{member_id}/points")
async def credit_points(member_id: int, credit: Credit) -> dict[str, Any]:
    try:
        member = await look_up(member_id)
    except MemberNotFound:
        raise HTTPException(404, "No such member") from None
    await write_audit(member_id, credit.points)
    balance = await add_points(member_id, credit.points)
    tier = await tier_of(balance)
    return {"id": member.id, "name": member.name, "points": balance, "tier": tier}
