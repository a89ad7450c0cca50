"""A mail that takes longer than half a minute is taken for a failed one."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Literal

from fastapi import FastAPI, HTTPException
from given import CrmError, MailError, add_contact, send_welcome_mail
from pydantic import BaseModel


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await asyncio.gather(*tasks)


app = FastAPI(lifespan=lifespan)


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
        async with asyncio.timeout(30):
            await asyncio.to_thread(send_welcome_mail, new.email, new.name)
    except (MailError, TimeoutError):
        state.status = "failed"
    else:
        state.status = "mailed"


async def enter(new: SignUp) -> None:
    with suppress(CrmError):
        await add_contact(new.email, new.name)


tasks: set[asyncio.Task[None]] = set()


def start(work: Coroutine[None, None, None]) -> None:
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


@app.post("/signups", status_code=202)
async def sign_up(new: SignUp) -> State:
    if new.email in taken:
        raise HTTPException(409, "This address has signed up before")
    taken.add(new.email)
    state = State(id=next(numbers), status="queued")
    states[state.id] = state
    start(mail(state, new))
    start(enter(new))
    return state


@app.get("/signups/{signup_id}")
async def read_sign_up(signup_id: int) -> State:
    if signup_id not in states:
        raise HTTPException(404, "No such sign-up")
    return states[signup_id]
