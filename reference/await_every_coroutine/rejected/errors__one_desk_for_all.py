"""Wrong: one desk serves all requests, and remembers the member of the last one."""

from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from given import (
    Member,
    MemberNotFound,
    add_points,
    earns_gold,
    find_member,
    write_audit,
)
from pydantic import BaseModel


class Credit(BaseModel):
    points: int


class Desk:
    member: Member
    balance: int

    async def look_up(self, member_id: int) -> None:
        try:
            self.member = await find_member(member_id)
        except MemberNotFound:
            raise HTTPException(404, "No such member") from None
        self.balance = self.member.points

    async def credit(self, points: int) -> None:
        await write_audit(self.member.id, points)
        self.balance = await add_points(self.member.id, points)

    async def page(self) -> dict[str, Any]:
        gold = await earns_gold(self.balance)
        return {
            "id": self.member.id,
            "name": self.member.name,
            "points": self.balance,
            "tier": "gold" if gold else "basic",
        }


app = FastAPI()
desk = Desk()


def the_desk() -> Desk:
    return desk


AtDesk = Annotated[Desk, Depends(the_desk)]


@app.get("/members/{member_id}")
async def show_member(member_id: int, desk: AtDesk) -> dict[str, Any]:
    await desk.look_up(member_id)
    return await desk.page()


@app.post("/members/{member_id}/points")
async def credit_points(member_id: int, credit: Credit, desk: AtDesk) -> dict[str, Any]:
    await desk.look_up(member_id)
    await desk.credit(credit.points)
    return await desk.page()
