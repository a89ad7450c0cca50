"""Wrong: the model writes the address in another way than it came in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Literal

from fastapi import FastAPI, HTTPException
from given import CrmError, MailError, add_contact, send_welcome_mail
from pydantic import BaseModel, StringConstraints


class SignUp(BaseModel):
    email: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True)]
    name: str


class State(BaseModel):
    id: int
    status: Literal["queued", "mailed", "failed"]


signups: dict[str, State] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        app.state.group = group
        yield


app = FastAPI(lifespan=lifespan)


async def mail(new: SignUp) -> None:
    state = signups[new.email]
    try:
        await asyncio.to_thread(send_welcome_mail, new.email, new.name)
    except MailError:
        state.status = "failed"
    else:
        state.status = "mailed"


async def enter(new: SignUp) -> None:
    try:
        await add_contact(new.email, new.name)
    except CrmError:
        print(f"{new.email} is not in the CRM")


@app.post("/signups", status_code=202)
async def sign_up(new: SignUp) -> State:
    if new.email in signups:
        raise HTTPException(409, "This address has signed up before")
    state = State(id=len(signups) + 1, status="queued")
    signups[new.email] = state
    app.state.group.create_task(mail(new))
    app.state.group.create_task(enter(new))
    return state.model_copy()


@app.get("/signups/{signup_id}")
async def read_sign_up(signup_id: int) -> State:
    for state in signups.values():
        if state.id == signup_id:
            return state
    raise HTTPException(404, "No such sign-up")
