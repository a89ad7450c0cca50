"""Wrong: a client that hangs up leaves an audit line without its points."""

from typing import Any

from fastapi import FastAPI, HTTPException, Request
from given import (
    AuditFailed,
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


async def known(member_id: int) -> Member:
    try:
        return await find_member(member_id)
    except MemberNotFound:
        raise HTTPException(404, "There is no such member") from None


async def shown(member: Member, balance: int) -> dict[str, Any]:
    gold = await earns_gold(balance)
    return {
        "id": member.id,
        "name": member.name,
        "points": balance,
        "tier": "gold" if gold else "basic",
    }


async def still_there(request: Request) -> None:
    """No work for a client that has hung up (499, as nginx has it)."""
    if await request.is_disconnected():
        raise HTTPException(499, "The client has closed the connection")


@app.get("/members/{member_id}")
async def show_member(member_id: int) -> dict[str, Any]:
    member = await known(member_id)
    return await shown(member, member.points)


@app.post("/members/{member_id}/points")
async def credit_points(
    member_id: int, credit: Credit, request: Request
) -> dict[str, Any]:
    member = await known(member_id)
    try:
        await write_audit(member_id, credit.points)
    except AuditFailed as error:
        raise HTTPException(500, "The audit line was not written") from error
    await still_there(request)
    balance = await add_points(member_id, credit.points)
    return await shown(member, balance)
