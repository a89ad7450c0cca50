"""Mails have two threads, and contacts two; the end of the service waits for all."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Literal

from fastapi import FastAPI, HTTPException, Request
from given import CrmError, MailError, add_contact, send_welcome_mail
from pydantic import BaseModel


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with ThreadPoolExecutor(2) as mails, ThreadPoolExecutor(2) as contacts:
        app.state.mails, app.state.contacts = mails, contacts
        yield
        await asyncio.to_thread(mails.shutdown)
        await asyncio.to_thread(contacts.shutdown)


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


def mail(state: State, new: SignUp) -> None:
    try:
        send_welcome_mail(new.email, new.name)
    except MailError:
        state.status = "failed"
    else:
        state.status = "mailed"


def enter(new: SignUp) -> None:
    with suppress(CrmError):
        asyncio.run(add_contact(new.email, new.name))


@app.post("/signups", status_code=202)
async def sign_up(new: SignUp, request: Request) -> State:
    if new.email in taken:
        raise HTTPException(409, "This address has signed up before")
    taken.add(new.email)
    state = State(id=next(numbers), status="queued")
    states[state.id] = state
    request.app.state.mails.submit(mail, state, new)
    request.app.state.contacts.submit(enter, new)
    return state


@app.get("/signups/{signup_id}")
async def read_sign_up(signup_id: int) -> State:
    if signup_id not in states:
        raise HTTPException(404, "No such sign-up")
    return states[signup_id]
