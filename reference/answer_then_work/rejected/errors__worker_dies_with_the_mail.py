"""Wrong: one mail that fails ends the worker, and nobody gets a mail any more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Literal

from fastapi import FastAPI, HTTPException, Request
from given import CrmError, MailError, add_contact, send_welcome_mail
from pydantic import BaseModel


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    queue: asyncio.Queue[State] = asyncio.Queue()
    app.state.queue = queue
    worker = asyncio.create_task(work(queue))
    yield
    if not worker.done():
        await queue.join()
    worker.cancel()
    with suppress(asyncio.CancelledError):
        await worker


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


async def enter(new: SignUp) -> None:
    with suppress(CrmError):
        await add_contact(new.email, new.name)


async def work(queue: asyncio.Queue[State]) -> None:
    while True:
        state = await queue.get()
        new = people[state.id]
        try:
            await enter(new)
            await asyncio.to_thread(send_welcome_mail, new.email, new.name)
        except MailError:
            state.status = "failed"
            break
        state.status = "mailed"
        queue.task_done()


people: dict[int, SignUp] = {}


@app.post("/signups", status_code=202)
async def sign_up(new: SignUp, request: Request) -> State:
    if new.email in taken:
        raise HTTPException(409, "This address has signed up before")
    taken.add(new.email)
    state = State(id=next(numbers), status="queued")
    states[state.id] = state
    people[state.id] = new
    queue: asyncio.Queue[State] = request.app.state.queue
    queue.put_nowait(state)
    return state


@app.get("/signups/{signup_id}")
async def read_sign_up(signup_id: int) -> State:
    if signup_id not in states:
        raise HTTPException(404, "No such sign-up")
    return states[signup_id]
