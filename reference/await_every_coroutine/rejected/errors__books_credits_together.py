"""Wrong: credits of a member that come within 10 ms are booked as one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, HTTPException
from given import (
    MemberNotFound,
    add_points,
    earns_gold,
    find_member,
    write_audit,
)
from pydantic import BaseModel


class Credit(BaseModel):
    points: int


@dataclass
class Batch:
    """Credits for one member that are booked together."""

    member_id: int
    points: int = 0


class Ledger:
    def __init__(self) -> None:
        self._open: dict[int, tuple[Batch, asyncio.Task[int]]] = {}
        self._tasks: set[asyncio.Task[int]] = set()

    async def add(self, member_id: int, points: int) -> int:
        if member_id not in self._open:
            batch = Batch(member_id)
            task = asyncio.create_task(self._book(batch))
            self._tasks.add(task)
            task.add_done_callback(self._done)
            self._open[member_id] = batch, task
        batch, task = self._open[member_id]
        batch.points += points
        return await asyncio.shield(task)

    async def _book(self, batch: Batch) -> int:
        await asyncio.sleep(0.01)
        del self._open[batch.member_id]
        await write_audit(batch.member_id, batch.points)
        return await add_points(batch.member_id, batch.points)

    def _done(self, task: asyncio.Task[int]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()

    async def close(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)


ledger = Ledger()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await ledger.close()


app = FastAPI(lifespan=lifespan)


async def tier_of(points: int) -> str:
    return "gold" if await earns_gold(points) else "basic"


@app.get("/members/{member_id}")
async def show_member(member_id: int) -> dict[str, Any]:
    try:
        member = await find_member(member_id)
    except MemberNotFound:
        raise HTTPException(404, "No such member") from None
    tier = await tier_of(member.points)
    return {"id": member.id, "name": member.name, "points": member.points, "tier": tier}


@app.post("/members/{member_id}/points")
async def credit_points(member_id: int, credit: Credit) -> dict[str, Any]:
    try:
        member = await find_member(member_id)
    except MemberNotFound:
        raise HTTPException(404, "No such member") from None
    balance = await ledger.add(member_id, credit.points)
    tier = await tier_of(balance)
    return {"id": member.id, "name": member.name, "points": balance, "tier": tier}
