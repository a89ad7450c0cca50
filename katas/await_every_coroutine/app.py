"""Loyalty points: an audit line, a new balance, a tier."""

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

app = FastAPI()


class Credit(BaseModel):
    points: int


@app.get("/members/{member_id}")
async def show_member(member_id: int) -> dict[str, Any]:
    # TODO: find the member, and ask for the tier.
    raise HTTPException(501, "Not written yet")


@app.post("/members/{member_id}/points")
async def credit_points(member_id: int, credit: Credit) -> dict[str, Any]:
    # TODO: write the audit line, add the points, answer with the new balance and tier.
    raise HTTPException(501, "Not written yet")
