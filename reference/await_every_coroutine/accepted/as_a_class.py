"""A ledger object, made for each request, knows the steps and their order."""

from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException
from given import (
    Member,
    MemberNotFound,
    add_points,
    earns_gold,
    find_member,
    write_audit,
)
from pydantic import BaseModel, PositiveInt

router = APIRouter(prefix="/members/{member_id}")


class Credit(BaseModel):
    points: PositiveInt


@dataclass
class Ledger:
    member: Member

    async def credit(self, points: int) -> None:
        await write_audit(self.member.id, points)
        balance = await add_points(self.member.id, points)
        self.member = replace(self.member, points=balance)

    async def tier(self) -> str:
        return "gold" if await earns_gold(self.member.points) else "basic"

    async def page(self) -> dict[str, Any]:
        return asdict(self.member) | {"tier": await self.tier()}


async def open_ledger(member_id: int) -> Ledger:
    try:
        return Ledger(await find_member(member_id))
    except MemberNotFound:
        raise HTTPException(404) from None


Opened = Annotated[Ledger, Depends(open_ledger)]


@router.get("")
async def show_member(ledger: Opened) -> dict[str, Any]:
    return await ledger.page()


@router.post("/points")
async def credit_points(credit: Credit, ledger: Opened) -> dict[str, Any]:
    await ledger.credit(credit.points)
    return await ledger.page()


app = FastAPI()
app.include_router(router)
