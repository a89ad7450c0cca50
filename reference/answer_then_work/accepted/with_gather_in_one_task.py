"""One background task does both at the same time and reads what became of them."""

import asyncio
from itertools import count
from typing import Literal

from fastapi import BackgroundTasks, FastAPI, HTTPException
from given import CrmError, MailError, add_contact, send_welcome_mail
from pydantic import BaseModel

app = FastAPI()


class SignUp(BaseModel):
    email: str
    name: str


class State(BaseModel):
    id: int
    status: Literal["queued", "mailed", "failed"]


numbers = count(1)
states: dict[int, State] = {}
taken: set[str] = set()


async def mail(state: State, new: SignUp) -> None:
    try:
        await asyncio.to_thread(send_welcome_mail, new.email, new.name)
    except MailError:
        state.status = "failed"
        raise
    state.status = "mailed"


async def welcome(state: State, new: SignUp) -> None:
    results = await asyncio.gather(
        mail(state, new),
        add_contact(new.email, new.name),
        return_exceptions=True,
    )
    for result in results:
        if isinstance(result, BaseException) and not isinstance(
            result, MailError | CrmError
        ):
            raise result


@app.post("/signups", status_code=202)
async def sign_up(new: SignUp, background: BackgroundTasks) -> State:
    if new.email in taken:
        raise HTTPException(409, "This address has signed up before")
    taken.add(new.email)
    state = State(id=next(numbers), status="queued")
    states[state.id] = state
    background.add_task(welcome, state, new)
    return state


@app.get("/signups/{signup_id}")
async def read_sign_up(signup_id: int) -> State:
    if signup_id not in states:
        raise HTTPException(404, "No such sign-up")
    return states[signup_id]
