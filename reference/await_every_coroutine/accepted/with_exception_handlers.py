"""Errors become statuses in one place; the member is a dependency of both endpoints."""

from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
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


class Card(BaseModel):
    id: int
    name: str
    points: int
    tier: Literal["basic", "gold"]


@app.exception_handler(MemberNotFound)
async def say_not_found(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "No such member"}, 404)


@app.exception_handler(AuditFailed)
async def say_failed(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "The audit log does not write"}, 500)


async def card(member: Member, points: int) -> Card:
    gold = await earns_gold(points)
    return Card(
        id=member.id,
        name=member.name,
        points=points,
        tier="gold" if gold else "basic",
    )


Known = Annotated[Member, Depends(find_member)]


@app.get("/members/{member_id}")
async def show_member(member: Known) -> Card:
    return await card(member, member.points)


@app.post("/members/{member_id}/points")
async def credit_points(member: Known, credit: Credit) -> Card:
    await write_audit(member.id, credit.points)
    return await card(member, await add_points(member.id, credit.points))
