"""Plain `def` endpoints; the mails have threads of their own, not those of FastAPI."""

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import count
from typing import Literal

from fastapi import BackgroundTasks, FastAPI, HTTPException, Request
from given import CrmError, MailError, add_contact, send_welcome_mail
from pydantic import BaseModel


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with ThreadPoolExecutor() as mails:
        app.state.mails = mails
        yield
        await asyncio.to_thread(mails.shutdown)


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


async def enter(new: SignUp) -> None:
    try:
        await add_contact(new.email, new.name)
    except CrmError:
        print("no CRM entry for", new.email)


lock = threading.Lock()


@app.post("/signups", status_code=202)
def sign_up(new: SignUp, background: BackgroundTasks, request: Request) -> State:
    with lock:
        if new.email in taken:
            raise HTTPException(409, "This address has signed up before")
        taken.add(new.email)
    state = State(id=next(numbers), status="queued")
    states[state.id] = state
    request.app.state.mails.submit(mail, state, new)
    background.add_task(enter, new)
    return state


@app.get("/signups/{signup_id}")
def read_sign_up(signup_id: int) -> State:
    if signup_id not in states:
        raise HTTPException(404, "No such sign-up")
    return states[signup_id]
