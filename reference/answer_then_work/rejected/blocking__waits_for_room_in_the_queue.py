"""The endpoint waits while ten mails are in the queue."""

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
    app.state.mails, app.state.contacts = asyncio.Queue(10), asyncio.Queue()
    workers = [
        asyncio.create_task(send_mails(app.state.mails)),
        asyncio.create_task(enter_contacts(app.state.contacts)),
    ]
    yield
    await app.state.mails.join()
    await app.state.contacts.join()
    for worker in workers:
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


async def mail(state: State, new: SignUp) -> None:
    try:
        await asyncio.to_thread(send_welcome_mail, new.email, new.name)
    except MailError:
        state.status = "failed"
    else:
        state.status = "mailed"


async def enter(new: SignUp) -> None:
    with suppress(CrmError):
        await add_contact(new.email, new.name)


async def send_mails(queue: asyncio.Queue[tuple[State, SignUp]]) -> None:
    while True:
        state, new = await queue.get()
        await mail(state, new)
        queue.task_done()


async def enter_contacts(queue: asyncio.Queue[SignUp]) -> None:
    while True:
        await enter(await queue.get())
        queue.task_done()


@app.post("/signups", status_code=202)
async def sign_up(new: SignUp, request: Request) -> State:
    if new.email in taken:
        raise HTTPException(409, "This address has signed up before")
    taken.add(new.email)
    state = State(id=next(numbers), status="queued")
    states[state.id] = state
    await request.app.state.mails.put((state, new))
    request.app.state.contacts.put_nowait(new)
    return state


@app.get("/signups/{signup_id}")
async def read_sign_up(signup_id: int) -> State:
    if signup_id not in states:
        raise HTTPException(404, "No such sign-up")
    return states[signup_id]
